package report

import (
	"fmt"
	"html"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A shown page is what a reader sees of it: no tags, plain spaces and signs.
type shown struct{ html string }

var (
	tagPattern = regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>`)
	rowPattern = regexp.MustCompile(`(?s)<tr[ >].*?</tr>`)
	tdPattern  = regexp.MustCompile(`(?s)<t[dh][ >].*?</t[dh]>`)
)

func plainText(fragment string) string {
	s := html.UnescapeString(tagPattern.ReplaceAllString(fragment, " "))
	return strings.Join(strings.Fields(strings.NewReplacer(text.NBSP, " ", text.Minus, "-").Replace(s)), " ")
}

// section is the part of the page with an id.
func (p shown) section(t *testing.T, id string) shown {
	t.Helper()
	_, rest, ok := strings.Cut(p.html, `<section id="`+id+`"`)
	if !ok {
		t.Fatalf("no section %s", id)
	}
	part, _, _ := strings.Cut(rest, "</section>")
	return shown{part}
}

// rows are the rows of all tables, each as its cells with their tags.
func (p shown) rows() [][]string {
	var out [][]string
	for _, row := range rowPattern.FindAllString(p.html, -1) {
		out = append(out, tdPattern.FindAllString(row, -1))
	}
	return out
}

// part is what stands in the element of a class within a cell.
func part(cell, class string) string {
	m := regexp.MustCompile(`(?s)<(\w+) class="` + class + `">(.*?)</(?:span|small|i)>`).FindStringSubmatch(cell)
	if m == nil {
		return ""
	}
	return plainText(m[2])
}

// lined are the values of a cell of the matrix, one of each strategy, with colons between.
func lined(cell string) string {
	var values []string
	for _, m := range regexp.MustCompile(`</i> ([^<]*)</span>`).FindAllStringSubmatch(cell, -1) {
		values = append(values, plainText(m[1]))
	}
	return strings.Join(values, " : ")
}

var numberPattern = regexp.MustCompile(`-?[\d,]+(?:\.\d+)?`)

// units of times and sizes, in nanoseconds and bytes.
var naiveUnits = map[string]float64{
	"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9,
	"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

// wantNumber holds a number as it is shown, with a unit or without, against what it
// should be: it may be off by half of its last digit, or of its third.
func wantNumber(t *testing.T, what, shown string, want float64) {
	t.Helper()
	at := numberPattern.FindStringIndex(shown)
	if at == nil {
		t.Errorf("%s: %q is shown, want %v", what, shown, want)
		return
	}
	digits := strings.ReplaceAll(shown[at[0]:at[1]], ",", "")
	v, err := strconv.ParseFloat(digits, 64)
	fixture.Must(t, err)
	scale := 1.0
	if rest := strings.Fields(shown[at[1]:]); len(rest) > 0 && naiveUnits[rest[0]] != 0 {
		scale = naiveUnits[rest[0]]
	}
	_, decimals, _ := strings.Cut(digits, ".")
	off := math.Pow(10, -float64(len(decimals))) / 2
	if len(decimals) == 0 && math.Abs(v) >= 1000 {
		off = max(off, math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)/2)
	}
	if math.Abs(v*scale-want) > off*scale*1.0001 {
		t.Errorf("%s: %q is shown, the files have %v", what, shown, want)
	}
}

// both holds "a : b" against the values of two strategies.
func both(t *testing.T, what, shown string, value func(s int) float64) {
	t.Helper()
	parts := strings.Split(shown, ":")
	if len(parts) != 2 {
		t.Errorf("%s: %q is shown", what, shown)
		return
	}
	for s, p := range parts {
		wantNumber(t, what, p, value(s))
	}
}

// numbered is a run of two strategies with noise, its page and its files.
type numbered struct {
	fixture.Run
	dir         string
	page        shown
	run, curves naiveLines           // run has aa.bench too
	fates       map[string]naiveFate // by "workload/strategy"
}

func newNumbered(t *testing.T, seed uint64) *numbered {
	t.Helper()
	f := fixture.Plain()
	f.Seed, f.Noise = seed, 0.03
	n := &numbered{Run: f, dir: f.Write(t), fates: make(map[string]naiveFate)}
	n.page = shown{rendered(t, n.dir)}
	n.run = readNaive(t, filepath.Join(n.dir, "run.bench"))
	maps.Copy(n.run, readNaive(t, filepath.Join(n.dir, "aa.bench")))
	n.curves = readNaive(t, filepath.Join(n.dir, "curves.bench"))
	for _, l := range f.Loads {
		for _, s := range f.Strategies {
			n.fates[l.Name+"/"+s] = readTrace(t, n.dir, l.Name, s).fate()
		}
	}
	return n
}

func (n *numbered) pair(bench string, l fixture.Workload, s int) string {
	return bench + "/strategy=" + n.Strategies[s] + "/workload=" + l.Name
}

// load is the workload whose title stands at the beginning of a cell.
func (n *numbered) load(cell string) (fixture.Workload, bool) {
	for _, l := range n.Loads {
		if strings.HasPrefix(plainText(cell), l.Title) {
			return l, true
		}
	}
	return fixture.Workload{}, false
}

// lowest is the strategy with the least value, or none if they are equal.
func (n *numbered) lowest(value func(s int) float64) string {
	switch a, b := value(0), value(1); {
	case a < b:
		return n.Strategies[0]
	case b < a:
		return n.Strategies[1]
	}
	return "tie"
}

// unequal reports whether the strategies refused different numbers of requests.
func (n *numbered) unequal(l fixture.Workload) bool {
	return n.fates[l.Name+"/"+n.Strategies[0]].refused != n.fates[l.Name+"/"+n.Strategies[1]].refused
}

// TestMatrixNumbers traces the table of decisions back to the files.
func TestMatrixNumbers(t *testing.T) {
	n := newNumbered(t, 3)
	seen := 0
	for _, row := range n.page.section(t, "matrix").rows() {
		l, ok := n.load(row[0])
		if !ok {
			continue
		}
		peak := uint64(0)
		for _, s := range n.Strategies {
			peak = max(peak, n.fates[l.Name+"/"+s].peak)
		}
		fate := n.fates[l.Name+"/"+n.Strategies[0]]
		facts := strings.Split(part(row[0], "facts"), ", ")
		region := readTrace(t, n.dir, l.Name, n.Strategies[0]).region
		wantNumber(t, l.Name+", region", facts[0], float64(region))
		least, most, _ := strings.Cut(facts[1], "–")
		wantNumber(t, l.Name+", least request", least, float64(fate.least))
		wantNumber(t, l.Name+", largest request", most, float64(fate.most))
		wantNumber(t, l.Name+", full", facts[2], 100*float64(peak)/float64(region))

		columns := map[string]func(s int) float64{
			"User-space time, ns": func(s int) float64 { return n.run.median(t, n.pair("AllocFree", l, s), "ns/op") },
			"Refused ‰": func(s int) float64 {
				f := n.fates[l.Name+"/"+n.Strategies[s]]
				return 1000 * float64(f.refused) / float64(f.requests)
			},
			"sg entries": func(s int) float64 {
				return n.run.median(t, n.pair("SGTable", l, s)+"/builder=grow", "segs/table")
			},
			"Metadata MiB": func(s int) float64 {
				return n.run.median(t, n.pair("AllocFree", l, s), "metadata-B") / (1 << 20)
			},
		}
		for _, cell := range row {
			label := part(cell, "label")
			value, ok := columns[label]
			if !ok {
				continue
			}
			seen++
			what := l.Name + ", " + label
			both(t, what, lined(cell), value)
			winner := strings.Fields(part(cell, "win(?: named)?"))
			if n.unequal(l) && label != "Refused ‰" {
				if len(winner) != 1 || winner[0] != "unequal" {
					t.Errorf("%s: the winner of unequal work is %q", what, winner)
				}
				continue
			}
			if label != "User-space time, ns" && (len(winner) == 0 || winner[0] != n.lowest(value)) {
				t.Errorf("%s: the winner is %q, the least is %s", what, winner, n.lowest(value))
			}
			if label == "User-space time, ns" && len(winner) > 1 && slices.Contains(n.Strategies, winner[0]) {
				if winner[0] != n.lowest(value) {
					t.Errorf("%s: the winner is %s", what, winner[0])
				}
				wantNumber(t, what, winner[1], 100*(value(1)/value(0)-1))
			}
		}
	}
	if seen != 4*len(n.Loads) {
		t.Errorf("%d cells compared, want %d", seen, 4*len(n.Loads))
	}
}

// TestTimesNumbers traces the tables of times back to the files: medians, spreads,
// differences and probabilities.
func TestTimesNumbers(t *testing.T) {
	n := newNumbered(t, 4)
	_, page, _ := strings.Cut(n.page.section(t, "times").html, `<table class="times"`)
	units := []struct{ bench, more, unit string }{{"AllocFree", "", "ns/op"}, {"AllocFree", "", "ns/alloc"}, {"AllocFree", "", "ns/free"}, {"SGTable", "/builder=grow", "ns/table"}}
	tables := strings.Split(page, `<table class="times"`)
	if len(tables) != len(units) {
		t.Fatalf("%d tables of times, want %d", len(tables), len(units))
	}
	for i, u := range units {
		seen := 0
		table, _, _ := strings.Cut(tables[i], "</table>")
		for _, row := range (shown{table}).rows() {
			l, ok := n.load(row[0])
			if !ok {
				continue
			}
			seen++
			what := l.Name + ", " + u.unit
			var samples [2][]float64
			for s := range n.Strategies {
				samples[s] = n.run[n.pair(u.bench, l, s)+u.more][u.unit]
				cell := plainText(strings.Replace(row[1+s], n.Strategies[s], "", 1)) // 683 ± 1 %
				value, spread, _ := strings.Cut(cell, "±")
				wantNumber(t, what, value, naiveMedian(samples[s]))
				wantNumber(t, what+", spread", spread, naiveSpread(samples[s]))
			}
			delta := plainText(row[3]) // -57.8 % p=0.000 n=10
			if n.unequal(l) {
				if delta != "–" {
					t.Errorf("%s: a difference of unequal work, %s", what, delta)
				}
				continue
			}
			wantNumber(t, what+", difference", delta, 100*(naiveMedian(samples[1])/naiveMedian(samples[0])-1))
			_, p, _ := strings.Cut(delta, "p=")
			wantNumber(t, what+", p", p, naiveP(t, samples[0], samples[1]))
			if _, count, _ := strings.Cut(p, "n="); count != strconv.Itoa(len(samples[0])) {
				t.Errorf("%s: n=%s, there are %d samples", what, count, len(samples[0]))
			}
		}
		if seen != len(n.Loads) {
			t.Errorf("%s: %d rows, want %d", u.unit, seen, len(n.Loads))
		}
	}
	n.selfRow(t, shown{tables[0]})
}

// selfRow holds the last row of the table of times: of all lanes of a strategy against
// itself, the one whose medians are farthest apart.
func (n *numbered) selfRow(t *testing.T, table shown) {
	t.Helper()
	var base, again []float64
	worst, where := -1.0, ""
	for _, l := range n.Loads {
		for s, name := range n.Strategies {
			a, b := n.run[n.pair("AllocFree", l, s)]["ns/op"], n.run[n.pair("AA", l, s)]["ns/op"]
			if d := math.Abs(math.Log(naiveMedian(b) / naiveMedian(a))); d > worst {
				worst, base, again, where = d, a, b, name+" against itself on "+l.Name
			}
		}
	}
	for _, row := range table.rows() {
		head := plainText(row[0])
		if !strings.HasPrefix(head, "Self test") {
			continue
		}
		if !strings.Contains(head, where) {
			t.Errorf("%q, the lane with the largest difference is %s", head, where)
		}
		cells := plainText(strings.Join(row[1:3], " "))
		_, second, _ := strings.Cut(cells, "again")
		wantNumber(t, head, numberPattern.FindString(cells), naiveMedian(base))
		wantNumber(t, head, second, naiveMedian(again))
		wantNumber(t, head, plainText(row[3]), 100*(max(naiveMedian(again)/naiveMedian(base), naiveMedian(base)/naiveMedian(again))-1))
		return
	}
	t.Error("no row of a strategy against itself")
}

// TestVerdictNumbers traces the sentence of a called difference back to the files: the
// difference, both medians, and both ends of the interval.
func TestVerdictNumbers(t *testing.T) {
	for seed := range uint64(4) {
		n := newNumbered(t, 10+seed)
		l := n.Loads[0]
		a, b := n.run[n.pair("AllocFree", l, 0)]["ns/op"], n.run[n.pair("AllocFree", l, 1)]["ns/op"]
		card := loaded(t, n.dir).Verdicts()[0]
		m := regexp.MustCompile(`rangemgr takes ([\d.]+) % less time than buddy. buddy ([\d.,]+), rangemgr ([\d.,]+) ns.*?95 % interval ([\d.]+) to ([\d.]+) %`).FindStringSubmatch(card)
		if m == nil {
			t.Fatalf("no difference of %s in %q", l.Title, card)
		}
		lo, hi := naiveInterval(a, b)
		for i, want := range []float64{100 * (1 - naiveMedian(b)/naiveMedian(a)), naiveMedian(a), naiveMedian(b), -100 * hi, -100 * lo} {
			wantNumber(t, m[0], m[i+1], want)
		}
	}
}

// TestCoverLetterNumbers traces the block for a cover letter back to the files.
func TestCoverLetterNumbers(t *testing.T) {
	n := newNumbered(t, 6)
	_, block, _ := strings.Cut(n.page.html, `aria-label="Text for a cover letter">`)
	block, _, _ = strings.Cut(html.UnescapeString(block), "</pre>")
	_, block, _ = strings.Cut(block, "Time of user-space models")
	for _, l := range n.Loads {
		m := regexp.MustCompile(`(?m)^ *` + l.Name + ` +([\d.,]+) +\(?([\d.,]+)\)? +(.*)$`).FindStringSubmatch(block)
		if m == nil {
			t.Fatalf("no line of %s in\n%s", l.Name, block)
		}
		a, b := n.run[n.pair("AllocFree", l, 0)]["ns/op"], n.run[n.pair("AllocFree", l, 1)]["ns/op"]
		wantNumber(t, m[0], m[1], naiveMedian(a))
		wantNumber(t, m[0], m[2], naiveMedian(b))
		if !n.unequal(l) {
			wantNumber(t, m[0], m[3], 100*(naiveMedian(b)/naiveMedian(a)-1))
			_, p, _ := strings.Cut(m[3], "p=")
			wantNumber(t, m[0], p, naiveP(t, a, b))
		}
	}
}

// ranked is a run of two strategies and workloads, in each of which so many of the 36
// pairs of samples are the wrong way round: the second strategy takes about half of
// the time, but for one sample. Its lanes differ from nothing.
func ranked(t *testing.T, wrong ...int) shown {
	t.Helper()
	var b strings.Builder
	for i := range 6 {
		for w, u := range wrong {
			slow, fast := 100+float64(i), 50+float64(i)
			if i == 3 {
				fast = 99.5 + float64(u) // more than u of 100 to 105
			}
			for s, ns := range map[string]float64{"slow": slow, "fast": fast} {
				fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=%s/workload=w%d-2 10000 %v ns/op 100 served-pct\n", s, w, ns)
				fmt.Fprintf(&b, "BenchmarkAA/strategy=%s/workload=w%d-2 10000 %v ns/op\n", s, w, ns)
			}
		}
	}
	dir := t.TempDir()
	head := "Unit served-pct better=higher assume=exact\n# strategies: slow fast\n"
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(head+b.String()), 0o666))
	return shown{rendered(t, dir)}
}

// TestHolm: a difference is called if its probability is small enough for the number
// of comparisons. With six samples on either side and 1, 2, 3, 4, 5 or 6 pairs the
// wrong way round, that is twice 2, 4, 7, 12, 19 or 30 of 924.
func TestHolm(t *testing.T) {
	for _, test := range []struct {
		wrong  []int
		called string // by workload
	}{
		{[]int{5}, "y"},             // .0411
		{[]int{4, 4, 4}, "nnn"},     // .0260 three times: .0779
		{[]int{3, 4, 6}, "ynn"},     // .0152, .0260, .0649: .0455, .0519, .0649
		{[]int{6, 3, 2}, "nyy"},     // .0649, .0152, .0087: .0649, .0303, .0260
		{[]int{1, 3, 5, 6}, "yynn"}, // .0043, .0152, .0411, .0649: .0173, .0455, .0823, .0823
	} {
		page := ranked(t, test.wrong...)
		var got strings.Builder
		for _, row := range page.section(t, "times").rows() {
			if !strings.HasPrefix(plainText(row[0]), "w") {
				continue
			}
			verdict := plainText(row[len(row)-1])
			switch {
			case strings.HasPrefix(verdict, "less in "): // an effect size
			case strings.Contains(verdict, "less time"):
				got.WriteByte('y')
			case strings.Contains(verdict, "no difference"):
				got.WriteByte('n')
			default:
				t.Errorf("%v: verdict %q", test.wrong, verdict)
			}
		}
		if got.String() != test.called {
			t.Errorf("%v pairs the wrong way round: called %s, want %s", test.wrong, got.String(), test.called)
		}
	}
}
