// Package rundir is the run directory of a run under way: its files of results and the
// journal that says how far they go, of a run that begins or of one that goes on with what
// an earlier process left.
package rundir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
)

// ErrEarlier is the error of a directory that is not free.
var ErrEarlier = errors.New("the directory holds an earlier run; take another one")

// Wrap makes of a file that was opened what is written to: a test's hook for disks that
// fill up.
type Wrap func(path string, f *os.File) io.WriteCloser

// A Dir is a run directory. The zero Dir is that of a run of which nothing was done, and
// has no files. It is not for concurrent use, but for Past and Recorded.
type Dir struct {
	path    string
	wrap    Wrap
	resumes bool
	head    []result.Fact   // of each file
	from    journal.Journal // what was done before
	log     *result.File    // the journal
	names   []string        // of the files of results, as the journal lists them
	files   []*result.File  // those that are open, in that order
}

// Begin begins a run in the directory, which is made if it is not there, with the
// journal. Nothing else is written before: who has the journal has the directory.
func Begin(path string, head journal.Head, wrap Wrap) (*Dir, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, err
	}
	for _, name := range head.Files { // of a version without a journal
		if file := filepath.Join(path, name); there(file) {
			return nil, result.Naming(file, ErrEarlier)
		}
	}
	file := filepath.Join(path, schema.Journal)
	f, err := journal.Lock(file, true)
	if err != nil {
		return nil, err
	}
	if _, err := journal.Read(f); !errors.Is(err, journal.ErrEmpty) {
		f.Close()
		return nil, result.Naming(file, ErrEarlier)
	}
	if err := cut(f, 0); err != nil { // one who was killed in the middle of the head
		f.Close()
		return nil, result.Naming(file, err)
	}
	d := &Dir{path: path, wrap: wrap}
	d.states(head)
	if d.log, err = result.Begin(file, wrap(file, f), head.Line()); err != nil {
		return nil, err
	}
	return d, nil
}

