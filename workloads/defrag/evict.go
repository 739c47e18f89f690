package defrag

import (
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/workloads/explain"
)

// Eviction is what making room by eviction costs.
type Eviction struct {
	Objects int    `json:"objects"` // evicted, the oldest first
	Bytes   uint64 `json:"bytes"`   // of them: written out, and read back if they are used again
	Granted bool   `json:"granted"` // in the end; if not, eviction does not help
}

// evict replays the stream up to the operation and makes the request. If it is refused, what is
// live is handed to a manager of package ttm as if that had allocated it, and the manager
// makes the request. What was granted first is evicted first: a stream does not say when
// memory is used.
func evict(st *explain.Stream, s strategies.Strategy, op int, r strategies.Request) (errno string, out *Eviction, err error) {
	x, err := newSession(st, s, 0)
	if err != nil {
		return "", nil, err
	}
	x.to(op)
	_, err = x.a.Alloc(nil, r)
	if err == nil {
		return "", nil, nil
	}
	if errno = strategies.Errno(err); errno == "" {
		return "", nil, fmt.Errorf("%s: operation %d: %w", s.Name, op, err)
	}
	out, err = x.evict(s, r)
	return errno, out, err
}

// evict has a manager make the request.
func (x *session) evict(s strategies.Strategy, r strategies.Request) (*Eviction, error) {
	out := new(Eviction)
	take := &taking{Allocator: x.a}
	s.New = func(strategies.Region) (strategies.Allocator, error) { return take, nil }
	m, err := ttm.New(s, x.Region, ttm.Options{Evict: func(victim *ttm.Resource) error {
		out.Objects++
		out.Bytes += victim.Size()
		return nil
	}})
	if err != nil {
		return nil, err
	}
	var slots []uint32
	for slot := range x.live.Slots() {
		if len(x.live.Held(uint32(slot))) > 0 {
			slots = append(slots, uint32(slot))
		}
	}
	slices.SortFunc(slots, func(a, b uint32) int { return int(x.born[a]) - int(x.born[b]) })
	objects := make([]ttm.Resource, len(slots))
	for i, slot := range slots {
		take.held = x.live.Held(slot)
		size := uint64(0)
		for _, b := range take.held {
			size += b.Size
		}
		if err := m.Alloc(&objects[i], ttm.Request{Size: size, NoEvict: true}); err != nil {
			return nil, err
		}
	}
	take.held = nil
	place := ttm.Place{Flags: r.Flags &^ strategies.Range}
	if r.Flags&strategies.Range != 0 {
		place.Lo, place.Hi = r.Lo, r.Hi
	}
	err = m.Alloc(new(ttm.Resource), ttm.Request{Size: r.Size, Align: r.Align, Places: []ttm.Place{place}})
	out.Granted = err == nil
	return out, nil
}

// taking is an allocator that first grants what it granted before.
type taking struct {
	strategies.Allocator
	held []strategies.Block // the next grant; nil: none
}

func (t *taking) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if t.held != nil {
		return append(dst, t.held...), nil
	}
	return t.Allocator.Alloc(dst, r)
}
