package report

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// lockWords say what a lock is: as part of a sentence, and in a table.
var lockWords = map[string]struct{ with, doc string }{
	"locked":  {"behind one lock", "one lock around the whole strategy"},
	"sharded": {"with shards", "the region in parts, each with its own lock"},
}

func lockWith(name string) string {
	if w, ok := lockWords[name]; ok {
		return w.with
	}
	return "with " + name
}

// goroutines are the numbers of goroutines that were measured, sorted, and
// locks how the strategies were protected.
func goroutines(names Names, concurrent Concurrent) (numbers []int, locks []string) {
	for k := range concurrent {
		if names.index(k.strategy) >= 0 {
			numbers, locks = append(numbers, k.goroutines), append(locks, k.lock)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), known(locks, "locked", "sharded")
}

// gain is what a cell does more than another: the ratio of throughputs, and
// whether the two were told apart.
func gain(self *SelfTest, from, to *concurrentCell) (times float64, told, ok bool) {
	if from == nil || to == nil {
		return 0, false, false
	}
	return to.perSecond() / from.perSecond(), self.ToldApart(from.op, to.op), true
}

// gains are the ratios of several strategies.
type gains struct {
	lo, hi     float64 // of those told apart
	told, many int
}

func (g *gains) take(times float64, told bool) {
	if g.many++; !told {
		return
	}
	if g.told++; g.told == 1 {
		g.lo, g.hi = times, times
	}
	g.lo, g.hi = min(g.lo, times), max(g.hi, times)
}

// text is "1.7 to 1.9 times", with what it is times of or where.
func (g gains) text(of string) string {
	text := span(round2Text(g.lo), round2Text(g.hi), " times "+of)
	if g.told < g.many {
		text += fmt.Sprintf(" (%d of %d strategies, the others not told apart)", g.told, g.many)
	}
	return text
}

// round2Text is a ratio with two decimals up to ten.
func round2Text(v float64) string {
	if v < 9.995 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return short3(v)
}

// concurrentHeading states what more goroutines do to the throughput with each
// kind of lock or, measured at one number of goroutines, what the kinds do to
// it.
func concurrentHeading(names Names, self *SelfTest, concurrent Concurrent) prose {
	numbers, locks := goroutines(names, concurrent)
	if self.Failed {
		return "This run is too noisy to call what several goroutines gain"
	}
	lo, hi := numbers[0], numbers[len(numbers)-1]
	if lo == hi {
		return lockHeading(names, self, concurrent, hi, locks)
	}
	var found, untold []string
	for _, lock := range locks {
		var g gains
		for s := range names {
			if times, told, ok := gain(self, concurrent.of(names[s], lock, lo), concurrent.of(names[s], lock, hi)); ok {
				g.take(times, told)
			}
		}
		switch {
		case g.told > 0:
			found = append(found, g.text(lockWith(lock)))
		case g.many > 0:
			untold = append(untold, lockWith(lock))
		}
	}
	head := fmt.Sprintf("From %s to %s ", count(lo), plural(float64(hi), "goroutine", "goroutines"))
	switch {
	case len(found) == 0:
		return prose(head + "no change of throughput could be told")
	case len(untold) > 0:
		return prose(head + "throughput becomes " + list(found) + "; " + list(untold) + " no change could be told")
	}
	return prose(head + "throughput becomes " + list(found))
}

// lockHeading compares the kinds of lock at one number of goroutines.
func lockHeading(names Names, self *SelfTest, concurrent Concurrent, n int, locks []string) prose {
	at := "At " + plural(float64(n), "goroutine", "goroutines") + " "
	if len(locks) < 2 {
		return prose(at + "alone throughput was measured: what more of them do is not known")
	}
	var g gains
	base, other := locks[0], locks[1]
	for s := range names {
		if times, told, ok := gain(self, concurrent.of(names[s], base, n), concurrent.of(names[s], other, n)); ok {
			g.take(times, told)
		}
	}
	if g.told == 0 {
		return prose(at + "throughput " + lockWith(base) + " and " + lockWith(other) + " could not be told apart")
	}
	return prose(at + "throughput " + lockWith(other) + " is " + g.text("that "+lockWith(base)))
}

// concurrentTable shows throughput by goroutines, and the latency of single
// calls with most of them.
type concurrentTable struct {
	Numbers []string
	Most    string
	Grown   string // head of the ratio, empty when there is one number
	Rows    []concurrentRow
}

type concurrentRow struct {
	Name, Class string // of the strategy, in its first row
	Lock        string
	Cells       []valueSpread
	Gain        string
	Tails       []string
}

type valueSpread struct{ Value, Spread string }

func makeConcurrent(names Names, self *SelfTest, concurrent Concurrent) concurrentTable {
	numbers, locks := goroutines(names, concurrent)
	lo, hi := numbers[0], numbers[len(numbers)-1]
	t := concurrentTable{Most: plural(float64(hi), "goroutine", "goroutines")}
	for _, n := range numbers {
		t.Numbers = append(t.Numbers, count(n))
	}
	if lo < hi {
		t.Grown = "from " + count(lo) + " to " + count(hi)
	}
	for s, name := range names {
		for _, lock := range locks {
			row := concurrentRow{Name: name, Class: class(s), Lock: lock}
			any := false
			for _, n := range numbers {
				c := concurrent.of(names[s], lock, n)
				any = any || c != nil
				row.Cells = append(row.Cells, c.throughput())
			}
			row.Gain = gainText(names, self, concurrent, s, lock, lo, hi)
			row.Tails = concurrent.of(names[s], lock, hi).tails()
			if any {
				t.Rows = append(t.Rows, row)
				name = "" // once for its rows
			}
		}
	}
	return t
}

func gainText(names Names, self *SelfTest, concurrent Concurrent, s int, lock string, lo, hi int) string {
	times, told, ok := gain(self, concurrent.of(names[s], lock, lo), concurrent.of(names[s], lock, hi))
	switch {
	case !ok:
		return none
	case !told:
		return "not told apart"
	}
	return round2Text(times) + "×"
}

// throughput is a cell of the table, in millions of operations a second.
func (c *concurrentCell) throughput() valueSpread {
	if c == nil {
		return valueSpread{none, ""}
	}
	_, spread := timeText(c.op)
	return valueSpread{digits3(c.perSecond() / 1e6), spread}
}

func (c *concurrentCell) tails() []string {
	if c == nil {
		return []string{none, none, none}
	}
	var out []string
	for _, times := range [][]float64{c.p50, c.p99, c.p999} {
		text, _ := timeText(times)
		out = append(out, text)
	}
	return out
}

func nonEmptyDoc(doc string) string {
	if doc == "" {
		return ""
	}
	return ": " + doc
}

// concurrentNote says what limits the figure.
func concurrentNote(names Names, facts Facts, concurrent Concurrent, crossings Crossings, numbers []int) string {
	note := "Medians of the samples; a change is called where the samples lie apart."
	if cores, err := strconv.Atoi(facts.value("cores")); err == nil && cores < numbers[len(numbers)-1] {
		note += " The machine has " + plural(float64(cores), "core", "cores") + ": more goroutines than that take turns, whatever the lock, and who holds a lock may be put off the core, which the rarest latencies show."
	}
	return strings.Join(nonEmpty(note, uncounted(names, facts, concurrent, numbers), names.plain(concurrentCrossings(names, concurrent, crossings))), " ")
}

// uncounted says why samples of so many goroutines may be missing as the machine
// has cores for. A run that asked for none of two looks the same.
func uncounted(names Names, facts Facts, concurrent Concurrent, numbers []int) string {
	cores, err := strconv.Atoi(facts.value("cores"))
	if err != nil {
		cores = math.MaxInt
	}
	var missing []string
	asked := slices.Clone(numbers)
	if !slices.Contains(asked, 2) {
		asked = append(asked, 2) // as a run does that is not told otherwise
	}
	slices.Sort(asked)
	for _, n := range asked {
		if n > 1 && n <= cores && lacks(names, concurrent, n) {
			missing = append(missing, count(n))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "Samples without a core for each goroutine are not counted, which may be why those of " + list(missing) + " goroutines are missing."
}

// lacks reports whether a strategy has samples with a lock, and none of them of n
// goroutines.
func lacks(names Names, concurrent Concurrent, n int) bool {
	for k := range concurrent {
		if s := names.index(k.strategy); s >= 0 && concurrent.of(names[s], k.lock, n) == nil {
			return true
		}
	}
	return false
}

// concurrentCrossings says whose times contain a crossing.
func concurrentCrossings(names Names, concurrent Concurrent, crossings Crossings) prose {
	return contained(names, crossings, func(strategy int) bool {
		for k := range concurrent {
			if names.index(k.strategy) == strategy {
				return true
			}
		}
		return false
	}, "made while the lock is held")
}

//go:embed page/concurrent.html
var concurrentHTML string

// ConcurrencySection is what several goroutines gain.
var ConcurrencySection = Section{
	ID:       "concurrent",
	Title:    "Concurrency",
	Template: concurrentHTML,
	Alone:    true,
	Make:     maker(makeConcurrentSection),
}

// concurrentSection is what several goroutines gain.
type concurrentSection struct {
	Head
	Legend []legendItem
	Table  concurrentTable
}

func makeConcurrentSection(in In) (p concurrentSection, err error) {
	numbers, locks := goroutines(in.strategies, in.curves.concurrent)
	if len(numbers) == 0 {
		p.Head = Head{Heading: "Several goroutines at once were not measured",
			Missing: "This run has no concurrent replays (curves.bench holds no BenchmarkConcurrent lines)."}
		return p, nil
	}
	p.Head = Head{
		Heading: markup(in.strategies, concurrentHeading(in.strategies, in.times.Self, in.curves.concurrent)),
		How:     "All goroutines allocate and free in one region. Throughput: the operations of all of them in the wall time.",
		Note:    concurrentNote(in.strategies, in.facts, in.curves.concurrent, in.curves.crossing, numbers),
	}
	for i, lock := range locks {
		p.Legend = append(p.Legend, legendItem{[]string{"dash", "line", "dotted"}[i%3], "inked", lock + nonEmptyDoc(lockWords[lock].doc)})
	}
	p.Table = makeConcurrent(in.strategies, in.times.Self, in.curves.concurrent)
	if len(numbers) > 1 { // a number alone makes no line
		p.Figure, err = concurrentFigure(in.strategies, in.times.Self, in.curves.concurrent, numbers, locks)
	}
	return p, err
}
