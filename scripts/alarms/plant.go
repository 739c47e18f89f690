package main

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"os"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// A plant makes a strategy slower by a share of its own time on each workload.
type plant struct {
	Strategy string            // its name
	Copy     string            // if not "": a copy of the strategy of that name is slow, and the strategy is not
	Steps    map[uint64]uint64 // of [spin], for each request, by the workload's mark
}

// plantVariable holds the plant of a process that runs the command.
const plantVariable = "VRAMLAB_PLANT"

// planted are the strategies with that of the plant in the environment.
func planted(text string) ([]strategies.Strategy, error) {
	var p plant
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, err
	}
	list := all.List()
	at := slices.IndexFunc(list, func(s strategies.Strategy) bool { return s.Name == p.Strategy })
	inner := list[at]
	if p.Copy != "" {
		list[at] = slowed(inner, nil)
		inner.Name = p.Copy
		return append(list, slowed(inner, p.Steps)), nil
	}
	list[at] = slowed(inner, p.Steps)
	return list, nil
}

// slowed is s with extra work in each request. Both sides of a comparison are slowed, one
// of them by nothing, so that the wrapper itself is in both.
func slowed(s strategies.Strategy, steps map[uint64]uint64) strategies.Strategy {
	inner := s
	s.Caps &^= strategies.CapClear | strategies.CapMisalignedWindow // of abilities that slow does not pass on
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := inner.New(r)
		if err != nil {
			return nil, err
		}
		return &slow{Allocator: a, region: r, all: steps}, nil
	}
	return s
}

// slow knows by the first requests which workload it is used for.
type slow struct {
	strategies.Allocator
	region strategies.Region
	all    map[uint64]uint64
	first  []strategies.Request
	steps  uint64
	last   uint64 // where the last grant lies
}

func (a *slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if len(a.first) < markLength {
		if a.first = append(a.first, r); len(a.first) == markLength {
			a.steps = a.all[mark(a.region, a.first)]
		}
	}
	// The request waits for the steps, and the steps for the grant before: a processor that
	// did them beside other work would hide some.
	r.Size += spin(a.last, a.steps) >> 63
	dst, err := a.Allocator.Alloc(dst, r)
	if len(dst) > 0 {
		a.last = dst[len(dst)-1].Start
	}
	return dst, err
}

// markLength is how many requests tell a workload from the others.
const markLength = 8

// mark tells a workload by its region and its first requests.
func mark(region strategies.Region, first []strategies.Request) uint64 {
	h := fnv.New64a()
	binary.Write(h, binary.LittleEndian, []uint64{region.Size, region.Page, region.Visible})
	for _, r := range first {
		binary.Write(h, binary.LittleEndian, []uint64{r.Size, r.Align, r.Lo, r.Hi, uint64(r.Flags)})
	}
	return h.Sum64()
}

// spin does n steps of which each needs the one before. The result is less than 2^63, if x
// is.
//
//go:noinline
func spin(x, n uint64) uint64 {
	for range n {
		x ^= x >> 7
	}
	return x &^ (1 << 63)
}

// plantOf is the plant that the environment of this process asks for.
func plantOf() (text string, ok bool) {
	text, ok = os.LookupEnv(plantVariable)
	return text, ok
}

// marksOf are the marks of the workloads by name, with the seed that a run has if none is
// given.
func marksOf() map[string]uint64 {
	marks := make(map[string]uint64)
	for _, w := range workloads.All() {
		var first []strategies.Request
		for _, op := range w.Ops(1, 0) {
			if op.Kind == workloads.Alloc && len(first) < markLength {
				first = append(first, op.Req)
			}
		}
		marks[w.Name] = mark(w.Region, first)
	}
	return marks
}