// Resume goes on with the run in the directory. The error says why it cannot; same is what
// must be as it was.
func Resume(path string, same []journal.Fact, wrap Wrap) (*Dir, error) {
	if _, err := Unfinished(path); err != nil {
		return nil, err
	}
	file := filepath.Join(path, schema.Journal)
	f, err := journal.Lock(file, false)
	if err != nil {
		return nil, err
	}
	j, err := Unfinished(path) // nobody else writes it now
	if err == nil {
		if err = isSame(j.Same, same); err != nil {
			err = fmt.Errorf("%s: the run cannot go on here: %w", path, err)
		}
	}
	if err == nil {
		err = cut(f, j.Size)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	d := &Dir{path: path, wrap: wrap, resumes: true, from: j}
	d.states(j.Head)
	d.log = result.Continue(file, wrap(file, f), int(j.Size), nil)
	return d, nil
}

// states takes over what the head of the journal says of the files.
func (d *Dir) states(head journal.Head) {
	d.names = head.Files
	for _, f := range head.Facts {
		d.head = append(d.head, result.Fact{Key: schema.Fact(f.Key), Value: f.Value})
	}
}

// Unfinished reads the journal of the run in dir. Its error is one line: there is no run,
// it has no journal, or it is finished.
func Unfinished(dir string) (journal.Journal, error) {
	j, err := journal.ReadFile(filepath.Join(dir, schema.Journal))
	switch {
	case errors.Is(err, fs.ErrNotExist) && there(filepath.Join(dir, string(schema.Results))):
		return j, fmt.Errorf("%s: has no %s, so nothing says how far the run is: it is of an older version", dir, schema.Journal)
	case errors.Is(err, fs.ErrNotExist) && there(dir):
		return j, fmt.Errorf("%s: holds no run", dir)
	case errors.Is(err, fs.ErrNotExist):
		return j, fmt.Errorf("%s: is not there", dir)
	case errors.Is(err, journal.ErrEmpty):
		return j, fmt.Errorf("%s: %w, and nothing says with what: begin it again", dir, journal.ErrEmpty)
	case err == nil && j.Last.Phase == journal.Ended:
		return j, fmt.Errorf("%s: the run is finished; the command report shows it", dir)
	}
	return j, err
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// cut makes a file so long, and its end the place to write at.
func cut(f *os.File, size int64) error {
	if err := f.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, io.SeekStart)
	return err
}

// File begins a file of results, or goes on with it: what no step that is done has written
// is removed. Files come in the order of the head of the journal.
func (d *Dir) File(name schema.File) (*result.File, error) {
	number := len(d.files)
	if number >= len(d.names) || d.names[number] != string(name) {
		return nil, fmt.Errorf("%s: the %s does not have %s as file %d", d.path, schema.Journal, name, number+1)
	}
	path := filepath.Join(d.path, string(name))
	flags, size := os.O_RDWR|os.O_CREATE|os.O_EXCL, int64(0)
	if d.resumes {
		flags = os.O_RDWR | os.O_CREATE
	}
	if sizes := d.from.Last.Sizes; sizes != nil {
		flags, size = os.O_RDWR, sizes[number]
	}
	f, err := os.OpenFile(path, flags, 0o666)
	if errors.Is(err, fs.ErrExist) {
		err = ErrEarlier
	}
	if err != nil {
		return nil, result.Naming(path, err)
	}
	if err := shorten(f, size); err != nil {
		f.Close()
		return nil, result.Naming(path, err)
	}
	file, err := d.begun(path, f, size)
	if err != nil {
		return nil, err
	}
	d.files = append(d.files, file)
	return file, nil
}

// begun is the file of results in f, which has so many bytes: with none it gets its head.
func (d *Dir) begun(path string, f *os.File, size int64) (*result.File, error) {
	if size == 0 {
		return result.Begin(path, d.wrap(path, f), result.Head(d.head))
	}
	text := make([]byte, size)
	if _, err := f.ReadAt(text, 0); err != nil {
		f.Close()
		return nil, err
	}
	return result.Continue(path, d.wrap(path, f), int(size), result.Declared(text)), nil
}

// shorten is cut for a file that has so many bytes.
func shorten(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < size {
		return fmt.Errorf("has %d bytes, and the %s has noted %d: the run cannot go on", info.Size(), schema.Journal, size)
	}
	return cut(f, size)
}

// Did notes that a step is done: all that it writes is in the files. It does nothing for
// one that was noted before.
func (d *Dir) Did(s journal.Step) error {
	if d.Past(s.Phase, s.Round, s.At) {
		return nil
	}
	for _, f := range d.files {
		s.Sizes = append(s.Sizes, int64(f.Size()))
	}
	return d.log.Append(s.Line())
}

// Past reports whether a step was done before the run went on; see [journal.Step.Past].
func (d *Dir) Past(phase journal.Phase, round, at int) bool {
	return d.from.Last.Past(phase, round, at)
}

// Resumes reports whether the run goes on, and with what.
func (d *Dir) Resumes() (from journal.Journal, ok bool) { return d.from, d.resumes }

// LinesOnly reports whether an experiment, by its place, was set up before and has no
// cells: all it has to say is there.
func (d *Dir) LinesOnly(number int) bool {
	return d.Past(journal.SetUp, 0, number+1) && number < len(d.from.Cells) && d.from.Cells[number] == 0
}

// Recorded reports whether all that is exact of a subject, by its place, is there: its
// lines, and its placements as the file of a name.
func (d *Dir) Recorded(number int, placements string) bool {
	return d.Past(journal.Recorded, 0, number+1) && there(filepath.Join(d.path, schema.Placements, placements))
}

// WriteProfile writes a CPU profile under its name once it is whole.
func (d *Dir) WriteProfile(name string, data []byte) error {
	path := filepath.Join(d.path, schema.Profiles, name)
	if err := os.WriteFile(path+".tmp", data, 0o666); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// Close closes the files, the journal last.
func (d *Dir) Close() (err error) {
	for _, f := range append(d.files, d.log) {
		if e := f.Close(); err == nil {
			err = e
		}
	}
	return err
}
