//go:build unix

package main

import "syscall"

// limitMemory bounds the address space of this process and of those it starts:
// a fault may make a loop that allocates for ever.
func limitMemory(bytes uint64) {
	syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: bytes, Max: bytes})
}
