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
//	visible      the part of VRAM that the CPU sees, from 0 on
//	vram         VRAM, the region under test; where there are tiles, the object's own
//	tile0, ...   a tile, if there are some
//	gtt          memory of the machine behind the GTT, if there is one
//	system       system memory, which is never full: the last place, if it is one
//
// Behind a place in a region may stand +topdown, +contiguous, and one of +desired: taken only
// while there is room, and nothing is evicted for it (TTM_PL_FLAG_DESIRED), and +fallback:
// tried only in the round that evicts, and left at the next use if another has free room
// (TTM_PL_FLAG_FALLBACK). What the request itself asks for holds at every place in VRAM. As in
// TTM, all places are tried before anything is evicted, and then each in turn with eviction;
// system comes last. An object that lies at one of its places stays there.
//
// Among the places may stand, once each, what the objects of the rule are:
//
//	priority=N   evicted only when nothing of a lower one is left; 0, if nothing is said, to 3
//	bulk         a use of one makes all of them the most recently used ([ttm.Bulk])
//	limit=N%     together no more than N % of VRAM, as a control group of dmem ([ttm.Group])
//	low=N%       within so much of it they are evicted only if there is no other victim
//	min=N%       within so much of it they are evicted only for the sake of their own limit
//
// Before the rules may stand, once each:
//
//	bar=N%;      the CPU sees the lowest N % of VRAM, whatever the workload says
//	bad=N;       N pages of VRAM go bad during the replay, at most 1000 ([ttm.Manager.Retire])
//	tiles=N;     VRAM is N tiles, 2 to [MostTiles], each a region with the strategy under test
//	gtt=N%;      there is a GTT, of N % of VRAM; behind a colon may stand the name of its strategy
//
// An object's own tile is chosen by a hash with the seed. Where there are tiles, each has the
// shares of VRAM that are said above.
//
// The zero value is [Default].
type Placements struct {
	text    string
	bar     uint64 // percent, 0: as the workload says
	bad     uint64 // pages
	tiles   uint64 // 0: VRAM is one region
	gtt     uint64 // percent of VRAM, 0: there is none
	gttName string // of its strategy, "": the usual one
	rules   []rule
}

// Default are the placements without a wish: mapped objects in the visible part, the others
// anywhere.
const Default = "mapped:visible; vram"

const (
	mostRules = 64   // bounds what each object is compared with
	mostBad   = 1000 // pages: each costs a look at all free memory
	mostGTT   = 1000 // percent of VRAM

	// MostTiles is the largest number of tiles.
	MostTiles = 8
)

// rule is where some objects may lie.
type rule struct {
	number     int // in the list
	conditions []condition
	places     []place
	vram       bool // one of them is in VRAM
	confined   bool // the same, and all of those are in its visible part
	system     bool // system memory is the last
	bulk       bool
	priority   uint64
	limits     ttm.Limits // in percent of VRAM
}

// condition is what must hold of an object.
type condition struct {
	kind   string
	amount uint64 // of min, max and share
}

// place is one of a rule's in a region.
type place struct {
	region  int // of the plan, or own
	visible bool
	use     ttm.Use
	flags   strategies.Flags
}

// own is the region of a place that is the object's tile, or VRAM where there are no tiles.
const own = -1

// String is the text that p was read from.
func (p Placements) String() string {
	if p.text == "" {
		return Default
	}
	return p.text
}

// GTT is the name of the strategy that the GTT is to have: "" if it is the usual one, a range
// manager, or if there is none.
func (p Placements) GTT() string { return p.gttName }

// ParsePlacements reads placements. Its error is a line that quotes the rule.
func ParsePlacements(text string) (p Placements, err error) {
	p.text = strings.TrimSpace(text)
	list := strings.Split(p.String(), ";")
	var defined []string
	for len(list) > 0 {
		one := strings.TrimSpace(list[0])
		kind, err := p.define(one)
		if err == nil && slices.Contains(defined, kind) {
			err = fmt.Errorf("%s is said twice", kind)
		}
		if err != nil {
			return p, fmt.Errorf("placements: %s: %w", one, err)
		}
		if kind == "" {
			break
		}
		defined, list = append(defined, kind), list[1:]
	}
	switch {
	case len(list) == 0:
		return p, fmt.Errorf("placements: there is no rule after %q", p.text)
	case len(list) > mostRules:
		return p, fmt.Errorf("placements: %d rules are more than %d", len(list), mostRules)
	}
	for i, one := range list {
		r, err := p.parseRule(strings.TrimSpace(one))
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
	if !slices.ContainsFunc(p.rules, func(r rule) bool { return r.vram }) {
		return p, fmt.Errorf("placements: %s: nothing has a place in VRAM, whose size goes by what does", p.text)
	}
	return p, nil
}

// define reads a definition and returns its kind, "" for what is none.
func (p *Placements) define(text string) (kind string, err error) {
	kind, value, valued := strings.Cut(text, "=")
	switch {
	case valued && kind == "bar":
		p.bar, err = percent(value, 100)
	case valued && kind == "bad":
		p.bad, err = number(value, 1, mostBad)
	case valued && kind == "tiles":
		p.tiles, err = number(value, 2, MostTiles)
	case valued && kind == "gtt":
		value, name, named := strings.Cut(value, ":")
		name = strings.TrimSpace(name)
		if p.gtt, err = percent(value, mostGTT); err == nil && named && name == "" {
			err = fmt.Errorf("behind the colon stands the name of a strategy")
		}
		p.gttName = name
	default:
		return "", nil
	}
	return kind, err
}

// parseRule reads CONDITION&CONDITION:PLACE,PLACE.
func (p *Placements) parseRule(text string) (r rule, err error) {
	if kind, _ := new(Placements).define(text); kind != "" {
		return r, fmt.Errorf("%s stands before all rules", kind)
	}
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
		if kind, value, ok := strings.Cut(one, "="); ok || one == "bulk" {
			if err := r.parseTrait(one, kind, value); err != nil {
				return r, err
			}
			if slices.Contains(traits, kind) {
				return r, fmt.Errorf("%s is said twice", kind)
			}
			traits = append(traits, kind)
			continue
		}
		at, system, err := p.parsePlace(one)
		switch {
		case err != nil:
			return r, err
		case r.system:
			return r, fmt.Errorf("system is never full, so %s after it never counts", one)
		case slices.Contains(r.places, at) && !system:
			return r, fmt.Errorf("%s is named twice", one)
		case system:
			r.system = true
		default:
			r.places = append(r.places, at)
			if at.region < int(p.nTiles()) {
				r.confined = at.visible && (r.confined || !r.vram)
				r.vram = true
			}
		}
	}
	for _, kind := range traits {
		switch grouped := kind == "limit" || kind == "low" || kind == "min"; {
		case grouped && !r.vram:
			return r, fmt.Errorf("%s is about VRAM, in which its objects have no place", kind)
		case len(r.places) == 0:
			return r, fmt.Errorf("%s is about the region, in which its objects have no place", kind)
		}
	}
	return r, nil
}

