package rangemgr

// A demand is what searches of one kind, with a window or an alignment, have cost
// recently. They visit the holes that are large enough in the order of best fit;
// mostly the first or second serves, but there are regions where thousands do not.
// An index ([fitIndex]) answers in O(log^2 n) but must follow every hole that comes
// and goes, also for requests without conditions. So it is built on demand: the
// fruitless visits, less what an index would have cost since, are a debt, and a debt
// that has grown to the price of an index pays for it.
//
// A price of 32 visits a node, which is what building costs, is too high: windows
// over 65,536 holes of rising sizes stay linear for the first thousand requests.
type demand struct {
	align  uint64
	window bool
	debt   uint64 // in holes visited
	last   clock  // when the debt was last reduced
}

// A clock counts the holes that grants leave over and frees merge: nearly the
// changes that an index would have had to follow. It is the policy's own: what
// Counters reports decides nothing.
type clock uint64

const (
	leastPrice = 512 // fruitless visits before an index is built, at least
	maxDemands = 16  // kinds of searches that are remembered
	// The costs of an index in fruitless visits: of adding a node's hole, and of
	// following a change, without and with zones. Adding costs more than 1, but an
	// index that was built too early is soon dropped.
	enterCost                   = 1
	changeCost, zonedChangeCost = 12, 32
)

// demandFor is the demand of one kind of searches. Beyond maxDemands the one with
// the least debt is forgotten.
func (c *core[page]) demandFor(align uint64, window bool) *demand {
	least := 0
	for i := range c.demands {
		d := &c.demands[i]
		if d.align == align && d.window == window {
			return d
		}
		if d.debt < c.demands[least].debt {
			least = i
		}
	}
	fresh := demand{align: align, window: window, last: c.clock}
	if len(c.demands) < maxDemands {
		c.demands = append(c.demands, fresh)
		return &c.demands[len(c.demands)-1]
	}
	c.demands[least] = fresh
	return &c.demands[least]
}

// reduce takes off the debt what an index would have cost up to now.
func (d *demand) reduce(now clock) {
	cost := uint64(changeCost)
	if d.window {
		cost = zonedChangeCost
	}
	d.debt -= min(d.debt, cost*uint64(now-d.last))
	d.last = now
}

// price is the debt at which an index is built.
func (c *core[page]) price() uint64 {
	if c.eager {
		return 1
	}
	return max(enterCost*uint64(len(c.nodes))/2, leastPrice)
}
