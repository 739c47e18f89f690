package managed

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// line is a line of curves.bench: of 1,000 bytes asked for.
func line(strategy, workload string, pressure int, served float64, refused, evicted, broken, occupied, rounded, in int) string {
	return fmt.Sprintf("BenchmarkManaged/strategy=%s/workload=%s/pressure=%d-2 40 %v served-pct %d refused 1000 asked-B %d evicted-B %d broken-evicted-B %d occupied-evicted-B %d rounded-evicted-B %d moved-in-B\n",
		strategy, workload, pressure, served, refused, evicted, broken, occupied, rounded, in)
}

// locked is samples of hold times.
func locked(strategy, workload string, pressure int, op string, ns ...int) (out string) {
	for _, v := range ns {
		out += fmt.Sprintf("BenchmarkManagedLock/strategy=%s/workload=%s/pressure=%d/op=%s-2 7 1 p50-ns %d p99-ns\n", strategy, workload, pressure, op, v)
	}
	return out
}

// five are five workloads of the plain strategies.
func five() fixture.Run {
	var list []fixture.Workload
	for range 5 {
		list = append(list, fixture.Workload{Ns: []float64{100, 100}})
	}
	return fixture.Planted(2, list...)
}

func made(t *testing.T, f fixture.Run, curves string) (judge.Run, managedSection) {
	t.Helper()
	r := testrun.WithCurves(t, f, curves)
	p, err := makeManaged(r)
	fixture.Must(t, err)
	testrun.CheckFigure(t, p.Figure)
	return r, p
}

func plain(html string) string {
	return strings.ReplaceAll(html, text.NBSP, " ")
}

// TestSection follows numbers into the heading, the table, its bars and the figure. Some are
// evicted for capacity, so the heading does not say that all would fit.
func TestSection(t *testing.T) {
	f := five()
	r := testrun.Load(t, f.Write(t))
	var curves strings.Builder
	for i, w := range r.Workloads {
		curves.WriteString(line("buddy", w.Name, 100, 100, 0, 10*i, 4*i, 3*i, 2*i, i))
		curves.WriteString(line("rangemgr", w.Name, 100, 100, 0, 100*i, 100*i, 0, 0, 50*i))
		curves.WriteString(line("buddy", w.Name, 80, 100, 0, 500, 0, 0, 0, 0))
	}
	name := r.Workloads[4].Name
	curves.WriteString(locked("buddy", name, 80, "alloc", 900, 100, 300) + locked("buddy", name, 100, "walk", 5) + locked("rangemgr", name, 80, "free", 1500))
	r, p := made(t, f, curves.String())

	got := plain(string(p.Heading))
	want := fmt.Sprintf(`Bytes evicted of those allocated in a region of 100 %% of the peak, mean of 5 workloads: <b class="s0">buddy</b> 2 %% (4 %% on %s), <b class="s1">rangemgr</b> 20 %% (40 %% on %s)`,
		r.Workloads[4].Title, r.Workloads[4].Title)
	if got != want {
		t.Errorf("heading\n%s\nwant\n%s", got, want)
	}
	if len(p.Main) != 4 || len(p.Others) != 1 || p.Others[0].Number != 1 || p.Main[0].Number != 2 {
		t.Fatalf("in sight are %d workloads, folded %d: %+v", len(p.Main), len(p.Others), p.Others)
	}
	last := p.Main[3]
	for i, tt := range []struct{ got, want string }{
		{plain(fmt.Sprint(last.Number, last.Rows[0].Name, last.Rows[0].Cells)), "5buddy[{100.000 0.000 50 % 0 0} {0.800 7.200 4 % 3.6 % 0.4 %}]"},
		{plain(fmt.Sprint(last.Rows[1].Name, last.Rows[1].Cells)), "rangemgr[{0 0 – – –} {0.000 80.000 40 % 40 % 20 %}]"},
		{plain(fmt.Sprint(last.Rows[0].Held)), "[300 ns – 5 ns]"},
		{plain(fmt.Sprint(last.Rows[1].Held)), "[– 1.5 µs –]"},
	} {
		if tt.got != tt.want {
			t.Errorf("%d: %q, want %q", i, tt.got, tt.want)
		}
	}
	if p.Figure.Wide == "" || !p.Numbered || strings.Contains(p.Note, "Refused") {
		t.Errorf("figure %d bytes, note %q", len(p.Figure.Wide), p.Note)
	}
	html, err := Section.HTML(r)
	fixture.Must(t, err)
	for _, want := range []string{`<section id="managed">`, "a region of 80 % and 100 % of the bytes live at the peak", `style="width:80.000%"`, "5 " + r.Workloads[4].Title} {
		if !strings.Contains(plain(string(html)), want) {
			t.Errorf("%q is not in\n%s", want, html)
		}
	}
}

