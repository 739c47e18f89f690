package rundir

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/text"
)

// line is a result line whose name is asked by key.
type line struct {
	*benchfmt.Result
	bench  *schema.Bench // nil for one that is not in the schema
	labels schema.Labels
	warn   *Warnings

	disputed []*schema.Unit // an earlier line of the name has another value
}

// eachLine calls f for every result line of a benchmark file; lines that do
// not parse become warnings. The result is reused by the next call.
func eachLine(path string, data []byte, warn *Warnings, check func(*line) (bad bool), f func(line)) *benchfmt.Reader {
	in := benchfmt.NewReader(bytes.NewReader(data), filepath.Base(path))
	defer warn.addTallies(path)
	seen := make(vocabulary)
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			bench, labels := schema.Parse(string(rec.Name))
			l := line{Result: rec, bench: bench, labels: labels, warn: warn}
			if seen.admit(l) && !check(&l) {
				before := warn.added
				f(l)
				if warn.added == before { // or it was complained about
					l.checkUnits(nil)
				}
			}
		case *benchfmt.SyntaxError:
			warn.Add("%v", rec)
		}
	}
	if err := in.Err(); err != nil {
		warn.Add("%v; what stands behind it was not read", err)
	}
	return in
}

// vocabulary are the values of each key in the names of a file's results.
type vocabulary map[schema.Key]map[string]bool

// admit notes the values in the name of a line. It reports false, and the line is
// left out, if there would be too many of a key.
func (v vocabulary) admit(l line) bool {
	for key, value := range l.labels {
		if key == schema.Step || v[key][value] {
			continue
		}
		most := mostNames
		if key == schema.Strategy {
			most = mostStrategies
		}
		switch {
		case v[key] == nil:
			v[key] = make(map[string]bool)
		case len(v[key]) == most:
			l.warn.tally(fmt.Sprintf("lines with more than %d values of %s", most, key))
			return false
		}
		v[key][value] = true
	}
	return true
}

// checkUnits counts what no reader takes: units and times that are none. except says
// which values were complained about; nil: none.
func (l line) checkUnits(except func(v float64) bool) {
	if l.bench == nil {
		return
	}
	for _, v := range l.Values {
		if except != nil && except(v.Value) {
			continue
		}
		switch u := schema.FindUnit(v.Unit); {
		case u == nil:
			unit := v.OrigUnit
			if unit == "" {
				unit = v.Unit
			}
			l.warn.tally(fmt.Sprintf("values of the unit %q, which is not known here", text.Clean(unit)))
		case !sane(v.Value):
			l.warn.tally("values of " + u.Name + " that nothing can measure")
		case isTime(u) && v.Value == 0:
			l.warn.tally("times of 0 " + u.Name + ", which were not measured")
		}
	}
}

// isTime reports whether a unit is of times.
func isTime(u *schema.Unit) bool { return u.Tidy() != u.Name }

// unknown counts a line of a benchmark of some later version.
func (l line) unknown() {
	name, _, _ := strings.Cut(string(l.Name), "/")
	l.warn.tally("lines of Benchmark" + text.Clean(name) + ", which is not known here")
}

// misplaced counts a line of a benchmark that stands in another file.
func (l line) misplaced() {
	l.warn.tally("lines of Benchmark" + l.bench.Name + ", which belong in " + string(l.bench.File))
}

// get is the value of a key in the name, empty when it is not there.
func (l line) get(key schema.Key) string { return text.Clean(l.labels[key]) }

// complain keeps a warning that says where the line stands.
func (l line) complain(format string, args ...any) {
	file, n := l.Pos()
	l.warn.Add("%s:%d: %s", file, n, fmt.Sprintf(format, args...))
}

// complete reports whether the line measured something and has all the keys,
// and warns if not.
func (l line) complete(keys ...schema.Key) bool {
	if l.Iters <= 0 {
		l.complain("a line of %d iterations measured nothing", l.Iters)
		return false
	}
	for _, key := range keys {
		if l.get(key) == "" {
			l.complain("the line does not name its %s", keyWord(key))
			return false
		}
	}
	return true
}

// keyWord is what a key stands for.
func keyWord(key schema.Key) string {
	if key == schema.Op {
		return "operation"
	}
	return string(key)
}

// size is the value of a key as a number of bytes. It warns about any other
// value, with an example of a size.
func (l line) size(key schema.Key, like string) (bytes uint64, ok bool) {
	bytes, ok = schema.ParseSize(l.get(key))
	if !ok {
		l.complain("%s %q is not a size like %s", key, l.get(key), like)
	}
	return bytes, ok
}

// isShare reports whether a value, if the line has it, is a percentage of a
// whole, and warns if not.
func (l line) isShare(unit *schema.Unit) bool {
	v, ok := l.Value(unit.Tidy())
	if ok && !(v >= 0 && v <= 100) {
		l.complain("%s of %v is not between 0 and 100", unit.Name, v)
		return false
	}
	return true
}

// number is a value of the line, NaN when it has none.
func (l line) number(unit *schema.Unit) float64 {
	v, ok := l.Value(unit.Tidy())
	if !ok || !sane(v) {
		return math.NaN()
	}
	return v
}

// appendTime appends the value of a unit when the line has a real one.
func (l line) appendTime(times []float64, unit *schema.Unit) []float64 {
	if v, ok := l.Value(unit.Tidy()); ok && v > 0 && sane(v) {
		return l.appendSample(times, v)
	}
	return times
}

// appendSample appends a sample of a cell up to the bound. The first are kept: a run
// measures its cells in turns, so that is a shorter run.
func (l line) appendSample(samples []float64, v float64) []float64 {
	if len(samples) == mostSamples {
		l.warn.tally(fmt.Sprintf("samples beyond the first %s of a cell", text.Count(mostSamples)))
		return samples
	}
	return append(samples, v)
}

// set sets v when the line has a real value of the unit, to NaN if samples differ in it.
func (l line) set(v *float64, unit *schema.Unit) {
	if slices.Contains(l.disputed, unit) {
		*v = math.NaN()
	} else if got := l.number(unit); !math.IsNaN(got) {
		*v = got
	}
}
