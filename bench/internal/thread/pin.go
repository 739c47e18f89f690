package thread

import (
	"fmt"
	"runtime"
)

// A Pin holds threads on one core. A nil Pin lets them wander.
type Pin struct{ core int }

// NewPin is a pin on the last core that this process may use: the first ones serve more
// interrupts on many machines. Who wants another one starts the process with those that it
// may use, as with taskset. The error is that of a system that cannot pin, or of one that
// does not say which cores there are.
func NewPin() (*Pin, error) {
	core, err := lastCore()
	if err != nil {
		return nil, err
	}
	return &Pin{core}, nil
}

// Core is the number of the core, as the system counts them, from 0.
func (p *Pin) Core() int { return p.core }

// Hold calls do on a thread that serves no other goroutine meanwhile, on the core of the
// pin if there is one. Afterwards the thread may use the cores that it might before, also
// after a panic. Goroutines that do starts are on threads of their own, which are not held.
// The error says that the core can no longer be used, and do was not called, or that the
// thread could not be let go.
func (p *Pin) Hold(do func()) (err error) {
	runtime.LockOSThread()
	if p == nil {
		defer runtime.UnlockOSThread()
		do()
		return nil
	}
	release, err := hold(p.core)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("core %d cannot be used: %w", p.core, err)
	}
	defer func() {
		if e := release(); e != nil { // still locked, so that the thread ends with its goroutine
			err = fmt.Errorf("the thread cannot leave core %d: %w", p.core, e)
			return
		}
		runtime.UnlockOSThread()
	}()
	do()
	return nil
}
