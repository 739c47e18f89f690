package report

import (
	_ "embed"
	"math"
	"slices"
)

// lifetimeWords say in a sentence and in a table what a lifetime of tables is.
// One that is not here has its name.
var lifetimeWords = map[string]struct{ subject, doc string }{
	"refcount": {"counted references", "every user holds a reference (i915)"},
	"copy":     {"copies", "every user has a copy of its own"},
	"resource": {"tables that live with the resource", "released with the memory they describe"},
	"gc":       {"garbage-collected tables", "plain pointers, freed by the Go collector"},
}

func lifetimeSubject(name string) string {
	if w, ok := lifetimeWords[name]; ok {
		return w.subject
	}
	return "tables of " + name
}

// lifetimes are the lifetimes that were compared, the design first.
func lifetimes(names Names, migrations Migrations) []string {
	var out []string
	for k := range migrations {
		if names.index(k.strategy) >= 0 {
			out = append(out, k.lifetime)
		}
	}
	return known(out, "refcount", "copy", "resource", "gc")
}

// hazards are the tables read after their release under a lifetime, over all
// strategies; NaN when none of them was counted.
func hazards(names Names, migrations Migrations, lifetime string) float64 {
	sum := math.NaN()
	for _, s := range names {
		c := migrations[lifetimeKey{s, lifetime}]
		switch {
		case c == nil || math.IsNaN(c.hazards):
		case math.IsNaN(sum):
			sum = c.hazards
		default:
			sum += c.hazards
		}
	}
	return sum
}

// lifetimesHeading says which lifetimes let a table be read after its release,
// and which did not.
func lifetimesHeading(names Names, migrations Migrations) prose {
	var unsafe, safe []string
	var times []float64
	for _, name := range lifetimes(names, migrations) {
		switch h := hazards(names, migrations, name); {
		case h > 0:
			unsafe, times = append(unsafe, name), append(times, h)
		case h == 0:
			safe = append(safe, lifetimeSubject(name))
		}
	}
	if len(unsafe) == 0 && len(safe) == 0 {
		return "Whether a table was read after its release was not counted"
	}
	if len(unsafe) == 0 {
		return prose("No table was read after its release: " + list(safe))
	}
	var parts []string
	for i, name := range unsafe {
		n := plural(times[i], "time", "times")
		if i == 0 {
			n = "were read after release " + n
		}
		parts = append(parts, lifetimeSubject(name)+" "+n)
	}
	heading := upperFirst(list(parts))
	if len(safe) > 0 {
		heading += "; " + list(safe) + " never"
	}
	return prose(heading)
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

func lifetimeGroups(names Names, migrations Migrations) []lifetimeGroup {
	var out []lifetimeGroup
	for s, strategy := range names {
		g := lifetimeGroup{Name: strategy, Class: class(s)}
		for _, name := range lifetimes(names, migrations) {
			if c := migrations[lifetimeKey{strategy, name}]; c != nil {
				row := c.row()
				row.Name, row.Doc = name, lifetimeWords[name].doc
				g.Rows = append(g.Rows, row)
			}
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// row are the texts of a lifetime: hazards, peaks, latency of a capture,
// failed copies that were done again.
func (c *lifetimeCell) row() lifetimeRow {
	bytes := none
	if !math.IsNaN(c.bytes) {
		bytes = size(toBytes(c.bytes))
	}
	p50, _ := timeText(c.p50)
	p99, _ := timeText(c.p99)
	row := lifetimeRow{Values: []string{exact(c.hazards), exact(c.tables), bytes, p50, p99, exact(c.recovered)}}
	row.Time, row.Spread = timeText(c.op)
	return row
}

// lifetimesNote is what a reference costs by itself, and what limits the
// comparison.
func lifetimesNote(names Names, self *SelfTest, migrations Migrations, refs Refs) string {
	lo, hi := migrationsEach(names, migrations)
	return refsNote(self, refs) + span(count(lo), count(hi), nbsp+"migrations") + " a sample, run step by step on one goroutine in an order drawn from the seed: hazards, peaks and recoveries are exact and the same everywhere, times hold no waiting of one worker for another. Peaks count what is alive at the same time. Recovered: copies that failed by injection and were done again from the tables held."
}

// refsNote is what a reference costs one holder and several at once. Only a
// difference that may be called is put down to contention: several holders on
// one core, say, do not get into each other's way.
func refsNote(self *SelfTest, refs Refs) string {
	alone, several := refs["uncontended"], refs["contended"]
	const by = " (time of all pairs by their number)"
	one, _ := timeText(alone)
	all, _ := timeText(several)
	both := "A get and its put take " + one + " with one holder and " + all + " with several at once" + by
	switch {
	case len(alone) == 0 && len(several) == 0:
		return ""
	case len(several) == 0:
		return "A get and its put take " + one + " uncontended. "
	case len(alone) == 0:
		return "A get and its put take " + all + " with several holders at once" + by + ". "
	case self.Calls(alone, several):
		return "A get and its put take " + one + " uncontended and " + all + " contended" + by + ". "
	case median(slices.Clone(several)) <= median(slices.Clone(alone)):
		return both + ", which shows no cost of contention. "
	}
	return both + "; this run cannot call the difference. "
}

// migrationsEach is the least and the greatest number of migrations of a
// sample.
func migrationsEach(names Names, migrations Migrations) (lo, hi int) {
	lo = math.MaxInt
	for k, c := range migrations {
		if names.index(k.strategy) >= 0 {
			lo, hi = min(lo, c.number), max(hi, c.number)
		}
	}
	return lo, hi
}

//go:embed page/lifetimes.html
var lifetimesHTML string

// LifetimesSection is how long tables live.
var LifetimesSection = Section{
	ID:       "lifetimes",
	Title:    "Lifetimes",
	Template: lifetimesHTML,
	Make:     maker(makeLifetimes),
}

// lifetimesSection is how long tables live.
type lifetimesSection struct {
	Head
	Groups []lifetimeGroup
}

func makeLifetimes(in In) (p lifetimesSection, err error) {
	p.Groups = lifetimeGroups(in.strategies, in.curves.migrations)
	if len(p.Groups) == 0 {
		p.Head = Head{Heading: "Lifetimes of tables were not compared",
			Missing: "This run has no migrations (curves.bench holds no BenchmarkMigrate lines)."}
		return p, nil
	}
	p.Head = Head{
		Heading: markup(in.strategies, lifetimesHeading(in.strategies, in.curves.migrations)),
		How: "Buffers move between device and system memory while queued work, error captures and binds still hold the tables of where they were. " +
			"A hazard is a table read after its release; it must be 0 in a driver.",
		Note: lifetimesNote(in.strategies, in.times.Self, in.curves.migrations, in.curves.refs),
	}
	return p, nil
}
