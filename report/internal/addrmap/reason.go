package addrmap

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
)

// sentences explains the refusal: the heading and the reason.
func (x pinned) sentences(s int) (head, body text.Prose) {
	head = text.Prose(fmt.Sprintf("Why %s refused %s at operation %s.", text.Mark(s), x.bytes(x.req.Size), text.Count(x.op)))
	return head, text.Prose(x.reason())
}

// bytes is a size as it is told: rounded, but exact where it would look like another of
// the sizes told. A hole of 2,044 KiB is not the 2 MiB that it is too small for.
func (x pinned) bytes(b uint64) string {
	for _, other := range []uint64{x.req.Size, x.free, x.largest, x.unit} {
		if other != b && text.Size(other) == text.Size(b) {
			return text.ExactSize(b)
		}
	}
	return text.Size(b)
}

func (x pinned) reason() string {
	switch {
	case x.errno == "EINVAL":
		return "The strategy takes the request itself for invalid (EINVAL); more memory would not change that." + x.oddity()
	case x.errno == "E2BIG":
		return "It is larger than the region can ever grant (E2BIG)."
	case x.outside:
		return "The addresses it allows lie outside the region; more memory would not change that."
	case x.beyond && x.limited:
		return "It is larger than the addresses it allows; more memory would not change that."
	case x.beyond:
		return "It is larger than the region; more free memory would not change that."
	case x.free < x.size:
		return "Only " + x.bytes(x.free) + " " + x.where() + ", less than it asks for."
	}
	switch x.place {
	case extent:
		return x.extentReason()
	case block:
		return x.blockReason()
	case several:
		return x.severalReason()
	case anywhere:
		return x.ownRules()
	}
	if x.largest < x.size {
		return x.broken() + " The files do not tell in which blocks this strategy grants such a request, so what stood in its way is not named."
	}
	return x.ownRules()
}

func (x pinned) where() string {
	if x.limited {
		return "was free in the addresses it allows"
	}
	return "was free"
}

// broken says how the free memory lies.
func (x pinned) broken() string {
	return fmt.Sprintf("%s %s, but the largest hole had %s.", x.bytes(x.free), x.where(), x.bytes(x.largest))
}

// whole says that there is an extent of the size.
func (x pinned) whole() string {
	return fmt.Sprintf("%s %s, %s of it in one piece", x.bytes(x.free), x.where(), x.bytes(x.largest))
}

// ownRules is what remains when memory was there.
func (x pinned) ownRules() string {
	return x.whole() + ": the strategy's own rules for size and place turned it down, not the memory."
}

// oddity names what is unusual in an invalid request, or nothing.
func (x pinned) oddity() string {
	r, page := x.req, max(x.page, 1)
	align := max(r.Align, page)
	window := r.Flags&strategies.Range != 0 && (r.Lo != 0 || r.Hi != 0)
	rounded := roundUp(r.Size, align)
	if r.Flags&strategies.Contiguous != 0 && r.Size > 0 {
		rounded = 1 << min(63, bits.Len64(r.Size-1))
	}
	switch {
	case r.Size == 0:
		return " Its size is 0."
	case r.Size%page != 0:
		return fmt.Sprintf(" Its size, %s bytes, is no multiple of the page of %s.", text.Exact(float64(r.Size)), x.bytes(page))
	case r.Align > 0 && (r.Align < page || bits.OnesCount64(r.Align) != 1):
		return fmt.Sprintf(" Its alignment, %s bytes, is not a power of two of at least the page of %s.", text.Exact(float64(r.Align)), x.bytes(page))
	case window && x.able.NoWindow:
		return " It asks for a part of the region, and the strategy takes no such windows."
	case window && (r.Lo%page != 0 || r.Hi%page != 0):
		return fmt.Sprintf(" The addresses it allows do not begin and end at a page of %s.", x.bytes(page))
	case window && r.Hi > x.managed:
		return " The addresses it allows end above the region."
	case r.Size > x.managed:
		return fmt.Sprintf(" It is larger than the region of %s.", x.bytes(x.managed))
	case window && (r.Hi < r.Lo || r.Size > r.Hi-r.Lo):
		return " It is larger than the addresses it allows."
	case r.Size%align != 0 && rounded <= x.managed:
		return fmt.Sprintf(" Its size is no multiple of its alignment, %s.", x.bytes(align))
	case x.able.Powers && rounded > x.managed:
		return fmt.Sprintf(" In blocks that are powers of two it takes %s, which is more than the region of %s.", x.bytes(rounded), x.bytes(x.managed))
	}
	return ""
}

