package reason

import (
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Rules is what is known of how a strategy grants. Of one that nothing is known of, both of
// a pair of opposites are false.
type Rules struct {
	Scatters bool // grants a request as blocks that lie apart
	OnePiece bool // grants adjoining blocks only
	Powers   bool // grants powers of two at multiples of their size only
	AnyAlign bool // takes alignments that are no power of two at their word
	NoWindow bool // takes no windows
	Offset   bool // a power of two smaller than its alignment is one block at a multiple of that, in a window at any
}

// RulesOf is what the abilities of a strategy say.
func RulesOf(c strategies.Caps) Rules {
	return Rules{
		Scatters: c.Has(strategies.CapScatter),
		OnePiece: !c.Has(strategies.CapScatter),
		Powers:   c.Has(strategies.CapPow2Blocks),
		AnyAlign: c.Has(strategies.CapAnyAlign),
		NoWindow: !c.Has(strategies.CapWindow),
		Offset:   c.Has(strategies.CapMisalignedWindow),
	}
}

// place is what a request needs to be granted.
type place int

const (
	unknown  place = iota // the rules do not tell
	anywhere              // any free pages
	extent                // one free extent
	block                 // one free power of two at a multiple of its size
	several               // free blocks of the alignment, at multiples of it
)

// A Finding is what the geometry of a state says of a request: an explanation without any
// claim of what would have been granted, and the sets of objects to try.
type Finding struct {
	Explanation
	Sets  []Set  // without them the request would have its place, by the rules; cheapest first
	Exact bool   // by the rules no set is cheaper than the first
	Least uint64 // no set of fewer bytes helps any strategy that keeps the contract
}

// mostSets are looked for of each kind.
const mostSets = 8

// looking is a Finding under way.
type looking struct {
	*Finding
	s      *State
	rules  Rules
	page   uint64
	size   uint64 // in whole pages
	lo, hi uint64 // addresses allowed
}

// Look explains a refusal from what is live. errno is the answer, "" for a grant: then only
// what was free and the best place for one piece are found.
func Look(s *State, r strategies.Request, errno string, rules Rules) *Finding {
	f := new(Finding)
	f.Ask(r)
	f.Errno, f.Page, f.Managed = errno, s.Region.Page, s.Region.Managed()
	x := looking{f, s, rules, s.Region.Page, roundUp(r.Size, s.Region.Page), 0, f.Managed}
	x.allow(r)
	outside := f.limited() && x.hi <= x.lo && r.Lo >= f.Managed
	beyond := x.hi < x.lo || x.size > x.hi-x.lo
	s.holes(x.lo, x.hi, func(from, to uint64) {
		f.Free += to - from
		f.Largest = max(f.Largest, to-from)
	})
	switch {
	case errno == "EINVAL":
		f.Kind = Invalid
		f.Condition = x.condition()
	case errno == "E2BIG":
		f.Kind = TooBig
	case outside:
		f.Kind = Outside
	case beyond || r.Size == 0:
		f.Kind = Beyond
	case errno == "":
		f.Kind = Granted
		x.extent(max(r.Align, x.page))
		f.Sets = nil
	default:
		f.Least = x.least()
		x.refused()
	}
	return f
}

// Try is a look for any place at all, whatever the rules, and for larger ones: for strategies
// that answer otherwise than theirs say. The cheapest set is first.
func Try(s *State, r strategies.Request) (sets []Set) {
	x := looking{Finding: new(Finding), s: s, hi: s.Region.Managed()}
	x.allow(r)
	page := s.Region.Page
	for n := uint64(1); n <= 8; n *= 2 {
		if r.Size > 1<<60 {
			break
		}
		best, _ := s.Best(roundUp(r.Size*n, page), max(r.Align, page), x.lo, x.hi, mostSets/2)
		for _, set := range best {
			if set.Bytes > 0 {
				sets = append(sets, set)
			}
		}
	}
	slices.SortStableFunc(sets, s.Compare)
	return slices.CompactFunc(sets, func(a, b Set) bool { return slices.Equal(a.Of, b.Of) })
}

// allow sets the addresses that a request allows.
func (x *looking) allow(r strategies.Request) {
	if r.Flags&strategies.Range != 0 {
		x.lo = min(r.Lo, x.hi)
		if r.Hi > 0 {
			x.hi = min(r.Hi, x.hi)
		}
	}
}

// refused explains a refusal for want of memory.
func (x looking) refused() {
	align := max(x.Align, x.page)
	p := x.needs()
	switch p {
	case extent:
		x.Kind = OnePiece
		x.extent(x.extentAlign())
	case block:
		x.Kind = OneBlock
		x.block()
	case several:
		x.Kind = Several
		x.several(align)
	case anywhere:
		x.Kind = OwnRules
		x.several(x.page)
		x.Unit, x.Need, x.Have, x.Lacking = 0, 0, 0, nil
	case unknown:
		x.Kind = OwnRules
		if x.Largest < x.size {
			x.Kind = Untold
		}
	}
	if x.Free < x.size {
		x.Kind = TooLittle
	}
	if len(x.Sets) > 0 && x.Sets[0].Bytes == 0 {
		x.Kind, x.Sets, x.Exact = OwnRules, nil, false // there is a place
		x.Place, x.Pins = [2]uint64{}, nil
	}
}

// needs is the kind of place that the request needs. One for all addresses that it allows
// takes them as they are.
func (x looking) needs() place {
	contiguous := strategies.Flags(x.Flags)&strategies.Contiguous != 0
	window := strategies.Flags(x.Flags)&strategies.Range != 0
	power := bits.OnesCount64(max(x.Align, x.page)) == 1
	switch {
	case x.size == x.hi-x.lo && (x.rules.OnePiece || x.rules.Powers):
		return extent
	case !power && !(x.rules.OnePiece && x.rules.AnyAlign):
		return unknown
	case x.rules.Powers && contiguous:
		if x.size > 1<<62 {
			return unknown
		}
		return block
	case x.rules.Powers && x.rules.Scatters:
		switch {
		case x.rules.Offset && x.size < x.Align && bits.OnesCount64(x.size) == 1 && !window:
			return extent
		case x.rules.Offset && x.size < x.Align && bits.OnesCount64(x.size) == 1:
			return block
		case x.Align <= x.page:
			return anywhere
		}
		return several
	case x.rules.OnePiece, contiguous && x.rules.Scatters && !x.rules.Powers:
		return extent
	}
	return unknown
}

// extent looks for one free extent of the size.
func (x looking) extent(align uint64) {
	sets, _ := x.s.Best(x.size, align, x.lo, x.hi, mostSets)
	x.Sets, x.Exact = sets, len(sets) > 0
	if len(sets) > 0 {
		x.pin(sets[0], sets[0].at, sets[0].at+x.size)
		if x.Errno == "" {
			x.Room = 0
		}
	}
}

// block looks for one free block of the next power of two. A strategy that also puts
// smaller blocks together may do with less.
func (x looking) block() {
	x.Unit = 1 << bits.Len64(x.size-1)
	window := strategies.Flags(x.Flags)&strategies.Range != 0
	contiguous := strategies.Flags(x.Flags)&strategies.Contiguous != 0
	x.Harder = x.harder()
	x.Barred = contiguous && window && !x.rules.NoWindow && x.Largest >= x.size
	sets, _ := x.s.Best(x.Unit, x.Unit, x.lo, x.hi, mostSets)
	x.Sets, x.Exact = sets, len(sets) > 0 && !x.Harder
	if len(sets) > 0 {
		x.pin(sets[0], sets[0].at, sets[0].at+x.Unit)
		if len(sets[0].Of) == 1 {
			x.Alike = x.s.alone(x.Unit, x.lo, x.hi, sets[0].Bytes) - 1
		}
	}
	if x.Harder {
		runs, _ := x.s.Best(x.size, x.runAlign(), x.lo, x.hi, mostSets)
		for len(runs) > 0 && runs[0].Bytes == 0 { // a run is free, and none that it takes
			runs = runs[1:]
		}
		x.Sets = merged(x.s, sets, runs)
	}
}

// merged are the sets of both lists in their order, each once.
func merged(s *State, a, b []Set) (out []Set) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && s.Compare(a[0], b[0]) < 0:
			out, a = append(out, a[0]), a[1:]
		case len(a) > 0 && s.Compare(a[0], b[0]) == 0:
			a = a[1:]
		default:
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// several looks for so many free blocks of a unit. What of them is lacking is the cheapest
// to get.
func (x looking) several(unit uint64) {
	t := x.s.slots(unit, x.lo, x.hi)
	x.Unit, x.Need, x.Have = unit, roundUp(x.size, unit)/unit, t.free
	if x.Have >= x.Need {
		return
	}
	set, exact, ok := t.Cheapest(x.Need - x.Have)
	if !ok {
		return
	}
	x.Sets, x.Exact = []Set{set}, exact
	if unit == x.page {
		x.pin(set, x.lo, x.lo)
		x.Place = [2]uint64{}
		return
	}
	x.Lacking = t.freedBy(set, x.lo, x.hi, int(min(MostLacking, x.Need-x.Have)))
	if len(x.Lacking) > 0 {
		at := x.Lacking[0]
		x.pin(set, at[0], at[0]+at[1])
		x.Room = 0
	}
	if x.Need-x.Have == 1 && len(set.Of) == 1 {
		x.Alike = x.s.alone(unit, x.lo, x.hi, set.Bytes) - 1
	}
}

// pin notes the objects that stand in a place.
func (x looking) pin(set Set, lo, hi uint64) {
	x.Place = [2]uint64{lo, hi}
	x.NPins, x.PinBytes = len(set.Of), set.Bytes
	x.Pins = x.s.described(set, lo, hi, MostPins)
	x.Room = x.s.room(set.Of, lo, hi, x.lo, x.hi)
}

// described are the objects of a set, with what of them reaches into [lo, hi), or where
// they begin if nothing does.
func (s *State) described(set Set, lo, hi uint64, most int) (out []Object) {
	index := make(map[int]int)
	for _, o := range set.Of {
		if len(out) == most {
			break
		}
		index[o] = len(out)
		at := s.Objects[o]
		at.At = nil
		out = append(out, at)
	}
	if len(out) == 0 {
		return nil
	}
	for pass := range 2 {
		for i := range s.Pieces {
			p := s.Pieces[i]
			k, ok := index[p.Of]
			if !ok || pass == 0 && (p.End() <= lo || p.Start >= hi) || pass == 1 && len(out[k].At) > 0 {
				continue
			}
			if len(out[k].At) < MostExtents {
				out[k].At = append(out[k].At, [2]uint64{p.Start, p.Size})
			}
		}
	}
	return out
}

// least is the bytes below which no set of frees can help: by the contract of a strategy a
// request of one piece needs a free extent of its size, and any needs that much free.
func (x looking) least() uint64 {
	contiguous := strategies.Flags(x.Flags)&strategies.Contiguous != 0
	if x.rules.OnePiece || contiguous {
		align := min(max(x.Align, 1), uint64(1)<<max(0, bits.Len64(x.Size)-1))
		if sets, ok := x.s.Best(x.Size, align, x.lo, x.hi, 1); ok {
			return sets[0].Bytes
		}
		return ^uint64(0)
	}
	return x.Size - min(x.Size, x.Free)
}

// condition names what is wrong with an invalid request; "" if nothing is seen.
func (x looking) condition() string {
	r, page := x.Request(), max(x.page, 1)
	align := max(r.Align, page)
	window := r.Flags&strategies.Range != 0 && (r.Lo != 0 || r.Hi != 0)
	rounded := roundUp(r.Size, align)
	if r.Flags&strategies.Contiguous != 0 && r.Size > 0 {
		rounded = 1 << min(63, bits.Len64(r.Size-1))
	}
	switch {
	case r.Size == 0:
		return SizeZero
	case r.Size%page != 0:
		return SizePage
	case r.Align > 0 && (r.Align < page || bits.OnesCount64(r.Align) != 1):
		return AlignPower
	case window && x.rules.NoWindow:
		return NoWindows
	case window && (r.Lo%page != 0 || r.Hi%page != 0):
		return WindowPage
	case window && r.Hi > x.Managed:
		return WindowAbove
	case r.Size > x.Managed:
		return SizeRegion
	case window && (r.Hi < r.Lo || r.Size > r.Hi-r.Lo):
		return SizeWindow
	case window && r.Size == r.Hi-r.Lo && (r.Lo|r.Hi)%align != 0:
		return ExactAlign
	case r.Size%align != 0 && rounded <= x.Managed:
		return SizeAlign
	case x.rules.Powers && rounded > x.Managed:
		x.Unit = rounded
		return PowerRegion
	}
	return ""
}
