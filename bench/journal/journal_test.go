package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// example is the journal of a run that was ended in its second round.
func example() (Head, []Step) {
	return Head{
			Version: Version, Args: []string{"run", "-o", "a \"b\""}, Dir: "/home/x", Rounds: 3, Files: []string{"run.bench", "curves.bench"},
			Facts: []Fact{{"date", "today"}}, Same: []Fact{{"seed", "1"}},
		}, []Step{
			{Phase: Begun, At: 1, Sizes: []int64{10, 20}},
			{Phase: SetUp, At: 1, Of: 4, Sizes: []int64{10, 20}},
			{Phase: SetUp, At: 2, Sizes: []int64{10, 30}},
			{Phase: Recorded, At: 1, Sizes: []int64{10, 40}},
			{Phase: Measured, Round: 1, Of: 2, Sizes: []int64{10, 40}},
			{Phase: Measured, Round: 1, At: 1, Of: 2, Sizes: []int64{11, 40}},
			{Phase: Measured, Round: 1, At: 2, Of: 2, Sizes: []int64{12, 40}},
			{Phase: Measured, Round: 2, Of: 2, Sizes: []int64{12, 40}},
			{Phase: Measured, Round: 2, At: 1, Of: 2, Sizes: []int64{13, 40}},
		}
}

// TestTornAnywhere cuts a journal at every byte: what is read is what whole lines say.
func TestTornAnywhere(t *testing.T) {
	head, steps := example()
	text := head.Line()
	ends := []int{len(text)}
	for _, s := range steps {
		text = append(text, s.Line()...)
		ends = append(ends, len(text))
	}
	cells := []int{4, 0}
	for n := range len(text) + 1 {
		j, err := Read(bytes.NewReader(text[:n]))
		if n < ends[0] {
			if !errors.Is(err, ErrEmpty) {
				t.Fatalf("%d bytes: error %v, want that it is empty", n, err)
			}
			continue
		}
		whole := 0 // steps
		for whole < len(steps) && ends[whole+1] <= n {
			whole++
		}
		want := Journal{Head: head, Size: int64(ends[whole])}
		if whole > 0 {
			want.Last = steps[whole-1]
		}
		want.Cells = cells[:min(2, max(0, whole-1))]
		if err != nil || fmt.Sprintf("%+v", j) != fmt.Sprintf("%+v", want) {
			t.Fatalf("%d bytes: %+v, error %v; want %+v", n, j, err, want)
		}
	}
}

// TestLongJournal: only the last line of many counts, and all bytes do.
func TestLongJournal(t *testing.T) {
	head, steps := example()
	text := head.Line()
	for range 3000 {
		for _, s := range steps[3:] {
			text = append(text, s.Line()...)
		}
	}
	size := int64(len(text))
	j, err := Read(bytes.NewReader(append(text, `{"phase":"mea`...)))
	if last := steps[len(steps)-1]; err != nil || !reflect.DeepEqual(j.Last, last) || j.Size != size {
		t.Errorf("last %+v, %d bytes, error %v; want %+v, %d", j.Last, j.Size, err, last, size)
	}
}

// TestNoJournal: what is none is one line that says where.
func TestNoJournal(t *testing.T) {
	head, steps := example()
	whole := string(head.Line())
	for text, want := range map[string]string{
		"":                         ErrEmpty.Error(),
		"x":                        ErrEmpty.Error(),
		"x\n":                      "line 1: not the head of a journal",
		"{}\n":                     "line 1: not the head of a journal",
		`{"version":"v"}` + "\n":   `line 1: of another version, "v"; this one reads "vramlab journal 1"`,
		strings.Repeat("x", 9<<20): "line 1: longer than 8388608 bytes",
		`{"version":"vramlab journal 1","rounds":-1}` + "\n": "line 1: not the head of a journal",
		whole + "x\n": "line 2: not a step of a run",
		whole + `{"phase":"begun","at":1,"sizes":[1]}` + "\n":                              "line 2: 1 sizes of 2 files",
		whole + `{"phase":"begun","at":-1,"sizes":[1,2]}` + "\n":                           "line 2: not a step of a run",
		whole + `{"phase":"lost","at":1,"sizes":[1,2]}` + "\n":                             "line 2: not a step of a run",
		whole + string(steps[0].Line()) + string(steps[3].Line()) + "x\n" + "y\n" + `{"ph`: "last line: not a step of a run",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%.60q: error %v, want %s", text, err, want)
		}
	}
}

// TestWhere has the words for how far a run came.
func TestWhere(t *testing.T) {
	for _, tt := range []struct {
		last  Step
		round int
		after string
	}{
		{Step{}, 0, "before the first round"},
		{Step{Phase: Begun, At: 1}, 0, "before the first round"},
		{Step{Phase: Recorded, At: 7}, 0, "before the first round"},
		{Step{Phase: Measured, Round: 1, Of: 5}, 1, "in round 1 of 10"},
		{Step{Phase: Measured, Round: 1, At: 4, Of: 5}, 1, "in round 1 of 10"},
		{Step{Phase: Measured, Round: 1, At: 5, Of: 5}, 2, "after round 1 of 10"},
		{Step{Phase: Measured, Round: 10, At: 5, Of: 5}, 11, "after round 10 of 10"},
		{Step{Phase: Measured, Round: 2}, 2, "in round 2 of 10"}, // a run without cells
		{Step{Phase: Profiled, At: 1}, 11, "after round 10 of 10"},
		{Step{Phase: Ended, At: 1}, 11, "after round 10 of 10"},
	} {
		j := Journal{Head: Head{Rounds: 10}, Last: tt.last}
		if j.Where() != tt.round || j.After() != tt.after {
			t.Errorf("%+v: round %d, %s; want %d, %s", tt.last, j.Where(), j.After(), tt.round, tt.after)
		}
	}
}

// TestPast: each step of the example is past those up to it, and no other.
func TestPast(t *testing.T) {
	_, steps := example()
	if (Step{}).Past(Begun, 0, 1) {
		t.Error("something is done where nothing is")
	}
	for i, s := range steps {
		for k, other := range steps {
			if got := s.Past(other.Phase, other.Round, other.At); got != (k <= i) {
				t.Errorf("%+v past %+v: %v", s, other, got)
			}
		}
	}
}

// TestLock: a journal has one writer at a time, and any number of readers.
func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	if _, err := Lock(path, false); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that it is not there", err)
	}
	f, err := Lock(path, true)
	if err != nil {
		t.Fatal(err)
	}
	head, _ := example()
	if _, err := f.Write(head.Line()); err != nil {
		t.Fatal(err)
	}
	if g, err := lock(path, false); err == nil {
		g.Close()
		t.Skip("no locks here")
	}
	if _, err := Lock(path, true); !errors.Is(err, ErrBusy) || !strings.HasPrefix(err.Error(), path+": ") {
		t.Errorf("error %v, want that another has it", err)
	}
	if j, err := ReadFile(path); err != nil || j.Rounds != 3 {
		t.Errorf("%+v, error %v", j, err)
	}
	r, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !Busy(r) {
		t.Error("a journal that is written is not busy")
	}
	time.AfterFunc(patience/10, func() { f.Close() }) // one that is about to end is waited for
	g, err := Lock(path, false)
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
	if Busy(r) {
		t.Error("a journal that nobody writes is busy")
	}
	if g, err = lock(path, false); err != nil { // with r open: asking holds nothing
		t.Fatal(err)
	}
	g.Close()
}
