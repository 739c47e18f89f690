// Package journal says how far a run is, in a file that a run which was ended at any
// moment leaves readable: what a run that goes on begins with, and what a report of one
// that did not says.
//
// # Format
//
// A line of JSON each. The first is the [Head]: what was to be measured. Each other one
// is a [Step] that is done: where in the run it is, and the sizes of all files of results
// then. The line of a step is written, by one call, after all that the step writes. So
// whatever ends the process, the last whole line is true, and what the files hold behind
// its sizes is of a step that was not done: whoever goes on cuts that off and does the
// step again.
//
// Nothing is forced to the disk. What was written survives the end of the process, not
// that of the machine: a file that is then shorter than the journal says is noticed.
//
// # Who may write
//
// The writer holds a lock on the file ([Lock]), which ends with its process. Whoever has
// the lock of a journal without a head may begin a run there. So two runs never share a
// directory, and a run cannot be continued twice at once.
//
// Rejected: a lock file made with O_EXCL, which stays after kill -9 and then locks out
// the one who would go on; and the process id in the journal, which another process may
// have by then.
package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Version is the version of the format.
const Version = "vramlab journal 1"

// Head is the first line.
type Head struct {
	Version string   `json:"version"`
	Args    []string `json:"args,omitempty"` // of the command line that began the run, without the program
	Dir     string   `json:"dir,omitempty"`  // where it was given
	Rounds  int      `json:"rounds"`         // samples of each cell
	Files   []string `json:"files"`          // of results, in the order of the sizes of a step
	Facts   []Fact   `json:"facts"`          // at the head of each of these files
	Same    []Fact   `json:"same"`           // what must be the same where the run goes on
}

// Fact is something known about a run.
type Fact struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// A Phase is a part of a run.
type Phase string

// The phases in their order.
const (
	Begun    Phase = "begun"    // the files have their heads
	SetUp    Phase = "setup"    // an experiment is set up
	Recorded Phase = "recorded" // a strategy was replayed on a workload for what is exact
	Measured Phase = "measured" // a cell of a round has its sample
	Profiled Phase = "profiled" // a strategy has its CPU profile
	Ended    Phase = "ended"    // the run is finished
)

// phases is their order; nothing comes before it begins.
var phases = []Phase{"", Begun, SetUp, Recorded, Measured, Profiled, Ended}

func (p Phase) number() int {
	for i, known := range phases {
		if p == known {
			return i
		}
	}
	return -1
}

// Step is a line behind the first: what was done, and how large the files are. The zero
// Step is that of a run of which nothing is done.
type Step struct {
	Phase Phase   `json:"phase"`
	Round int     `json:"round,omitempty"` // of Measured, from 1
	At    int     `json:"at"`              // steps of the phase that are done, of Measured those of the round
	Of    int     `json:"of,omitempty"`    // cells: of Measured in a round, of SetUp those of the experiment
	Sizes []int64 `json:"sizes"`           // bytes, by Head.Files
}

// Past reports whether step at of a phase and a round is done when s is. Steps count
// from 1, and a phase without rounds has round 0.
func (s Step) Past(phase Phase, round, at int) bool {
	mine, other := s.Phase.number(), phase.number()
	switch {
	case mine != other:
		return mine > other
	case s.Round != round:
		return s.Round > round
	}
	return s.At >= at
}

// line is the line of a head or a step.
func line(of any) []byte {
	b, err := json.Marshal(of)
	if err != nil {
		panic("journal: " + err.Error()) // strings and numbers only
	}
	return append(b, '\n')
}

// Where says how far the run is as a reader puts it: the round in which it is, 0 before
// the first one, and one more than there are behind the last.
func (j Journal) Where() (round int) {
	switch s := j.Last; {
	case s.Phase.number() < Measured.number():
		return 0
	case s.Phase != Measured:
		return j.Rounds + 1
	case s.whole():
		return s.Round + 1
	default:
		return s.Round
	}
}

// After says after how much of the run its journal ends: "before the first round", "after
// round 3 of 10", "in round 4 of 10".
func (j Journal) After() string {
	switch round := j.Where(); {
	case round == 0:
		return "before the first round"
	case j.Last.Phase != Measured || j.Last.whole():
		return fmt.Sprintf("after round %d of %d", round-1, j.Rounds)
	default:
		return fmt.Sprintf("in round %d of %d", round, j.Rounds)
	}
}