// parseTrait reads what the objects of a rule are: whole is KIND=VALUE, or KIND.
func (r *rule) parseTrait(whole, kind, value string) (err error) {
	switch {
	case kind == "priority":
		r.priority, err = number(value, 0, ttm.Priorities-1)
	case kind == "limit":
		r.limits.Max, err = percent(value, 100)
	case kind == "low":
		r.limits.Low, err = percent(value, 100)
	case kind == "min":
		r.limits.Min, err = percent(value, 100)
	case whole == "bulk":
		r.bulk = true
	default:
		err = fmt.Errorf("%q is nothing that objects can have (have: priority=N, bulk, limit=N%%, low=N%%, min=N%%)", whole)
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
		c.amount, err = percent(value, 100)
	default:
		err = fmt.Errorf("%q is no condition (have: mapped, contiguous, topdown, min=SIZE, max=SIZE, share=N%%)", text)
	}
	return c, err
}

// parsePlace reads PLACE+WORD+WORD.
func (p *Placements) parsePlace(text string) (at place, system bool, err error) {
	words := strings.Split(text, "+")
	if words[0] == "system" {
		if len(words) > 1 {
			err = fmt.Errorf("%q: system memory is as it is", text)
		}
		return at, true, err
	}
	if at.region, err = p.regionOf(words[0]); err != nil {
		return at, false, err
	}
	at.visible = words[0] == "visible"
	for _, w := range words[1:] {
		was := at
		switch w {
		case "topdown":
			at.flags |= strategies.TopDown
		case "contiguous":
			at.flags |= strategies.Contiguous
		case "desired":
			at.use = ttm.Desired
		case "fallback":
			at.use = ttm.Fallback
		default:
			return at, false, fmt.Errorf("%q: %q is nothing that a place can be (have: topdown, contiguous, desired, fallback)", text, w)
		}
		switch {
		case at == was:
			return at, false, fmt.Errorf("%q: %s is said twice", text, w)
		case was.use != ttm.Always && at.use != was.use:
			return at, false, fmt.Errorf("%q: a place is desired or a fallback", text)
		}
	}
	return at, false, nil
}

// regionOf is the region that a place names.
func (p *Placements) regionOf(name string) (region int, err error) {
	digits, tile := strings.CutPrefix(name, "tile")
	n, bad := strconv.ParseUint(digits, 10, 8)
	tile = tile && bad == nil && strconv.FormatUint(n, 10) == digits
	switch {
	case name == "visible", name == "vram":
		return own, nil
	case name == "gtt" && p.gtt > 0:
		return int(p.nTiles()), nil
	case name == "gtt":
		return 0, fmt.Errorf("there is no gtt: say how large it is before the rules, as gtt=200%%")
	case tile && n < p.tiles:
		return int(n), nil
	case tile && p.tiles > 0:
		return 0, fmt.Errorf("there is no %s: the last is tile%d", name, p.tiles-1)
	case tile:
		return 0, fmt.Errorf("there is no %s: say how many there are before the rules, as tiles=2", name)
	}
	return 0, fmt.Errorf("%q is no place (have: visible, vram, tile0, gtt, system)", name)
}

// nTiles is the number of regions of VRAM.
func (p *Placements) nTiles() uint64 { return max(1, p.tiles) }

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

// percent reads a share from 1% to most.
func percent(text string, most uint64) (uint64, error) {
	digits, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 64)
	if !ok || err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%q is no share from 1%% to %d%%, as 25%%", text, most)
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

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom
// Number Generators, 2014): any change of x changes every bit with probability one half.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
