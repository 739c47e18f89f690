package reason

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// Sentences are the heading and what it was. name is how a strategy's name is written: a
// page marks it. Numbers and units have no-break spaces between.
func (x *Explanation) Sentences(name func(strategy string) string) (head, body string) {
	who, op := name(x.Strategy), count(uint64(max(x.Op, 0)))
	switch {
	case x.Errno != "":
		head = fmt.Sprintf("Why %s refused %s at operation %s.", who, x.bytes(x.Size), op)
	case x.Segments > 1:
		head = fmt.Sprintf("Why %s granted %s in %s at operation %s.", who, x.bytes(x.Size), plural(uint64(x.Segments), "piece", "pieces"), op)
	default:
		head = fmt.Sprintf("%s granted %s in one piece at operation %s.", who, x.bytes(x.Size), op)
	}
	parts := []string{x.reason(), x.remedy(), x.others(name)}
	return head, join(parts)
}

// join is the sentences that there are.
func join(parts []string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, " ")
}

// Plain is a sentence for a terminal: with plain spaces.
func Plain(s string) string { return strings.ReplaceAll(s, nbsp, " ") }

// bytes is a size as it is told: rounded, but exact where it would look like another of
// the sizes told. A hole of 2,044 KiB is not the 2 MiB that it is too small for.
func (x *Explanation) bytes(b uint64) string {
	for _, other := range [...]uint64{x.Size, x.Free, x.Largest, x.Unit} {
		if other != b && Size(other) == Size(b) {
			return exactSize(b)
		}
	}
	return Size(b)
}

// reason is why, without a remedy.
func (x *Explanation) reason() string {
	switch x.Kind {
	case Invalid:
		return "The strategy takes the request itself for invalid (EINVAL); more memory would not change that." + x.oddity()
	case TooBig:
		return "It is larger than the region can ever grant (E2BIG): the region has " + x.bytes(x.Managed) + "."
	case Outside:
		return "The addresses it allows lie outside the region; more memory would not change that."
	case Beyond:
		if x.Size == 0 {
			return "Its size is 0; more free memory would not change that."
		}
		if x.limited() {
			return "It is larger than the addresses it allows; more memory would not change that."
		}
		return "It is larger than the region; more free memory would not change that."
	case TooLittle:
		if x.Free == 0 {
			return "Nothing " + x.where() + "."
		}
		return "Only " + x.bytes(x.Free) + " " + x.where() + ", less than it asks for."
	case OnePiece:
		return x.onePiece()
	case OneBlock:
		return x.oneBlock()
	case Several:
		return x.several()
	case Untold:
		return x.broken() + " What is known of this strategy does not tell in which blocks it grants such a request, so what stood in its way is not named."
	case Scattered:
		return x.scattered()
	case Granted:
		return x.whole() + "."
	}
	return x.ownRules()
}

func (x *Explanation) where() string {
	if x.limited() {
		return "was free in the addresses it allows"
	}
	return "was free"
}

// broken says how the free memory lies.
func (x *Explanation) broken() string {
	return fmt.Sprintf("%s %s, but the largest hole had %s.", x.bytes(x.Free), x.where(), x.bytes(x.Largest))
}

// whole says that there is an extent of the size.
func (x *Explanation) whole() string {
	if x.Largest == x.Free {
		return fmt.Sprintf("%s %s, all of it in one piece", x.bytes(x.Free), x.where())
	}
	return fmt.Sprintf("%s %s, %s of it in one piece", x.bytes(x.Free), x.where(), x.bytes(x.Largest))
}

// ownRules is what remains when memory was there.
func (x *Explanation) ownRules() string {
	return x.whole() + ": the strategy's own rules for size and place turned it down, not the memory."
}

// oddity names what is wrong with an invalid request, or nothing.
func (x *Explanation) oddity() string {
	page := max(x.Page, 1)
	switch x.Condition {
	case SizeZero:
		return " Its size is 0."
	case SizePage:
		return fmt.Sprintf(" Its size, %s bytes, is no multiple of the page of %s.", count(x.Size), x.bytes(page))
	case AlignPower:
		return fmt.Sprintf(" Its alignment, %s bytes, is not a power of two of at least the page of %s.", count(x.Align), x.bytes(page))
	case NoWindows:
		return " It asks for a part of the region, and the strategy takes no such windows."
	case WindowPage:
		return fmt.Sprintf(" The addresses it allows do not begin and end at a page of %s.", x.bytes(page))
	case WindowAbove:
		return " The addresses it allows end above the region."
	case SizeRegion:
		return fmt.Sprintf(" It is larger than the region of %s.", x.bytes(x.Managed))
	case SizeWindow:
		return " It is larger than the addresses it allows."
	case SizeAlign:
		return fmt.Sprintf(" Its size is no multiple of its alignment, %s.", x.bytes(max(x.Align, page)))
	case ExactAlign:
		return fmt.Sprintf(" It allows just its own size of addresses, and they do not begin and end at its alignment, %s.", x.bytes(max(x.Align, page)))
	case PowerRegion:
		return fmt.Sprintf(" In blocks that are powers of two it takes %s, which is more than the region of %s.", x.bytes(x.Unit), x.bytes(x.Managed))
	}
	return ""
}

