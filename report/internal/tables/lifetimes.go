package tables

import (
	_ "embed"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed lifetimes.html
var lifetimesHTML string

// Lifetimes is how long tables live.
var Lifetimes = section.Section{
	ID:       "lifetimes",
	Title:    "Lifetimes",
	Template: lifetimesHTML,
	Make:     section.Maker(makeLifetimes),
}

// lifetimesSection is how long tables live.
type lifetimesSection struct {
	section.Head
	Groups []lifetimeGroup
}

func makeLifetimes(in judge.Run) (p lifetimesSection, err error) {
	p.Groups = lifetimeGroups(in.Strategies, in.Curves.Migrations)
	if len(p.Groups) == 0 {
		p.Head = section.Head{Heading: "Lifetimes of tables were not compared",
			Missing: section.LacksSynthetic("migrations", schema.Migrate, in.Facts)}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.LifetimesHeading(in.Strategies, in.Curves.Migrations)),
		How: "Buffers move between device and system memory while queued work, error captures and binds still hold the tables of their old places. " +
			"A hazard is a table read after its release; it must be 0 in a driver.",
		Note: words.LifetimesNote(in.Strategies, in.Times.Self, in.Curves.Migrations, in.Curves.Refs),
	}
	return p, nil
}

// lifetimeGroup are the lifetimes of one strategy's tables.
type lifetimeGroup struct {
	Name, Class string
	Rows        []lifetimeRow
}

// lifetimeRow is one of them.
type lifetimeRow struct {
	Name, Doc    string
	Time, Spread string // of a migration
	Values       []string
}

func lifetimeGroups(names list.Names, migrations rundir.Migrations) []lifetimeGroup {
	var out []lifetimeGroup
	for s, strategy := range names {
		g := lifetimeGroup{Name: strategy, Class: theme.Class(s)}
		for _, name := range judge.Lifetimes(names, migrations) {
			if c := migrations[rundir.LifetimeKey{Strategy: strategy, Lifetime: name}]; c != nil {
				row := lifetimeRowOf(c)
				row.Name, row.Doc = name, words.LifetimeWords[name].Doc
				g.Rows = append(g.Rows, row)
			}
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// lifetimeRowOf are the texts of a lifetime: hazards, peaks, latency of a capture,
// failed copies that were done again.
func lifetimeRowOf(c *rundir.LifetimeCell) lifetimeRow {
	bytes := text.None
	if !math.IsNaN(c.Bytes) {
		bytes = text.Size(stat.ToBytes(c.Bytes))
	}
	p50, _ := words.TimeText(c.P50)
	p99, _ := words.TimeText(c.P99)
	row := lifetimeRow{Values: []string{text.Exact(c.Hazards), text.Exact(c.Tables), bytes, p50, p99, text.Exact(c.Recovered)}}
	row.Time, row.Spread = words.TimeText(c.Op)
	return row
}
