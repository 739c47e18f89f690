package thread

import (
	"errors"

	"golang.org/x/sys/unix"
)

// mostCores is the number of cores that a unix.CPUSet has room for.
const mostCores = 1024

// lastCore is the last core that this process may use.
func lastCore() (int, error) {
	var may unix.CPUSet
	if err := unix.SchedGetaffinity(0, &may); err != nil {
		return 0, err
	}
	for core := mostCores - 1; core >= 0; core-- {
		if may.IsSet(core) {
			return core, nil
		}
	}
	return 0, errors.New("no core below 1024 may be used")
}

// hold keeps the calling thread on the core until release is called.
func hold(core int) (release func() error, err error) {
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return nil, err
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return nil, err
	}
	return func() error { return unix.SchedSetaffinity(0, &before) }, nil
}