// onePiece explains a request that needs one free extent.
func (x *Explanation) onePiece() string {
	switch {
	case x.Largest >= x.Size && x.NPins == 0:
		return x.whole() + ", but nothing of that size begins at a multiple of its alignment in the addresses it allows."
	case x.NPins == 0:
		return x.broken() + " Nothing of that size begins at a multiple of its alignment."
	}
	begin := x.broken()
	if x.Largest >= x.Size {
		begin = x.whole() + ", but none at its alignment."
	}
	if x.NPins == 1 {
		return fmt.Sprintf("%s %s splits the best place for it; without it %s would be free in one piece.", begin, x.onePin("One"), x.bytes(x.Room))
	}
	return fmt.Sprintf("%s The best place for it holds %s; without them %s would be free in one piece.", begin, x.manyPins(), x.bytes(x.Room))
}

// oneBlock explains a contiguous request to a binary buddy.
func (x *Explanation) oneBlock() string {
	begin, but := x.broken(), " This"
	if x.Largest >= x.Size {
		begin, but = x.whole()+".", " But this"
	}
	what := "a contiguous request"
	if strategies.Flags(x.Flags)&strategies.Contiguous == 0 {
		what = "a request smaller than its alignment"
	}
	rule := fmt.Sprintf("%s strategy grants blocks that are powers of two at multiples of their size, and %s becomes one of %s", but, what, x.bytes(x.Unit))
	if x.Unit != x.Size {
		rule += ", rounded up"
	}
	rule += ". "
	switch {
	case x.NPins == 0 && x.limited():
		rule += "The addresses it allows have no place for one."
	case x.NPins == 0:
		rule += "The region has no place for one."
	case x.NPins == 1:
		rule += fmt.Sprintf("None was free. %s stands in the best place; without it there would be one.", x.onePin("One"))
	default:
		rule += fmt.Sprintf("None was free. The best place holds %s; without them there would be one.", x.manyPins())
	}
	switch {
	case x.Harder:
		rule += " It also tries harder, to put smaller blocks together for a contiguous request, and found no run that it could take."
	case x.Barred:
		rule += " Linux's buddy puts smaller blocks together for a contiguous request (it tries harder) only when the request allows all addresses."
	}
	return begin + rule
}

