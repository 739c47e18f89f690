package adversary

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Program is a recipe for a trace: phases that are played against a strategy one after
// the other. What it does is decided by the addresses that the strategy grants, as in
// Robson's proofs; the trace is what was done. It is valid whatever its numbers are, and
// says nothing of the size of the memory, so the same program is played with more of it.
type Program []Phase

// mostPhases is the longest program.
const mostPhases = 12

// A Phase frees some of what is live and then allocates, once for each size of a ladder:
// 2^From pages, 2^(From±1) and so on up or down to 2^To, or in finer steps.
type Phase struct {
	Rule  Rule   `json:"rule,omitempty"`  // what is freed first
	From  uint8  `json:"from,omitempty"`  // exponent of the first size, in pages
	To    uint8  `json:"to,omitempty"`    // exponent of the last size
	Plus  int8   `json:"plus,omitempty"`  // pages added to each size
	Every uint8  `json:"every,omitempty"` // the number that some rules need, at least 1
	Share uint8  `json:"share,omitempty"` // sixteenths of the live limit up to which is allocated
	Align uint8  `json:"align,omitempty"` // exponent of the alignment in pages; 0: none
	Flags Flags  `json:"flags,omitempty"`
	Mask  uint16 `json:"mask,omitempty"` // bit i: page i of a cell, for Comb
}

// A Rule says what a phase frees at a level of its ladder, which has blocks of 2^level
// pages.
type Rule string

// The rules.
const (
	Nothing Rule = ""
	// Occupy keeps the objects that occupy a page with one residue modulo the block. Of the
	// two residues that the level before allows it takes the one which keeps more memory
	// from being used: Robson's program.
	Occupy Rule = "occupy"
	// Block keeps the smallest object in each aligned block: one page spoils a buddy.
	Block Rule = "block"
	// Gaps frees the largest objects first, each unless that leaves a free run for what the
	// phase asks for next.
	Gaps Rule = "gaps"
	// Keep keeps each Every-th object, in the order granted.
	Keep Rule = "keep"
	// Drop frees each Every-th object, in the order granted.
	Drop Rule = "drop"
	// Oldest and Newest free one Every-th of the objects from that end.
	Oldest Rule = "oldest"
	Newest Rule = "newest"
	// Swap frees the oldest object before each allocation: interleaved lifetimes. It
	// allocates for as many turns as Share says.
	Swap Rule = "swap"
	// Saw frees all that the phase before allocated.
	Saw Rule = "saw"
	// Comb frees the objects that begin in the pages of Mask, in each aligned cell of 16 pages.
	Comb Rule = "comb"
)

var rules = []Rule{Nothing, Occupy, Block, Gaps, Keep, Drop, Oldest, Newest, Swap, Saw, Comb}

// Flags are conditions of a phase.
type Flags uint16

// The flags.
const (
	TopDown    Flags = 1 << iota // requests from the top
	Contiguous                   // requests in one piece; in some attacks all are
	Clear                        // requests for cleared memory
	Cleared                      // what is freed is known to be zero ...
	Mixed                        // ... each second time
	WindowLow                    // requests in the lower half of the region
	WindowAny                    // requests in windows of a quarter that move on
	Held                         // a probe holds the last few objects, others free each at once
	Fine                         // the ladder has all sizes between, Every pages apart
	AlignAny                     // requests at multiples of 2, 3, ... 13 pages in turn
)

var flagNames = []string{"topdown", "contiguous", "clear", "cleared", "mixed", "low", "windows", "held", "fine", "alignments"}

// String is the phase in words: "occupy 2^0..2^6 share=16 topdown".
func (p Phase) String() string {
	var s strings.Builder
	if p.Rule != Nothing {
		fmt.Fprintf(&s, "%s ", p.Rule)
	}
	fmt.Fprintf(&s, "2^%d", p.From)
	if p.To != p.From {
		fmt.Fprintf(&s, "..2^%d", p.To)
	}
	if p.Plus != 0 {
		fmt.Fprintf(&s, "%+d", p.Plus)
	}
	if p.Every > 0 {
		fmt.Fprintf(&s, " every=%d", p.Every)
	}
	fmt.Fprintf(&s, " share=%d", p.Share)
	if p.Align > 0 {
		fmt.Fprintf(&s, " align=2^%d", p.Align)
	}
	if p.Mask != 0 {
		fmt.Fprintf(&s, " mask=%#04x", p.Mask)
	}
	for i, name := range flagNames {
		if p.Flags>>i&1 != 0 {
			s.WriteString(" " + name)
		}
	}
	return s.String()
}

// String is the phases with semicolons between.
func (p Program) String() string {
	words := make([]string, len(p))
	for i, ph := range p {
		words[i] = ph.String()
	}
	return strings.Join(words, "; ")
}

// ParseProgram reads a program as json.Marshal writes it.
func ParseProgram(text string) (p Program, err error) {
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	return p, p.check()
}

// check reports a program that no search makes.
func (p Program) check() error {
	if len(p) == 0 || len(p) > mostPhases {
		return fmt.Errorf("a program of %d phases, not 1 to %d", len(p), mostPhases)
	}
	for i, ph := range p {
		if !slices.Contains(rules, ph.Rule) {
			return fmt.Errorf("phase %d: unknown rule %q", i+1, ph.Rule)
		}
		if max(ph.From, ph.To, ph.Align) > mostExponent || ph.Share > 16 {
			return fmt.Errorf("phase %d: %v: a size or alignment above 2^%d pages, or a share above 16", i+1, ph, mostExponent)
		}
	}
	return nil
}

// mostExponent is that of the largest size of a phase, in pages.
const mostExponent = 30
