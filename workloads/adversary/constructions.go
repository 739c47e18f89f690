package adversary

import "math/bits"

// Ladder is a program of one phase that climbs from pages to the largest size, 2^top pages:
// at each level the rule frees, and what is free is filled with blocks of that size. With
// [Occupy] it is Robson's program of 1971, which no allocator withstands in a region of less
// than [Robson]; with [Block] one that leaves a page in each block of a buddy.
func Ladder(rule Rule, top uint8) Program {
	return Program{{Rule: rule, To: top, Every: 2, Share: 16}}
}

// Climb is a program of one phase that climbs page by page: at each size it frees all that
// can go without making room for that size, and fills memory with objects of it.
func Climb(top uint8) Program {
	return Program{{Rule: Gaps, To: top, Share: 16, Flags: Fine}}
}

// Constructions are the programs with which a search for an objective begins.
func (t Target) Constructions() []Program {
	top := uint8(bits.Len64(t.ratio()) - 1)
	if t.Aim == Visits {
		return probesOf(top)
	}
	return append(ladders(top), []Program{
		// Memory full of pages of which each n-th stays: the checkerboard.
		{{Share: 16}, {Rule: Block, From: top, To: top, Share: 16}},
		{{Share: 16}, {Rule: Keep, From: top, To: top, Every: uint8(min(t.ratio(), 255)), Share: 16}},
		{{Share: 16}, {Rule: Drop, Every: 2}, {From: top, To: top, Share: 16}},
		// Against first fit: each size does not quite fit into what the one before left.
		{{Rule: Drop, To: top, Plus: 1, Every: 2, Share: 16}},
		{{Share: 16}, {Rule: Occupy, From: 1, To: top, Plus: 1, Share: 16}},
		// Against best fit: ever smaller objects shave the holes, then large ones come.
		{{Rule: Drop, From: top, To: 0, Plus: -1, Every: 2, Share: 16}, {Rule: Drop, From: top, To: top, Every: 2, Share: 16}},
		{{From: top, To: top, Share: 16}, {Rule: Drop, From: top, To: 0, Every: 2, Share: 16}, {Rule: Occupy, From: 0, To: top, Share: 16}},
		// Interleaved lifetimes: short ones between long ones, sizes that change places.
		{{Share: 8}, {Rule: Swap, From: 1, To: top, Every: 2, Share: 16}, {From: top, To: top, Share: 16}},
		{{Share: 16}, {Rule: Swap, Plus: 1, Every: 3, Share: 16}, {Rule: Occupy, From: 1, To: top, Share: 16}},
		// A sawtooth: a large thing comes and goes, small ones stay.
		{{Share: 4}, {From: top, To: top, Share: 16}, {Rule: Saw, Share: 8}, {From: top, To: top, Share: 16}, {Rule: Saw, Share: 12}, {From: top, To: top, Share: 16}},
	}...)
}

// ladders are the ladders of all rules for which there is one, and those from the top.
func ladders(top uint8) (list []Program) {
	for _, flags := range []Flags{0, TopDown} {
		for _, rule := range []Rule{Occupy, Block, Gaps, Keep, Drop} {
			p := Ladder(rule, top)
			p[0].Flags = flags
			list = append(list, p)
		}
		p := Climb(top)
		p[0].Flags |= flags
		list = append(list, p)
	}
	return list
}

// probesOf are the programs with which a search for visits begins: states of memory with
// many holes, each with the requests for which they are in the way.
func probesOf(top uint8) (list []Program) {
	states := []Program{
		{{Share: 16}, {Rule: Keep, Every: 2}},                                               // holes of a page
		{{From: 1, To: 1, Share: 16}, {Rule: Drop, Every: 2}},                               // holes of two
		{{Plus: 1, Share: 8}, {From: 2, To: 2, Plus: 1, Share: 16}, {Rule: Drop, Every: 2}}, // of two sizes, not aligned
		{{Share: 16}, {Rule: Drop, Every: 2, Flags: Cleared | Mixed}},                       // clear holes beside dirty ones
		{{Share: 16}, {Rule: Keep, Every: 4, Flags: Cleared | Mixed}},
		{{From: 2, To: 2, Share: 16}, {Rule: Drop, Every: 2, Flags: Cleared}, {Rule: Drop, Every: 3}, {Share: 14}, {Rule: Drop, Every: 2}},
		// A block of four, and close before it two pages of which one is clear.
		{{Share: 16}, {Rule: Comb, Mask: 0x0f10}, {Rule: Comb, Mask: 0x0020, Flags: Cleared}},
		// Runs of seven pages one after a multiple of eight, and aligned pages alone.
		{{Share: 16}, {Rule: Comb, Mask: 0x01fe}},
		{{Share: 16}, {Rule: Comb, Mask: 0x1e01}},
	}
	asked := []Phase{
		{From: 0}, {From: 1, To: 1, Flags: Contiguous}, {From: 2, To: 2, Plus: 1, Flags: Contiguous}, {From: 3, To: 3, Plus: 1},
		{From: 1, To: 1, Align: 1, Flags: Contiguous}, {From: 0, Align: 3}, {Plus: 1, Align: 4}, {From: 1, To: 1, Align: 2, Flags: Contiguous | TopDown},
		{From: 1, To: 1, Flags: Contiguous | WindowLow}, {From: 0, Flags: WindowAny}, {Plus: 1, Flags: WindowAny | Held}, {Plus: 1, Flags: WindowLow | TopDown},
		{From: 1, To: 1, Flags: Contiguous | Clear}, {Plus: 2, Flags: Contiguous | Clear}, {From: 0, Flags: Clear | Held}, {From: 2, To: 2, Flags: Clear | WindowLow},
		{From: 1, To: 1, Flags: TopDown | Contiguous}, {From: 0, Flags: TopDown | Held},
		{From: top, To: top, Flags: Contiguous}, {From: top, To: top, Flags: Contiguous | Clear},
		{From: 2, To: 2, Plus: 1, Align: 1, Flags: Contiguous}, {From: 3, To: 3, Plus: -1, Align: 1, Flags: Contiguous}, {From: 2, To: 2, Flags: AlignAny},
	}
	for _, s := range states {
		for _, p := range asked {
			list = append(list, append(s[:len(s):len(s)], p))
		}
	}
	return list
}
