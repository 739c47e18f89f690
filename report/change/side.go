package change

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchunit"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

const (
	maxFile    = 1 << 30 // bytes of a file of results
	maxSamples = 10_000  // of a cell
	maxCells   = 1 << 20
)

// Side is one of two runs.
type Side struct {
	Path    string
	Facts   map[string]string // of the head of a run: seed, ops, kernel and so on
	Stopped string            // of a run directory: "was interrupted in round 4 of 10", "" of a whole one
	Dropped int               // values that are no finite number of at least 0
	Beyond  int               // samples of a cell beyond the first 10,000, left out
	Zeros   int               // times of 0, which were not measured; they count as samples
	cells   map[key]*cell
	order   []key
	pkgs    map[string]bool   // of the cells
	streams map[string]string // digests of operations, by workload
}

// cell is the samples of one unit of one benchmark.
type cell struct {
	values    []float64
	direction int
	exact     bool
	procs     int // GOMAXPROCS; 0: it is not known
}

func (c *cell) varies() bool { return slices.Min(c.values) != slices.Max(c.values) }

// lane reports whether k is of an A/A lane.
func lane(k key) bool { return strings.HasPrefix(k.bench, schema.AA.Name+"/") }

// cell is the cell of k with the samples of its A/A lane, nil if the run has none.
func (s *Side) cell(k key) *cell {
	c := s.cells[k]
	rest, ok := strings.CutPrefix(k.bench, schema.AllocFree.Name+"/")
	if c == nil || !ok {
		return c
	}
	again := s.cells[k.of(schema.AA.Name+"/"+rest, k.unit)]
	if again == nil {
		return c
	}
	both := *c
	both.values = slices.Concat(c.values, again.values)
	return &both
}

// Read reads a run directory, or a file in the Go benchmark format. Errors name the file,
// and the line if there is one.
func Read(path string) (*Side, error) {
	s := &Side{Path: path, Facts: make(map[string]string), streams: make(map[string]string), cells: make(map[key]*cell)}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if err := s.read(path); err != nil {
			return nil, err
		}
	} else {
		for _, name := range schema.Files() {
			err := s.read(filepath.Join(path, string(name)))
			if err != nil && (name == schema.Results || !errors.Is(err, os.ErrNotExist)) {
				return nil, err
			}
		}
		s.readJournal()
	}
	if len(s.order) == 0 {
		return nil, fmt.Errorf("%s: holds no benchmark line", path)
	}
	s.settle()
	s.pkgs = packages(s)
	return s, nil
}

func (s *Side) read(path string) error {
	switch info, err := os.Stat(path); { // first: a pipe would have whoever opens it wait
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is no regular file", path)
	case info.Size() > maxFile:
		return fmt.Errorf("%s: is larger than %d bytes", path, maxFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return err
	}
	s.readFacts(text)
	// Units may be declared behind the results they are of.
	r := benchfmt.NewReader(bytes.NewReader(text), path)
	for r.Scan() {
	}
	units := r.Units()
	r = benchfmt.NewReader(bytes.NewReader(text), path)
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			if err := s.add(rec, units); err != nil {
				return err
			}
		case *benchfmt.SyntaxError:
			return rec
		}
	}
	return r.Err()
}

// Warnings are what is wrong with values of the run, with the number of each kind.
func (s *Side) Warnings() (all []string) {
	for _, kind := range []struct {
		n    int
		what string
	}{
		{s.Dropped, "values that are no finite number of at least 0, left out"},
		{s.Beyond, "samples beyond the first 10,000 of a cell, left out"},
		{s.Zeros, "times of 0, which nothing takes"},
	} {
		if kind.n > 0 {
			all = append(all, fmt.Sprintf("%s: %d %s", s.Path, kind.n, kind.what))
		}
	}
	return all
}

// readFacts reads the comments at the head of a run: "# key: value".
func (s *Side) readFacts(text []byte) {
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte("Benchmark")) {
			return
		}
		if rest, ok := strings.CutPrefix(string(line), "# "); ok {
			k, v, ok := strings.Cut(strings.TrimSpace(rest), ": ")
			if ok && s.Facts[k] == "" {
				s.Facts[k] = v
			}
			if name, digest, ok := strings.Cut(strings.TrimPrefix(v, "workload "), ": "); ok && k == string(schema.FactStream) {
				s.streams[name] = digest
			}
		}
	}
}

