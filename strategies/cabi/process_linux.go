package cabi

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// code are the ranges of addresses that hold code; nil if they are not known.
type code [][2]uintptr

// executable reads the ranges of this process.
func executable() (list code) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		bounds, rest, _ := strings.Cut(lines.Text(), " ")
		lo, hi, _ := strings.Cut(bounds, "-")
		from, err1 := strconv.ParseUint(lo, 16, 64)
		to, err2 := strconv.ParseUint(hi, 16, 64)
		if err1 == nil && err2 == nil && len(rest) > 3 && rest[2] == 'x' {
			list = append(list, [2]uintptr{uintptr(from), uintptr(to)})
		}
	}
	return list
}

// holds reports whether there may be code at addr.
func (c code) holds(addr uintptr) bool {
	for _, r := range c {
		if r[0] <= addr && addr < r[1] {
			return true
		}
	}
	return c == nil
}

// alive is 1, but 0 in a process that a library made by fork: the kernel wipes its
// page there. Such a process has one thread of the Go runtime, and must not go on as
// if it were this one.
var alive = &[]byte{1}[0]

const wipeOnFork = 18 // MADV_WIPEONFORK, Linux 4.14

func armFork() {
	page, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err == nil && syscall.Madvise(page, wipeOnFork) == nil {
		page[0] = 1
		alive = &page[0]
	}
}

// handlers are those of the signals that say a program has crashed, and of the one by
// which the Go runtime interrupts goroutines.
func handlers() (list [6]uintptr) {
	for i, s := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGABRT, syscall.SIGURG} {
		var action [8]uintptr // at least as large as the kernel's, which begins with the handler
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(s), 0, uintptr(unsafe.Pointer(&action)), 8, 0, 0)
		list[i] = action[0]
	}
	return list
}

// leaveFork ends a process that a library forked off in the call that has returned.
func leaveFork(s *slot) {
	if *alive == 0 {
		s.forked++
		syscall.Exit(0)
	}
}
