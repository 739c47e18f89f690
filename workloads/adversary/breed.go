package adversary

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// dice are random numbers that are the same on every machine.
type dice struct{ pcg *rand.PCG }

// diceFor are those of one child of a search: they depend on nothing that was before.
func diceFor(seed uint64, child int) dice { return dice{rand.NewPCG(seed, uint64(child))} }

// below is a number from 0 to n-1.
func (d dice) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// one is true in one of n cases.
func (d dice) one(n int) bool { return d.below(n) == 0 }

// breeder makes programs for a target.
type breeder struct {
	dice
	top    int // exponent of the largest size
	visits bool
}

// phase is a phase at random.
func (b breeder) phase() Phase {
	p := Phase{Rule: rules[b.below(len(rules))]}
	p.From = uint8(b.below(b.top + 1))
	p.To = p.From
	if b.one(2) {
		p.To = uint8(b.below(b.top + 1))
	}
	for range 4 {
		b.turn(&p)
	}
	return p
}

// turn changes a field of a phase.
func (b breeder) turn(p *Phase) {
	switch b.below(10) {
	case 0:
		p.Rule = rules[b.below(len(rules))]
	case 1:
		p.From = uint8(b.below(b.top + 1))
	case 2:
		p.To = uint8(b.below(b.top + 1))
	case 3:
		p.Plus = int8(b.below(7) - 3)
	case 4:
		p.Every = uint8(1 + b.below(8))
	case 5:
		p.Share = uint8(b.below(17))
	case 6:
		p.Share = 16
	case 7:
		if b.visits {
			p.Align = uint8(b.below(b.top + 1))
		} else {
			p.To = uint8(b.top)
		}
	case 8:
		p.Flags ^= 1 << b.below(len(flagNames))
	case 9:
		p.Mask ^= 1 << b.below(16)
	}
}

// random is a program at random.
func (b breeder) random() Program {
	var p Program
	for range 2 + b.below(4) {
		p = append(p, b.phase())
	}
	return p
}

// child is a program made of one or two parents.
func (b breeder) child(parents []Attack) Program {
	p := slices.Clone(b.parent(parents))
	if b.one(3) {
		q := b.parent(parents)
		p = append(p[:b.below(len(p)+1)], q[b.below(len(q)):]...)
	}
	for range 1 + b.below(3) {
		at := b.below(len(p))
		switch b.below(7) {
		case 0:
			p = slices.Insert(p, at, b.phase())
		case 1:
			if len(p) > 1 {
				p = slices.Delete(p, at, at+1)
			}
		case 2:
			p = slices.Insert(p, at, p[at])
		case 3:
			with := b.below(len(p))
			p[at], p[with] = p[with], p[at]
		default:
			b.turn(&p[at])
		}
	}
	return p[:min(len(p), mostPhases)]
}

// parent is the better of two.
func (b breeder) parent(parents []Attack) Program {
	return parents[min(b.below(len(parents)), b.below(len(parents)))].Program
}
