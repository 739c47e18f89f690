package explain

import (
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/workloads/reason"
)

// ruled are the strategies that do not grant one extent, and whose rule package reason
// knows: TestAgainstAllSets holds it against all sets of objects. One extent is the
// contract itself.
var ruled = []string{"buddy", "buddy_6.11", "buddy_6.18", "buddy_7.1", "buddy_next", "buddy_lifo"}

// remedy looks for the objects without which a refused request would have been granted.
func (e *engine) remedy(m *moment) error {
	x := m.find
	switch x.Kind {
	case reason.Invalid, reason.TooBig, reason.Outside, reason.Beyond:
		a, err := e.s.New(e.Region)
		if err != nil {
			return err
		}
		_, err = a.Alloc(nil, m.req)
		x.Hopeless = err != nil
		return nil
	}
	if len(m.state.Objects) == 0 {
		x.Hopeless = true
		return nil
	}
	if n := len(m.state.Objects); n <= e.lim.Objects && e.left/m.Op >= 1<<n {
		e.allSets(m)
		return nil
	}
	e.bySets(m)
	return nil
}

// allSets tries all sets of objects, the cheapest first.
func (e *engine) allSets(m *moment) {
	n := len(m.state.Objects)
	sets := make([]reason.Set, 0, 1<<n)
	for mask := uint(1); mask < 1<<n; mask++ {
		var of []int
		for rest := mask; rest != 0; rest &= rest - 1 {
			of = append(of, bits.TrailingZeros(rest))
		}
		if s := m.state.Of(of); s.Bytes >= m.find.Least || mask == 1<<n-1 {
			sets = append(sets, s)
		}
	}
	slices.SortFunc(sets, m.state.Compare)
	for _, s := range sets {
		if e.trial(m, m.req, s.Of) == nil {
			e.proven(m, s, true)
			return
		}
	}
	m.find.Hopeless = true
}

// bySets tries the sets that the rule names, and those for larger places.
func (e *engine) bySets(m *moment) {
	x, tries := m.find, e.lim.Trials
	try := func(of []int) (granted, tried bool) {
		if tries == 0 || e.left < m.Op {
			return false, false
		}
		tries--
		return e.trial(m, m.req, of) == nil, true
	}
	exact := x.Exact && (e.rules.OnePiece || slices.Contains(ruled, e.s.Name))
	sets, done := x.Sets, 0
	for pass := range 2 {
		if pass == 1 {
			sets = reason.Try(m.state, m.req)
		}
		for _, s := range sets {
			if len(s.Of) == 0 || done > 0 && tries == 1 {
				continue // the last one is for everything
			}
			granted, tried := try(s.Of)
			if granted {
				e.proven(m, s, s.Bytes <= x.Least || exact && s.Bytes == x.Sets[0].Bytes)
				return
			}
			if tried {
				done++
			}
		}
	}
	everything := make([]int, len(m.state.Objects))
	for i := range everything {
		everything[i] = i
	}
	granted, tried := try(everything)
	x.Hopeless = tried && !granted
	x.GaveUp = !x.Hopeless && (tried || done > 0)
}

// proven notes what a replay has shown to serve.
func (e *engine) proven(m *moment, s reason.Set, cheapest bool) {
	x := m.find
	ids := m.state.IDs(s)
	x.NFrees, x.Freed, x.Proven, x.Cheapest = len(ids), s.Bytes, true, cheapest
	x.Frees = ids[:min(len(ids), reason.MostFrees)]
}
