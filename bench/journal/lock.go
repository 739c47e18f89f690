package journal

import (
	"errors"
	"os"
	"time"
)

// ErrBusy is the error of a journal that another process writes.
var ErrBusy = errors.New("another process is at this run")

// patience is how long Lock waits for a process that is about to end: one that was killed
// may have a worker, which notices.
const patience = time.Second

// Lock opens the journal at path to be read and written, makes it if create is true and
// it is not there, and holds it until it is closed or the process ends. The error is
// [ErrBusy] if another has it for longer than a moment.
func Lock(path string, create bool) (*os.File, error) {
	for began := time.Now(); ; time.Sleep(patience / 40) {
		f, err := lock(path, create)
		if !errors.Is(err, ErrBusy) || create || time.Since(began) > patience {
			return f, err
		}
	}
}

// Busy reports whether somebody holds the journal that f is open at, to be read: its run is
// going on. It asks for a moment, in which nobody can take the lock. Where the system or the
// file system has no locks it is false.
func Busy(f *os.File) bool { return busy(f) }

// flags are those to open a journal with.
func flags(create bool) int {
	if create {
		return os.O_RDWR | os.O_CREATE
	}
	return os.O_RDWR
}
