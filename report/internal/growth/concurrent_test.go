package growth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

func TestConcurrentHeading(t *testing.T) {
	noisy := fixture.Pair1(2)
	noisy.Drift = 0.5
	both := func(lock string, lo, hi float64) string {
		return fixture.ConcurrentText("buddy", lock, 1, 5, 50) + fixture.ConcurrentText("buddy", lock, 4, 5, 50/lo) +
			fixture.ConcurrentText("rangemgr", lock, 1, 5, 80) + fixture.ConcurrentText("rangemgr", lock, 4, 5, 80/hi)
	}
	for _, tt := range []struct {
		name  string
		run   fixture.Run
		lines string
		want  string
	}{
		{"shards gain, one lock loses", fixture.Pair1(2), both("sharded", 1.75, 1.9) + both("locked", 0.5, 0.66),
			"From 1 to 4 goroutines throughput changes by a factor of 0.50 to 0.66 behind one lock and 1.75 to 1.90 with shards"},
		{"all the same", fixture.Pair1(2), both("sharded", 3, 3), "From 1 to 4 goroutines throughput changes by a factor of 3.00 with shards"},
		{"one kind shows none", fixture.Pair1(2), both("sharded", 2, 2) + both("locked", 1, 1.02),
			"From 1 to 4 goroutines throughput changes by a factor of 2.00 with shards; there is no detectable change behind one lock"},
		{"one strategy shows none", fixture.Pair1(2), both("sharded", 2, 1),
			"From 1 to 4 goroutines throughput changes by a factor of 2.00 with shards (1 of 2 strategies; no detectable change for the others)"},
		{"nobody does", fixture.Pair1(2), both("sharded", 1, 1) + both("locked", 1, 1), "From 1 to 4 goroutines there is no detectable change of throughput"},
		{"too few samples", fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 1, 4, 50) + fixture.ConcurrentText("buddy", "locked", 2, 4, 500),
			"From 1 to 2 goroutines there is no detectable change of throughput"},
		{"a noisy run", noisy, both("sharded", 2, 2), "This run is too noisy to say what several goroutines gain"},
		{"one number of goroutines", fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 4, 5, 90) + fixture.ConcurrentText("buddy", "sharded", 4, 5, 30),
			"At 4 goroutines throughput with shards is 3.00 times that behind one lock"},
		{"one number, not told apart", fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 4, 5, 30) + fixture.ConcurrentText("buddy", "sharded", 4, 5, 30),
			"At 4 goroutines throughput behind one lock and with shards shows no detectable difference"},
		{"one number, one strategy told", fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 4, 5, 90) + fixture.ConcurrentText("buddy", "sharded", 4, 5, 30) + fixture.ConcurrentText("rangemgr", "locked", 4, 5, 30) + fixture.ConcurrentText("rangemgr", "sharded", 4, 5, 30),
			"At 4 goroutines throughput with shards is 3.00 times that behind one lock (1 of 2 strategies; no detectable change for the others)"},
		{"one cell", fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 4, 5, 30), "Throughput was measured at 4 goroutines only"},
		{"a lock that is not known here", fixture.Pair1(2), strings.ReplaceAll(both("x", 2, 2), "lock=x", "lock=rcu"),
			"From 1 to 4 goroutines throughput changes by a factor of 2.00 with rcu"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := testrun.WithCurves(t, tt.run, tt.lines)
			if got := text.Plain(r.Strategies, words.ConcurrentHeading(r.Strategies, r.Times.Self, r.Curves.Concurrent)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			p, err := makeConcurrentSection(r)
			fixture.Must(t, err)
			testrun.CheckFigure(t, p.Figure)
			if lines := strings.HasPrefix(tt.want, "From"); lines && p.Figure.Wide == "" || !lines && strings.HasPrefix(tt.want, "At") && p.Figure.Wide != "" {
				t.Errorf("a figure of %d bytes for %s", len(p.Figure.Wide), tt.want)
			}
		})
	}
}

