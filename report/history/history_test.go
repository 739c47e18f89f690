package history_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
	"github.com/vramlab/vramlab/report/history"
)

// points reads texts of results as the points c0, c1 and so on.
func points(t testing.TB, texts ...string) (out []history.Point) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		name := fmt.Sprintf("c%d", i)
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := change.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, history.Point{Name: name, Side: s})
	}
	return out
}

const units = "Unit segs/table better=lower assume=exact\nUnit odd assume=exact\n"

// TestExact finds every change of an exact figure, and which is for the worse.
func TestExact(t *testing.T) {
	run := func(segs, odd float64) string {
		return units + fmt.Sprintf("BenchmarkT/strategy=a 1 %v segs/table %v odd\n", segs, odd)
	}
	h, err := history.Find(points(t, run(2, 7), run(2, 7), run(1.5, 7), run(1.5, 8), run(3, 8)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	h.Print(&b, false)
	want := `c2: 1 figures change, 0 for the worse
  T/strategy=a  segs/table  2 to 1.5  -25 %  better
c3: 1 figures change, 0 for the worse
  T/strategy=a  odd  7 to 8  +14.3 %  changed
c4: 1 figures change, 1 for the worse
  T/strategy=a  segs/table  1.5 to 3  +100 %  worse
the first run with something worse is c4, after c3
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", &b, want)
	}
	b.Reset()
	if err := h.Draw(&b, "svg"); err != nil || !strings.Contains(b.String(), "segs/table") || !strings.Contains(b.String(), "c4") {
		t.Errorf("drawing: %v, %d bytes", err, b.Len())
	}
}

func TestFindRefuses(t *testing.T) {
	one := "# seed: 1\nBenchmarkA 1 5 ns/op\n"
	for _, c := range []struct {
		texts []string
		want  string
	}{
		{[]string{one}, "a history has at least two runs, got 1"},
		{[]string{one, strings.Replace(one, "1", "2", 1)}, "c0 and c1 did other work: seed is 1 in the old run and 2 in the new one"},
	} {
		if _, err := history.Find(points(t, c.texts...)); err == nil || err.Error() != c.want {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
	h, err := history.Find(points(t, one, one+"BenchmarkB 1 5 ns/op\n", one))
	if err != nil || len(h.Series) != 1 || len(h.Steps) != 0 {
		t.Errorf("%v %+v", err, h)
	}
	if err := h.Draw(new(bytes.Buffer), "svg"); err == nil {
		t.Error("a drawing of nothing")
	}
}

// drawn is a run with noise of 2 %, and one sample in twenty off by a fifth, of 28 times,
// of which the first is slower by a share.
func drawn(rng *rand.Rand, slower float64) string {
	var b strings.Builder
	for i := range 28 {
		ns := float64(20 + 5*i)
		if i == 0 {
			ns *= 1 + slower
		}
		for range 10 {
			for _, bench := range []string{"AllocFree", "AA"} {
				v := ns * math.Exp(0.02*rng.NormFloat64())
				if rng.IntN(20) == 0 {
					v *= 1.2
				}
				fmt.Fprintf(&b, "Benchmark%s/strategy=s%c/workload=w%c-2 1000 %v ns/op\n", bench, 'a'+i/7, 'a'+i%7, v)
			}
		}
	}
	return b.String()
}

// TestPlanted plants a slowdown of 5 % at one of 40 commits: it is found there, and
// nothing else is; where none is planted nothing is found.
func TestPlanted(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 40))
	right, false_ := 0, 0
	const tries = 10
	for range tries {
		at := 3 + rng.IntN(34)
		var texts []string
		for i := range 40 {
			slower := 0.0
			if i >= at {
				slower = 0.05
			}
			texts = append(texts, drawn(rng, slower))
		}
		h, err := history.Find(points(t, texts...))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range h.Steps {
			if s.Bench != "AllocFree/strategy=sa/workload=wa" {
				false_++
			}
		}
		if len(h.Steps) > 0 && h.FirstBad() == at && h.Steps[0].Bench == "AllocFree/strategy=sa/workload=wa" {
			right++
		} else {
			t.Logf("planted at %d: %+v", at, h.Steps)
		}
	}
	if right < 9 || false_ > 1 {
		t.Errorf("found at the right commit in %d of %d tries, with %d false alarms", right, tries, false_)
	}
}

// TestHistoryWarns: what is left out of a run, and times of 0, are said with their number.
func TestHistoryWarns(t *testing.T) {
	one := "BenchmarkA 1 5 ns/op\nBenchmarkB 1 0 ns/op\n"
	h, err := history.Find(points(t, one, one+"BenchmarkA 1 NaN ns/op\n", one))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := h.Print(&b, false); err != nil {
		t.Fatal(err)
	}
	for want, n := range map[string]int{
		": 1 values that are no finite number of at least 0, left out\n": 1,
		": 1 times of 0, which nothing takes\n":                          3,
		"1 times are 0 in a run, and no step of them is looked for\n":    1,
	} {
		if got := strings.Count(b.String(), want); got != n {
			t.Errorf("%q is said %d times, want %d, in\n%s", want, got, n, b.String())
		}
	}
}

// TestBasis: where a run was on a busy machine, a step of its wall time is none, and one of
// processor time is; on a quiet machine it is the other way round.
func TestBasis(t *testing.T) {
	run := func(wall, cpu, away float64) string {
		var b strings.Builder
		for i := range 10 {
			for _, bench := range []string{"AllocFree", "AA"} {
				shake := 1 + float64(i%3)/1000
				fmt.Fprintf(&b, "Benchmark%s/strategy=a/workload=w-2 1000 %v ns/op %v cpu-ns %v away-pct\n", bench, wall*shake, cpu*shake, away)
			}
		}
		return b.String()
	}
	for _, c := range []struct {
		away float64
		want string
	}{
		{0, "c4: 1 figures change, 1 for the worse\n  AllocFree/strategy=a/workload=w  ns/op  100.105 to 150.158  +50 %  worse, by a time\nthe first run with something worse is c4, after c3\n"},
		{60, "times of operations and tables are processor time (cpu-ns), since 20 of 20 samples of c0, 20 of 20 samples of c1, 20 of 20 samples of c2 and 5 more were interrupted\n" +
			"c4: 1 figures change, 0 for the worse\n  AllocFree/strategy=a/workload=w  cpu-ns  80.085 to 60.0638  -25 %  better, by a time\nnothing becomes worse\n"},
	} {
		var texts []string
		for i := range 8 {
			wall, cpu := 100+0.01*float64(i%2), 80+0.01*float64(i%2)
			if i >= 4 {
				wall, cpu = 1.5*wall, 0.75*cpu
			}
			texts = append(texts, run(wall, cpu, c.away))
		}
		h, err := history.Find(points(t, texts...))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		h.Print(&b, false)
		if b.String() != c.want {
			t.Errorf("got\n%swant\n%s", &b, c.want)
		}
	}
}
