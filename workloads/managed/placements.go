package managed

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Placements say where objects may lie. They are text, rules with semicolons between, of
// which the first that holds of an object decides:
//
//	mapped:visible; min=2MiB&share=50%:vram+topdown,system; vram
//
// A rule is conditions with & between, a colon, and places with commas between, in order
// of preference. The last rule has no conditions, and no other one is without.
//
// The conditions:
//
//	mapped       the CPU must reach it: its request has a window that begins at 0
//	             and ends before the region does
//	contiguous   its request is contiguous
//	topdown      its request is top-down
//	min=SIZE     it has SIZE or more; bytes, or with KiB, MiB, GiB
//	max=SIZE     it has SIZE or less
//	share=N%     it is among N % of all objects, chosen by a hash with the seed
//
// The places:
//
//	visible      the part of the region that the CPU sees, from 0 on
//	vram         the whole region
//	system       system memory, which is never full: the last place, if it is one
//
// Behind visible and vram may stand +topdown, +contiguous, and +desired: taken only while
// there is room, and nothing is evicted for it (TTM_PL_FLAG_DESIRED). What the request
// itself asks for holds at every place. As in TTM, all places are tried before anything is
// evicted, and then each in turn with eviction; system comes last.
//
// Among the places may stand, once each, what the objects of the rule are in the region:
//
//	priority=N   evicted only when nothing of a lower one is left; 0, if nothing is said, to 3
//	limit=N%     together no more than N % of the region, as a control group of dmem ([ttm.Group])
//
// Before the rules may stand, in this order:
//
//	bar=N%;      the CPU sees the lowest N % of the region, whatever the workload says
//	bad=N;       N pages of the region go bad during the replay, at most 1000 ([ttm.Manager.Retire])
//
// The zero value is [Default].
type Placements struct {
	text  string
	bar   uint64 // percent, 0: as the workload says
	bad   uint64 // pages
	rules []rule
}

// Default are the placements without a wish: mapped objects in the visible part, the others
// anywhere.
const Default = "mapped:visible; vram"

const (
	mostRules = 64   // bounds what each object is compared with
	mostBad   = 1000 // pages: each costs a look at all free memory
)

// rule is where some objects may lie.
type rule struct {
	number     int // in the list
	conditions []condition
	places     []place
	system     bool   // system memory is the last
	priority   uint64 // in the region
	limit      uint64 // percent of the region for all of them, 0: no limit
}

// condition is what must hold of an object.
type condition struct {
	kind   string
	amount uint64 // of min, max and share
}

// place is one of a rule's in the region.
type place struct {
	visible bool
	desired bool
	flags   strategies.Flags
}

// String is the text that p was read from.
func (p Placements) String() string {
	if p.text == "" {
		return Default
	}
	return p.text
}

// ParsePlacements reads placements. Its error is a line that quotes the rule.
func ParsePlacements(text string) (p Placements, err error) {
	p.text = strings.TrimSpace(text)
	list := strings.Split(p.String(), ";")
	if first, ok := strings.CutPrefix(strings.TrimSpace(list[0]), "bar="); ok {
		if p.bar, err = percent(first); err != nil {
			return p, fmt.Errorf("placements: bar=%s: %w", first, err)
		}
		list = list[1:]
	}
	if len(list) > 0 {
		if first, ok := strings.CutPrefix(strings.TrimSpace(list[0]), "bad="); ok {
			if p.bad, err = number(first, 1, mostBad); err != nil {
				return p, fmt.Errorf("placements: bad=%s: %w", first, err)
			}
			list = list[1:]
		}
	}
	switch {
	case len(list) == 0:
		return p, fmt.Errorf("placements: there is no rule after %q", p.text)
	case len(list) > mostRules:
		return p, fmt.Errorf("placements: %d rules are more than %d", len(list), mostRules)
	}
	for i, one := range list {
		r, err := parseRule(strings.TrimSpace(one))
		switch last := i == len(list)-1; {
		case err != nil:
		case last && len(r.conditions) > 0:
			err = fmt.Errorf("the last rule must hold of every object, so it has no conditions")
		case !last && len(r.conditions) == 0:
			err = fmt.Errorf("it holds of every object, so the rules after it never count")
		}
		if err != nil {
			return p, fmt.Errorf("placements: rule %d, %q: %w", i+1, strings.TrimSpace(one), err)
		}
		r.number = i
		p.rules = append(p.rules, r)
	}
	return p, nil
}

