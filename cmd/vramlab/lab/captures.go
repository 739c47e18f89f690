package lab

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/importer"
	"github.com/vramlab/vramlab/workloads/trace"
)

// standardInput is the path of what is read from standard input, which a command line calls
// "-". Unlike a file of that path it is read once, straight through, also to find out what
// it is.
const standardInput = "/dev/stdin"

// fileNamed is the path of a file by its name on a command line.
func fileNamed(name string) string {
	if name == "-" {
		return standardInput
	}
	return name
}

// input is standard input. It can be had once.
func (env *environment) input() (io.Reader, error) {
	src := env.stdin
	if src == nil {
		return nil, errors.New(standardInput + ": it can be read once only")
	}
	env.stdin = nil
	return src, nil
}

// openTrace opens a trace, or makes one of a capture of another program and says what it
// did with it. The caller closes it.
func (env *environment) openTrace(path string) (*trace.Reader, error) {
	im, r, err := env.opened(path)
	switch {
	case err != nil:
		return nil, err
	case im == nil:
		return r, nil
	case len(im.Streams) > 1:
		return nil, manyRegions(path, im)
	}
	return inMemory(im.Streams[0], path)
}

// notCapture adds to the error of what is no trace how a capture is read that does not show
// its format.
func notCapture(err error) error {
	if wrong := (*trace.SyntaxError)(nil); errors.As(err, &wrong) && wrong.Line == 1 {
		return fmt.Errorf("%w; nor does it show a format of the command list (convert -from names one)", err)
	}
	return err
}

// bindDevice binds the flag that picks a region of a capture.
func (env *environment) bindDevice(fs *flag.FlagSet) {
	fs.StringVar(&env.device, "device", "", "of a capture with several regions only this `device` or region, by the name that convert prints")
}

// manyRegions is the error of a capture with several regions where one is needed.
func manyRegions(path string, im *importer.Imported) error {
	return fmt.Errorf("%s: %d regions make as many traces: -device picks one (%s), convert -o OUT.trace writes all", path, len(im.Streams), heapNames(im))
}

