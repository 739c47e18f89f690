package managed

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
)

// rounds makes a long search of the comparison:
//
//	go test ./workloads/managed -run AgainstModel -timeout 0 -rounds 1000
var rounds = flag.Int("rounds", 25, "seeds of each comparison with the model")

const page = 4096

// model is the slow, obvious replay: memory is an array of pages, first fit is a loop over
// it, the list of the least recently used is sorted by time, and every count is made anew.
type model struct {
	scatter bool
	limits  []uint64
	owner   []int        // by page: the object there, 0 for none, gone for a page that is out of use
	bad     map[int]bool // pages that went bad, in use perhaps
	visible int          // pages
	things  map[int]*thing
	clock   int
	evicted bool
	r       Result
}

// gone owns pages that are out of use.
const gone = -1

// thing is a live object, by its slot + 1.
type thing struct {
	pages   int
	rule    *rule
	flags   strategies.Flags
	used    int
	in      bool // in the region
	inside  bool // granted in the visible part alone
	nowhere bool
}

// fit is first fit below a limit, from above for top-down. It returns the pages or nil.
func (m *model) fit(pages, limit int, flags strategies.Flags) (at []int) {
	order := make([]int, limit)
	for i := range order {
		order[i] = i
		if flags&strategies.TopDown != 0 {
			order[i] = limit - 1 - i
		}
	}
	whole := !m.scatter || flags&strategies.Contiguous != 0
	for _, i := range order {
		switch free := m.owner[i] == 0; {
		case free && len(at) < pages:
			at = append(at, i)
		case !free && whole && len(at) < pages:
			at = nil
		}
	}
	if len(at) < pages {
		return nil
	}
	return at
}

// visibleFree is what the manager counts as free in the visible part: an object granted
// there counts with its size, another one with its pages there.
func (m *model) visibleFree() int {
	n := m.visible
	for _, o := range m.owner[:m.visible] {
		if o == gone {
			n--
		}
	}
	for id, t := range m.things {
		switch {
		case !t.in:
		case t.inside:
			n -= t.pages
		default:
			for _, o := range m.owner[:m.visible] {
				if o == id {
					n--
				}
			}
		}
	}
	return n
}

// exceeds reports whether an object is more than what the limit of its rule leaves.
func (m *model) exceeds(id int) bool {
	limit, n := m.limits[m.things[id].rule.number], 0
	for other, t := range m.things {
		if t.rule == m.things[id].rule && (t.in || other == id) {
			n += t.pages
		}
	}
	return limit > 0 && uint64(n)*page > limit
}

func (m *model) count(id int) (n int) {
	for _, o := range m.owner {
		if o == id {
			n++
		}
	}
	return n
}

// limit is the number of pages that a place has.
func (m *model) limit(p place) int {
	if p.visible {
		return m.visible
	}
	return len(m.owner)
}

// put tries a place without eviction.
func (m *model) put(id int, p place) error {
	t := m.things[id]
	limit := m.limit(p)
	switch {
	case t.pages == 0:
		return strategies.ErrInvalid
	case t.pages > limit:
		return strategies.ErrTooBig
	case m.exceeds(id), limit <= m.visible && t.pages > m.visibleFree():
		return strategies.ErrNoSpace
	}
	at := m.fit(t.pages, limit, t.flags|p.flags)
	if at == nil {
		return strategies.ErrNoSpace
	}
	for _, i := range at {
		m.owner[i] = id
	}
	t.in, t.inside, t.used = true, limit <= m.visible, m.clock
	m.clock++
	return nil
}

// lru are the objects in the region, the lowest priority and then the least recently used first.
func (m *model) lru() (ids []int) {
	for id, t := range m.things {
		if t.in {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b int) int {
		x, y := m.things[a], m.things[b]
		return cmp.Or(int(x.rule.priority)-int(y.rule.priority), x.used-y.used)
	})
	return ids
}

// make makes room for id at a place: among the objects of its rule, if their limit refuses it,
// and among all, if that was not all that refused it.
func (m *model) make(id int, p place) error {
	err := m.put(id, p)
	if limit := m.limits[m.things[id].rule.number]; err != strategies.ErrNoSpace || limit > 0 && uint64(m.things[id].pages)*page > limit {
		return err
	}
	if m.exceeds(id) {
		before := m.r.Evicted()
		if err := m.walk(id, p, true); err != strategies.ErrNoSpace || m.exceeds(id) || m.r.Evicted() == before {
			return err
		}
	}
	return m.walk(id, p, false)
}