// add adds the values of a line.
func (s *Side) add(r *benchfmt.Result, units benchfmt.UnitMetadataMap) error {
	s.noteMachine(r)
	name, pkg := string(r.Name), packageOf(r.GetConfig(string(schema.ConfigPackage)))
	for _, v := range r.Values {
		unit, value := v.Unit, v.Value
		if v.OrigUnit != "" {
			unit, value = v.OrigUnit, v.OrigValue
		}
		if math.IsNaN(value) || math.IsInf(value, 0) || value < 0 {
			s.Dropped++
			continue
		}
		k := key{pkg, name, unit}
		c := s.cells[k]
		if c == nil {
			if len(s.order) == maxCells {
				return fmt.Errorf("%s: more than %d cells", s.Path, maxCells)
			}
			c = newCell(unit, v.Unit, units)
			s.cells[k] = c
			s.order = append(s.order, k)
		}
		if value == 0 && !c.exact && isTime(unit) {
			s.Zeros++
		}
		if len(c.values) == maxSamples {
			s.Beyond++
			continue
		}
		c.values = append(c.values, value)
	}
	return nil
}

// isTime reports whether a unit, as written, is of times.
func isTime(unit string) bool {
	_, tidy := benchunit.Tidy(1, unit)
	return strings.HasPrefix(tidy, "sec/") || strings.HasSuffix(tidy, "-sec")
}

// newCell knows of a unit what this lab or Go says, whatever the file does, else what that
// says.
func newCell(unit, tidy string, units benchfmt.UnitMetadataMap) *cell {
	c := &cell{exact: units.GetAssumption(tidy) == benchmath.AssumeExact}
	if u := schema.FindUnit(unit); u != nil {
		c.direction = map[schema.Direction]int{schema.Lower: -1, schema.Higher: 1}[u.Better]
		c.exact = c.exact || u.Exact
	}
	switch {
	case c.direction != 0:
	case tidy == "sec/op" || tidy == "B/op" || tidy == "allocs/op":
		c.direction = -1
	case tidy == "B/s":
		c.direction = 1
	default:
		c.direction = units.GetBetter(tidy)
	}
	return c
}

// noteMachine adds the facts that stand in configuration lines. A file may be of several
// machines: all of them count.
func (s *Side) noteMachine(r *benchfmt.Result) {
	for _, fact := range machineFacts {
		v, known := r.GetConfig(string(fact)), s.Facts[string(fact)]
		switch {
		case v == "" || slices.Contains(strings.Split(known, also), v):
		case known == "":
			s.Facts[string(fact)] = v
		default:
			s.Facts[string(fact)] = known + also + v
		}
	}
}

// readJournal finds out whether the run of a directory was interrupted. Without a journal
// nothing is known, as of old versions, and one that cannot be read spoils no results.
func (s *Side) readJournal() {
	j, err := journal.ReadFile(filepath.Join(s.Path, schema.Journal))
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		s.Stopped = "may have been interrupted: " + err.Error()
	case j.Last.Phase != journal.Ended:
		s.Stopped = "was interrupted " + j.After()
	}
}

// machineFacts are those by which machines are told apart, if they stand in the file.
var machineFacts = []schema.Fact{schema.ConfigCPU, schema.ConfigArch}

// also stands between what a file of two machines has.
const also = " and "

// otherMachine says what makes the times of two runs those of two machines, "" if nothing does.
func otherMachine(a, b *Side) string {
	for _, fact := range machineFacts {
		if why := differ(fact, a, b); why != "" {
			return why
		}
	}
	return ""
}

// differ says how two runs differ in a fact that both have, "" if they do not.
func differ(fact schema.Fact, a, b *Side) string {
	x, y := a.Facts[string(fact)], b.Facts[string(fact)]
	if x == y || x == "" || y == "" {
		return ""
	}
	return fmt.Sprintf("%s is %s in the old run and %s in the new one", fact, x, y)
}

// otherWork says what makes the work of two runs unequal as a whole, "" if nothing does.
func otherWork(a, b *Side) string {
	for _, fact := range []schema.Fact{schema.FactSeed, schema.FactOps} {
		if why := differ(fact, a, b); why != "" {
			return why
		}
	}
	return ""
}

// timed reports whether a strategy's times are in the run.
func (s *Side) timed() bool {
	return slices.ContainsFunc(s.order, func(k key) bool { return !s.cells[k].exact && strings.Contains(k.bench, "strategy=") })
}

// otherStream reports whether two runs say that the workload of a benchmark has other
// operations in each.
func otherStream(k key, a, b *Side) bool {
	name := strings.TrimPrefix(part(k.bench, "workload="), "workload=")
	x, y := a.streams[name], b.streams[name]
	return x != y && x != "" && y != ""
}