// heapNames are the names of the first regions of a capture, as a shell takes them.
func heapNames(im *importer.Imported) string {
	const most = 8
	var names []string
	for _, s := range im.Streams[:min(most, len(im.Streams))] {
		names = append(names, s.Heap)
	}
	text := strings.Join(quoted(names), ", ")
	if more := len(im.Streams) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// usualMost is the number of operations that are taken of a trace where nothing else is
// said: a run holds all that it measures, some 150 bytes an operation.
const usualMost = 5_000_000

// mostDoc is the usage of a flag for another number.
const mostDoc = "take at most this `number` of operations of a trace, the first ones (default 5M)"

// workloadsOf are the workloads in a file: one of a trace, one for each region of a
// capture of another program. Of each it takes the first operations, at most so many, and
// says so where there are more. A region that is a mere state is left out, and told, if
// there is another; so are requests that were refused when they were recorded, if nothing
// can serve them: a run compares what page tables strategies need only where all is served.
func (env *environment) workloadsOf(path string, most int) (list []workloads.Workload, err error) {
	if path == standardInput {
		if env.piped != nil {
			return env.piped, nil
		}
		defer func() { env.piped = list }() // a run that leaves out a strategy asks again
	}
	im, r, err := env.opened(path)
	if err != nil {
		return nil, err
	}
	if im == nil {
		defer r.Close()
		w, err := env.head(path, path, r, most)
		if err != nil {
			return nil, err
		}
		return []workloads.Workload{env.possible(path, w)}, nil
	}
	some := slices.ContainsFunc(im.Streams, func(s *importer.Stream) bool { return s.Allocs > 0 })
	for _, s := range im.Streams {
		if some && s.Allocs == 0 {
			fmt.Fprintf(env.stderr, "%s: holds a state and no operations: it is left out\n", labelled(path, s.Heap))
			continue
		}
		r, err := inMemory(s, path)
		if err != nil {
			return nil, err
		}
		name := path
		if s.Heap != "" {
			name += "_" + s.Heap
		}
		w, err := env.head(name, path, r, most)
		if err != nil {
			return nil, err
		}
		list = append(list, env.possible(labelled(path, s.Heap), w))
	}
	return list, nil
}

// possible is w without what nothing can serve.
func (env *environment) possible(path string, w workloads.Workload) workloads.Workload {
	w, n := w.Possible()
	if n > 0 {
		fmt.Fprintf(env.stderr, "%s: %s left out that asked for more than was free, and failed when it was recorded\n", path, plural(n, "request"))
	}
	return w
}

// workloadOf is the workload of a name, or the first operations of that in the file at path.
func (env *environment) workloadOf(path string, most int) (workloads.Workload, error) {
	if w, ok := workloads.Lookup(path); ok && !exists(path) {
		return w, nil
	}
	r, err := env.openTrace(path)
	if err != nil {
		return workloads.Workload{}, err
	}
	defer r.Close()
	return env.head(path, path, r, most)
}

// head is a workload of the first operations of r, a trace in the file at path. If there
// are more it says on standard error how many it takes, and in the title for a report. It
// does not read on to count the others: the file is longer by about as much.
func (env *environment) head(name, path string, r *trace.Reader, most int) (workloads.Workload, error) {
	w, cut, err := workloads.Head(name, r, most)
	if err != nil || !cut {
		return w, err
	}
	n := float64(len(w.Ops(0, 0)))
	taken, all := "the first "+rounded(n), ""
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > r.Offset() {
		all = " of about " + rounded(n*float64(info.Size())/float64(r.Offset()))
	}
	fmt.Fprintf(env.stderr, "%s: only %s%s operations are taken (-most says how many)\n", path, taken, all)
	w.Title += fmt.Sprintf(" (%s%s operations)", taken, all)
	return w, nil
}

// rounded is a number in three digits and a word, or as it is if it is small.
func rounded(n float64) string {
	switch {
	case n < 1e6:
		return fmt.Sprintf("%.0f", n)
	case n < 1e9:
		return fmt.Sprintf("%.3g million", n/1e6)
	}
	return fmt.Sprintf("%.3g billion", n/1e9)
}

// opened reads a capture of another program, or the region of it that the user picked, and
// says what it is, or opens a trace: im is nil then. What begins as nothing that is known is
// left to the reader of traces, which says what is wrong. The caller closes r.
func (env *environment) opened(path string) (im *importer.Imported, r *trace.Reader, err error) {
	var f importer.Format
	if path == standardInput {
		var src io.Reader
		if src, err = env.input(); err != nil {
			return nil, nil, err
		}
		f, src, err = importer.SniffReader(src, path)
		if plain := err != nil || f.Name == ""; plain && env.device == "" {
			r, err = trace.NewReader(src, path)
			return nil, r, notCapture(err)
		} else if !plain {
			im, err = importer.Import(src, path, importer.Options{Format: f.Name, Device: env.device})
		}
	} else {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // a pipe can be read once
			f, _ = importer.Sniff(path) // the reader of traces says what is wrong
		}
		if f.Name == "" && env.device == "" {
			r, err = trace.Open(path)
			return nil, r, notCapture(err)
		} else if f.Name != "" {
			im, err = importer.ImportFile(path, importer.Options{Format: f.Name, Device: env.device})
		}
	}
	switch {
	case f.Name == "":
		return nil, nil, fmt.Errorf("%s: -device picks a region of a capture, and the file is none", path)
	case err != nil:
		return nil, nil, err
	}
	env.scale = im.Scale
	fmt.Fprintf(env.stderr, "%s: %s (convert has choices)\n", path, strings.Join(im.Told(), "; "))
	for _, s := range im.Streams {
		fmt.Fprintf(env.stderr, "%s: %s\n", labelled(path, s.Heap), strings.Join(s.Told(), "; "))
	}
	return im, nil, nil
}

