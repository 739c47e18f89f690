package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/page"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/terminal"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// A Run is a run that was read and judged.
type Run struct{ in judge.Run }

// Load reads the run in dir. Only run.bench must be there, with the
// head of a run or a result: a run that was stopped is reported as far as it went, and
// a line or file that cannot be read becomes a warning in the report.
func Load(dir string) (*Run, error) { return LoadWith(dir, Options{}) }

// LoadWith is [Load] with options. An unknown workload in them is an error that says which
// there are.
func LoadWith(dir string, o Options) (*Run, error) {
	prices, err := o.prices()
	if err != nil {
		return nil, err
	}
	run, err := rundir.Read(dir)
	if err != nil {
		return nil, err
	}
	in := judge.Priced(run, prices)
	if in.Maps, err = o.maps(in); err != nil {
		return nil, err
	}
	return &Run{in}, nil
}

// Strategies are the names of the strategies compared, the base first.
func (r *Run) Strategies() []string { return slices.Clone(r.in.Strategies) }

// Warnings are the problems met while reading the run, one line each.
func (r *Run) Warnings() []string { return r.in.Warnings.All() }

// LeftOut is the number of files of the run that were not read, or only as far as they
// could be; [Run.Warnings] name them.
func (r *Run) LeftOut() int { return r.in.Warnings.LeftOut() }

// Missing are the files and directories that a run writes and that are not there.
func (r *Run) Missing() []string { return slices.Clone(r.in.Missing) }

// Headline is the finding of the whole run in one sentence.
func (r *Run) Headline() string {
	return text.Plain(r.in.Strategies, words.Headline(r.in))
}

// Scope says what of the findings is true of a driver, and how to time one's own
// allocator, and which kernel each strategy reproduces, in a few sentences.
func (r *Run) Scope() string {
	scope := words.Scope(r.in.Times)
	if kernels := words.Kernels(r.in.Strategies, r.in.Facts); kernels != "" {
		scope += " Of the strategies " + kernels + "."
	}
	return text.Plain(r.in.Strategies, text.Prose(scope))
}

// Verdicts are the findings as plain sentences, one line per workload.
func (r *Run) Verdicts() []string {
	var out []string
	for _, v := range r.in.Verdicts {
		head, body := words.Verdict(r.in.Strategies, r.in.Times, v)
		out = append(out, text.Plain(r.in.Strategies, head+" "+body))
	}
	return out
}

// Look is how the closing of a run is printed.
type Look = terminal.Look

// Closing is what a run prints at its end: the headline, the table of decisions that the
// report has, what the sweep found, how far to trust it, and last as it is. It has 25 lines
// at most, none of them wider than the look says but for those of last, and for what is
// whole.
func (r *Run) Closing(look Look, last ...string) string {
	return strings.Join(terminal.Closing(r.in, r.Headline(), last, look), "\n") + "\n"
}

// Scaling is what the scaling sweep of the run found, as plain sentences for a
// terminal: for each size that grows the finding, a line for every strategy
// with the exponents of its operations, and where strategies cross; at last whose
// times contain a crossing into a C library. It is nil when the run has no sweep.
func (r *Run) Scaling() []string {
	var out []string
	for _, sentence := range words.ScalingSentences(r.in.Strategies, r.in.Times.Self, r.in.Curves.Scaling, r.in.Curves.Crossing) {
		out = append(out, text.Plain(r.in.Strategies, sentence))
	}
	return out
}

// Write renders the report of the run in dir into dir/report.html and returns
// that path. The same directory gives the same bytes.
func Write(dir string) (path string, err error) {
	r, err := Load(dir)
	if err != nil {
		return "", err
	}
	return r.Write()
}

// HTML is the report as [Run.Write] writes it.
func (r *Run) HTML() ([]byte, error) {
	data, err := page.Render(r.in)
	if err != nil {
		return nil, fmt.Errorf("report of %s: %w", r.in.Dir, err)
	}
	return data, nil
}

// Write renders the report of a run already loaded into its directory.
func (r *Run) Write() (path string, err error) {
	data, err := r.HTML()
	if err != nil {
		return "", err
	}
	path = filepath.Join(r.in.Dir, "report.html")
	return path, writeFile(path, data)
}

// writeFile writes through a file that it makes beside the target, so that a full disk
// leaves the report that was there. The name is new: a link that somebody left in the
// directory is not followed. A link in place of the report is replaced.
func writeFile(path string, data []byte) error {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s: is a directory, where the report is to be written", path)
	}
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// createBeside makes a file that was not there. os.CreateTemp would make one that only
// its owner may read.
func createBeside(path string) (f *os.File, err error) {
	for range 100 {
		f, err = os.OpenFile(fmt.Sprintf("%s.%08x.tmp", path, rand.Uint32()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
}
