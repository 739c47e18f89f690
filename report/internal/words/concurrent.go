package words

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// LockWords say what a lock is: as part of a sentence, and in a table.
var LockWords = map[string]struct{ with, Doc string }{
	schema.LockOne:    {"behind one lock", "one lock around the whole strategy"},
	schema.LockShards: {"with shards", "the region in parts, each with its own lock"},
}

func lockWith(name string) string {
	if w, ok := LockWords[name]; ok {
		return w.with
	}
	return "with " + name
}

// gainsText is "1.7 to 1.9 times", with what it is times of or where.
func gainsText(g judge.Gains, of string) string {
	phrase := text.Span(Round2Text(g.Lo), Round2Text(g.Hi), " "+of)
	if g.Told < g.Many {
		phrase += fmt.Sprintf(" (%d of %d strategies; no detectable change for the others)", g.Told, g.Many)
	}
	return phrase
}

// Round2Text is a ratio with two decimals up to ten.
func Round2Text(v float64) string {
	if v < 9.995 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return text.Short3(v)
}

// ConcurrentHeading states what more goroutines do to the throughput with each
// kind of lock or, measured at one number of goroutines, what the kinds do to
// it.
func ConcurrentHeading(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent) text.Prose {
	numbers, locks := judge.Goroutines(names, concurrent)
	if self.Failed {
		return "This run is too noisy to say what several goroutines gain"
	}
	lo, hi := numbers[0], numbers[len(numbers)-1]
	if lo == hi {
		return lockHeading(names, self, concurrent, hi, locks)
	}
	var found, untold []string
	for _, lock := range locks {
		var g judge.Gains
		for s := range names {
			if times, told, ok := judge.Gain(self, concurrent.Of(names[s], lock, lo), concurrent.Of(names[s], lock, hi)); ok {
				g.Take(times, told)
			}
		}
		switch {
		case g.Told > 0:
			found = append(found, gainsText(g, lockWith(lock)))
		case g.Many > 0:
			untold = append(untold, lockWith(lock))
		}
	}
	head := fmt.Sprintf("From %s to %s ", text.Count(lo), text.Plural(float64(hi), "goroutine", "goroutines"))
	switch {
	case len(found) == 0:
		return text.Prose(head + "there is no detectable change of throughput")
	case len(untold) > 0:
		return text.Prose(head + "throughput changes by a factor of " + text.List(found) + "; there is no detectable change " + text.List(untold))
	}
	return text.Prose(head + "throughput changes by a factor of " + text.List(found))
}

// lockHeading compares the kinds of lock at one number of goroutines.
func lockHeading(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent, n int, locks []string) text.Prose {
	at := text.Plural(float64(n), "goroutine", "goroutines")
	if len(locks) < 2 {
		return text.Prose("Throughput was measured at " + at + " only")
	}
	var g judge.Gains
	base, other := locks[0], locks[1]
	for s := range names {
		if times, told, ok := judge.Gain(self, concurrent.Of(names[s], base, n), concurrent.Of(names[s], other, n)); ok {
			g.Take(times, told)
		}
	}
	if g.Told == 0 {
		return text.Prose("At " + at + " throughput " + lockWith(base) + " and " + lockWith(other) + " shows no detectable difference")
	}
	return text.Prose("At " + at + " throughput " + lockWith(other) + " is " + gainsText(g, "times that "+lockWith(base)))
}

// ConcurrentNote says what limits the figure.
func ConcurrentNote(names list.Names, facts rundir.Facts, concurrent rundir.Concurrent, crossings rundir.Crossings, numbers []int) string {
	note := "Medians of the samples; a change counts where the samples do not overlap."
	if cores, err := strconv.Atoi(facts.Value(schema.FactCores)); err == nil && cores < numbers[len(numbers)-1] {
		note += " The machine has " + text.Plural(float64(cores), "core", "cores") + ": more goroutines than that take turns, whatever the lock, and the holder of a lock may lose its core, which shows in the rarest latencies."
	}
	return strings.Join(text.NonEmpty(note, uncounted(names, facts, concurrent, numbers), text.Plain(names, concurrentCrossings(names, concurrent, crossings))), " ")
}

// uncounted explains missing samples of no more goroutines than the machine has
// cores. A run that did not ask for two goroutines looks the same.
func uncounted(names list.Names, facts rundir.Facts, concurrent rundir.Concurrent, numbers []int) string {
	cores, err := strconv.Atoi(facts.Value(schema.FactCores))
	if err != nil {
		cores = math.MaxInt
	}
	var missing []string
	asked := slices.Clone(numbers)
	if !slices.Contains(asked, 2) {
		asked = append(asked, 2) // the default of a run
	}
	slices.Sort(asked)
	for _, n := range asked {
		if n > 1 && n <= cores && judge.Lacks(names, concurrent, n) {
			missing = append(missing, text.Count(n))
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return "Samples without a core for each goroutine are not counted, which may be why those of " + text.List(missing) + " goroutines are missing."
}

// concurrentCrossings says whose times contain a crossing.
func concurrentCrossings(names list.Names, concurrent rundir.Concurrent, crossings rundir.Crossings) text.Prose {
	return contained(names, crossings, func(strategy int) bool {
		for k := range concurrent {
			if names.Index(k.Strategy) == strategy {
				return true
			}
		}
		return false
	}, "made while the lock is held")
}