// TestFlows follows what moved between regions into their table, and the placements into the
// words.
func TestFlows(t *testing.T) {
	f := five()
	f.Meta = "# placements: gtt=50%; <b>vram\n# pressures: 80%, 100%\n"
	r := testrun.Load(t, f.Write(t))
	name := r.Workloads[1].Name
	flow := func(strategy string, pressure int, from, to string, n, evicted, broken int) string {
		return fmt.Sprintf("BenchmarkManagedFlow/strategy=%s/workload=%s/pressure=%d/from=%s/to=%s-2 7 %d flow-B %d evicted-B %d broken-evicted-B 0 occupied-evicted-B 0 rounded-evicted-B\n", strategy, name, pressure, from, to, n, evicted, broken)
	}
	lock := "BenchmarkRegionLock/strategy=buddy/workload=" + name + "/pressure=80/memory=gtt/op=free-2 7 1 p50-ns 300 p99-ns\n"
	r, p := made(t, f, line("buddy", name, 80, 100, 0, 500, 0, 0, 0, 0)+line("buddy", name, 100, 100, 0, 0, 0, 0, 0, 0)+line("rangemgr", name, 80, 100, 0, 500, 0, 0, 0, 0)+
		flow("buddy", 80, "system", "vram", 30, 0, 0)+flow("buddy", 80, "vram", "gtt", 400, 400, 20)+flow("rangemgr", 80, "gtt", "system", 10, 10, 10)+lock+
		flow("rangemgr", 80, "gtt", "vram", 10, 11, 0)+flow("tlsf", 80, "gtt", "vram", 10, 0, 0))
	want := "[{vram gtt [{40 % 2 %} {0 } {0 } {– }]} {gtt system [{0 } {1 % 1 %} {0 } {– }]} {system vram [{3 % } {0 } {0 } {– }]} {gtt  [{– · 300 ns · – } {– · – · – } { } { }]}]"
	if len(p.Flows.Main) != 1 || plain(fmt.Sprint(p.Flows.Main[0].Rows)) != want {
		t.Errorf("%+v\nwant %s", p.Flows.Main, want)
	}
	warnings := strings.Join(r.Warnings.All(), "\n")
	for _, want := range []string{"10 bytes moved, 11 of them evicted", "of a strategy or a workload that run.bench has no result of"} {
		if !strings.Contains(warnings, want) {
			t.Errorf("%q is not in %s", want, warnings)
		}
	}
	html, err := Section.HTML(r)
	fixture.Must(t, err)
	for _, want := range []string{"Placements: gtt=50%; &lt;b&gt;vram.", "<td>vram → gtt</td>", "40 % (2 %)", "<td>lock of gtt</td>"} {
		if !strings.Contains(plain(string(html)), want) {
			t.Errorf("%q is not in\n%s", want, html)
		}
	}
}

// TestRefusing: a strategy that refuses outright is named and in brackets, and is not in the
// heading.
func TestRefusing(t *testing.T) {
	f := five()
	r := testrun.Load(t, f.Write(t))
	one, two := r.Workloads[0].Name, r.Workloads[1].Name
	r, p := made(t, f, line("buddy", one, 100, 100, 0, 500, 0, 0, 0, 0)+line("rangemgr", one, 100, 97.5, 1, 10, 0, 0, 0, 0)+
		line("buddy", two, 100, 50, 20, 20, 20, 0, 0, 0)+line("rangemgr", two, 100, 50, 20, 40, 30, 10, 0, 0))
	if got, want := plain(string(p.Heading)), fmt.Sprintf(`Bytes evicted of those allocated in a region into which all would fit, on %s: <b class="s0">buddy</b> 2 %%, <b class="s1">rangemgr</b> 4 %%`, r.Workloads[1].Title); got != want {
		t.Errorf("heading\n%s\nwant\n%s", got, want)
	}
	if got := plain(p.Main[0].Rows[1].Cells[0].Evicted); got != "(1 %)" {
		t.Errorf("rangemgr refuses, and has %q", got)
	}
	if want := "In brackets, and compared in nothing: fewer requests got memory in the region. Refused outright: rangemgr 1 request on " + r.Workloads[0].Title + " at 100 %."; !strings.HasSuffix(plain(p.Note), want) {
		t.Errorf("note %q, want %q", p.Note, want)
	}
}

