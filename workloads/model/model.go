// Package model makes a generator of a trace: it fits which sizes a program asks for, how
// long it keeps them and how that changes over its run, writes that as a small text, and
// makes a workload of the text.
//
// # Idea
//
// A trace is one run of one program. A model of it can be longer than the trace, has as
// many seeds as one likes, and can be changed by hand (twice the large objects, half the
// lifetimes) or sent where the trace must not go. Requests fall into classes: one for each
// size that is frequent, one for each quarter of an octave of the rest, apart by their
// conditions (alignment, window, flags). For each of up to 16 phases of the run a class
// has the number of its allocations and a histogram of their lifetimes. The clock is the
// number of allocations: an object of lifetime 8 ends before the ninth allocation after its
// own.
//
// A workload deals each phase from a shuffled deck: as many requests of each class as
// there were, each class with its lifetimes, so that only the order and what is inside a
// bucket is drawn. A longer run than the fitted one stretches the phases and deals each
// deck several times.
//
// # The text
//
//	vramlab model 1
//	# game.trace.gz: what it was fitted to
//	region 268435456 page 4096
//	allocations 1041
//	seconds 12.5
//	phases 2
//	live 120000000 160000000
//	class 4096
//	phase 1 700 12 100 40 538
//	phase 2 20 0 20
//	class 8192-12288 align=65536 topdown
//	phase 2 321
//	cleared 12
//	...
//
// "class LOW-HIGH" are the sizes of a class in bytes, both of them in it; the conditions
// are those of a trace. "phase P N" has the number of allocations in phase P, and behind it
// how many of them were freed before the next allocation, and after 1, 2 to 3, 4 to 7
// allocations, and so on; the rest was never freed. "cleared N" says how many of a class
// were freed with their contents known to be zero. "live" is the most bytes that were live
// in each phase: where a workload would have more, what is to be freed next is freed now,
// so that it never fills the region more than the program did. "seconds" is how long the run took, if
// that is known.
//
// # What a model does not keep
//
// That objects are freed together, in an order, or because of each other: lifetimes are
// independent draws. So large frees at the end of a frame are spread out, and what depends
// on them (merging of neighbours, mostly) is less favourable than in the trace. How far a
// model is from its trace is seen by running both; the README shows one pair. Trims and
// resets are left out, as are conditions beyond the eight most frequent; [Fit] counts them.
package model

import (
	"github.com/vramlab/vramlab/strategies"
)

// Bounds of a model that is read or made.
const (
	MaxPhases  = 16
	maxClasses = 256
	maxOctaves = 64
)

// Model is what is known of the load of a program.
type Model struct {
	Name        string   // of what it was fitted to
	Notes       []string // further comments
	Region      strategies.Region
	Allocations int      // of the run
	Seconds     float64  // that it took; 0 if that is not known
	Phases      int      // from 1 to [MaxPhases]
	Live        []uint64 // by phase: the most bytes that were live
	Classes     []Class
}

// Class is one kind of request.
type Class struct {
	Low, High uint64             // sizes in bytes, whole pages, both in the class
	Req       strategies.Request // its conditions; Size is 0
	Phases    []Phase
	Cleared   int // of those that were freed
}

// Phase is what happened to a class in one phase of the run.
type Phase struct {
	Allocations int
	Life        []int // of those that were freed, by octave: within 0, 1, 2 to 3, 4 to 7, ... allocations
}

// left is the number of objects of a phase that were never freed.
func (p *Phase) left() int { return p.Allocations - sum(p.Life) }

// freed is the number of objects of a class that were freed.
func (c *Class) freed() (n int) {
	for i := range c.Phases {
		n += sum(c.Phases[i].Life)
	}
	return n
}

func sum(n []int) (total int) {
	for _, v := range n {
		total += v
	}
	return total
}
