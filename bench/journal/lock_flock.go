//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock is Lock without patience.
func lock(path string, create bool) (*os.File, error) {
	f, err := os.OpenFile(path, flags(create), 0o666)
	if err != nil {
		return nil, err
	}
	for {
		switch err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return f, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			err = ErrBusy
		case errors.Is(err, errors.ErrUnsupported), errors.Is(err, syscall.ENOLCK):
			return f, nil // the file system has no locks
		}
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
}

// busy tries a lock that any number of readers can share.
func busy(f *os.File) bool {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); {
		case errors.Is(err, syscall.EINTR):
			continue
		case err == nil:
			syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // or when f is closed
			return false
		default:
			return errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}
