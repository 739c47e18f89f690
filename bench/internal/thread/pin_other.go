//go:build !linux

package thread

import (
	"errors"
	"runtime"
)

var errNoPin = errors.New("threads can be pinned to a core on Linux only, and this is " + runtime.GOOS)

func lastCore() (int, error) { return 0, errNoPin }

func hold(int) (func() error, error) { return nil, errNoPin }
