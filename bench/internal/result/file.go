// Package result writes the files of a run in the Go benchmark format: a head that
// says what the units mean and what is known of the run, then line by line what is
// measured.
package result

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A File is a file of results that grows line by line. Nothing is held back:
// what was added without an error is in the file, whatever happens next.
type File struct {
	path string
	f    io.WriteCloser
	buf  []byte
}

// Begin begins a file with its head. path names it in errors; w, which is at its
// beginning, is closed if the head cannot be written.
func Begin(path string, w io.WriteCloser, head []byte) (*File, error) {
	r := &File{path: path, f: w}
	if err := r.write(head); err != nil {
		w.Close()
		return nil, err
	}
	return r, nil
}

// Add writes lines at once. On a failure it takes a line written in part back
// out, as far as the file lets it, so that the file stays readable.
func (r *File) Add(lines ...Line) error {
	r.buf = r.buf[:0]
	for _, l := range lines {
		if len(l.Values) > 0 {
			r.buf = l.Append(r.buf)
		}
	}
	return r.write(r.buf)
}

// Note writes a fact as a comment line.
func (r *File) Note(f Fact) error { return r.write(f.append(nil)) }

// Close closes the file.
func (r *File) Close() error { return Naming(r.path, r.f.Close()) }

func (r *File) write(b []byte) error {
	n, err := r.f.Write(b)
	if err == nil {
		return nil
	}
	if f, ok := r.f.(*os.File); ok && n > 0 {
		if end, err := f.Seek(0, io.SeekCurrent); err == nil {
			f.Truncate(end - int64(n))
		}
	}
	return Naming(r.path, err)
}

// Naming makes sure that an error of the file system names the file: those of
// package os do, others may not.
func Naming(path string, err error) error {
	var named *os.PathError
	if err == nil || errors.As(err, &named) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
