package summary

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestCrossingCost(t *testing.T) {
	line := fixture.CrossingLine
	for _, tt := range []struct{ lines, want string }{
		{"", ""},
		{line("nobody", 5), ""},
		{line("rangemgr", 190) + line("rangemgr", 210) + line("rangemgr", 200), "one crossing takes 200 ns for rangemgr; a replay crosses once in 4,096 operations, which adds 0.0488 ns to each operation"},
		{strings.ReplaceAll(line("buddy", 200), "/op", "/op 0.78125 ns/batched-op"), "one crossing takes 200 ns for buddy; a replay crosses once in 256 operations, which adds 0.781 ns to each operation"},
		{line("rangemgr", 204.8) + line("buddy", 100), "one crossing takes 100 ns for buddy and 205 ns for rangemgr; a replay crosses once in 4,096 operations, which adds 0.05 ns to each operation at most"},
	} {
		r := testrun.WithCurves(t, fixture.Pair1(2), tt.lines)
		got := ""
		for _, f := range trust(r.Strategies, r.Workloads, r.Times.Self, r.Facts, r.Curves.Crossing, r.Warnings) {
			if f.Key == "C library" {
				got = strings.ReplaceAll(f.Value, text.NBSP, " ")
			}
		}
		if got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// Where nothing was served there is nothing to take.
func TestTakeNothing(t *testing.T) {
	r := testrun.Load(t, fixture.NothingServed().Write(t))
	if row := makeMatrix(r, nil).Rows[0]; row.Take != "none" || row.TakeClass != "hatch" {
		t.Errorf("the matrix says to take %s, want none", row.Take)
	}
}