// served is the share of requests, in percent, that the strategy of a benchmark served, by
// the benchmark itself or else on its workload; NaN if the run does not say.
func (s *Side) served(k key) float64 {
	if c := s.cells[k.of(k.bench, schema.ServedPct.Name)]; c != nil {
		return stat.Median(slices.Clone(c.values))
	}
	strategy, workload := part(k.bench, "strategy="), part(k.bench, "workload=")
	if strategy == "" || workload == "" {
		return math.NaN()
	}
	c := s.cells[k.of(schema.AllocFree.Name+"/"+strategy+"/"+workload, schema.ServedPct.Name)]
	if c == nil {
		return math.NaN()
	}
	return stat.Median(slices.Clone(c.values))
}

// part is the KEY=VALUE of a name.
func part(bench, key string) string {
	for p := range strings.SplitSeq(bench, "/") {
		if strings.HasPrefix(p, key) {
			return p
		}
	}
	return ""
}

// lanes are the distances of the strategies from themselves in a unit, as logarithms of
// ratios.
func (s *Side) lanes(unit string) (out []float64) {
	s.eachLane(unit, func(first, again []float64) {
		out = append(out, distance(first, again))
	})
	return out
}

// ownLane is the distance of the strategy and the workload of a cell from themselves, if
// both are in its name and have a lane.
func (s *Side) ownLane(k key, unit string) (d float64, ok bool) {
	strategy, workload := part(k.bench, "strategy="), part(k.bench, "workload=")
	if strategy == "" || workload == "" {
		return 0, false
	}
	name := "/" + strategy + "/" + workload
	first, again := s.cells[k.of(schema.AllocFree.Name+name, unit)], s.cells[k.of(schema.AA.Name+name, unit)]
	if !canTell(first, again) {
		return 0, false
	}
	return distance(first.values, again.values), true
}

// canTell reports whether two cells have samples enough to tell, and times.
func canTell(first, again *cell) bool {
	return first != nil && again != nil && min(len(first.values), len(again.values)) >= stat.SamplesFor(1) &&
		slices.Min(first.values) > 0 && slices.Min(again.values) > 0
}

// distance is that of two medians, as the logarithm of a ratio.
func distance(first, again []float64) float64 {
	return math.Abs(math.Log(stat.Median(slices.Clone(again)) / stat.Median(slices.Clone(first))))
}

// eachLane calls f with both measurements of each strategy that was measured twice, where
// there are samples enough to tell.
func (s *Side) eachLane(unit string, f func(first, again []float64)) {
	for _, k := range s.order {
		rest, ok := strings.CutPrefix(k.bench, schema.AA.Name+"/")
		if !ok || k.unit != unit {
			continue
		}
		first := s.cells[k.of(schema.AllocFree.Name+"/"+rest, k.unit)]
		again := s.cells[k]
		if !canTell(first, again) {
			continue
		}
		f(first.values, again.values)
	}
}

// usual is the difference of half of the lanes that says that a run's times are noise.
const usual = 0.10

// failed reports whether the lanes say that the times of a run are noise, by the clock of
// their unit.
func (s *Side) failed(lane string) bool {
	all := s.lanes(lane)
	return len(all) > 0 && math.Expm1(stat.Median(all)) >= usual
}

// OtherWork says what makes the work of two runs unequal as a whole, "" if nothing does.
func OtherWork(a, b *Side) string { return otherWork(a, b) }

// SelfDifference is what the strategies of a run differ from themselves by, as the
// logarithm of a ratio, in a unit that [Figure.Lane] has; 0 if the run does not say.
func (s *Side) SelfDifference(lane string) float64 {
	if f := floor(lane, s); f > 0 {
		return f
	}
	return 0
}

// Figure is one cell of a run.
type Figure struct {
	Bench, Unit string // Bench has its package before it if the run is of more than one
	Direction   int    // -1: less is better, 1: more is better, 0: it is not known
	Exact       bool
	Lane        string // of a time: the unit of the A/A lanes that were taken by the same clock
}

// called is the name of a benchmark, with its package if the run has more than one.
func (s *Side) called(k key) string {
	if len(s.pkgs) > 1 {
		return k.name()
	}
	return k.bench
}

// Figures are the cells of a run, in the order of its files, without A/A lanes and without
// the times by the other clock than that of the basis.
func (s *Side) Figures(b Basis) (all []Figure) {
	for _, k := range s.order {
		if c := s.cell(k); !lane(k) && !b.skips(k) {
			all = append(all, Figure{s.called(k), k.unit, c.direction, c.exact, laneOf(k)})
		}
	}
	return all
}

// Figure is the median of a cell; ok is false if the run does not have it.
func (s *Side) Figure(bench, unit string) (v float64, ok bool) {
	k, ok := s.find(bench, unit)
	if !ok {
		return 0, false
	}
	return stat.Median(slices.Clone(s.cell(k).values)), true
}
