//go:build race && (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

// Under the race detector a sync.Pool drops a part of what is put into it, at
// random, and purego keeps the frames of its calls in one.
func init() { poolDrops = true }