// walk evicts for id, only objects of its rule or any.
func (m *model) walk(id int, p place, own bool) error {
	for _, victim := range m.lru() {
		m.r.Looked++
		small := p.visible && m.visible < len(m.owner)
		if small && !m.touches(victim) || own && m.things[victim].rule != m.things[id].rule {
			continue
		}
		m.r.Out[m.cause(id, small)].add(uint64(m.things[victim].pages) * page)
		m.evicted = true
		m.clear(victim)
		if err := m.put(id, p); err != strategies.ErrNoSpace {
			return err
		}
	}
	return strategies.ErrNoSpace
}

// touches reports whether an object counts in the visible part.
func (m *model) touches(id int) bool {
	return m.things[id].inside || slices.Contains(m.owner[:m.visible], id)
}

func (m *model) clear(id int) {
	for i, o := range m.owner {
		if o == id {
			if m.owner[i] = 0; m.bad[i] {
				m.owner[i] = gone
			}
		}
	}
	m.things[id].in = false
}

// cause follows the words of Cause.
func (m *model) cause(id int, visible bool) Cause {
	need := m.things[id].pages
	all, confined, own := need, need, need
	for i := range m.bad {
		all++
		if i < m.visible {
			confined++
		}
	}
	for _, t := range m.things {
		if t.in {
			all += t.pages
			if t.rule == m.things[id].rule {
				own += t.pages
			}
			if !slices.ContainsFunc(t.rule.places, func(p place) bool { return !p.visible }) {
				confined += t.pages
			}
		}
	}
	free := m.count(0)
	window := free
	if visible {
		window = m.visibleFree()
	}
	limit := m.limits[m.things[id].rule.number]
	switch {
	case all > len(m.owner), visible && confined > m.visible, limit > 0 && uint64(own)*page > limit:
		return Capacity
	case window >= need:
		return Broken
	case free >= need:
		return Occupied
	}
	return Rounded
}

// find is a request by its rule.
func (m *model) find(id int, gentle bool) error {
	err := error(strategies.ErrNoSpace)
	for _, p := range m.things[id].rule.places {
		if err = m.put(id, p); err != strategies.ErrNoSpace && !errors.Is(err, strategies.ErrTooBig) {
			return err
		}
	}
	for _, p := range m.things[id].rule.places {
		if gentle || p.desired {
			continue
		}
		if err = m.make(id, p); err != strategies.ErrNoSpace && !errors.Is(err, strategies.ErrTooBig) {
			return err
		}
	}
	return err
}

// do does a step of a plan.
func (m *model) do(p *Plan, s step) {
	id := int(s.slot) + 1
	t := m.things[id]
	if s.do == create || s.do == attempt || s.do == fallback && t.nowhere {
		o := p.objects[s.object]
		t = &thing{pages: int(o.size / page), rule: o.rule, flags: o.flags}
		m.things[id] = t
		if s.do != fallback {
			m.r.Requests++
			m.r.Asked += o.size
		}
		m.evicted = false
		err := m.find(id, s.do == attempt)
		switch {
		case err == nil && m.evicted:
			m.r.Evicting++
		case err == nil:
			m.r.First++
		case s.do == attempt:
			t.nowhere = true
		case t.rule.system && !errors.Is(err, strategies.ErrInvalid):
			m.r.System++
		default:
			t.nowhere = true
			m.r.Refused++
		}
		return
	}
	switch {
	case s.do == drop || s.do == dropZero:
		m.clear(id)
		delete(m.things, id)
	case s.do != use || t.nowhere:
	case t.in:
		m.r.Uses++
		t.used = m.clock
		m.clock++
	default:
		m.r.Uses++
		if m.find(id, false) == nil {
			m.r.In.add(uint64(t.pages) * page)
		} else if len(t.rule.places) > 0 {
			m.r.Missed++
		}
	}
}