// parseRule reads CONDITION&CONDITION:PLACE,PLACE.
func parseRule(text string) (r rule, err error) {
	conditions, places, conditional := strings.Cut(text, ":")
	if !conditional {
		places = text
	} else {
		for one := range strings.SplitSeq(conditions, "&") {
			c, err := parseCondition(strings.TrimSpace(one))
			if err != nil {
				return r, err
			}
			r.conditions = append(r.conditions, c)
		}
	}
	var traits []string
	for one := range strings.SplitSeq(places, ",") {
		one = strings.TrimSpace(one)
		if kind, value, ok := strings.Cut(one, "="); ok {
			if err := r.parseTrait(kind, value); err != nil {
				return r, err
			}
			if slices.Contains(traits, kind) {
				return r, fmt.Errorf("%s is said twice", kind)
			}
			traits = append(traits, kind)
			continue
		}
		p, system, err := parsePlace(one)
		switch {
		case err != nil:
			return r, err
		case r.system:
			return r, fmt.Errorf("system is never full, so %s after it never counts", one)
		case slices.Contains(r.places, p) && !system:
			return r, fmt.Errorf("%s is named twice", one)
		case system:
			r.system = true
		default:
			r.places = append(r.places, p)
		}
	}
	if len(r.places) == 0 && len(traits) > 0 {
		return r, fmt.Errorf("%s is about the region, in which its objects have no place", traits[0])
	}
	return r, nil
}

// parseTrait reads what the objects of a rule are in the region.
func (r *rule) parseTrait(kind, value string) (err error) {
	switch kind {
	case "priority":
		r.priority, err = number(value, 0, ttm.Priorities-1)
	case "limit":
		r.limit, err = percent(value)
	default:
		err = fmt.Errorf("%q is nothing that objects can have (have: priority=N, limit=N%%)", kind+"="+value)
	}
	return err
}

func parseCondition(text string) (c condition, err error) {
	kind, value, valued := strings.Cut(text, "=")
	c.kind = kind
	switch {
	case !valued && (kind == "mapped" || kind == "contiguous" || kind == "topdown"):
	case valued && (kind == "min" || kind == "max"):
		c.amount, err = size(value)
	case valued && kind == "share":
		c.amount, err = percent(value)
	default:
		err = fmt.Errorf("%q is no condition (have: mapped, contiguous, topdown, min=SIZE, max=SIZE, share=N%%)", text)
	}
	return c, err
}

func parsePlace(text string) (p place, system bool, err error) {
	words := strings.Split(text, "+")
	switch words[0] {
	case "visible":
		p.visible = true
	case "vram":
	case "system":
		if len(words) > 1 {
			return p, true, fmt.Errorf("%q: system memory is as it is", text)
		}
		return p, true, nil
	default:
		return p, false, fmt.Errorf("%q is no place (have: visible, vram, system)", words[0])
	}
	for _, w := range words[1:] {
		was := p
		switch w {
		case "topdown":
			p.flags |= strategies.TopDown
		case "contiguous":
			p.flags |= strategies.Contiguous
		case "desired":
			p.desired = true
		default:
			return p, false, fmt.Errorf("%q: %q is nothing that a place can be (have: topdown, contiguous, desired)", text, w)
		}
		if p == was {
			return p, false, fmt.Errorf("%q: %s is said twice", text, w)
		}
	}
	return p, false, nil
}

// size reads a number of bytes: 4096, 64KiB.
func size(text string) (uint64, error) {
	for i, unit := range [...]string{"KiB", "MiB", "GiB", ""} {
		digits, ok := strings.CutSuffix(text, unit)
		if !ok {
			continue
		}
		shift := 10 * (i + 1)
		if unit == "" {
			shift = 0
		}
		if n, err := strconv.ParseUint(digits, 10, 64); err == nil && n > 0 && bits.Len64(n)+shift <= 64 {
			return n << shift, nil
		}
		break
	}
	return 0, fmt.Errorf("%q is no size, as 64KiB", text)
}

// number reads a whole number from least to most.
func number(text string, least, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is no whole number from %d to %d", text, least, most)
	}
	return n, nil
}

// percent reads a share: 1% to 100%.
func percent(text string) (uint64, error) {
	digits, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || n < 1 || n > 100 {
		return 0, fmt.Errorf("%q is no share, as 25%%", text)
	}
	return n, nil
}

// ruleOf is the rule that holds of an object. hash tells objects apart for shares.
func (p *Placements) ruleOf(o *object, mapped bool, hash uint64) *rule {
	for i := range p.rules {
		if r := &p.rules[i]; r.holds(o, mapped, mix(hash+uint64(i))) {
			return r
		}
	}
	panic("managed: the last rule does not hold")
}

// holds reports whether the conditions do.
func (r *rule) holds(o *object, mapped bool, hash uint64) bool {
	for _, c := range r.conditions {
		ok := false
		switch c.kind {
		case "mapped":
			ok = mapped
		case "contiguous":
			ok = o.flags&strategies.Contiguous != 0
		case "topdown":
			ok = o.flags&strategies.TopDown != 0
		case "min":
			ok = o.size >= c.amount
		case "max":
			ok = o.size <= c.amount
		case "share":
			hi, _ := bits.Mul64(hash, 100)
			ok = hi < c.amount
		}
		if !ok {
			return false
		}
	}
	return true
}

// onlyVisible reports whether the objects of r can be nowhere else in the region.
func (r *rule) onlyVisible() bool {
	return !slices.ContainsFunc(r.places, func(p place) bool { return !p.visible }) && len(r.places) > 0
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014): any change of x changes every bit with probability one half.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
