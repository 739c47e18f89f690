package words

import (
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// LifetimeWords say in a sentence and in a table what a lifetime of tables is.
// One that is not here has its name.
var LifetimeWords = map[string]struct{ subject, Doc string }{
	"refcount": {"counted references", "every user holds a reference (i915)"},
	"copy":     {"copies", "every user has a copy of its own"},
	"resource": {"tables that live with the resource", "released with the memory they describe"},
	"gc":       {"garbage-collected tables", "plain pointers, freed by the Go collector"},
}

func lifetimeSubject(name string) string {
	if w, ok := LifetimeWords[name]; ok {
		return w.subject
	}
	return "tables of " + name
}

// LifetimesHeading says which lifetimes let a table be read after its release,
// and which did not.
func LifetimesHeading(names list.Names, migrations rundir.Migrations) text.Prose {
	var unsafe, safe []string
	var times []float64
	for _, name := range judge.Lifetimes(names, migrations) {
		switch h := judge.Hazards(names, migrations, name); {
		case h > 0:
			unsafe, times = append(unsafe, name), append(times, h)
		case h == 0:
			safe = append(safe, lifetimeSubject(name))
		}
	}
	if len(unsafe) == 0 && len(safe) == 0 {
		return "Reads of a table after its release were not counted"
	}
	if len(unsafe) == 0 {
		return text.Prose("No table was read after its release: " + text.List(safe))
	}
	var parts []string
	for i, name := range unsafe {
		n := text.Plural(times[i], "time", "times")
		if i == 0 {
			n = "were read after release " + n
		}
		parts = append(parts, lifetimeSubject(name)+" "+n)
	}
	heading := text.UpperFirst(text.List(parts))
	if len(safe) > 0 {
		heading += "; " + text.List(safe) + " never"
	}
	return text.Prose(heading)
}

// LifetimesNote is what a reference costs by itself, and what limits the
// comparison.
func LifetimesNote(names list.Names, self *judge.SelfTest, migrations rundir.Migrations, refs rundir.Refs) string {
	lo, hi := judge.MigrationsEach(names, migrations)
	return refsNote(self, refs) + text.Span(text.Count(lo), text.Count(hi), text.NBSP+"migrations") + " per sample, run step by step on one goroutine in an order drawn from the seed: hazards, peaks and recoveries are exact and the same everywhere, times include no waiting of one worker for another. Peaks count what is alive at the same time. Recovered: copies that were made to fail and were repeated from the tables held."
}

// refsNote is what a reference costs one holder and several at once. Only a
// difference that may be called is put down to contention: several holders on
// one core, say, do not get into each other's way.
func refsNote(self *judge.SelfTest, refs rundir.Refs) string {
	alone, several := refs[schema.ModeAlone], refs[schema.ModeContended]
	const by = " (total time divided by the number of pairs)"
	one, _ := TimeText(alone)
	all, _ := TimeText(several)
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
	case stat.Median(slices.Clone(several)) <= stat.Median(slices.Clone(alone)):
		return both + ", which shows no cost of contention. "
	}
	return both + "; this run cannot tell the difference from noise. "
}
