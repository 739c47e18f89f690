package change_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// read writes text as a file of results and reads it.
func read(t testing.TB, text string) *change.Side {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.bench")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := change.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// times is a line for each value of a benchmark.
func times(name, unit string, values ...float64) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%s 100 %v %s\n", name, v, unit)
	}
	return b.String()
}

// ten are ten samples about v, one percent apart at most.
func ten(v float64) (out []float64) {
	for i := range 10 {
		out = append(out, v*(1+float64(i%5)/500))
	}
	return out
}

// verdicts are the rows of a comparison, one a line.
func verdicts(older, newer *change.Side) string {
	var b strings.Builder
	for _, r := range change.Compare(older, newer).Rows {
		fmt.Fprintf(&b, "%s %s %v %s\n", r.Bench, r.Unit, r.Verdict, r.Why)
	}
	return b.String()
}

const units = "Unit served-pct better=higher assume=exact\nUnit segs/table better=lower assume=exact\nUnit odd assume=exact\n"

// TestVerdicts has each thing that can be said of a cell.
func TestVerdicts(t *testing.T) {
	run := func(ns, served, segs, odd float64) string {
		const name = "BenchmarkAllocFree/strategy=a/workload=w-2"
		return units + times(name, "ns/op", ten(ns)...) + times(name, "served-pct", served) + times(name, "segs/table", segs) + times(name, "odd", odd) +
			times("BenchmarkX-2", "widgets", ten(5)...) + times("BenchmarkFew-2", "ns/op", 1, 2, 3)
	}
	const a = "AllocFree/strategy=a/workload=w"
	const unequal = " not judged unequal work: served 90 % and 80 %\n"
	for _, c := range []struct{ name, older, newer, want string }{
		{"nothing", run(100, 90, 2, 7), run(100, 90, 2, 7),
			a + " ns/op same \n" + a + " served-pct same \n" + a + " segs/table same \n" + a + " odd same \n"},
		{"slower, fewer segments, another odd one", run(100, 90, 2, 7), run(110, 90, 1.5, 8),
			a + " ns/op worse \n" + a + " served-pct same \n" + a + " segs/table better \n" + a + " odd changed \n"},
		{"faster, more segments", run(100, 90, 2, 7), run(90, 90, 3, 7),
			a + " ns/op better \n" + a + " served-pct same \n" + a + " segs/table worse \n" + a + " odd same \n"},
		{"faster by refusing", run(100, 90, 2, 7), run(50, 80, 2, 7),
			a + " ns/op" + unequal + a + " served-pct worse \n" + a + " segs/table" + unequal + a + " odd" + unequal},
	} {
		want := c.want + "X widgets not judged which direction is better is not known\nFew ns/op not judged too few samples\n"
		if got := verdicts(read(t, c.older), read(t, c.newer)); got != want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, want)
		}
	}
	// Cells of one side, an exact figure that is none, other seeds.
	older := units + "# seed: 1\n" + times("BenchmarkA", "ns/op", ten(1)...) + times("BenchmarkB", "segs/table", 1, 2)
	newer := units + "# seed: 1\n" + times("BenchmarkC", "ns/op", ten(1)...) + times("BenchmarkB", "segs/table", 1)
	want := "A ns/op not judged only the old run has it\nB segs/table not judged an exact figure differs within a run\nC ns/op not judged only the new run has it\n"
	if got := verdicts(read(t, older), read(t, newer)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	other := strings.Replace(older, "seed: 1", "seed: 2", 1)
	if got := verdicts(read(t, older), read(t, other)); !strings.HasPrefix(got, "A ns/op not judged seed is 1 in the old run and 2 in the new one\n") {
		t.Errorf("got %s", got)
	}
}

