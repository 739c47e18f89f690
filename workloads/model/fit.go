package model

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

const (
	frequent       = 100 // a size has a class of its own if one in so many requests has it
	mostConditions = 8
)

// Fit makes a model of the operations of a workload, without the requests that were refused
// when it was recorded. It has no classes if nothing is allocated.
func Fit(w *workloads.Workload, ops []workloads.Op) *Model {
	m := &Model{Name: w.Title, Region: w.Region}
	ops, _ = workloads.Served(ops, w.Denied)
	objects := lives(ops)
	m.Allocations = len(objects)
	m.Phases = max(1, min(MaxPhases, len(objects)/64))
	if n := len(w.Times); n > 0 {
		m.Seconds = float64(w.Times[n-1].Ns) / 1e9
	}
	m.note(ops, len(w.Denied))
	m.Live = m.peaks(ops, len(objects))
	known := m.conditions(objects)
	index := make(map[classKey]int)
	var keys []classKey
	sizes := count(objects, func(o object) classKey { return m.key(o, known, o.req.Size, o.req.Size) })
	for i, o := range objects {
		size := m.whole(o.req.Size)
		key := m.key(o, known, o.req.Size, o.req.Size)
		if sizes[key]*frequent < len(objects) {
			quarter := max(m.Region.Page, uint64(1)<<(bits.Len64(size)-1)/4)
			low := size &^ (quarter - 1)
			key = m.key(o, known, low, low+quarter-m.Region.Page)
		}
		c, ok := index[key]
		if !ok {
			c = len(keys)
			index[key], keys = c, append(keys, key)
			m.Classes = append(m.Classes, m.class(key))
		}
		m.Classes[c].add(o, i*m.Phases/len(objects))
	}
	slices.SortFunc(m.Classes, func(a, b Class) int {
		return cmp.Or(cmp.Compare(a.Low, b.Low), cmp.Compare(a.High, b.High), cmp.Compare(a.Req.Align, b.Req.Align),
			cmp.Compare(a.Req.Lo, b.Req.Lo), cmp.Compare(a.Req.Hi, b.Req.Hi), cmp.Compare(a.Req.Flags, b.Req.Flags))
	})
	return m
}

// object is one allocation of a trace.
type object struct {
	req     strategies.Request
	life    int // allocations that it saw; -1: it was never freed
	cleared bool
}

// lives are the allocations of ops with their lifetimes. A live extent to begin with is
// one of them, without its address.
func lives(ops []workloads.Op) []object {
	var all []object
	at := make(map[uint32]int) // by slot: index in all
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc, workloads.Live:
			req := op.Req
			if op.Kind == workloads.Live {
				req = strategies.Request{Size: req.Size}
			}
			at[op.Slot] = len(all)
			all = append(all, object{req: req, life: -1})
		case workloads.Free, workloads.FreeCleared:
			o := &all[at[op.Slot]]
			o.life, o.cleared = len(all)-1-at[op.Slot], op.Kind == workloads.FreeCleared
		}
	}
	return all
}

// peaks are the most bytes that are live in each phase.
func (m *Model) peaks(ops []workloads.Op, objects int) []uint64 {
	most, sizes := make([]uint64, m.Phases), make(map[uint32]uint64)
	now, born := uint64(0), 0
	for i := range ops {
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc, workloads.Live:
			sizes[op.Slot] = m.whole(op.Req.Size)
			now += sizes[op.Slot]
			phase := born * m.Phases / objects
			most[phase] = max(most[phase], now)
			born++
		case workloads.Free, workloads.FreeCleared:
			now -= sizes[op.Slot]
		}
	}
	return most
}

// note says what the model has not kept of ops, and of the requests that were refused.
func (m *Model) note(ops []workloads.Op, denied int) {
	trims, resets, live := 0, 0, 0
	for i := range ops {
		switch ops[i].Kind {
		case workloads.Trim:
			trims++
		case workloads.ResetDirty, workloads.ResetClear:
			resets++
		case workloads.Live:
			live++
		}
	}
	for _, n := range []struct {
		n    int
		what string
	}{
		{denied, "requests that were refused when it was recorded are left out"},
		{trims, "trims are left out"},
		{resets, "resets are left out"},
		{live, "live extents to begin with are allocations at the beginning"},
	} {
		if n.n > 0 {
			m.Notes = append(m.Notes, fmt.Sprintf("%s: %d", n.what, n.n))
		}
	}
}

// conditions are the most frequent conditions of the objects.
func (m *Model) conditions(objects []object) map[strategies.Request]bool {
	counts := count(objects, func(o object) strategies.Request { return condition(o.req) })
	all := make([]strategies.Request, 0, len(counts))
	for r := range counts {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b strategies.Request) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a.Align, b.Align), cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi), cmp.Compare(a.Flags, b.Flags))
	})
	known := make(map[strategies.Request]bool)
	rest := 0
	for i, r := range all {
		if i < mostConditions {
			known[r] = true
		} else {
			rest += counts[r]
		}
	}
	if rest > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("requests with rare conditions, which are left out: %d", rest))
	}
	return known
}

// condition is a request without its size.
func condition(r strategies.Request) strategies.Request {
	r.Size = 0
	return r
}

// classKey tells classes apart.
type classKey struct {
	low, high uint64
	req       strategies.Request
}

// key is the class of o among sizes from low to high.
func (m *Model) key(o object, known map[strategies.Request]bool, low, high uint64) classKey {
	req := condition(o.req)
	if !known[req] {
		req = strategies.Request{}
	}
	return classKey{m.whole(low), m.whole(high), req}
}

// whole rounds bytes up to pages, at least one.
func (m *Model) whole(bytes uint64) uint64 {
	page := m.Region.Page
	return min(max(page, (bytes+page-1)&^(page-1)), 1<<62)
}

func (m *Model) class(k classKey) Class {
	return Class{Low: k.low, High: k.high, Req: k.req, Phases: make([]Phase, m.Phases)}
}

// add counts an object that was allocated in a phase.
func (c *Class) add(o object, phase int) {
	p := &c.Phases[phase]
	p.Allocations++
	if o.life < 0 {
		return
	}
	k := bits.Len(uint(o.life))
	for len(p.Life) <= k {
		p.Life = append(p.Life, 0)
	}
	p.Life[k]++
	if o.cleared {
		c.Cleared++
	}
}

// count counts the objects by a key.
func count[K comparable](objects []object, key func(object) K) map[K]int {
	n := make(map[K]int)
	for _, o := range objects {
		n[key(o)]++
	}
	return n
}