// replay replays a plan on the model.
func replay(p *Plan, scatter bool) Result {
	m := &model{scatter: scatter, limits: p.limits, owner: make([]int, p.Region.Size/page), bad: make(map[int]bool), things: make(map[int]*thing)}
	if m.visible = int(p.Region.Visible / page); m.visible == 0 {
		m.visible = len(m.owner)
	}
	for i, s := range p.steps {
		for n, at := range p.bad {
			if i == (n+1)*len(p.steps)/(len(p.bad)+1) {
				m.bad[int(at/page)] = true
				if m.owner[at/page] == 0 {
					m.owner[at/page] = gone
				}
			}
		}
		m.do(p, s)
	}
	for _, t := range m.things {
		if !t.in && !t.nowhere {
			m.r.Left.add(uint64(t.pages) * page)
		}
	}
	return m.r
}

// random is a stream on a region of 64 pages, with requests of all kinds.
func random(seed uint64, n int) (strategies.Region, []workloads.Op) {
	rng := rand.New(rand.NewPCG(seed, 1))
	region := strategies.Region{Size: 64 * page, Page: page}
	if seed%2 == 0 {
		region.Visible = 24 * page
	}
	var ops []workloads.Op
	live := make([]bool, 40)
	for len(ops) < n {
		slot := uint32(rng.IntN(len(live)))
		switch {
		case live[slot] && rng.IntN(8) == 0:
			ops = append(ops, workloads.Op{Kind: workloads.Trim, Slot: slot, Req: strategies.Request{Size: page}})
		case live[slot]:
			ops = append(ops, workloads.Op{Kind: workloads.Free + workloads.Kind(rng.IntN(2)), Slot: slot})
			live[slot] = false
		default:
			r := strategies.Request{Size: uint64(rng.IntN(6*page) + rng.IntN(2)), Flags: strategies.Flags(rng.IntN(16))}
			if rng.IntN(30) == 0 {
				r.Size *= 12 // more than the visible part, or the region
			}
			if r.Flags&strategies.Range != 0 {
				r.Hi = 24 * page
			}
			live[slot] = true
			ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: r})
			if rng.IntN(4) == 0 {
				r.Flags &^= strategies.Contiguous
				ops = append(ops, workloads.Op{Kind: workloads.Fallback, Slot: slot, Req: r})
			}
		}
	}
	return region, ops
}

// mixes are placements that differ in kind.
var mixes = []string{
	Default,
	"vram",
	"visible,vram+topdown,system",
	"bar=40%; mapped:visible; min=8KiB&share=50%:vram+desired,system; topdown:visible,vram; vram+contiguous",
	"contiguous:visible+desired,vram; share=10%:system; max=4096:vram+desired; visible,vram",
	"system",
	"min=12KiB:vram,priority=2; topdown:vram,priority=1,system; vram",
	"min=12KiB:vram,limit=30%,system; mapped:visible,limit=20%,priority=3; vram,limit=40%",
	"bar=40%; bad=12; mapped:visible; share=30%:vram,limit=10%,priority=1,system; vram",
}

