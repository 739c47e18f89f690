// Package history finds where figures changed over many runs: those of the commits of a
// branch, of the versions of a library, of the nights of a month.
//
// # Idea
//
// Runs are points in the order given. A cell (a unit of a benchmark) that all points have
// is a series. An exact figure changes wherever it differs from the point before, and that
// is certain. A time changes where a step explains it: the place that splits the medians of
// the points best into a lower and a higher part, found by cumulative sums, again in each
// part until no step is large enough. How large that is comes from the series itself: from
// the differences of neighbours, which a step hardly touches.
//
// # What is held back
//
// A step is called if chance makes one as large less than once in twenty histories, all
// series and all places counted (Bonferroni), and if it is larger than what strategies
// differ from themselves by in these runs. A step has at least two points on either side:
// one run that was disturbed is no change, so what is slower since the last run is told
// with the next. Points that did other work (another seed, other lengths) are
// not in one history with the others. Where a strategy begins to serve another share of a
// workload, no step is called there of its times and tables. Where one of the runs was on a busy machine, the times
// of operations and tables are processor time; see [change.Basis].
//
// # Limits
//
// Steps are found, drifts become several. With fewer than four points no time has a step,
// since there is none with two on either side; a note says that times were not looked at.
package history

import (
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/internal/changepoint"
	"github.com/vramlab/vramlab/report/change"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Point is one run of a history.
type Point struct {
	Name string // of its directory, or its commit
	Side *change.Side
}

// Step is a change of one figure at one point.
type Step struct {
	Bench, Unit string
	At          int // index of the first point of the new level
	Old, New    float64
	Exact       bool
	Worse       bool // false also where it is not known
	Known       bool // which direction is better
}

// Delta is New/Old - 1; infinite for one from 0.
func (s *Step) Delta() float64 { return s.New/s.Old - 1 }

// Series is one figure over all points.
type Series struct {
	Bench, Unit string
	Exact       bool
	Direction   int
	Values      []float64 // the medians
	lane        string    // unit of the lanes that say what it differs from itself by
	cuts        []int     // points with other work than the point before, in order
}

// History is what was found.
type History struct {
	Points []Point
	Series []Series
	Steps  []Step // by point, the exact ones first
	Notes  []string
	zeros  int  // series of times with a median of 0
	blind  bool // there are times, and too few points to find a step of one
}

// fewest are the points without which no time can have a step.
const fewest = 4

// Find finds the steps in the history of the points, of which there are at least two.
func Find(points []Point) (*History, error) {
	if len(points) < 2 {
		return nil, fmt.Errorf("a history has at least two runs, got %d", len(points))
	}
	h := &History{Points: points}
	for _, p := range points[1:] {
		if why := change.OtherWork(points[0].Side, p.Side); why != "" {
			return nil, fmt.Errorf("%s and %s did other work: %s", points[0].Name, p.Name, why)
		}
	}
	for _, p := range points {
		h.Notes = append(h.Notes, p.Side.Warnings()...)
	}
	var names []string
	var sides []*change.Side
	for _, p := range points {
		names, sides = append(names, p.Name), append(sides, p.Side)
	}
	basis := change.BasisOf(names, sides)
	if s := basis.String(); s != "" {
		h.Notes = append(h.Notes, s)
	}
	h.gather(basis)
	h.cutByWork()
	floors := make(map[string]float64) // by the lanes that say it
	times := 0
	for i := range h.Series {
		if !h.Series[i].Exact {
			times++
			lane := h.Series[i].lane
			if _, known := floors[lane]; !known {
				floors[lane] = 0
				for _, p := range points {
					floors[lane] = max(floors[lane], p.Side.SelfDifference(lane))
				}
			}
		}
	}
	for i := range h.Series {
		if s := &h.Series[i]; s.Exact {
			h.exact(s)
		} else {
			h.times(s, floors[s.lane], times)
		}
	}
	if h.blind = times > 0 && len(points) < fewest; h.blind {
		h.Notes = append(h.Notes, "times need four runs, and were not looked at")
	}
	if h.zeros > 0 {
		h.Notes = append(h.Notes, fmt.Sprintf("%d times are 0 in a run, and no step of them is looked for", h.zeros))
	}
	slices.SortStableFunc(h.Steps, func(a, b Step) int {
		if a.At != b.At {
			return a.At - b.At
		}
		return order(b.Exact) - order(a.Exact)
	})
	return h, nil
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// gather makes the series of what all points have.
func (h *History) gather(basis change.Basis) {
	missing := 0
	for _, c := range h.Points[0].Side.Figures(basis) {
		s := Series{Bench: c.Bench, Unit: c.Unit, Exact: c.Exact, Direction: c.Direction, lane: c.Lane}
		for _, p := range h.Points {
			v, ok := p.Side.Figure(c.Bench, c.Unit)
			if !ok {
				break
			}
			s.Values = append(s.Values, v)
		}
		if len(s.Values) < len(h.Points) {
			missing++
			continue
		}
		h.Series = append(h.Series, s)
	}
	if missing > 0 {
		h.Notes = append(h.Notes, fmt.Sprintf("%d figures of the first run are not in all others, and left out", missing))
	}
}

// exact adds a step wherever an exact figure changes.
func (h *History) exact(s *Series) {
	for i := 1; i < len(s.Values); i++ {
		if s.Values[i] != s.Values[i-1] && !slices.Contains(s.cuts, i) {
			h.add(s, i, s.Values[i-1], s.Values[i])
		}
	}
}

// times adds the steps of a series with noise, one of so many.
func (h *History) times(s *Series, floor float64, of int) {
	if slices.Min(s.Values) <= 0 {
		h.zeros++
		return
	}
	logs := make([]float64, len(s.Values))
	for i, v := range s.Values {
		logs[i] = math.Log(v)
	}
	sigma := noise(logs)
	places := float64(of * (len(logs) - 1))
	limit := math.Sqrt2 * math.Erfinv(1-stat.Alpha/places)
	var split func(from, to int)
	split = func(from, to int) {
		at, size := best(logs[from:to])
		at += from
		if at == from || size < limit*sigma {
			return
		}
		left, right := s.Values[from:at], s.Values[at:to]
		step := math.Abs(math.Log(stat.Median(slices.Clone(right)) / stat.Median(slices.Clone(left))))
		if step <= floor {
			return
		}
		split(from, at)
		h.add(s, at, stat.Median(slices.Clone(left)), stat.Median(slices.Clone(right)))
		split(at, to)
	}
	for _, span := range s.spans() {
		split(span[0], span[1])
	}
}

// best is the place that splits values best, and how good it is: the difference of the
// means, in units that make the noise of a point that of the difference. Both parts have
// two points or more.
func best(values []float64) (at int, size float64) {
	for i, d := range changepoint.Splits(values) {
		if i >= 2 && i <= len(values)-2 && math.Abs(d) > size {
			at, size = i, math.Abs(d)
		}
	}
	return at, size
}

// noise is a robust estimate of the standard deviation of a point, from the differences of
// neighbours.
func noise(values []float64) float64 {
	d := make([]float64, len(values)-1)
	for i := range d {
		d[i] = math.Abs(values[i+1] - values[i])
	}
	return 1.4826 * stat.Median(d) / math.Sqrt2
}

func (h *History) add(s *Series, at int, old, new float64) {
	h.Steps = append(h.Steps, Step{
		Bench: s.Bench, Unit: s.Unit, At: at, Old: old, New: new, Exact: s.Exact,
		Known: s.Direction != 0, Worse: s.Direction != 0 && (new > old) == (s.Direction < 0),
	})
}

// FirstBad is the first point at which something became worse, -1 if there is none.
func (h *History) FirstBad() int {
	for _, s := range h.Steps {
		if s.Worse {
			return s.At
		}
	}
	return -1
}