// TestMany: of many strategies the heading names the least and the most.
func TestMany(t *testing.T) {
	ns := []float64{1, 1, 1, 1, 1}
	f := fixture.Planted(5, fixture.Workload{Ns: ns}, fixture.Workload{Ns: ns})
	r := testrun.Load(t, f.Write(t))
	var curves strings.Builder
	for i, evicted := range []int{30, 10, 20, 10, 90} {
		curves.WriteString(line(r.Strategies[i], r.Workloads[0].Name, 90, 100, 0, evicted, 0, 0, 0, 0))
	}
	r, p := made(t, f, curves.String())
	if got, want := plain(string(p.Heading)), fmt.Sprintf(`in a region of 90 %% of the peak, on %s: from <b class="s1">%s</b> 1 %% to <b class="s4">%s</b> 9 %%`, r.Workloads[0].Title, r.Strategies[1], r.Strategies[4]); !strings.HasSuffix(got, want) {
		t.Errorf("heading\n%s\nwant\n%s", got, want)
	}
}

// TestOdd: runs of one workload, of nothing, of what no file says, and of lines that cannot be.
func TestOdd(t *testing.T) {
	f := five()
	r := testrun.Load(t, f.Write(t))
	name := r.Workloads[0].Name
	one := fixture.Pair1(2)
	for what, tt := range map[string]struct {
		run    fixture.Run
		curves string
		rows   int
		warned string
	}{
		"nothing evicted":       {f, line("buddy", name, 100, 100, 0, 0, 0, 0, 0, 0), 1, ""},
		"one workload":          {one, line("buddy", name, 1000, 100, 0, 0, 0, 0, 0, 0), 1, ""},
		"many pressures":        {f, line("buddy", name, 10, 100, 0, 5, 0, 0, 0, 0) + line("buddy", name, 20, 100, 0, 5, 0, 0, 0, 0) + line("buddy", name, 30, 100, 0, 5, 0, 0, 0, 0), 1, ""},
		"more than all":         {f, line("buddy", name, 100, 100, 0, 10, 9, 9, 9, 0), 0, "27 bytes evicted for broken memory are more than the 10"},
		"more than a whole":     {f, line("buddy", name, 100, 101, 0, 10, 0, 0, 0, 0), 0, "served-pct of 101 is not between 0 and 100"},
		"no pressure":           {f, line("buddy", name, 0, 100, 0, 10, 0, 0, 0, 0), 0, `pressure "0" is not a share in percent`},
		"nothing asked":         {f, "BenchmarkManaged/strategy=buddy/workload=" + name + "/pressure=80-2 1 0 evicted-B\n", 0, ""},
		"nothing else is known": {f, "BenchmarkManaged/strategy=buddy/workload=" + name + "/pressure=80-2 1 5 asked-B 5 evicted-B\n", 1, ""},
		"a strategy too many":   {f, line("tlsf", name, 100, 100, 0, 10, 0, 0, 0, 0), 0, "of a strategy or a workload that run.bench has no result of"},
	} {
		t.Run(what, func(t *testing.T) {
			r, p := made(t, tt.run, tt.curves)
			rows := 0
			for _, g := range append(p.Main, p.Others...) {
				rows += len(g.Rows)
			}
			warnings := strings.Join(r.Warnings.All(), "\n")
			if rows != tt.rows || !strings.Contains(warnings, tt.warned) || (tt.warned == "") != (warnings == "") {
				t.Errorf("%d rows, want %d; warnings %q, want %q", rows, tt.rows, warnings, tt.warned)
			}
			html, err := Section.HTML(r)
			fixture.Must(t, err)
			if (html == "") != (tt.rows == 0) || strings.Contains(string(html), "NaN") {
				t.Errorf("the section is %s", html)
			}
		})
	}
}
