package defrag

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Check does the moves of a plan on the state, one after the other, and returns the first rule
// that they break: each copies what the object holds to where nothing lies, where the object
// may lie, a whole object as a whole; and in the end nothing lies in the window. It knows
// nothing of how plans are made.
func (p *Plan) Check(st *State) error {
	at := make([][]strategies.Block, len(st.Objects))
	for i := range st.Objects {
		at[i] = st.Objects[i].At
	}
	total := uint64(0)
	for n, m := range p.Moves {
		if m.of < 0 || m.of >= len(at) || st.Objects[m.of].ID != m.ID {
			return fmt.Errorf("move %d: there is no allocation %d", n+1, m.ID)
		}
		obj := &st.Objects[m.of]
		if obj.Whole && (len(m.Parts) != 1 || len(at[m.of]) != 1 || m.Parts[0].Size != at[m.of][0].Size) {
			return fmt.Errorf("move %d: allocation %d lies in one piece, and is moved in parts", n+1, m.ID)
		}
		left, sum := at[m.of], uint64(0)
		var came []strategies.Block
		for _, q := range m.Parts {
			to := strategies.Block{Start: q.To, Size: q.Size}
			switch {
			case q.Size == 0 || q.From+q.Size < q.From || q.To+q.Size < q.To:
				return fmt.Errorf("move %d: a part of %d bytes", n+1, q.Size)
			case q.To < obj.Lo || to.End() > min(obj.Hi, st.Region.Managed()):
				return fmt.Errorf("move %d: allocation %d may lie in %d to %d, and not at %v", n+1, m.ID, obj.Lo, obj.Hi, to)
			case q.To%obj.Align != 0:
				return fmt.Errorf("move %d: %v is no multiple of %d", n+1, to, obj.Align)
			case meets(came, to.Start, to.End()):
				return fmt.Errorf("move %d: %v twice", n+1, to)
			}
			for i := range at {
				if meets(at[i], to.Start, to.End()) {
					return fmt.Errorf("move %d: allocation %d lies at %v", n+1, st.Objects[i].ID, to)
				}
			}
			var ok bool
			if left, ok = without(left, q.From, q.From+q.Size); !ok {
				return fmt.Errorf("move %d: allocation %d does not lie at %d+%d", n+1, m.ID, q.From, q.Size)
			}
			came = append(came, to)
			sum += q.Size
		}
		if sum != m.Bytes {
			return fmt.Errorf("move %d: copies %d bytes, and says %d", n+1, sum, m.Bytes)
		}
		total += sum
		at[m.of] = joined(append(append([]strategies.Block(nil), left...), came...))
	}
	for i := range at {
		if meets(at[i], p.Lo, p.Hi) {
			return fmt.Errorf("allocation %d lies in the window %d to %d after all moves", st.Objects[i].ID, p.Lo, p.Hi)
		}
	}
	if total != p.Bytes {
		return fmt.Errorf("the moves copy %d bytes, and the plan says %d", total, p.Bytes)
	}
	return nil
}

// without is the list less [lo, hi), all of which must lie in one of its extents.
func without(list []strategies.Block, lo, hi uint64) (out []strategies.Block, ok bool) {
	for _, b := range list {
		if lo < b.Start || hi > b.End() {
			out = append(out, b)
			continue
		}
		ok = true
		if b.Start < lo {
			out = append(out, strategies.Block{Start: b.Start, Size: lo - b.Start})
		}
		if hi < b.End() {
			out = append(out, strategies.Block{Start: hi, Size: b.End() - hi})
		}
	}
	return out, ok
}
