//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi

import (
	"fmt"
	"syscall"

	"github.com/ebitengine/purego"
)

// load loads the shared library at an absolute path. It stays loaded until the
// process ends: a function of it may be running, and its data are not ours.
func load(path string) (handle uintptr, err error) {
	handle, err = purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return 0, fmt.Errorf("cannot load the library: %w", err)
	}
	return handle, nil
}

// lookup is the address of a symbol, 0 if there is none.
func lookup(handle uintptr, symbol string) uintptr {
	at, err := purego.Dlsym(handle, symbol)
	if err != nil {
		return 0
	}
	return at
}

// file is what a descriptor leads to.
type file struct{ device, inode uint64 }

// fileOf is that of a descriptor of this process, if it is open.
func fileOf(fd int) (f file, open bool) {
	var info syscall.Stat_t
	err := syscall.Fstat(fd, &info)
	return file{uint64(info.Dev), uint64(info.Ino)}, err != syscall.EBADF
}

// protect makes whole pages of memory a guard: to write there is a crash.
func protect(pages []byte) { syscall.Mprotect(pages, syscall.PROT_NONE) }

// call calls a C function. What args point to must not be on a stack, which moves.
//
// Tried and rejected: purego.RegisterLibFunc, a typed Go function for each C one, takes
// 190 ns and three allocations a call. SyscallN takes 92 ns and one allocation when its
// arguments are written out, 72 ns and none when they are in an array already.
func call(fn uintptr, args []uintptr) uintptr {
	r, _, _ := purego.SyscallN(fn, args...)
	return r
}
