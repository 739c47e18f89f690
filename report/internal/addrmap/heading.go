package addrmap

import (
	"github.com/vramlab/vramlab/report/internal/text"
)

// mostBroken is the moment that the map opens at and its heading is about: the one at
// which the largest share of the free memory of one strategy is broken, of equals the one
// with most free. If nothing is ever broken it is the fullest moment. The first refusal
// is no such moment: it may come of a full region, or of one that is hardly used.
func (d mapData) mostBroken() int {
	best := d.fullest()
	var worst frame
	for _, m := range d.Maps {
		for i, f := range m.frames {
			if f.live > 0 && (f.broken > worst.broken || f.broken == worst.broken && f.broken > 0 && f.live < worst.live) {
				best, worst = i, f
			}
		}
	}
	return best
}

// fullest is the moment at which most is live with all strategies together.
func (d mapData) fullest() int {
	best, most := len(d.At)-1, uint64(0)
	for i := range d.At {
		live := uint64(0)
		for _, m := range d.Maps {
			live += m.frames[i].live
		}
		if live > most {
			best, most = i, live
		}
	}
	return best
}

// heading states how much of the free memory is broken at the moment that the map opens
// at, in the numbers of its captions.
func (d mapData) heading() text.Prose {
	var parts []string
	granted, broken, equal := false, false, len(d.Maps) > 1
	first := d.Maps[0].frames[d.Start]
	for _, m := range d.Maps {
		f := m.frames[d.Start]
		granted = granted || f.live > 0
		broken = broken || f.broken > 0
		equal = equal && text.Percent(f.broken) == text.Percent(first.broken)
		part := text.Percent(f.broken) + " of " + text.Mark(m.strategy) + "'s"
		if len(parts) == 0 {
			part += " lies outside whole 2" + text.NBSP + "MiB pages"
		}
		parts = append(parts, part)
	}
	when := "When free memory is most broken, at operation " + text.Count(d.At[d.Start]) + " of " + text.Count(d.Ops) + ", "
	switch {
	case !granted:
		return "Nothing was granted"
	case !broken:
		return "At no moment of the map does free memory lie outside whole 2" + text.NBSP + "MiB pages"
	case equal:
		return text.Prose(when + text.Percent(first.broken) + " lies outside whole 2" + text.NBSP + "MiB pages with either strategy" + d.largest())
	}
	return text.Prose(when + text.List(parts))
}

// largest says how large the largest hole of each is, behind a share that is the same
// for all.
func (d mapData) largest() string {
	first := d.Maps[0].frames[d.Start].largest
	var parts []string
	same := true
	for _, m := range d.Maps {
		size := m.frames[d.Start].largest
		same = same && size == first
		parts = append(parts, text.Size(size)+" with "+text.Mark(m.strategy))
	}
	switch {
	case first == 0 && same:
		return ""
	case same:
		return ", the largest hole is " + text.Size(first)
	}
	return ", the largest hole is " + text.List(parts)
}