// inMemory is the trace of a stream.
func inMemory(s *importer.Stream, path string) (*trace.Reader, error) {
	var b bytes.Buffer
	if err := writeStream(&b, s, path); err != nil {
		return nil, err
	}
	return trace.NewReader(&b, path)
}

// traceFor is a file for replay with the operations of a workload of c up to a request.
// files are those of the workloads that came from files, which replay reads as well.
func traceFor(c bench.Config, files map[string]string, workload string, requests uint64) (path string, err error) {
	if path, ok := files[workload]; ok {
		return path, nil
	}
	for _, w := range c.Workloads {
		if w.Name != workload {
			continue
		}
		return writeRequests(w, w.Ops(c.Seed, c.Ops), requests)
	}
	return "", fmt.Errorf("no workload %q", workload)
}

// errSecondAttempts says that a workload is no trace before it has been replayed.
var errSecondAttempts = errors.New("a workload with second attempts depends on the answers")

// writeRequests writes the operations of w up to a request as a trace in a temporary
// directory.
func writeRequests(w workloads.Workload, ops []workloads.Op, requests uint64) (path string, err error) {
	dir, err := os.MkdirTemp("", "vramlab-")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, w.Name+".trace")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	err = requestsTo(trace.NewWriter(f, w.Region, w.Name+": "+w.Doc), ops, requests)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.RemoveAll(dir)
	}
	return path, err
}

// requestsTo writes ops up to a request, and what is freed before the next one.
func requestsTo(w *trace.Writer, ops []workloads.Op, requests uint64) error {
	ids := make(map[uint32]uint64) // by slot
	workloads.WriteState(w, ops)
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc:
			if requests == 0 {
				return w.Flush()
			}
			requests--
			ids[op.Slot] = uint64(i)
			w.Alloc(uint64(i), op.Req)
		case workloads.Free, workloads.FreeCleared:
			w.Free(ids[op.Slot], op.Kind == workloads.FreeCleared)
		case workloads.Live:
			ids[op.Slot] = uint64(i)
		case workloads.Trim, workloads.ResetDirty, workloads.ResetClear:
			workloads.WriteKeep(w, ids[op.Slot], op)
		default:
			return errSecondAttempts
		}
	}
	return w.Flush()
}

// unusedName is name, or the first of name.2, name.3, ... that no workload in list has.
func unusedName(name string, list []workloads.Workload) string {
	candidate := name
	for i := 2; slices.ContainsFunc(list, func(w workloads.Workload) bool { return w.Name == candidate }); i++ {
		candidate = fmt.Sprintf("%s.%d", name, i)
	}
	return candidate
}

// printTitle prints what a workload is, in lines of at most 80 columns.
func printTitle(w io.Writer, of workloads.Workload) {
	line := printable(of.Title) + ":"
	for word := range strings.FieldsSeq(printable(of.Doc)) {
		if len(line)+1+len(word) > 80 {
			fmt.Fprintln(w, line)
			line = word
			continue
		}
		line += " " + word
	}
	fmt.Fprintln(w, line)
}

// countFlag reads a number of operations into n.
func countFlag(n *int) func(string) error {
	return func(text string) (err error) {
		*n, err = parseCount(text)
		return err
	}
}

// parseCount reads a whole number of at least 1, plain, with an exponent or with a letter:
// 100000000, 1e8, 100M.
func parseCount(text string) (int, error) {
	number, unit := text, 1.0
	for i, letter := range []string{"k", "M", "G"} {
		if rest, ok := strings.CutSuffix(text, letter); ok {
			number, unit = rest, math.Pow10(3*(i+1))
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if v *= unit; err != nil || v != math.Trunc(v) || v < 1 || v > mostOps {
		return 0, fmt.Errorf("not a whole number from 1 to %.0e, as 100000000, 1e8 or 100M", mostOps)
	}
	return int(v), nil
}

// mostOps is the longest trace that can be asked for; a float64 has all whole numbers up
// to it.
const mostOps = 1e15
