//go:build !linux

package thread

import (
	"errors"
	"runtime"
	"time"
)

// errNoClock is the error of a system without such a clock.
var errNoClock = errors.New("vramlab reads no clock of a thread's processor time on " + runtime.GOOS)

func processorTime() (time.Duration, error) { return 0, errNoClock }
