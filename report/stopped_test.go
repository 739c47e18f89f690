package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// withJournal writes a run of ten rounds with a journal that ends in a step.
func withJournal(t *testing.T, facts []journal.Fact, last journal.Step) string {
	t.Helper()
	dir := fixture.Pair1(2).Write(t)
	head := journal.Head{Version: journal.Version, Rounds: 10, Files: []string{string(schema.Results), string(schema.Curves)}, Facts: facts}
	text := head.Line()
	if last.Phase != "" {
		text = append(text, last.Line()...)
	}
	fixture.Must(t, os.WriteFile(filepath.Join(dir, schema.Journal), text, 0o666))
	return dir
}

// TestStopped: the report of a run that did not come to its end says so first, and then what
// that of the same files without a journal says.
func TestStopped(t *testing.T) {
	old, err := Load(fixture.Pair1(2).Write(t))
	fixture.Must(t, err)
	all := []int64{1 << 30, 1 << 30} // no file is cut
	for _, tt := range []struct {
		last journal.Step
		want string
	}{
		{journal.Step{}, "Interrupted before the first round. "},
		{journal.Step{Phase: journal.Begun, At: 1, Sizes: all}, "Interrupted before the first round. "},
		{journal.Step{Phase: journal.Recorded, At: 2, Sizes: all}, "Interrupted before the first round. "},
		{journal.Step{Phase: journal.Measured, Round: 1, At: 3, Of: 9, Sizes: all}, "Interrupted in round 1 of 10. "},
		{journal.Step{Phase: journal.Measured, Round: 9, At: 9, Of: 9, Sizes: all}, "Interrupted in round 10 of 10. "},
		{journal.Step{Phase: journal.Profiled, At: 1, Sizes: all}, "Interrupted after the last round. "},
		{journal.Step{Phase: journal.Ended, At: 1, Sizes: all}, ""},
	} {
		dir := withJournal(t, nil, tt.last)
		r, err := Load(dir)
		fixture.Must(t, err)
		if got, want := r.Headline(), tt.want+old.Headline(); got != want {
			t.Errorf("%+v: headline %q, want %q", tt.last, got, want)
		}
		if w := r.Warnings(); len(w) > 0 {
			t.Errorf("%+v: warnings %q", tt.last, w)
		}
		path, err := r.Write()
		fixture.Must(t, err)
		page, err := os.ReadFile(path)
		fixture.Must(t, err)
		title := "<h1>" + tt.want
		if !bytes.Contains(page, []byte(title)) || bytes.Contains(page, []byte("vramlab run -resume DIR")) != (tt.want != "") {
			t.Errorf("%+v: the page lacks %q, or says wrongly how to go on", tt.last, title)
		}
	}
}

// TestStillRunning: the report of a run that another process is at does not say that it was
// interrupted, nor how to go on with it.
func TestStillRunning(t *testing.T) {
	all := []int64{1 << 30, 1 << 30}
	for _, tt := range []struct {
		last journal.Step
		want string
	}{
		{journal.Step{}, "Still running, before the first round. "},
		{journal.Step{Phase: journal.Measured, Round: 3, At: 3, Of: 9, Sizes: all}, "Still running, in round 3 of 10. "},
		{journal.Step{Phase: journal.Profiled, At: 1, Sizes: all}, "Still running, after the last round. "},
		{journal.Step{Phase: journal.Ended, At: 1, Sizes: all}, ""},
	} {
		dir := withJournal(t, nil, tt.last)
		held, err := journal.Lock(filepath.Join(dir, schema.Journal), false)
		fixture.Must(t, err)
		defer held.Close()
		if !busy(t, dir) {
			t.Skip("no locks here")
		}
		r, err := Load(dir)
		fixture.Must(t, err)
		if got := r.Headline(); !strings.HasPrefix(got, tt.want) || strings.Contains(got, "Interrupted") || tt.want == "" && strings.Contains(got, "running") {
			t.Errorf("%+v: headline %q, want %q", tt.last, got, tt.want)
		}
		path, err := r.Write()
		fixture.Must(t, err)
		page, err := os.ReadFile(path)
		fixture.Must(t, err)
		if bytes.Contains(page, []byte("-resume DIR")) || !bytes.Contains(page, []byte("<h1>"+tt.want)) {
			t.Errorf("%+v: the page says how to go on, or lacks %q", tt.last, tt.want)
		}
	}
}

// busy reports whether another could not have the journal in dir.
func busy(t *testing.T, dir string) bool {
	t.Helper()
	f, err := journal.Lock(filepath.Join(dir, schema.Journal), true) // without patience
	if err == nil {
		f.Close()
	}
	return err != nil
}

// TestStoppedInAStep: what a step that was not done has written is not used.
func TestStoppedInAStep(t *testing.T) {
	dir := fixture.Pair1(2).Write(t)
	path := filepath.Join(dir, string(schema.Results))
	text, err := os.ReadFile(path)
	fixture.Must(t, err)
	whole, err := Load(dir)
	fixture.Must(t, err)
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	samples := func(r *Run) int {
		n := 0
		for _, w := range r.in.Workloads {
			for _, c := range w.Cells {
				n += len(c.Sample.Values)
			}
		}
		return n
	}
	dir = withJournal(t, nil, journal.Step{Phase: journal.Measured, Round: 6, At: 1, Of: 9, Sizes: []int64{int64(last), 1}})
	fixture.Must(t, os.WriteFile(filepath.Join(dir, string(schema.Results)), append(text, "BenchmarkAllocFree/strat"...), 0o666))
	r, err := Load(dir)
	fixture.Must(t, err)
	if got, want := samples(r), samples(whole); got == 0 || got >= want {
		t.Errorf("%d values are used, want fewer than the %d of the whole file", got, want)
	}
	if w := r.Warnings(); len(w) > 0 {
		t.Errorf("warnings %q", w)
	}
}

// TestNoJournal: a journal that is none, or of another run, is a warning.
func TestNoJournal(t *testing.T) {
	for want, write := range map[string]func(path string) error{
		"journal: line 1: not the head of a journal": func(path string) error { return os.WriteFile(path, []byte("dear diary\n"), 0o666) },
		"journal: is a directory":                    func(path string) error { return os.Mkdir(path, 0o777) },
	} {
		dir := fixture.Pair1(2).Write(t)
		fixture.Must(t, write(filepath.Join(dir, schema.Journal)))
		wantWarning(t, dir, want)
	}
	other := []journal.Fact{{Key: string(schema.FactSeed), Value: "987654"}}
	wantWarning(t, withJournal(t, other, journal.Step{Phase: journal.Begun, Sizes: []int64{1, 1}}), "journal: is of another run and left out: its seed is 987654")
}

func wantWarning(t *testing.T, dir, want string) {
	t.Helper()
	r, err := Load(dir)
	fixture.Must(t, err)
	if w := r.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], want) || strings.HasPrefix(r.Headline(), "Interrupted") {
		t.Errorf("warnings %q, want %q; headline %q", w, want, r.Headline())
	}
}
