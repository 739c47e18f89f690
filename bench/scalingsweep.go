package bench

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// A Sweep is what the growth of cost is measured over: every region with every
// number of live objects, as far as the one can hold the other. The zero Sweep
// is none.
type Sweep struct {
	Regions []uint64 // bytes, ascending
	Live    []int    // objects, ascending
}

// The default sweep, and the factor from one value to the next.
const (
	DefaultSweep = "region=1GiB..1TiB,live=1e3..1e6"

	regionStep = 4
	liveStep   = 10
)

// What a sweep may contain. Fewer objects than a few batches have no steady
// state; ten million take a gigabyte.
const (
	minSweepRegion = 1 << 20
	maxSweepRegion = 1 << 50
	minSweepLive   = 100
	maxSweepLive   = 10_000_000
)

// ParseSweep reads a sweep as a command line states it:
//
//	region=1GiB..1TiB,live=1e3..1e6
//
// Each part is one value or the first and the last of a range, of which the
// values between are four times (region) or ten times (live) the one before.
// A part that is left out is that of [DefaultSweep]. Regions have a unit, KiB
// to TiB; numbers of objects are plain or have an exponent, 5e4.
func ParseSweep(text string) (Sweep, error) {
	var s Sweep
	for part := range strings.SplitSeq(text, ",") {
		key, value, found := strings.Cut(strings.TrimSpace(part), "=")
		var err error
		switch {
		case !found:
			return Sweep{}, fmt.Errorf("sweep %q: %q is not region=RANGE or live=RANGE, as in %s", text, part, DefaultSweep)
		case key == "region" && s.Regions == nil:
			s.Regions, err = parseRange(value, regionStep, parseRegion)
		case key == "live" && s.Live == nil:
			s.Live, err = parseRange(value, liveStep, parseLive)
		case key == "region" || key == "live":
			return Sweep{}, fmt.Errorf("sweep %q: %s is there twice", text, key)
		default:
			return Sweep{}, fmt.Errorf("sweep %q: no part %q (have: region, live)", text, key)
		}
		if err != nil {
			return Sweep{}, fmt.Errorf("sweep %q: %s: %w", text, key, err)
		}
	}
	return s.completed(), nil
}

// completed is s with the parts of the default for those left out.
func (s Sweep) completed() Sweep {
	if s.Regions != nil && s.Live != nil {
		return s
	}
	all, err := ParseSweep(DefaultSweep)
	if err != nil {
		panic(err) // it is a constant
	}
	if s.Regions == nil {
		s.Regions = all.Regions
	}
	if s.Live == nil {
		s.Live = all.Live
	}
	return s
}

// parseRange reads LO..HI or one value and returns the values from LO on, each
// step times the one before, up to HI, which is always the last.
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
		case n<<shift < minSweepRegion || n<<shift > maxSweepRegion:
			return 0, fmt.Errorf("%q is not between %s and %s", text, sizeName(minSweepRegion), sizeName(maxSweepRegion))
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
	for ; zeros > 0 && n <= maxSweepLive; zeros-- {
		n *= 10
	}
	if n < minSweepLive || n > maxSweepLive {
		return 0, fmt.Errorf("%q is not between %d and %d objects", text, minSweepLive, maxSweepLive)
	}
	return int(n), nil
}

// A place in a sweep: a region and the objects that live in it.
type sweepPoint struct {
	region uint64
	live   int
}

// points are the combinations of s in which the region can hold the objects.
func (s Sweep) points() []sweepPoint {
	var points []sweepPoint
	for _, region := range s.Regions {
		for _, live := range s.Live {
			if p := (sweepPoint{region, live}); p.holds() {
				points = append(points, p)
			}
		}
	}
	return points
}

// Check reports a sweep of which nothing can be measured.
func (s Sweep) Check() error {
	if len(s.Regions)+len(s.Live) == 0 || len(s.points()) > 0 {
		return nil
	}
	return fmt.Errorf("sweep: no region of at most %s holds %d objects of 37.2 KiB on average, the least there are, at %d %%",
		sizeName(s.Regions[len(s.Regions)-1]), s.Live[0], sweepFill)
}