// extentReason explains a request that needs one free extent.
func (x pinned) extentReason() string {
	switch {
	case x.found && len(x.pins) == 0:
		return x.ownRules()
	case x.largest >= x.size && !x.found:
		return x.whole() + ", but nothing of that size begins at a multiple of its alignment in the addresses it allows."
	case !x.found:
		return x.broken() + " Nothing of that size begins at a multiple of its alignment."
	}
	begin := x.broken()
	if x.largest >= x.size {
		begin = x.whole() + ", but none at its alignment."
	}
	if len(x.pins) == 1 {
		return fmt.Sprintf("%s %s splits the best place for it; without it %s would be free in one piece.", begin, x.pins[0].named("One"), x.bytes(x.room))
	}
	return fmt.Sprintf("%s The best place for it holds %s; without them %s would be free in one piece.", begin, x.manyPins(), x.bytes(x.room))
}

// blockReason explains a contiguous request to a binary buddy.
func (x pinned) blockReason() string {
	begin, but := x.broken(), " This"
	if x.largest >= x.size {
		begin, but = x.whole()+".", " But this"
	}
	rule := fmt.Sprintf(but+" strategy grants blocks that are powers of two at multiples of their size, and a contiguous request becomes one of %s", x.bytes(x.unit))
	if x.unit == x.size {
		rule += ". "
	} else {
		rule += ", rounded up. "
	}
	switch {
	case !x.found && x.limited:
		rule += "The addresses it allows have no place for one."
	case !x.found:
		rule += "The region has no place for one."
	case len(x.pins) == 0:
		return x.ownRules()
	case len(x.pins) == 1:
		rule += fmt.Sprintf("None was free. %s stands in the best place; without it there would be one.", x.pins[0].named("One"))
	default:
		rule += fmt.Sprintf("None was free. The best place holds %s; without them there would be one.", x.manyPins())
	}
	if x.req.Flags&strategies.Range != 0 && x.largest >= x.size {
		rule += " Linux's buddy puts smaller blocks together for a contiguous request (it tries harder) only when the request allows all addresses."
	}
	return begin + rule
}

// severalReason explains a request that needs several blocks of its alignment.
func (x pinned) severalReason() string {
	unit := x.bytes(x.unit)
	if x.have >= x.need {
		return x.ownRules()
	}
	s := fmt.Sprintf("%s %s, but only in pieces: it needs %s of %s at multiples of that size, and %s.",
		x.bytes(x.free), x.where(), text.Plural(float64(x.need), "whole block", "whole blocks"), unit, isFree(x.have))
	switch {
	case len(x.pins) == 1 && x.alike > 0:
		s += fmt.Sprintf(" %s spoils the cheapest place for one more; without it the request would have them. So it would without one of %s of that size elsewhere.",
			x.pins[0].named("One"), text.Plural(float64(x.alike), "other block", "other blocks"))
	case len(x.pins) == 1:
		s += fmt.Sprintf(" %s spoils the cheapest place for one more; without it the request would have them.", x.pins[0].named("One"))
	case len(x.pins) > 1:
		s += fmt.Sprintf(" The cheapest place for one more holds %s; without them the request would have them.", x.manyPins())
	}
	return s
}

func isFree(n uint64) string {
	switch n {
	case 0:
		return "none is free"
	case 1:
		return "1 is free"
	}
	return text.Exact(float64(n)) + " are free"
}

// named is a block with its address and history: "One 4 KiB block at 0x1000 (...)".
func (p pin) named(article string) string {
	return fmt.Sprintf("%s %s block at %#x (allocation %d, alive for %s)", article, text.Size(p.size), p.start, p.id, text.Operations(p.age))
}

// manyPins sums up several blocks and names the largest.
func (x pinned) manyPins() string {
	var total uint64
	var most pin
	for _, p := range x.pins {
		total += p.size
		if p.size > most.size {
			most = p
		}
	}
	return fmt.Sprintf("%s blocks of %s together, the largest %s at %#x (allocation %d, alive for %s)",
		text.Count(len(x.pins)), text.Size(total), text.Size(most.size), most.start, most.id, text.Operations(most.age))
}
