package reason

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// State is what is live at one moment.
type State struct {
	Region  strategies.Region
	Objects []Object // At is not used
	Pieces  []Piece  // of the objects, disjoint, ascending
}

// Piece is a run of addresses of one object.
type Piece struct {
	Start, Size uint64
	Of          int // index in Objects
}

// End is the first address behind the piece.
func (p Piece) End() uint64 { return p.Start + p.Size }

// Sort puts the pieces into their order and joins those of an object that adjoin.
func (s *State) Sort() {
	slices.SortFunc(s.Pieces, func(a, b Piece) int { return cmp.Compare(a.Start, b.Start) })
	out := s.Pieces[:0]
	for _, p := range s.Pieces {
		if n := len(out); n > 0 && out[n-1].Of == p.Of && out[n-1].End() == p.Start {
			out[n-1].Size += p.Size
			continue
		}
		out = append(out, p)
	}
	s.Pieces = out
}

// holes yields the free extents inside [lo, hi), ascending.
func (s *State) holes(lo, hi uint64, yield func(from, to uint64)) {
	at := uint64(0)
	hole := func(to uint64) {
		if from, to := max(at, lo), min(to, hi); from < to {
			yield(from, to)
		}
	}
	for _, p := range s.Pieces {
		if p.Start > at {
			hole(p.Start)
		}
		at = max(at, p.End())
	}
	if managed := s.Region.Managed(); at < managed {
		hole(managed)
	}
}

// firstEndingAfter is the first piece that ends behind the address.
func (s *State) firstEndingAfter(addr uint64) int {
	i, _ := slices.BinarySearchFunc(s.Pieces, addr, func(p Piece, a uint64) int {
		if p.End() <= a {
			return -1
		}
		return 1
	})
	return i
}

// in are the objects that reach into [lo, hi), in the order of their addresses.
func (s *State) in(lo, hi uint64) (set []int) {
	seen := make(map[int]bool)
	for i := s.firstEndingAfter(lo); i < len(s.Pieces) && s.Pieces[i].Start < hi; i++ {
		if of := s.Pieces[i].Of; !seen[of] {
			seen[of] = true
			set = append(set, of)
		}
	}
	return set
}

// room is the free extent around [lo, hi) inside the limits, if what lies in it were gone.
func (s *State) room(set []int, lo, hi, low, high uint64) uint64 {
	gone := make(map[int]bool)
	for _, o := range set {
		gone[o] = true
	}
	from, to := low, high
	at := s.firstEndingAfter(lo)
	for i := at - 1; i >= 0; i-- {
		if p := s.Pieces[i]; !gone[p.Of] {
			from = max(from, p.End())
			break
		}
	}
	for i := at; i < len(s.Pieces); i++ {
		if p := s.Pieces[i]; !gone[p.Of] {
			to = min(to, p.Start)
			break
		}
	}
	return to - min(from, to)
}

// A Set is objects that could be freed, as indices in the state, ascending.
type Set struct {
	Of    []int
	Bytes uint64 // of the whole objects
	at    uint64 // the place that they were found for
}

// set makes a Set of objects.
func (s *State) set(of []int, at uint64) Set {
	out := Set{Of: slices.Sorted(slices.Values(of)), at: at}
	for _, o := range out.Of {
		out.Bytes += s.Objects[o].Bytes
	}
	return out
}

// Of is the Set of these objects.
func (s *State) Of(of []int) Set { return s.set(of, 0) }

// IDs are the ids of a set, ascending.
func (s *State) IDs(set Set) []uint64 {
	ids := make([]uint64, len(set.Of))
	for i, o := range set.Of {
		ids[i] = s.Objects[o].ID
	}
	slices.Sort(ids)
	return ids
}

// Compare orders sets by bytes, then by the number of objects, then by their ids.
func (s *State) Compare(a, b Set) int {
	if c := cmp.Or(cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(len(a.Of), len(b.Of))); c != 0 {
		return c
	}
	return slices.Compare(s.IDs(a), s.IDs(b))
}

func roundUp(v, align uint64) uint64 {
	if r := v % align; r != 0 {
		if v > ^uint64(0)-(align-r) {
			return ^uint64(0)
		}
		return v + align - r
	}
	return v
}
