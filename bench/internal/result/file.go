// Package result writes the files of a run in the Go benchmark format: a head with
// the units and the facts of the run, then the results line by line.
package result

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// A File is a file of results that grows line by line. It does not buffer: what was
// added without an error is in the file, whatever happens next.
type File struct {
	path string
	f    io.WriteCloser
	buf  []byte
}

// Begin begins a file with its head. w is the empty file, and is closed if the head
// cannot be written; path names it in errors.
func Begin(path string, w io.WriteCloser, head []byte) (*File, error) {
	r := &File{path: path, f: w}
	if err := r.write(head); err != nil {
		w.Close()
		return nil, err
	}
	return r, nil
}

// Add writes lines at once. If that fails it removes a partly written line again, if
// the file allows that, so that the file stays readable.
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

// Naming is err with the name of the file, which only errors of package os have of
// themselves.
func Naming(path string, err error) error {
	var named *os.PathError
	if err == nil || errors.As(err, &named) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
