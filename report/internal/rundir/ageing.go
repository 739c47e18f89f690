package rundir

import (
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/survival"
)

// Ageing is how long strategies served large pages, by seed.
type Ageing map[AgeKey]map[string]Aged

// AgeKey names a strategy on a region that is kept full to so many percent.
type AgeKey struct {
	Strategy string
	Fill     int
}

// Aged is one seed.
type Aged struct {
	Time   survival.Time
	Steady bool
}

func (a Ageing) add(l line) {
	if !l.complete(schema.Strategy, schema.Fill, schema.Seed) {
		return
	}
	fill, err := strconv.Atoi(l.get(schema.Fill))
	if err != nil || fill < 1 || fill > 99 {
		l.complain("fill %q is no percentage from 1 to 99", l.get(schema.Fill))
		return
	}
	ops := l.number(schema.AgedOps)
	if !(ops >= 0 && ops <= 1<<50) {
		l.complain("the line has no number of operations")
		return
	}
	k := AgeKey{l.get(schema.Strategy), fill}
	if a[k] == nil {
		a[k] = make(map[string]Aged)
	}
	a[k][l.get(schema.Seed)] = Aged{survival.Time{N: int(ops), Censored: l.number(schema.Censored) == 1}, l.number(schema.SteadyOp) > 0}
}

// Times are those of the seeds, in their order.
func (a Ageing) Times(k AgeKey) []survival.Time {
	var times []survival.Time
	for _, seed := range a[k] {
		times = append(times, seed.Time)
	}
	return survival.Sorted(times)
}
