package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// errSharing is what the system answers to whoever opens a file that another may not share.
const errSharing syscall.Errno = 32

// lock is Lock without patience. The file is shared with readers only.
func lock(path string, create bool) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	how := uint32(syscall.OPEN_EXISTING)
	if create {
		how = syscall.OPEN_ALWAYS
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil, how, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	switch {
	case errors.Is(err, errSharing):
		return nil, fmt.Errorf("%s: %w", path, ErrBusy)
	case err != nil:
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// busy opens the file once more, so that nobody else may write it.
func busy(f *os.File) bool {
	name, err := syscall.UTF16PtrFromString(f.Name())
	if err != nil {
		return false
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ, syscall.FILE_SHARE_READ, nil, syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return errors.Is(err, errSharing)
	}
	syscall.CloseHandle(h)
	return false
}
