package judge

import (
	"math"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Lifetimes are the lifetimes that were compared, the design first.
func Lifetimes(names list.Names, migrations rundir.Migrations) []string {
	var out []string
	for k := range migrations {
		if names.Index(k.Strategy) >= 0 {
			out = append(out, k.Lifetime)
		}
	}
	return list.Known(out, "refcount", "copy", "resource", "gc")
}

// Hazards are the tables read after their release under a lifetime, over all
// strategies; NaN when none of them was counted.
func Hazards(names list.Names, migrations rundir.Migrations, lifetime string) float64 {
	sum := math.NaN()
	for _, s := range names {
		c := migrations[rundir.LifetimeKey{Strategy: s, Lifetime: lifetime}]
		switch {
		case c == nil || math.IsNaN(c.Hazards):
		case math.IsNaN(sum):
			sum = c.Hazards
		default:
			sum += c.Hazards
		}
	}
	return sum
}

// MigrationsEach is the least and the greatest number of migrations of a
// sample.
func MigrationsEach(names list.Names, migrations rundir.Migrations) (lo, hi int) {
	lo = math.MaxInt
	for k, c := range migrations {
		if names.Index(k.Strategy) >= 0 {
			lo, hi = min(lo, c.Number), max(hi, c.Number)
		}
	}
	return lo, hi
}