// The table has a row for each lock of each strategy that was measured, and
// dashes where a number of goroutines was not.
func TestConcurrentTable(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(2), fixture.ConcurrentText("buddy", "sharded", 1, 5, 50)+fixture.ConcurrentText("buddy", "sharded", 4, 10, 25)+
		fixture.ConcurrentText("buddy", "locked", 1, 5, 50)+fixture.ConcurrentText("rangemgr", "locked", 4, 5, 40)+fixture.ConcurrentText("nobody", "locked", 8, 5, 40)+
		"BenchmarkConcurrent/strategy=rangemgr/lock=locked/goroutines=2-2 100 40 ns/op\n")
	table := makeConcurrent(r.Strategies, r.Times.Self, r.Curves.Concurrent)
	got := fmt.Sprint(table.Numbers, table.Grown, ",", table.Most, "\n")
	for _, row := range table.Rows {
		got += fmt.Sprint(row.Name, " ", row.Class, " ", row.Lock, " ", row.Cells, " ", row.Gain, " ", row.Tails, "\n")
	}
	want := "[1 2 4]from 1 to 4,4 goroutines\n" +
		"buddy s0 locked [{19.8 } {– } {– }] – [– – –]\n" +
		" s0 sharded [{19.8 } {– } {39.3 ± 1 %}] 1.98× [71.3 ns 305 ns 8.14 µs]\n" +
		"rangemgr s1 locked [{– } {25.0 } {24.8 }] – [113 ns 484 ns 12.9 µs]\n"
	if got = strings.ReplaceAll(got, text.NBSP, " "); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if note := strings.ReplaceAll(words.ConcurrentNote(r.Strategies, r.Facts, r.Curves.Concurrent, r.Curves.Crossing, []int{1, 4}), text.NBSP, " "); !strings.Contains(note, "The machine has 2 cores") {
		t.Errorf("no word on more goroutines than cores in %q", note)
	}
	if note := words.ConcurrentNote(r.Strategies, r.Facts, r.Curves.Concurrent, r.Curves.Crossing, []int{1, 2}); strings.Contains(note, "cores") {
		t.Errorf("a word too many on cores in %q", note)
	}
}

// A time of every call is not needed for throughput.
func TestConcurrentWithoutTails(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(1), "BenchmarkConcurrent/strategy=buddy/lock=locked/goroutines=1-2 100 40 ns/op\nBenchmarkConcurrent/strategy=buddy/lock=locked/goroutines=2-2 100 40 ns/op\n")
	p, err := makeConcurrentSection(r)
	fixture.Must(t, err)
	testrun.CheckFigure(t, p.Figure)
	if !strings.Contains(string(p.Figure.Wide), "latency of a call: not measured") {
		t.Error("the figure does not say that latency was not measured")
	}
}

// A line is drawn where something moved, and from two points on.
func TestConcurrentLines(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(2), fixture.ConcurrentText("buddy", "sharded", 1, 5, 50)+fixture.ConcurrentText("buddy", "sharded", 4, 5, 25)+
		fixture.ConcurrentText("buddy", "locked", 1, 5, 50)+fixture.ConcurrentText("buddy", "locked", 4, 5, 50.1)+
		fixture.ConcurrentText("rangemgr", "locked", 1, 5, 40)+fixture.ConcurrentText("rangemgr", "sharded", 1, 5, 40)+fixture.ConcurrentText("rangemgr", "sharded", 2, 5, 80))
	numbers, locks := []int{1, 2, 4}, []string{"locked", "sharded"}
	got := ""
	for _, l := range concurrentLines(r.Strategies, r.Times.Self, r.Curves.Concurrent, throughputPanel(r.Strategies, r.Curves.Concurrent), numbers, locks) {
		got += fmt.Sprint(r.Strategies[l.strategy], " ", locks[l.lock], " ", len(l.points), " ", l.moves, "\n")
	}
	if want := "buddy locked 2 false\nbuddy sharded 2 true\nrangemgr locked 1 false\nrangemgr sharded 2 true\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	p, err := makeConcurrentSection(r)
	fixture.Must(t, err)
	testrun.CheckFigure(t, p.Figure)
	if !p.Unmoved || !strings.Contains(p.Figure.Few, "rangemgr, locked (one point)") {
		t.Errorf("nothing says why points have no line, or are not there: %v, %q", p.Unmoved, p.Figure.Few)
	}
	alone := testrun.WithCurves(t, fixture.Pair1(2), fixture.ConcurrentText("buddy", "sharded", 1, 5, 50)+fixture.ConcurrentText("rangemgr", "sharded", 4, 5, 25))
	if p, err = makeConcurrentSection(alone); err != nil || p.Figure.Wide != "" || p.Figure.Few == "" || p.Legend != nil {
		t.Errorf("a figure of %d bytes of single points, error %v", len(p.Figure.Wide), err)
	}
}
