package shared

import "github.com/vramlab/vramlab/strategies"

// core is what every wrapper is: an allocator that can check itself.
type core interface {
	strategies.Allocator
	strategies.Checker
	// home is what Home returns, or nil for the allocator itself.
	home(i int) strategies.Allocator
}

// Home is a view of a that begins every request at shard i, modulo the number of
// shards: one for each goroutine (or CPU, or client of a driver) keeps them out
// of each other's way. What one view granted any may free, and a itself too. If
// a is no allocator of [Sharded], it is its own and only view.
func Home(a strategies.Allocator, i int) strategies.Allocator {
	if c, ok := a.(core); ok {
		if view := c.home(i); view != nil {
			return view
		}
	}
	return a
}

// abilities are the optional interfaces of a wrapper; those that are nil it
// does not have.
type abilities struct {
	strategies.Counter
	strategies.Footprinter
	strategies.ClearFreer
}

// with returns c with exactly the abilities given, so that a type assertion
// tells the truth about the allocator inside.
func (a abilities) with(c core) strategies.Allocator {
	if a.ClearFreer != nil {
		return a.withClear(c)
	}
	switch {
	case a.Counter != nil && a.Footprinter != nil:
		return struct {
			core
			strategies.Counter
			strategies.Footprinter
		}{c, a.Counter, a.Footprinter}
	case a.Counter != nil:
		return struct {
			core
			strategies.Counter
		}{c, a.Counter}
	case a.Footprinter != nil:
		return struct {
			core
			strategies.Footprinter
		}{c, a.Footprinter}
	}
	return c
}

func (a abilities) withClear(c core) strategies.Allocator {
	switch {
	case a.Counter != nil && a.Footprinter != nil:
		return struct {
			core
			strategies.Counter
			strategies.Footprinter
			strategies.ClearFreer
		}{c, a.Counter, a.Footprinter, a.ClearFreer}
	case a.Counter != nil:
		return struct {
			core
			strategies.Counter
			strategies.ClearFreer
		}{c, a.Counter, a.ClearFreer}
	case a.Footprinter != nil:
		return struct {
			core
			strategies.Footprinter
			strategies.ClearFreer
		}{c, a.Footprinter, a.ClearFreer}
	}
	return struct {
		core
		strategies.ClearFreer
	}{c, a.ClearFreer}
}

// checkInner runs the check of an allocator that has one.
func checkInner(a strategies.Allocator) error {
	if k, ok := a.(strategies.Checker); ok {
		return k.Check()
	}
	return nil
}