// TestAgainstModel replays random streams on both reference strategies and on the model. All
// that is counted is the same.
func TestAgainstModel(t *testing.T) {
	seen := Result{}
	for seed := range uint64(*rounds) {
		region, ops := random(seed, 300)
		for i, text := range mixes {
			placements, err := ParsePlacements(text)
			if err != nil {
				t.Fatal(err)
			}
			c := Config{placements, []Pressure{25, 60, 80, 100, 130}[(seed+uint64(i))%5], seed}
			p, err := NewPlan(region, ops, c)
			if text == "system" {
				if err == nil {
					t.Fatal("a plan of a region for nothing")
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []strategies.Strategy{strategytest.Reference, strategytest.Scattering} {
				got, err := p.Run(t.Context(), strategies.Checked(s), Options{Check: 1})
				if err != nil {
					t.Fatal(err)
				}
				if want := replay(p, s.Caps.Has(strategies.CapScatter)); got != want {
					t.Fatalf("seed %d, %q at %v, %s on %v:\n%+v, the model\n%+v", seed, text, c.Pressure, s.Name, p.Region, got, want)
				}
				for cause := range seen.Out {
					seen.Out[cause].Objects += got.Out[cause].Objects
				}
				seen.In.Objects, seen.System, seen.Missed, seen.Refused = seen.In.Objects+got.In.Objects, seen.System+got.System, seen.Missed+got.Missed, seen.Refused+got.Refused
			}
		}
	}
	for cause, m := range seen.Out {
		if m.Objects == 0 && Cause(cause) != Rounded { // first fit grants what was asked for
			t.Errorf("nothing was evicted for %v", Cause(cause))
		}
	}
	if seen.In.Objects == 0 || seen.System == 0 || seen.Missed == 0 || seen.Refused == 0 {
		t.Errorf("the streams never had %+v", seen)
	}
}

// TestLaws holds the conservation of objects and bytes on real workloads, and that a replay
// is the same again.
func TestLaws(t *testing.T) {
	for _, name := range []string{"gfx", "window", "contigfirst", "vk_chromegpu_resource"} {
		w, ok := workloads.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		ops, _ := workloads.Served(w.Ops(3, 4000), w.Denied)
		for _, pressure := range []Pressure{50, 100} {
			plan := func() *Plan {
				p, err := NewPlan(w.Region, ops, Config{Pressure: pressure, Seed: 7})
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			p := plan()
			for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
				r, err := p.Run(t.Context(), s, Options{Check: 500})
				if err != nil {
					t.Fatal(err)
				}
				again, err := plan().Run(t.Context(), s, Options{})
				if r != again || err != nil {
					t.Errorf("%s at %v on %s: %+v, and again %+v, %v", name, pressure, s.Name, r, again, err)
				}
				all, what := r.Evicted(), fmt.Sprintf("%s at %v on %s: %+v", name, pressure, s.Name, r)
				if r.Requests != r.First+r.Evicting+r.System+r.Refused {
					t.Error(what + ": the requests are not the sum of their outcomes")
				}
				if r.In.Bytes > all.Bytes || r.In.Objects > all.Objects || r.Left.Bytes > all.Bytes-r.In.Bytes || r.Left.Objects > all.Objects-r.In.Objects {
					t.Error(what + ": more came back, or is left in system memory, than was evicted")
				}
				if uint64(all.Objects) > r.Looked || r.Evicting > all.Objects {
					t.Error(what + ": evictions without a look")
				}
				if spared := r.Spared(); pressure == 100 && spared != all {
					t.Error(what + ": an eviction for capacity in a region of the peak")
				}
				if pressure == 50 && r.Out[Capacity].Objects+r.Out[Broken].Objects == 0 {
					t.Error(what + ": half of the peak evicts nothing")
				}
			}
		}
	}
}

// TestStops: a replay ends with its context.
func TestStops(t *testing.T) {
	region, ops := random(1, 300)
	p, err := NewPlan(region, ops, Config{Pressure: 80})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, buddy.Strategy, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r, err := p.Run(t.Context(), buddy.Strategy, Options{Holds: true})
	if err != nil || r.Holds.Alloc.Count() == 0 || r.Holds.Free.Count() == 0 || r.Holds.Walk.Count() == 0 {
		t.Errorf("%v, hold times %v %v %v", err, &r.Holds.Alloc, &r.Holds.Free, &r.Holds.Walk)
	}
}

// TestUses holds what the package says of uses: half of them at least are of the younger
// half of what is live, and old objects are used too.
func TestUses(t *testing.T) {
	w, _ := workloads.Lookup("steady")
	ops := w.Ops(1, 8000) // 6,144 MiB in objects of 690 KiB: none is freed yet
	p, err := NewPlan(w.Region, ops, Config{Pressure: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	born := make(map[uint32]int)
	n, uses, young := 0, 0, 0
	var ages [14]int
	for _, s := range p.steps {
		switch s.do {
		case create:
			born[s.slot] = n
			n++
		case use:
			uses++
			age := n - born[s.slot] // from 1 on
			ages[bits.Len(uint(age))]++
			if 2*age < n {
				young++
			}
		}
	}
	if uses < 3*len(ops) || 2*young < uses {
		t.Errorf("%d uses of %d operations, %d of the younger half", uses, len(ops), young)
	}
	if ages[12] == 0 || ages[12] > ages[6] {
		t.Errorf("uses by power of two of the age: %v", ages)
	}
}
