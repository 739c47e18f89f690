package serve

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
)

// going is a run that a test writes in steps, as a process does that is at it.
type going struct {
	t     *testing.T
	dir   string
	file  *os.File // holds the lock
	sizes []int64
	texts []string // of the files, as they are at the end
}

const goingRounds, goingCells = 10, 6

// begin begins a run of ten rounds of six cells.
func begin(t *testing.T, dir, name string) *going {
	t.Helper()
	f := bare()
	g := &going{t: t, dir: filepath.Join(dir, name), texts: []string{f.Main(), f.Lanes()}}
	fixture.Must(t, os.MkdirAll(g.dir, 0o777))
	g.lock()
	t.Cleanup(func() { g.file.Close() })
	facts := []journal.Fact{{Key: string(schema.FactStrategies), Value: "buddy rangemgr"}, {Key: string(schema.FactWorkloads), Value: "small gfx frames"}}
	head := journal.Head{Version: journal.Version, Rounds: goingRounds, Files: []string{string(schema.Results), string(schema.Lanes)}, Facts: facts}
	_, err := g.file.Write(head.Line())
	fixture.Must(t, err)
	heads := strings.SplitAfter(g.texts[0], "\nBenchmark")
	g.files(len(heads[0])-len("Benchmark"), 0)
	g.did(journal.Step{Phase: journal.Begun, At: 1})
	return g
}

func (g *going) lock() {
	g.t.Helper()
	var err error
	g.file, err = journal.Lock(filepath.Join(g.dir, schema.Journal), true)
	fixture.Must(g.t, err)
	_, err = g.file.Seek(0, 2)
	fixture.Must(g.t, err)
}

// files writes so much of the files.
func (g *going) files(sizes ...int) {
	g.t.Helper()
	g.sizes = nil
	for i, name := range []schema.File{schema.Results, schema.Lanes} {
		fixture.Must(g.t, os.WriteFile(filepath.Join(g.dir, string(name)), []byte(g.texts[i][:sizes[i]]), 0o666))
		g.sizes = append(g.sizes, int64(sizes[i]))
	}
}

func (g *going) did(s journal.Step) {
	g.t.Helper()
	s.Sizes = g.sizes
	_, err := g.file.Write(s.Line())
	fixture.Must(g.t, err)
}

// round does a whole round, or a part of it.
func (g *going) round(n, at int) {
	g.t.Helper()
	part := func(text string) int {
		size := len(text) * n / goingRounds
		return strings.LastIndexByte(text[:size], '\n') + 1
	}
	g.files(part(g.texts[0]), part(g.texts[1]))
	g.did(journal.Step{Phase: journal.Measured, Round: n, At: at, Of: goingCells})
}

// end ends the run and gives the lock back.
func (g *going) end() {
	g.t.Helper()
	g.files(len(g.texts[0]), len(g.texts[1]))
	g.did(journal.Step{Phase: journal.Ended, At: 1})
	fixture.Must(g.t, g.file.Close())
}

// age makes the journal as old as one that nobody has written for long.
func (g *going) age() {
	old := time.Now().Add(-time.Hour)
	fixture.Must(g.t, os.Chtimes(filepath.Join(g.dir, schema.Journal), old, old))
}