// several explains a request that needs several blocks of its alignment.
func (x *Explanation) several() string {
	s := fmt.Sprintf("%s %s, but only in pieces: it needs %s of %s at multiples of that size, and %s.",
		x.bytes(x.Free), x.where(), plural(x.Need, "whole block", "whole blocks"), x.bytes(x.Unit), isFree(x.Have))
	if len(x.Lacking) == 0 {
		return s
	}
	short := x.Need - min(x.Have, x.Need)
	at := make([]string, 0, 4)
	for _, l := range x.Lacking[:min(len(x.Lacking), cap(at))] {
		at = append(at, fmt.Sprintf("%#x", l[0]))
	}
	where := "at " + list(at)
	if uint64(len(at)) < short {
		where = plural(short, "block", "blocks") + " from " + at[0] + " on"
	}
	what := x.manyPins()
	if x.NPins == 1 {
		what = x.onePin("one")
	}
	if short > 1 {
		return fmt.Sprintf("%s %s are lacking; the cheapest to get, %s, hold %s.", s, count(short), where, what)
	}
	s = fmt.Sprintf("%s One is lacking; the cheapest to get, %s, holds %s.", s, where, what)
	if x.Alike > 0 {
		s += " " + plural(uint64(x.Alike), "other object of that size spoils one, too", "other objects of that size spoil one each, too") + "."
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
	return count(n) + " are free"
}

// scattered explains a grant in pieces.
func (x *Explanation) scattered() string {
	var s string
	if x.Largest < x.Size {
		s = x.broken() + " No piece of memory could hold it"
		switch {
		case x.NPins == 1:
			s += fmt.Sprintf(": %s splits the best place.", x.onePin("one"))
		case x.NPins > 1:
			s += fmt.Sprintf(": the best place held %s.", x.manyPins())
		default:
			s += "."
		}
	} else {
		s = x.whole() + "."
		switch {
		case x.Split:
		case x.NPins > 0:
			s += " None of it begins at its alignment with room for all of it."
		default:
			s += " A request that does not ask for one piece gets the largest blocks that its rule finds first, wherever they lie."
		}
	}
	if x.Split {
		s += " " + x.split()
	}
	switch {
	case x.AsOne == GrantedIt:
		s += " Asked for one piece, the strategy grants it: a replay says so."
	case x.AsOne != "":
		s += fmt.Sprintf(" Asked for one piece, the strategy refuses it (%s): a replay says so.", x.AsOne)
	}
	return s
}

// split says that the pieces are the powers of two that the size is made of.
func (x *Explanation) split() string {
	page := max(x.Page, 1)
	size := (x.Size + page - 1) / page * page
	var parts []string
	for rest := size; rest > 0 && len(parts) < 64; {
		part := uint64(1) << (bits.Len64(rest) - 1)
		parts, rest = append(parts, Size(part)), rest-part
	}
	sum := strings.Join(parts, " + ")
	if len(parts) > 4 {
		sum = strings.Join(parts[:3], " + ") + " + ... + " + parts[len(parts)-1]
	}
	return "The strategy grants powers of two only, and the size is no power of two: a piece for each of " + sum + "."
}

// remedy is what would have helped, as far as a replay showed it.
func (x *Explanation) remedy() string {
	if x.Errno == "" || x.Kind == Invalid || x.Kind == TooBig || x.Kind == Outside || x.Kind == Beyond {
		return ""
	}
	switch {
	case x.Proven:
		what, it := "allocations "+x.freed()+" ("+x.bytes(x.Freed)+" together)", "them"
		if x.NFrees == 1 {
			what, it = fmt.Sprintf("allocation %d (%s)", x.Frees[0], x.bytes(x.Freed)), "it"
		}
		if x.freesPins() {
			what = it
		}
		s := fmt.Sprintf("Without %s the request would fit: a replay that frees %s just before grants it.", what, it)
		switch {
		case x.Cheapest:
			s += " No set of frees is cheaper."
		case x.NFrees > 1:
			s += " A cheaper set may exist."
		}
		return s
	case x.Hopeless:
		return "A replay refuses it even with everything else freed just before."
	case x.GaveUp:
		return "No set of frees that helps was found in the replays that were tried."
	}
	return ""
}

// freesPins says that what was freed is what the sentence before names, so that "it" is
// enough.
func (x *Explanation) freesPins() bool {
	if x.Kind != OnePiece || x.NFrees != x.NPins || len(x.Pins) != x.NPins || len(x.Frees) != x.NFrees {
		return false
	}
	for _, p := range x.Pins {
		if !slices.Contains(x.Frees, p.ID) {
			return false
		}
	}
	return true
}

// freed are the ids of the frees, the first few of many.
func (x *Explanation) freed() string {
	const most = 5
	var ids []string
	for _, id := range x.Frees[:min(most, len(x.Frees))] {
		ids = append(ids, fmt.Sprint(id))
	}
	if more := x.NFrees - len(ids); more > 0 {
		return strings.Join(ids, ", ") + " and " + plural(uint64(more), "more", "more")
	}
	return list(ids)
}

// others is what the other strategies answered.
func (x *Explanation) others(name func(string) string) string {
	groups := make(map[string][]string)
	var order []string
	for _, a := range x.Answers {
		key := a.text()
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], name(a.Strategy))
	}
	var parts []string
	for _, key := range order {
		parts = append(parts, list(groups[key])+" "+key)
	}
	if len(parts) == 0 {
		return ""
	}
	return "At this operation " + strings.Join(parts, "; ") + "."
}

// text is the answer behind the strategy's name.
func (a Answer) text() string {
	switch a.What {
	case GrantedIt:
		if a.Segments == 1 {
			return "granted it in one piece"
		}
		return "granted it in " + plural(uint64(max(a.Segments, 0)), "piece", "pieces")
	case RefusedIt:
		return "refused it (" + a.Errno + ")"
	case NotFit:
		return "cannot begin in the state of this stream"
	}
	return "was not asked, since it granted the first attempt"
}

// Text is the answer behind the strategy's name, for a terminal.
func (a Answer) Text() string { return Plain(a.text()) }

// onePin is an object with its address and history: "One 4 KiB object at 0x1000 (...)".
func (x *Explanation) onePin(article string) string {
	if len(x.Pins) == 0 {
		return article + " object"
	}
	p := x.Pins[0]
	return fmt.Sprintf("%s %s object%s (%s)", article, Size(p.Bytes), p.place(), x.history(p))
}

// place is where an object lies.
func (o Object) place() string {
	switch len(o.At) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" at %#x", o.At[0][0])
	}
	return fmt.Sprintf(" in pieces from %#x on", o.At[0][0])
}

func (x *Explanation) history(o Object) string {
	return fmt.Sprintf("allocation %d, alive for %s", o.ID, plural(uint64(max(0, x.Op-o.Op)), "operation", "operations"))
}

// manyPins sums up several objects and names the largest.
func (x *Explanation) manyPins() string {
	if len(x.Pins) == 0 {
		return plural(uint64(max(x.NPins, 0)), "object", "objects")
	}
	most := x.Pins[0]
	for _, p := range x.Pins {
		if p.Bytes > most.Bytes {
			most = p
		}
	}
	return fmt.Sprintf("%s of %s together, the largest %s%s (%s)",
		plural(uint64(x.NPins), "object", "objects"), Size(x.PinBytes), Size(most.Bytes), most.place(), x.history(most))
}

// list is "a", "a and b", "a, b and c".
func list(items []string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}
