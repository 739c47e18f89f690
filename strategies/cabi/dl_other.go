//go:build !((linux || darwin || (freebsd && cgo)) && (amd64 || arm64))

package cabi

import (
	"errors"
	"fmt"
	"runtime"
)

// load says that this system has no libraries.
func load(string) (uintptr, error) {
	return 0, fmt.Errorf("libraries of strategies are loaded on linux and darwin, and on freebsd in a build with cgo, on amd64 and arm64; this is %s on %s: %w",
		runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)
}

// file is what a descriptor leads to.
type file struct{}

// lookup, call and the others are never reached.
func lookup(uintptr, string) uintptr  { return 0 }
func fileOf(int) (f file, open bool)  { return f, true }
func protect([]byte)                  {}
func call(uintptr, []uintptr) uintptr { panic("cabi: no library can be loaded on this system") }
