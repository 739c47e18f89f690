//go:build unix

package process

import (
	"cmp"
	"syscall"
)

// State is what a library can change of the process it is loaded in, and what would
// then be blamed on something else. Its descriptors are package cabi's to look at.
type State struct {
	umask int
	here  fileID
	limit [len(limits)]uint64
}

// fileID tells one file from another; the zero value is none.
type fileID struct{ device, inode uint64 }

// limits are those that end or fail what is within them otherwise.
var limits = [...]struct {
	what int
	name string
}{
	{syscall.RLIMIT_AS, "addresses"}, {syscall.RLIMIT_CPU, "processor time"}, {syscall.RLIMIT_DATA, "data"},
	{syscall.RLIMIT_FSIZE, "the size of files"}, {syscall.RLIMIT_NOFILE, "open files"}, {syscall.RLIMIT_STACK, "the stack"},
}

// Now is how this process is now.
func Now() *State {
	p := &State{umask: syscall.Umask(0)}
	syscall.Umask(p.umask)
	var info syscall.Stat_t
	if syscall.Stat(".", &info) == nil && info.Nlink > 0 {
		p.here = fileID{uint64(info.Dev), uint64(info.Ino)}
	}
	for i, l := range limits {
		var now syscall.Rlimit
		if syscall.Getrlimit(l.what, &now) == nil {
			p.limit[i] = uint64(now.Cur)
		}
	}
	return p
}

// Changed says in words what is not as it was, "" if all is. A limit that became larger
// does not matter.
func (p *State) Changed() string {
	now := Now()
	how := ""
	if now.umask != p.umask {
		how = "changed the umask"
	}
	if now.here != p.here {
		how = "changed the working directory"
	}
	for i, l := range limits {
		if now.limit[i] < p.limit[i] {
			how = cmp.Or(how, "lowered the limit of "+l.name)
		}
	}
	return how
}