// whole reports whether a step of Measured is the last of its round.
func (s Step) whole() bool { return s.Of > 0 && s.At == s.Of }

// Line is the line of h.
func (h Head) Line() []byte { return line(h) }

// Line is the line of s.
func (s Step) Line() []byte { return line(s) }

// A Journal is what a file says.
type Journal struct {
	Head
	Last  Step  // the last that is done
	Cells []int // of each experiment that is set up, by its place
	Size  int64 // bytes of the whole lines
}

// ErrEmpty is the error of a journal without a head: its run was ended before it began.
var ErrEmpty = errors.New("the run was ended before it began")

// Bounds: a file may come from somebody else.
const (
	mostHead = 8 << 20  // bytes of the first line
	mostStep = 64 << 10 // bytes of another
	mostCell = 1000     // experiments
)

// ReadFile reads the journal at path, also while it is written. The error names it.
func ReadFile(path string) (Journal, error) {
	// First: a pipe would have whoever opens it wait.
	if info, err := os.Stat(path); err != nil {
		return Journal{}, err
	} else if !info.Mode().IsRegular() {
		return Journal{}, fmt.Errorf("%s: is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return Journal{}, err
	}
	defer f.Close()
	j, err := Read(f)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return j, err
}

// Read reads a journal: its head, the steps that set up, and the last whole line.
func Read(f io.ReadSeeker) (j Journal, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return j, err
	}
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return j, err
	}
	in := bufio.NewReaderSize(f, mostStep)
	text, err := firstLine(in)
	switch {
	case err != nil:
		return j, err
	case json.Unmarshal(text, &j.Head) != nil || j.Version == "" || j.Rounds < 0:
		return j, errors.New("line 1: not the head of a journal")
	case j.Version != Version:
		return j, fmt.Errorf("line 1: of another version, %q; this one reads %q", j.Version, Version)
	}
	j.Size = int64(len(text))
	for n := 2; len(j.Cells) < mostCell; n++ {
		text, err := in.ReadSlice('\n')
		if err != nil { // the end, or a line that was not written as a whole
			return j, nil
		}
		if err := j.take(text); err != nil {
			return j, fmt.Errorf("line %d: %w", n, err)
		}
		j.Size += int64(len(text))
		if j.Last.Phase != Begun && j.Last.Phase != SetUp {
			break
		}
	}
	return j, j.skip(f, size)
}

// firstLine is the first line if it is whole.
func firstLine(in *bufio.Reader) (line []byte, err error) {
	for len(line) < mostHead {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch err {
		case nil:
			return line, nil
		case bufio.ErrBufferFull:
		case io.EOF:
			return nil, ErrEmpty
		default:
			return nil, err
		}
	}
	return nil, fmt.Errorf("line 1: longer than %d bytes", mostHead)
}

// take takes the line of a step.
func (j *Journal) take(text []byte) error {
	var s Step
	switch {
	case json.Unmarshal(text, &s) != nil || s.Phase.number() < 1 || s.At < 0 || s.Round < 0 || s.Of < 0:
		return errors.New("not a step of a run")
	case len(s.Sizes) != len(j.Files):
		return fmt.Errorf("%d sizes of %d files", len(s.Sizes), len(j.Files))
	}
	if s.Phase == SetUp {
		j.Cells = append(j.Cells, s.Of)
	}
	j.Last = s
	return nil
}

// skip goes on to the last whole line of the file, which has size bytes.
func (j *Journal) skip(f io.ReadSeeker, size int64) error {
	from := max(j.Size, size-mostStep)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	tail, err := io.ReadAll(io.LimitReader(f, size-from))
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(tail, '\n')
	if end < 0 {
		return nil
	}
	begin := bytes.LastIndexByte(tail[:end], '\n') + 1
	if err := j.take(tail[begin : end+1]); err != nil {
		return fmt.Errorf("last line: %w", err)
	}
	j.Size = from + int64(end) + 1
	return nil
}
