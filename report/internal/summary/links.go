package summary

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
)

// evidence says where the numbers of a column come from: the row of the workload in the
// section of that name, or the map. The first whose word is in the name of the column
// counts. The page drops links to what a run does not have.
var evidence = []struct{ word, section string }{
	{"refused", "map"},
	{"broken", "map"},
	{"page-table", "pagetables"},
	{"reach", "pagetables"},
	{"sg entries", "sgtables"},
	{"kernel steps", "kernels"},
	{"pays", "pays"},
	{"cost", "pays"},
	{"time", "times"},
}

// link is where a cell leads, empty for nowhere.
func link(in judge.Run, c decisions.Column, w *rundir.Workload) string {
	name := strings.ToLower(c.Long)
	for _, e := range evidence {
		if !strings.Contains(name, e.word) {
			continue
		}
		switch e.section {
		case "map":
			return mapLink(in.Strategies, w, e.word == "refused")
		case "sgtables":
			return "#" + section.Anchor("sgtables", in.Builder+" "+w.Name)
		case "pays":
			return "#pays"
		}
		return "#" + section.Anchor(e.section, w.Name)
	}
	return ""
}

// mapLink is the map of a workload, at the first refusal or at the moment that the map
// chooses, for the base and the one that refused most besides it. A workload without
// placements has no map.
func mapLink(names list.Names, w *rundir.Workload, refused bool) string {
	if w.AnyPlacement() == nil {
		return ""
	}
	link := "#map=" + url.QueryEscape(w.Name)
	who, most, first := 1, 0, 0
	for s := range names {
		p := w.Placement(s)
		if p == nil || len(p.Refusals.At) == 0 {
			continue
		}
		if n := p.Refusals.N - p.Refusals.Invalid; n > most {
			most, first = n, int(p.Refusals.At[0])
			if s > 0 {
				who = s
			}
		}
	}
	if refused && most > 0 {
		link += "&op=" + strconv.Itoa(first)
		if len(names) > 1 {
			link += "&s=" + url.QueryEscape(names[0]) + "," + url.QueryEscape(names[who])
		}
	}
	return link
}
