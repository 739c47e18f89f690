package experiment

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
)

// A Grid is what the growth of cost is measured over: every region with every
// number of live objects that it can hold. The zero Grid is none.
type Grid struct {
	Regions []uint64 // bytes, ascending
	Live    []int    // objects, ascending
}

// The default grid, and the factor from one value to the next.
const (
	DefaultGrid = "region=1GiB..1TiB,live=1e3..1e6"

	regionStep = 4
	liveStep   = 10
)

// The limits of a grid. Objects fewer than a few batches have no steady state; ten
// million take a gigabyte of the machine's memory.
const (
	minRegion = 1 << 20
	maxRegion = 1 << 50
	minLive   = 100
	maxLive   = 10_000_000
)

// ParseGrid is described at bench.ParseGrid.
func ParseGrid(text string) (Grid, error) {
	var g Grid
	for part := range strings.SplitSeq(text, ",") {
		key, value, found := strings.Cut(strings.TrimSpace(part), "=")
		var err error
		switch {
		case !found:
			return Grid{}, fmt.Errorf("sweep %q: %q is not region=RANGE or live=RANGE, as in %s", text, part, DefaultGrid)
		case key == "region" && g.Regions == nil:
			g.Regions, err = parseRange(value, regionStep, parseRegion)
		case key == "live" && g.Live == nil:
			g.Live, err = parseRange(value, liveStep, parseLive)
		case key == "region" || key == "live":
			return Grid{}, fmt.Errorf("sweep %q: %s is there twice", text, key)
		default:
			return Grid{}, fmt.Errorf("sweep %q: no part %q (have: region, live)", text, key)
		}
		if err != nil {
			return Grid{}, fmt.Errorf("sweep %q: %s: %w", text, key, err)
		}
	}
	return g.Completed(), nil
}

// Completed is g with the missing parts from [DefaultGrid].
func (g Grid) Completed() Grid {
	if g.Regions != nil && g.Live != nil {
		return g
	}
	all, err := ParseGrid(DefaultGrid)
	if err != nil {
		panic(err) // it is a constant
	}
	if g.Regions == nil {
		g.Regions = all.Regions
	}
	if g.Live == nil {
		g.Live = all.Live
	}
	return g
}

// parseRange reads LO..HI or one value. It returns LO, then values each step times
// the one before, and HI at the end.
func parseRange[T int | uint64](text string, step T, parse func(string) (T, error)) ([]T, error) {
	first, last, isRange := strings.Cut(text, "..")
	lo, err := parse(first)
	if err != nil || !isRange {
		return []T{lo}, err
	}
	hi, err := parse(last)
	switch {
	case err != nil:
		return nil, err
	case hi < lo:
		return nil, fmt.Errorf("%s is less than %s: a range is LO..HI", last, first)
	}
	var values []T
	for ; lo < hi; lo *= step {
		values = append(values, lo)
	}
	return append(values, hi), nil
}

var regionUnits = [...]string{"KiB", "MiB", "GiB", "TiB"}

// parseRegion reads a number of bytes with its unit.
func parseRegion(text string) (uint64, error) {
	for i, unit := range regionUnits {
		digits, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 64)
		shift := 10 * (i + 1)
		switch {
		case err != nil || bits.Len64(n)+shift > 64:
			return 0, fmt.Errorf("%q is not a whole number of %s", text, unit)
		case n<<shift < minRegion || n<<shift > maxRegion:
			return 0, fmt.Errorf("%q is not between %s and %s", text, schema.FormatSize(minRegion), schema.FormatSize(maxRegion))
		}
		return n << shift, nil
	}
	return 0, fmt.Errorf("%q has none of the units %s", text, strings.Join(regionUnits[:], ", "))
}

// parseLive reads a number of objects, 1000 or 1e3.
func parseLive(text string) (int, error) {
	mantissa, exponent, scaled := strings.Cut(text, "e")
	n, err := strconv.ParseUint(mantissa, 10, 32)
	zeros := uint64(0)
	if err == nil && scaled {
		zeros, err = strconv.ParseUint(exponent, 10, 8)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a number of objects like 1000 or 1e3", text)
	}
	for ; zeros > 0 && n <= maxLive; zeros-- {
		n *= 10
	}
	if n < minLive || n > maxLive {
		return 0, fmt.Errorf("%q is not between %d and %d objects", text, minLive, maxLive)
	}
	return int(n), nil
}

// A point of a grid is a region and a number of objects that live in it.
type point struct {
	region uint64
	live   int
}

// points are the combinations whose region can hold the objects.
func (g Grid) points() []point {
	var points []point
	for _, region := range g.Regions {
		for _, live := range g.Live {
			if p := (point{region, live}); p.holds() {
				points = append(points, p)
			}
		}
	}
	return points
}

// Check reports a grid without a point.
func (g Grid) Check() error {
	if (len(g.Regions) == 0) != (len(g.Live) == 0) {
		return errors.New("sweep: a grid has regions and numbers of objects, or neither")
	}
	if len(g.Regions) == 0 || len(g.points()) > 0 {
		return nil
	}
	return fmt.Errorf("sweep: no region of at most %s holds %d objects of 37.2 KiB on average, the least there are, at %d %%",
		schema.FormatSize(g.Regions[len(g.Regions)-1]), g.Live[0], fillPercent)
}