// TestDirections: no file turns a unit round that is known; of others each run says which
// direction is better, if only one does for both.
func TestDirections(t *testing.T) {
	run := func(v float64, declared ...string) *change.Side {
		text := ""
		for _, d := range declared {
			text += "Unit " + d + "\n"
		}
		return read(t, text+times("BenchmarkB", "ns/op", ten(v)...)+times("BenchmarkB", "MB/s", ten(v)...)+times("BenchmarkB", "segs/table", v)+times("BenchmarkB", "own", ten(v)...))
	}
	const known = "B ns/op worse \nB MB/s better \nB segs/table worse \n"
	for _, c := range []struct{ older, newer []string }{
		{nil, nil},
		{[]string{"ns/op better=higher"}, []string{"ns/op better=higher", "MB/s better=lower"}},
		{nil, []string{"segs/table better=higher"}},
	} {
		if got, want := verdicts(run(100, c.older...), run(120, c.newer...)), known+"B own not judged which direction is better is not known\n"; got != want {
			t.Errorf("%v %v: got\n%swant\n%s", c.older, c.newer, got, want)
		}
	}
	const higher, lower = "own better=higher", "own better=lower"
	for _, c := range []struct{ older, newer, want string }{
		{higher, higher, "better "}, {lower, lower, "worse "}, {higher, "x better=lower", "better "}, {"x better=lower", lower, "worse "},
		{higher, lower, "not judged the runs disagree on which direction is better"},
	} {
		if got, want := verdicts(run(100, c.older), run(120, c.newer)), known+"B own "+c.want+"\n"; got != want {
			t.Errorf("%s, %s: got\n%swant\n%s", c.older, c.newer, got, want)
		}
	}
}

// TestUnequalWork: of a strategy that refuses more, only how much it refuses is compared, in
// every benchmark of that workload and no other; a benchmark that says itself what it served
// goes by that.
func TestUnequalWork(t *testing.T) {
	run := func(served, figure float64) string {
		text := units
		for _, w := range []string{"w", "v"} {
			text += times("BenchmarkAllocFree/strategy=a/workload="+w+"-2", "served-pct", served) + times("BenchmarkSGTable/strategy=a/workload="+w+"/builder=b-2", "segs/table", figure)
			served = 90 // of v
		}
		return text + times("BenchmarkSeries/strategy=a/workload=w/step=1-2", "refused", figure) + times("BenchmarkSeries/strategy=a/workload=w/step=1-2", "fail-pct", figure) +
			times("BenchmarkSeries/strategy=a/workload=w/step=1-2", "live-B", figure) + times("BenchmarkSmallestRegion/strategy=a/workload=w-2", "region-B", figure) +
			times("BenchmarkPolicy/strategy=a/workload=w/policy=p-2", "served-pct", 100) + times("BenchmarkPolicy/strategy=a/workload=w/policy=p-2", "segs/table", figure)
	}
	const unequal = "not judged unequal work: served 90 % and 80 %"
	want := `AllocFree/strategy=a/workload=w served-pct worse 
SGTable/strategy=a/workload=w/builder=b segs/table ` + unequal + `
AllocFree/strategy=a/workload=v served-pct same 
SGTable/strategy=a/workload=v/builder=b segs/table better 
Series/strategy=a/workload=w/step=1 refused better 
Series/strategy=a/workload=w/step=1 fail-pct better 
Series/strategy=a/workload=w/step=1 live-B ` + unequal + `
SmallestRegion/strategy=a/workload=w region-B better 
Policy/strategy=a/workload=w/policy=p served-pct same 
Policy/strategy=a/workload=w/policy=p segs/table better 
`
	older, newer := read(t, run(90, 50)), read(t, run(80, 40))
	if got := verdicts(older, newer); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, o := gate(t, older, newer, "segs/table exact"); o.Code() == 0 || len(o.Unjudged) != 1 {
		t.Errorf("code %d and %d rows not judged, want the table of unequal work", o.Code(), len(o.Unjudged))
	}
}

// TestStreams: two workloads of one name with other operations are not compared.
func TestStreams(t *testing.T) {
	run := func(digest string) *change.Side {
		text := "# stream: workload v: 77\n" + digest
		for _, w := range []string{"v", "w"} {
			text += times("BenchmarkAllocFree/strategy=a/workload="+w+"-2", "served-pct", 100)
		}
		return read(t, text)
	}
	const v = "AllocFree/strategy=a/workload=v served-pct same \nAllocFree/strategy=a/workload=w served-pct "
	for _, c := range []struct{ older, newer, want string }{
		{"# stream: workload w: 1f\n", "# stream: workload w: 1f\n", "same \n"},
		{"", "# stream: workload w: 1f\n", "same \n"},
		{"# stream: workload w: 1f\n", "# stream: workload w: 2f\n", "not judged another workload of that name\n"},
	} {
		if got, want := verdicts(run(c.older), run(c.newer)), v+c.want; got != want {
			t.Errorf("%q, %q: got\n%swant\n%s", c.older, c.newer, got, want)
		}
	}
}

