package rundir

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
)

// Migrations are the migration load under each lifetime of tables.
type Migrations map[LifetimeKey]*LifetimeCell

// LifetimeKey names the migration load of a strategy under one lifetime of
// its tables.
type LifetimeKey struct{ Strategy, Lifetime string }

// LifetimeCell is what that load costs: samples of times, and exact counts,
// NaN when no line has them.
type LifetimeCell struct {
	Op, P50, P99  []float64 // seconds: a migration, a capture
	Hazards       float64   // tables read after their release
	Tables, Bytes float64   // alive at the same time, at most
	Recovered     float64   // failed copies done again
	Number        int       // migrations of a sample
}

func (m Migrations) add(l line) {
	if !l.complete(schema.Strategy, schema.Lifetime) {
		return
	}
	k := LifetimeKey{l.get(schema.Strategy), l.get(schema.Lifetime)}
	c := m[k]
	if c == nil {
		nan := math.NaN()
		c = &LifetimeCell{Hazards: nan, Tables: nan, Bytes: nan, Recovered: nan}
		m[k] = c
	}
	c.Op = l.appendTime(c.Op, schema.NsPerOp)
	c.P50 = l.appendTime(c.P50, schema.CaptureP50Ns)
	c.P99 = l.appendTime(c.P99, schema.CaptureP99Ns)
	l.set(&c.Hazards, schema.Hazards)
	l.set(&c.Tables, schema.PeakTables)
	l.set(&c.Bytes, schema.PeakBytes)
	l.set(&c.Recovered, schema.Recovered)
	c.Number = l.Iters
}

// Refs are the seconds of a get of a counted table and its put, by mode.
type Refs map[string][]float64

func (m Refs) add(l line) {
	if l.complete(schema.Mode) {
		m[l.get(schema.Mode)] = l.appendTime(m[l.get(schema.Mode)], schema.NsPerOp)
	}
}
