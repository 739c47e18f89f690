package strategytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// op is one step of a program: an allocation, or a free of one of the grants
// that are live then. Because the grant is chosen by a number modulo how many
// there are, a program stays a program when steps are taken out of it.
type op struct {
	req     strategies.Request // of an allocation
	pick    uint32             // of a free
	free    bool
	cleared bool // free as zero, where the strategy can
}

// machine runs programs on an allocator.
type machine struct {
	*probe
	live []holding
	past []event
	ids  uint64
	log  func(blocks []strategies.Block, err error) // sees every result, may be nil
}

// holding is a live grant under the id that the printed trace gives it.
type holding struct {
	id     uint64
	blocks []strategies.Block
}

// event is a step that was run, as it stands in a trace.
type event struct {
	op
	id uint64
}

// run runs ops and then frees everything. What the allocator or its shadow
// panics with comes back as an error.
func (m *machine) run(ops []op) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = asError(broken)
		}
	}()
	for _, o := range ops {
		m.step(o)
	}
	for len(m.live) > 0 {
		m.step(op{free: true})
	}
	m.empty("after everything was given back")
	m.selfCheck()
	return nil
}

func (m *machine) step(o op) {
	if !o.free {
		m.alloc(o)
		return
	}
	if len(m.live) == 0 {
		return
	}
	i := int(o.pick) % len(m.live)
	h := m.live[i]
	m.live = slices.Delete(m.live, i, i+1)
	m.past = append(m.past, event{o, h.id})
	if clearer, ok := strategies.As[strategies.ClearFreer](m.a); ok && o.cleared {
		clearer.FreeCleared(h.blocks)
	} else {
		m.a.Free(h.blocks)
	}
}

func (m *machine) alloc(o op) {
	m.past = append(m.past, event{o, m.ids})
	blocks, err := m.a.Alloc(nil, o.req)
	if err == nil {
		m.live = append(m.live, holding{m.ids, blocks})
	} else {
		m.lacks(o.req, err)
	}
	if m.log != nil {
		m.log(blocks, err)
	}
	m.ids++
}

// lacks demands that a refused request for one page had no page to go to.
func (p *probe) lacks(r strategies.Request, err error) {
	lo, hi := uint64(0), p.managed()
	if r.Flags&strategies.Range != 0 {
		lo, hi = r.Lo, r.Hi
		if hi == 0 {
			hi = p.managed()
		}
	}
	strange := r.Align > p.region.Page || r.Align%p.region.Page != 0 || hi > p.managed()
	unable := !p.takesAll() || r.Flags&strategies.Range != 0 && !p.can(strategies.CapWindow)
	if r.Size != p.region.Page || strange || unable {
		return
	}
	for _, b := range p.free() {
		if holdsPage(max(b.Start, lo), min(b.End(), hi), p.region.Page) {
			p.failf("%v was refused (%v) with free: %s", r, err, show(p.free()))
		}
	}
}

// holdsPage reports whether a whole page lies in [lo, hi). Free memory may come
// in smaller pieces where a strategy grants such.
func holdsPage(lo, hi, page uint64) bool {
	lo = (lo + page - 1) &^ (page - 1)
	return lo < hi && hi-lo >= page
}

// play runs ops on a new allocator of s under Checked.
func play(s strategies.Strategy, region strategies.Region, ops []op) ([]event, error) {
	a, err := strategies.Checked(s).New(region)
	if err != nil {
		return nil, fmt.Errorf("no allocator: %w", err)
	}
	m := &machine{probe: &probe{s, region, a}}
	err = m.run(ops)
	return m.past, err
}

// shrink takes steps out of a program that fails for as long as it still fails.
func shrink(s strategies.Strategy, region strategies.Region, ops []op) []op {
	return reduce(ops, func(ops []op) bool {
		_, err := play(s, region, ops)
		return err != nil
	})
}

// reduce takes steps out, in ever smaller pieces, for as long as what is left
// fails. It gives up after a thousand tries.
func reduce[S any](steps []S, fails func([]S) bool) []S {
	const tries = 1000
	n := 0
	for size := len(steps) / 2; size > 0; size /= 2 {
		for at := 0; at+size <= len(steps) && n < tries; n++ {
			if fewer := slices.Concat(steps[:at], steps[at+size:]); fails(fewer) {
				steps = fewer
			} else {
				at += size
			}
		}
	}
	return steps
}

// explain runs a program that fails once more, as short as it can be made, and
// returns what happened with the program as a trace.
func explain(s strategies.Strategy, region strategies.Region, ops []op) error {
	short := shrink(s, region, ops)
	past, err := play(s, region, short)
	if err == nil {
		return errors.New("a program failed, and did not when it was run again: the strategy is not deterministic")
	}
	return fmt.Errorf("%w\nThe program, reduced from %d operations; the last line is where it failed:\n%s", err, len(ops), listing(region, past))
}

// listing is what was run as a trace.
func listing(region strategies.Region, past []event) string {
	var text strings.Builder
	w := trace.NewWriter(&text, region)
	for _, e := range past {
		if e.free {
			w.Free(e.id, e.cleared)
		} else {
			w.Alloc(e.id, e.req)
		}
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}
