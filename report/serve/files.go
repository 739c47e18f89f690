package serve

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
)

// reportFile is the page in a run directory.
const reportFile = "report.html"

// Bounds of what a run directory may hold to be shown.
const (
	mostFiles = 4096      // in one of its directories
	mostBytes = 256 << 20 // of its files of results together: what is larger is not read by a server
)

// A file is one of a run.
type file struct {
	Name string // with slashes, within the run
	Size int64
	Time time.Time
}

// URL is the address of the file, in the page of its run.
func (f file) URL() string {
	parts := strings.Split(f.Name, "/")
	for i, p := range parts {
		parts[i] = segment(p)
	}
	return strings.Join(parts, "/")
}

// Short is the name of a profile: that of its strategy.
func (f file) Short() string { return strings.TrimSuffix(path.Base(f.Name), ".pprof") }

// Bytes is the size for a reader.
func (f file) Bytes() string { return bytesText(f.Size) }

func bytesText(n int64) string {
	const unit = 1024
	switch {
	case n < unit:
		return strconv.FormatInt(n, 10) + " B"
	case n < unit*unit:
		return fmt.Sprintf("%.3g KiB", float64(n)/unit)
	}
	return fmt.Sprintf("%.3g MiB", float64(n)/unit/unit)
}

// plainFiles are those of a run that stand beside its directories, the report first.
func plainFiles() []string {
	names := []string{reportFile}
	for _, f := range schema.Files() {
		names = append(names, string(f))
	}
	return append(names, schema.Journal, schema.Experiment)
}

// filesOf lists the regular files of the run in dir, a path below the root. The error is that
// of a link that leads out of the root, whoever would follow it: nothing of such a run is
// read.
func (s *Server) filesOf(dir string) (files []file, err error) {
	add := func(name string) error {
		f, err := s.look(dir, name)
		if err == nil && f.Name != "" {
			files = append(files, f)
		}
		return err
	}
	for _, name := range plainFiles() {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	for _, sub := range []string{schema.Placements, schema.Profiles} {
		names, err := s.namesIn(dir, sub)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := add(path.Join(sub, name)); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// look is a file of a run; its name is empty if there is no regular file of that name.
func (s *Server) look(dir, name string) (file, error) {
	at := filepath.Join(dir, filepath.FromSlash(name))
	info, err := s.root.Stat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, e := s.root.Lstat(at); e == nil {
			return file{}, fmt.Errorf("%s is a link to nothing", name)
		}
		return file{}, nil
	case err != nil:
		return file{}, fmt.Errorf("%s cannot be looked at, or is a link out of the directory that is served: %w", name, reason(err))
	case !info.Mode().IsRegular():
		return file{}, nil
	}
	return file{name, info.Size(), info.ModTime()}, nil
}

// namesIn lists a directory of a run, which need not be there.
func (s *Server) namesIn(dir, sub string) ([]string, error) {
	at := filepath.Join(dir, sub)
	info, err := s.root.Stat(at) // first: a pipe would have whoever opens it wait
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be opened, or is a link out of the directory that is served: %w", sub, reason(err))
	}
	d, err := s.root.Open(at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sub, reason(err))
	}
	defer d.Close()
	names, err := d.Readdirnames(mostFiles + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", sub, reason(err))
	}
	if len(names) > mostFiles {
		return nil, fmt.Errorf("%s holds more than %d files, which no run has", sub, mostFiles)
	}
	slices.Sort(names)
	return names, nil
}

// reason is an error without the path that it names.
func reason(err error) error {
	if at := (*fs.PathError)(nil); errors.As(err, &at) {
		return at.Err
	}
	return err
}

// shorten takes the place of a directory out of a text.
func shorten(text, dir string) string {
	return strings.ReplaceAll(text, dir+string(filepath.Separator), "")
}

// stamp changes when one of the files does, but for the report.
func stamp(files []file) string {
	var b strings.Builder
	for _, f := range files {
		if f.Name != reportFile {
			fmt.Fprintf(&b, "%q %d %d\n", f.Name, f.Size, f.Time.UnixNano())
		}
	}
	return b.String()
}

// find is a file of a list, by its name.
func find(files []file, name string) (file, bool) {
	i := slices.IndexFunc(files, func(f file) bool { return f.Name == name })
	if i < 0 {
		return file{}, false
	}
	return files[i], true
}

// open opens a regular file of a run.
func (s *Server) open(dir string, f file) (*os.File, error) {
	in, err := s.root.Open(filepath.Join(dir, filepath.FromSlash(f.Name)))
	if err != nil {
		return nil, err
	}
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		in.Close()
		return nil, notFound("That is no file any more.")
	}
	return in, nil
}

// download answers with a file of a run, never as something that a browser would run.
func (s *Server) download(w http.ResponseWriter, r *http.Request) error {
	v, err := s.lookup(r)
	if err != nil {
		return err
	}
	f, ok := find(v.files, path.Join(r.PathValue("dir"), r.PathValue("file")))
	if !ok || strings.Contains(r.PathValue("dir"), "/") || strings.Contains(r.PathValue("file"), "/") {
		return notFound("The run has no such file.")
	}
	in, err := s.open(v.path(), f)
	if err != nil {
		return err
	}
	defer in.Close()
	kind := "text/plain; charset=utf-8"
	if path.Dir(f.Name) != "." {
		kind = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(f.Name)}))
	http.ServeContent(w, r, "", f.Time, in)
	return nil
}