// TestLive follows a run from its first line to its end: how far it is, what it has found,
// and that both are told while it goes on.
func TestLive(t *testing.T) {
	dir := t.TempDir()
	g := begin(t, dir, "run")
	s := open(t, dir)
	s.s.again = 0
	now := time.Now()
	s.s.now = func() time.Time { return now }
	step := func(words, eta string, done int) liveRun {
		t.Helper()
		runs := s.live("/live.json")
		if len(runs) != 1 || !strings.Contains(runs[0].Words, words) || runs[0].ETA != eta || runs[0].Done != done {
			t.Errorf("%+v, want %q, %q and %d", runs, words, eta, done)
			return liveRun{}
		}
		return runs[0]
	}
	g.age() // the lock alone says that it is going on
	if run := step("running setting up", "time left not known yet", 0); run.Phase != phaseRunning {
		t.Errorf("%+v", run)
	}
	if page := s.want(200, "/").body; !strings.Contains(page, "<noscript><meta") || !strings.Contains(page, "<progress") {
		t.Error("the list has no progress, or does not load itself again without a script")
	}
	g.did(journal.Step{Phase: journal.SetUp, At: 1, Of: 4})
	g.did(journal.Step{Phase: journal.SetUp, At: 2, Of: 2})
	g.did(journal.Step{Phase: journal.Recorded, At: 2})
	step("recording placements, 2 of 6", "time left not known yet", 2)
	g.round(1, 3)
	if run := step("running in round 1 of 10", "time left not known yet", 9); run.Total != 66 {
		t.Errorf("%d steps in all", run.Total)
	}
	now = now.Add(9 * time.Second)
	g.round(2, 6)
	// 9 cells in 9 s; 48 are left.
	step("running after round 2 of 10", "about 48 s left", 18)

	page := s.want(200, "/run/run/").body
	for _, want := range []string{"First verdicts", `data-live="/run/run/live.json"`, "<noscript><meta", `src="/live.js"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	verdict := func(not string) string {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if r := s.live("/run/run/live.json")[0]; !r.Reading && len(r.Verdicts) > 0 && r.Headline != not {
				return r.Headline
			}
		}
		t.Fatal("no verdict came")
		return ""
	}
	if h := verdict(""); !strings.Contains(h, "Still running") {
		t.Errorf("the headline does not say that it is still running: %s", h)
	}
	if of := s.live("/run/run/live.json")[0].AsOf; of != "as of round 3" {
		t.Errorf("what was found is %q", of)
	}
	if page := s.want(200, "/run/run/").body; !strings.Contains(page, "First verdicts <small data-field=\"asof\">as of round 3</small>") {
		t.Error("the page does not say of which round its verdicts are")
	}
	g.round(6, 3) // read again soon, not now
	s.s.again = time.Hour
	if r := s.live("/run/run/live.json")[0]; r.AsOf != "as of round 3" || !strings.Contains(r.Words, "in round 6 of 10") {
		t.Errorf("in round 6 what was found is %+v", r)
	}
	s.s.again = 0
	g.round(10, 6)
	g.end()
	if run := step("done", "", 0); run.Phase != phaseDone {
		t.Errorf("%+v", run)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		r := s.live("/run/run/live.json")[0]
		if !r.Reading && !strings.Contains(r.Headline, "Still running") && len(r.Verdicts) == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the run has ended, and its verdicts are %+v", r)
		}
	}
	if page := s.want(200, "/run/run/").body; strings.Contains(page, "First verdicts") || strings.Contains(page, "data-live") {
		t.Error("a run that has ended is still waited for")
	}
}

// TestSeldom: what a run that is going on has found is not read again in the same round, nor
// sooner than it may be.
func TestSeldom(t *testing.T) {
	dir := t.TempDir()
	g := begin(t, dir, "run")
	g.round(4, 6)
	s := open(t, dir)
	now := time.Now()
	s.s.now = func() time.Time { return now }
	read := func() time.Time {
		t.Helper()
		for {
			if r := s.live("/run/run/live.json")[0]; !r.Reading {
				it, _ := s.s.findings.last("run")
				return it.v.at
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	first := read()
	now = now.Add(time.Minute)
	g.round(5, 2)
	g.round(5, 3)
	if got := read(); got != first {
		t.Error("it was read again in the same round")
	}
	g.round(6, 1)
	if got := read(); got == first {
		t.Error("it was not read again in the next round")
	}
	last := read()
	now = now.Add(time.Second)
	g.round(7, 1)
	if got := read(); got != last {
		t.Error("it was read again after a second")
	}
}

// TestInterrupted: a run whose lock is free and whose journal is old was interrupted; one
// that has just grown may be going on elsewhere, which is said.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	g := begin(t, dir, "run")
	g.round(4, 2)
	fixture.Must(t, g.file.Close())
	s := open(t, dir)
	run := s.live("/live.json")[0]
	if run.Phase != phaseRunning || !strings.Contains(s.want(200, "/run/run/").body, "another machine") {
		t.Errorf("a journal that has just grown: %+v", run)
	}
	g.age()
	if run := s.live("/live.json")[0]; run.Phase != phaseStopped || run.Words != "interrupted in round 4 of 10" || run.ETA != "" {
		t.Errorf("an old one: %+v", run)
	}
	if page := s.want(200, "/").body; strings.Contains(page, "<progress") || strings.Contains(page, "noscript") {
		t.Error("an interrupted run is waited for")
	}
	g.lock() // somebody goes on with it
	if run := s.live("/live.json")[0]; run.Phase != phaseRunning {
		t.Errorf("a run that goes on: %+v", run)
	}
	g.file.Close()
	for _, broken := range []string{"dear diary\n", `{"version":"vramlab journal 2","rounds":1}` + "\n"} {
		fixture.Must(t, os.WriteFile(filepath.Join(g.dir, schema.Journal), []byte(broken), 0o666))
		if page := s.want(200, "/run/run/").body; !strings.Contains(page, "its files do not say") || !strings.Contains(page, "The journal cannot be read") {
			t.Errorf("a journal of %q is not told", broken)
		}
	}
}

// TestFirstETA: of a run that is seen for the first time the placements say when its rounds
// began.
func TestFirstETA(t *testing.T) {
	dir := t.TempDir()
	g := begin(t, dir, "run")
	now := time.Now()
	fixture.Must(t, os.Mkdir(filepath.Join(g.dir, "placements"), 0o777))
	for i, name := range []string{"small.buddy.trace.gz", "small.rangemgr.trace.gz"} {
		path := filepath.Join(g.dir, "placements", name)
		fixture.Must(t, os.WriteFile(path, nil, 0o666))
		at := now.Add(time.Duration(i-21) * time.Second)
		fixture.Must(t, os.Chtimes(path, at, at))
	}
	main := strings.Replace(g.texts[0], "# order:", "# workloads: small gfx frames\n# order:", 1)
	g.texts[0] = main
	s := open(t, dir)
	s.s.now = func() time.Time { return now }
	g.round(1, 2)
	if run := s.live("/live.json")[0]; run.ETA != "time left not known yet" {
		t.Errorf("2 of 60 cells: %s", run.ETA)
	}
	g.round(2, 4)
	if run := s.live("/live.json")[0]; run.ETA != "about 100 s left" && run.ETA != "about 2 min left" {
		t.Errorf("10 of 60 cells in 20 s: %s", run.ETA)
	}
}

// TestETA puts durations into words.
func TestETA(t *testing.T) {
	for left, want := range map[time.Duration]string{
		0: "time left not known yet", time.Millisecond: "about 1 s left", 59 * time.Second: "about 59 s left", 90 * time.Second: "about 2 min left", 99 * time.Minute: "about 99 min left", 26 * time.Hour: "about 26 h left",
	} {
		if got := (state{Phase: phaseRunning, Total: 2, Done: 1, Left: left}).ETA(); got != want {
			t.Errorf("%v: %s", left, got)
		}
	}
}

// TestCache: one who asks while it is made waits, a panic is an error, and what was asked for
// least goes.
func TestCache(t *testing.T) {
	c := newCache[int](2)
	made := 0
	get := func(key, stamp string) (int, error) {
		return c.get(t.Context(), key, stamp, func() (int, error) {
			made++
			if stamp == "panic" {
				panic("a hostile file")
			}
			return made, nil
		})
	}
	if _, err := get("a", "panic"); err == nil || !strings.Contains(err.Error(), "hostile") {
		t.Errorf("a panic is %v", err)
	}
	for _, step := range []struct {
		key, stamp string
		want       int
	}{{"a", "1", 2}, {"a", "1", 2}, {"a", "2", 3}, {"b", "1", 4}, {"a", "2", 3}, {"c", "1", 5}, {"a", "2", 3}, {"b", "1", 6}} {
		if got, err := get(step.key, step.stamp); got != step.want || err != nil {
			t.Errorf("%s: %d, %v", fmt.Sprint(step), got, err)
		}
	}
}
