package words

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Wall time and processor time say opposite things of these runs. A busy one is judged by
// the latter and says so wherever it speaks of times; a quiet one, and one of old, by the
// former, in the words of old.
func TestBasis(t *testing.T) {
	planted := func(cores bool, lost float64) fixture.Run {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{200, 300}, CPU: []float64{200, 100}})
		f.Noise, f.Cores, f.Lost = 0.002, cores, lost
		return f
	}
	lacking := func(dir string) string { // one sample of the second lane has no processor time
		path := filepath.Join(dir, string(schema.Lanes))
		data, err := os.ReadFile(path)
		fixture.Must(t, err)
		at := strings.LastIndex(string(data), "BenchmarkAA/")
		from := at + strings.Index(string(data[at:]), " ns/op") + len(" ns/op")
		to := at + strings.Index(string(data[at:]), " cpu-ns") + len(" cpu-ns")
		cut := slices.Delete(data, from, to)
		fixture.Must(t, os.WriteFile(path, cut, 0o666))
		return dir
	}
	const busy = "processor time, since 10 of 40 samples were interrupted"
	const wall = "wall time, though 10 of 40 samples were interrupted, since not every sample has its processor time"
	for _, tt := range []struct {
		name, dir   string
		best        int
		basis, much string // by which clock; how many were interrupted
	}{
		{"old", planted(false, 0).Write(t), 0, "", ""},
		{"quiet", planted(true, 0).Write(t), 0, "", "none of 40 samples was interrupted"},
		{"busy", planted(true, 0.3).Write(t), 1, busy, "10 of 40 samples were interrupted: without a core for more than 5 % of the time"},
		{"busy, incomplete", lacking(planted(true, 0.3).Write(t)), 0, wall, "10 of 40 samples were interrupted: without a core for more than 5 % of the time"},
	} {
		r := testrun.Load(t, tt.dir)
		v := r.Verdicts[0]
		if v.Kind != judge.Win || v.Best != tt.best {
			t.Errorf("%s: kind %d, best %d, want a win of %d", tt.name, v.Kind, v.Best, tt.best)
		}
		table := v.Workload.Table("grow", schema.NsPerTable, 0).Center()
		if got := v.Workload.TableTime("grow", 0).Center() < 0.7*table; got != (tt.basis == busy) {
			t.Errorf("%s: the time of a table is less than its wall time: %v", tt.name, got)
		}
		plain := func(s text.Prose) string { return strings.ReplaceAll(text.Plain(r.Strategies, s), text.NBSP, " ") }
		if got := strings.ReplaceAll(Interrupted(r.Basis), text.NBSP, " "); got != tt.much {
			t.Errorf("%s: interrupted: %q, want %q", tt.name, got, tt.much)
		}
		_, body := Verdict(r.Strategies, r.Times, v)
		if got := strings.Contains(plain(body), "ns of processor time per operation"); got != (tt.basis == busy) {
			t.Errorf("%s: verdict %s", tt.name, plain(body))
		}
		if got := PerOperation(r.Times) + ", " + Clocked(r.Times, schema.NsPerOp) + ", " + Clocked(r.Times, schema.NsPerFree); got != map[bool]string{
			true: "ns of processor time per operation, Processor time, Wall time", false: "ns per operation, Time, Time"}[tt.basis == busy] {
			t.Errorf("%s: %s", tt.name, got)
		}
		for what, got := range map[string]string{
			"scope":   Scope(r.Times),
			"heading": string(TimesHeading(r.Strategies, r.Times, r.Verdicts)),
			"noise":   NoiseText(r.Times.Self),
		} {
			got = strings.ReplaceAll(got, text.NBSP, " ")
			if tt.basis == "" && strings.Contains(got, "interrupted") || !strings.Contains(got, tt.basis) {
				t.Errorf("%s: %s: %q", tt.name, what, got)
			}
		}
	}
}
