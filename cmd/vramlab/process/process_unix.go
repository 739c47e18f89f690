//go:build unix

// Package process is what the lab asks of the operating system about its own process and
// those it starts: memory that two of them share, what they use, how they ended. Where a
// system does not say, the answer is that nothing is known or limited.
package process

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// CanHaveWorkers says that workers can be had on this system.
const CanHaveWorkers = true

// NewShared is a file of size bytes, all zero, that nobody else can open.
func NewShared(size int) (*os.File, error) {
	var first error
	for _, dir := range []string{"/dev/shm", os.TempDir(), "."} {
		f, err := os.CreateTemp(dir, "vramlab-")
		if err == nil {
			os.Remove(f.Name())
			// Written, since a page of a hole that finds no room ends the process.
			if _, err = f.Write(make([]byte, size)); err == nil {
				return f, nil
			}
			f.Close()
		}
		if first == nil {
			first = err
		}
	}
	return nil, fmt.Errorf("no place for the memory that is shared with the process of a library: %w", first)
}

// MapShared maps the file of size bytes behind a descriptor. It fails if that is no file
// that NewShared made.
func MapShared(fd, size int) ([]byte, error) {
	var info syscall.Stat_t
	switch err := syscall.Fstat(fd, &info); {
	case err != nil:
		return nil, err
	case info.Size != int64(size):
		return nil, syscall.EINVAL
	}
	return syscall.Mmap(fd, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}

// UnmapShared ends a mapping.
func UnmapShared(mem []byte) { syscall.Munmap(mem) }

// Self is the program that this process runs, also when its file is gone.
func Self() (string, error) {
	const own = "/proc/self/exe"
	if _, err := os.Stat(own); err == nil {
		return own, nil
	}
	return os.Executable()
}

// Resident is the memory in use by a process in bytes, 0 where that is not known.
func Resident(pid int) uint64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize())
}

// KillChildren ends the processes that a process has started, where they are known, and
// reports whether there are some. A worker starts none itself.
func KillChildren(pid int) (some bool) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(text)) {
			if n, err := strconv.Atoi(child); err == nil {
				some = true
				syscall.Kill(n, syscall.SIGKILL)
			}
		}
	}
	return some
}

// Available is the memory that a process can take without the system running short,
// in bytes; 0 where that is not known.
func Available() uint64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// AddressLimit is the bytes of addresses that this process may take, 0 if any number.
func AddressLimit() uint64 { return limitOf(syscall.RLIMIT_AS) }

// MemoryLimited reports whether this process may take less memory than there is.
func MemoryLimited() bool { return AddressLimit() != 0 || limitOf(syscall.RLIMIT_DATA) != 0 }

func limitOf(what int) uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(what, &l) != nil || uint64(l.Cur) > 1<<46 {
		return 0
	}
	return uint64(l.Cur)
}

// Descriptors is the number of files that this process may have open, the largest there
// is where that is not known.
func Descriptors() uint64 {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return math.MaxUint64
	}
	return uint64(l.Cur)
}

// KilledBy is the signal that ended a process, "" if none did.
func KilledBy(state *os.ProcessState) string {
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return s.Signal().String()
	}
	return ""
}
