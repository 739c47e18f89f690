package addrmap

import (
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/report/internal/text"
)

// opening is what the section says of the map shown first: its film, the lanes shown and
// the moment.
type opening struct {
	*film
	start
}

// each are the shown lanes with their state at the moment.
func (o opening) each(f func(l *lane, m moment)) {
	for _, i := range o.start.lanes {
		f(o.film.lanes[i], o.film.lanes[i].moments[o.frame])
	}
}

// heading states how much of the free memory is broken at the moment that the map opens
// at, in the numbers of its captions.
func (o opening) heading() text.Prose {
	var parts []string
	granted, broken, equal := false, false, len(o.start.lanes) > 1
	first := o.film.lanes[o.start.lanes[0]].moments[o.frame]
	o.each(func(l *lane, m moment) {
		granted = granted || m.live > 0
		broken = broken || m.broken > 0
		equal = equal && text.Percent(m.broken) == text.Percent(first.broken)
		part := text.Percent(m.broken) + " of " + text.Mark(l.strategy) + "'s"
		if len(parts) == 0 {
			part += " free memory lies outside whole 2" + text.NBSP + "MiB pages"
		}
		parts = append(parts, part)
	})
	when := "When free memory is most broken"
	switch {
	case o.alike:
		when = "The two do not differ at any moment of the map; when most is live"
	case len(o.start.lanes) > 1:
		when = "When the two differ most"
	}
	when += ", at operation " + text.Count(o.at[o.frame]) + " of " + text.Count(o.ops) + ", "
	switch {
	case !granted:
		return "Nothing was granted"
	case !broken && len(o.start.lanes) == 1:
		return "At no moment of the map does free memory lie outside whole 2" + text.NBSP + "MiB pages"
	case equal && !broken:
		return text.Prose(when + "no free memory lies outside whole 2" + text.NBSP + "MiB pages" + o.largest() + o.refusals())
	case equal:
		return text.Prose(when + text.Percent(first.broken) + " of free memory lies outside whole 2" + text.NBSP + "MiB pages with either strategy" + o.largest() + o.refusals())
	}
	return text.Prose(when + text.List(parts) + o.refusals())
}

// refusals says how many requests each had refused by then, if that differs: who refuses
// has more memory to break, or less. An invalid request is none.
func (o opening) refusals() string {
	var parts []string
	same := true
	first := o.film.lanes[o.start.lanes[0]].moments[o.frame].telling
	o.each(func(l *lane, m moment) {
		same = same && m.telling == first
		what := text.Count(m.telling)
		if len(parts) == 0 {
			what = text.Plural(float64(m.telling), "request", "requests")
		}
		parts = append(parts, text.Mark(l.strategy)+" had refused "+what)
	})
	if same {
		return ""
	}
	return "; by then " + parts[0] + " and " + strings.Replace(parts[1], " had refused", "", 1)
}

// largest says how large the largest hole of each is, behind a share that is the same
// for all.
func (o opening) largest() string {
	var parts []string
	same := true
	first := o.film.lanes[o.start.lanes[0]].moments[o.frame].largest
	o.each(func(l *lane, m moment) {
		same = same && m.largest == first
		parts = append(parts, text.Size(m.largest)+" with "+text.Mark(l.strategy))
	})
	switch {
	case first == 0 && same:
		return ""
	case same:
		return ", the largest hole is " + text.Size(first)
	}
	return ", the largest hole is " + text.List(parts)
}

// caption is a moment of a lane in words; what the script writes begins with it. The largest
// hole is in its title: a first screen of five strategies has no room for more words.
func (f *film) caption(m moment) string {
	return fmt.Sprintf("%s full · %s broken · %s\u00a0refused",
		text.Percent(100*float64(m.live)/float64(f.region)), text.Percent(m.broken), text.Count(m.refused))
}