// TestLanes: a time that differs by no more than a strategy from itself is no change.
func TestLanes(t *testing.T) {
	run := func(ns, again float64) string {
		return times("BenchmarkAllocFree/strategy=a/workload=w-2", "ns/op", ten(ns)...) + times("BenchmarkAA/strategy=a/workload=w-2", "ns/op", ten(again)...)
	}
	for _, c := range []struct {
		older, newer string
		want         string
	}{
		{run(100, 100), run(104, 104), "worse"},
		{run(100, 106), run(104, 104), "same"},
		{run(100, 94), run(96, 96), "same"},
		{run(100, 100), run(104, 98), "same"},
		{run(100, 112), run(104, 104), "not judged the A/A lanes of the old run failed"},
		{run(100, 100), run(104, 90), "not judged the A/A lanes of the new run failed"},
	} {
		got := verdicts(read(t, c.older), read(t, c.newer))
		if want := "AllocFree/strategy=a/workload=w ns/op " + c.want; !strings.HasPrefix(got, want) {
			t.Errorf("got %swant %s", got, want)
		}
	}
}

// TestLanesFile: the lanes count the same in a file of their own as in run.bench, where old
// versions wrote them, and one that cannot be read is an error.
func TestLanesFile(t *testing.T) {
	first := times("BenchmarkAllocFree/strategy=a/workload=w-2", "ns/op", ten(100)...)
	again := times("BenchmarkAA/strategy=a/workload=w-2", "ns/op", ten(104)...)
	dir := t.TempDir()
	for name, text := range map[string]string{"run.bench": first, "aa.bench": again} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	apart, err := change.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	figures := apart.Figures(change.BasisOf([]string{"the run"}, []*change.Side{apart}))
	if got, want := apart.SelfDifference("ns/op"), read(t, first+again).SelfDifference("ns/op"); got != want || got == 0 || len(figures) != 1 {
		t.Errorf("lanes off by %v and %d figures, want %v and one", got, len(figures), want)
	}
	if err := os.WriteFile(filepath.Join(dir, "aa.bench"), []byte("BenchmarkAA/strategy=a/workload=w-2 1 x ns/op\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := change.Read(dir); err == nil || !strings.Contains(err.Error(), "aa.bench:1") {
		t.Errorf("error %v, want one that names the line", err)
	}
}

// TestGate applies rules, and counts what they find.
func TestGate(t *testing.T) {
	run := func(ns, served, segs, odd float64) *change.Side {
		const name = "BenchmarkAllocFree/strategy=a/workload=w-2"
		return read(t, units+times(name, "ns/op", ten(ns)...)+times(name, "served-pct", served)+times(name, "segs/table", segs)+times(name, "odd", odd))
	}
	base := run(100, 90, 2, 7)
	for _, c := range []struct {
		rules string
		newer *change.Side
		code  int
		said  string
	}{
		{"ns/op +5%", run(100, 90, 2, 7), 0, "gate: all rules hold (1 rows)"},
		{"ns/op +5%", run(103, 90, 2, 7), 0, "gate: all rules hold"},
		{"ns/op +5%", run(107, 90, 2, 7), 1, "VIOLATED ns/op +5%: AllocFree/strategy=a/workload=w ns/op worse by 7 %"},
		{"ns/op +5%", run(90, 90, 2, 7), 0, "gate: all rules hold"},
		{"ns/op +5%", run(50, 80, 2, 7), 2, "NOT JUDGED ns/op +5%: unequal work: served 90 % and 80 %"},
		{"served-pct exact", run(100, 91, 2, 7), 1, "VIOLATED served-pct exact: AllocFree/strategy=a/workload=w served-pct changed from 90 to 91"},
		{"served-pct +0%", run(100, 91, 2, 7), 0, "gate: all rules hold"},
		{"served-pct +5%", run(100, 87, 2, 7), 0, "gate: all rules hold"},
		{"served-pct +5%", run(100, 80, 2, 7), 1, "served-pct worse by 12.5 %, from 90 to 80\n"},
		{"segs/table +0%", run(100, 90, 2.5, 7), 1, "worse by 25 %"},
		{"odd exact", run(100, 90, 2, 8), 1, "changed from 7 to 8"},
		{"odd +5%", run(100, 90, 2, 8), 2, "which direction is better is not known"},
		{"ns/op exact", run(100, 90, 2, 7), 2, "it has noise: it cannot be held exact"},
		{"p99-ns +5%", run(100, 90, 2, 7), 2, "NOT JUDGED p99-ns +5%: no row has this unit"},
		{"* +5%, odd exact", run(100, 90, 2, 7), 0, "gate: all rules hold (4 rows)"},
		{"* +5%, */workload=w ns/op +20%", run(115, 90, 2, 7), 0, "gate: all rules hold (4 rows)"},
		{"*/workload=v ns/op +5%", run(100, 90, 2, 7), 2, "NOT JUDGED */workload=v ns/op +5%: no benchmark of this unit has a name like */workload=v\n"},
		{"served-pct +12%", run(100, 80, 2, 7), 1, "VIOLATED served-pct +12%"},
		{"served-pct +13%", run(100, 80, 2, 7), 0, "gate: all rules hold"},
		{"served-pct +5%", run(100, 0, 2, 7), 1, "worse by all there was, 90 to 0\n"},
	} {
		rules, err := change.ParseRules(c.rules)
		if err != nil {
			t.Fatal(err)
		}
		table := change.Compare(base, c.newer)
		o := table.Gate(rules)
		var b bytes.Buffer
		if err := table.Write(&b, change.Formats()[0], o, change.Look{}); err != nil {
			t.Fatal(err)
		}
		if o.Code() != c.code || !strings.Contains(b.String(), c.said) {
			t.Errorf("%s: code %d, want %d\n%swant %s", c.rules, o.Code(), c.code, &b, c.said)
		}
	}
	for rules, want := range map[string]string{
		"ns/op 5":         `"5" is neither exact nor a percentage as +5%`,
		"ns/op -5%":       `"-5%" is neither exact nor`,
		"ns/op +5% a b":   "a rule is",
		"[ exact":         `"[" is no pattern`,
		" ":               "no rule",
		"/none/such.file": "no such file",
	} {
		if _, err := change.ParseRules(rules); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %s", rules, err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "rules")
	os.WriteFile(file, []byte("# ours\nns/op +5% # times\n\nsegs/table exact\nbad\n"), 0o666)
	if _, err := change.ParseRules(file); err == nil || !strings.Contains(err.Error(), `rules:5: rule "bad": a rule is`) {
		t.Errorf("got error %v", err)
	}
}

// TestFormats reads back what is for programs, and looks for what is for people.
func TestFormats(t *testing.T) {
	const name = "BenchmarkAllocFree/strategy=a/workload=w-2"
	older := read(t, units+times(name, "ns/op", ten(100)...)+times(name, "segs/table", 2)+times(name, "served-pct", 90)+times("BenchmarkGone", "ns/op", 1))
	newer := read(t, units+times(name, "ns/op", ten(120)...)+times(name, "segs/table", 3)+times(name, "served-pct", 90))
	table := change.Compare(older, newer)
	write := func(name string) string {
		for _, f := range change.Formats() {
			if f.Name == name {
				var b bytes.Buffer
				if err := table.Write(&b, f, nil, change.Look{}); err != nil {
					t.Fatal(err)
				}
				return b.String()
			}
		}
		t.Fatal(name)
		return ""
	}
	if got, want := write("text"), `neither run has A/A lanes with samples enough: how much a time differs from itself is not known
benchmark                        unit          old     new  change      p
AllocFree/strategy=a/workload=w  segs/table      2       3   +50 %  exact  worse
AllocFree/strategy=a/workload=w  ns/op       100.4  120.48   +20 %  0.000  worse, more in 100 % of pairs
2 worse, 0 better, 1 without a change that could be called, 1 not judged
`; got != want {
		t.Errorf("text\n%s", got)
	}
	var j struct {
		Rows []struct {
			Benchmark, Unit, Verdict, Why string
			Old, New, Change              *float64
		}
	}
	if err := json.Unmarshal([]byte(write("json")), &j); err != nil || len(j.Rows) != 4 || *j.Rows[1].Change != 0.5 || j.Rows[3].New != nil || j.Rows[3].Why != "only the old run has it" {
		t.Errorf("json: %v %+v", err, j)
	}
	rows, err := csv.NewReader(strings.NewReader(write("csv"))).ReadAll()
	if err != nil || len(rows) != 5 || rows[2][6] != "0.5" || rows[2][10] != "worse" || rows[4][3] != "" {
		t.Errorf("csv: %v %v", err, rows)
	}
	if got := write("markdown"); !strings.Contains(got, "| AllocFree/strategy=a/workload=w | segs/table | 2 | 3 | +50 % | exact | worse |\n") {
		t.Errorf("markdown\n%s", got)
	}
	if got := write("cover-letter"); !strings.Contains(got, "AllocFree a w  segs/table       2      3  worse\n") || strings.Contains(got, "ns/op") || !strings.Contains(got, "1 other exact figures are the same.") {
		t.Errorf("cover-letter\n%s", got)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "prose": "hello\n"} {
		path := filepath.Join(dir, name)
		os.WriteFile(path, []byte(text), 0o666)
		if _, err := change.Read(path); err == nil || !strings.Contains(err.Error(), name+": holds no benchmark line") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		if _, err := change.Read(path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
	s := read(t, "BenchmarkX 1 NaN ns/op\nBenchmarkX 1 -5 ns/op\nBenchmarkX 1 5 ns/op\n")
	if s.Dropped != 2 {
		t.Errorf("%d values dropped, want 2", s.Dropped)
	}
}

var tries = flag.Int("tries", 4, "runs of each kind for TestAlarms")

// drawn is a run of four strategies on seven workloads with noise: two percent, and one
// sample in twenty off by a fifth. The time of the first strategy on the first workload is
// slower by the given share, in all or from the first workload only.
func drawn(rng *rand.Rand, slower float64) string {
	var b strings.Builder
	sample := func(ns float64) float64 {
		v := ns * math.Exp(0.02*rng.NormFloat64())
		if rng.IntN(20) == 0 {
			v *= 1.2
		}
		return v
	}
	for s := range 4 {
		for w := range 7 {
			ns := float64(20 + 10*s + 3*w)
			factor := 1.0
			if s == 0 && w == 0 {
				factor += slower
			}
			for range 10 {
				fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=s%c/workload=w%c-2 1000 %v ns/op 100 served-pct\n", 'a'+s, 'a'+w, sample(ns*factor))
				fmt.Fprintf(&b, "BenchmarkAA/strategy=s%c/workload=w%c-2 1000 %v ns/op\n", 'a'+s, 'a'+w, sample(ns*factor))
			}
		}
	}
	return b.String()
}

// TestAlarms counts how often a planted change is found, and how often one is found where
// there is none. The documentation of the command has the figures of -tries 200.
func TestAlarms(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 5))
	for _, planted := range []float64{0, 0.03, 0.05, 0.10, -0.03, -0.05, -0.10} {
		found, backwards, others := 0, 0, 0
		for range *tries {
			table := change.Compare(read(t, drawn(rng, 0)), read(t, drawn(rng, planted)))
			for _, r := range table.Rows {
				if r.Unit != "ns/op" || r.Verdict != change.Better && r.Verdict != change.Worse {
					continue
				}
				here := strings.HasSuffix(r.Bench, "strategy=sa/workload=wa")
				switch {
				case !here || planted == 0:
					others++
				case (r.Verdict == change.Worse) == (planted > 0):
					found++
				default:
					backwards++
				}
			}
		}
		t.Logf("planted %+3.0f %%: in %d pairs of runs it was found in %d, backwards in %d; other times called: %d of %d", 100*planted, *tries, found, backwards, others, *tries*28)
		if backwards > 0 {
			t.Errorf("a change of %+v was called backwards", planted)
		}
		if others*20 > *tries {
			t.Errorf("%d false alarms in %d pairs of runs: more than one in twenty", others, *tries)
		}
		if math.Abs(planted) >= 0.1 && found < *tries*9/10 {
			t.Errorf("a change of %+v was found %d times of %d", planted, found, *tries)
		}
	}
}

// TestWarnings: values that do not count, or should not, are counted in every format for a
// reader and in a history's notes.
func TestWarnings(t *testing.T) {
	text := times("BenchmarkX", "ns/op", 5, 6, 7) + "BenchmarkX 1 NaN ns/op\nBenchmarkX 1 -5 ns/op\nBenchmarkX 1 +Inf ns/op\nBenchmarkX 1 0 ns/op\n" +
		strings.Repeat("BenchmarkY 1 5 ns/op 0 faults\n", 10_002)
	s := read(t, text)
	want := []string{
		s.Path + ": 3 values that are no finite number of at least 0, left out",
		s.Path + ": 4 samples beyond the first 10,000 of a cell, left out",
		s.Path + ": 1 times of 0, which nothing takes",
	}
	if got := s.Warnings(); !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	clean := read(t, times("BenchmarkX", "ns/op", 5, 6, 7))
	if got := clean.Warnings(); len(got) > 0 {
		t.Errorf("a good run has the warnings %q", got)
	}
	for _, f := range change.Formats() {
		var b strings.Builder
		if err := change.Compare(clean, s).Write(&b, f, nil, change.Look{All: true}); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if got := strings.Contains(b.String(), w[len(s.Path):]); got != (f.Name != "csv") {
				t.Errorf("%s says %q: %v", f.Name, w, got)
			}
		}
	}
}

// TestEffect: a time that changed says in how many pairs of samples it did.
func TestEffect(t *testing.T) {
	run := func(values ...float64) *change.Side { return read(t, times("BenchmarkX", "ns/op", values...)) }
	older := run(10, 11, 12, 13, 14, 15)
	for _, c := range []struct {
		newer *change.Side
		less  float64
		said  string
	}{
		{run(20, 21, 22, 23, 24, 25), 0, "worse, more in 100 % of pairs"},
		{run(5, 6, 7, 8, 9, 4), 1, "better, less in 100 % of pairs"},
		{run(6, 7, 8, 9, 10, 11), 34. / 36, "better, less in 94.4 % of pairs"},
	} {
		table := change.Compare(older, c.newer)
		var b strings.Builder
		if err := table.Write(&b, change.Formats()[0], nil, change.Look{}); err != nil {
			t.Fatal(err)
		}
		if got := table.Rows[0].Less; math.Abs(got-c.less) > 1e-12 || !strings.Contains(b.String(), c.said) {
			t.Errorf("less in %v of pairs, want %v and %q in\n%s", got, c.less, c.said, b.String())
		}
	}
	exact := change.Compare(read(t, units+times("BenchmarkB", "segs/table", 1)), read(t, units+times("BenchmarkB", "segs/table", 2)))
	if !math.IsNaN(exact.Rows[0].Less) {
		t.Error("an exact figure has an effect size")
	}
}

// TestGeomean: the mean is over the rows of equal work, and names the others.
func TestGeomean(t *testing.T) {
	run := func(factor float64, served float64) *change.Side {
		text := units
		for i, w := range []string{"u", "v", "w"} {
			name := "BenchmarkAllocFree/strategy=a/workload=" + w + "-2"
			f, s := factor, 100.0
			if i == 1 {
				f = factor * factor * factor
			}
			if i == 2 {
				f, s = 1000, served
			}
			text += times(name, "ns/op", ten(100*f)...) + times(name, "served-pct", s)
		}
		return read(t, text+times("BenchmarkAllocFree/strategy=a/workload=x-2", "ns/op", ten(1)...)+times("BenchmarkHarness/workload=u-2", "ns/op", ten(1)...)+times("BenchmarkHarness/workload=v-2", "ns/op", ten(1)...))
	}
	older := run(1, 100)
	for _, c := range []struct {
		newer *change.Side
		want  string
	}{
		{run(1.1, 99), "geomean AllocFree ns/op: +13.6 % over 3 of 4 rows; left out, unequal work: a w"}, // 1.1 to the power of 4/3
		{run(1.1, 100), "geomean AllocFree ns/op: +10 % over 4 of 4 rows"},
		{run(1.0001, 100), "geomean AllocFree ns/op: no row changed, of 4 of 4"},
		{run(1.0001, 99), "geomean AllocFree ns/op: no row changed, of 3 of 4; left out, unequal work: a w"},
	} {
		table := change.Compare(older, c.newer)
		if all := table.Geomeans(); len(all) != 1 || all[0].String() != c.want {
			t.Errorf("means %v, want %s", all, c.want)
		}
		for _, f := range change.Formats()[:1] {
			var b strings.Builder
			if err := table.Write(&b, f, nil, change.Look{}); err != nil || strings.Count(b.String(), c.want+"\n") != 1 {
				t.Errorf("%s: no %q in\n%s", f.Name, c.want, b.String())
			}
		}
	}
}
