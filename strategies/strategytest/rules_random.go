package strategytest

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

const (
	seedsPerMix   = 10  // programs of each mix on each region
	opsPerProgram = 800 // before everything left is freed
)

// testRandom leaves the mixes with windows and oddities to testOddRandom.
func testRandom(p *probe.Probe) { search(p, program.Mixes(p.Region)[:3]) }

func testOddRandom(p *probe.Probe) { search(p, program.Mixes(p.Region)[3:]) }

// search runs random programs, and fails with one that breaks a rule, reduced.
func search(p *probe.Probe, mixes []program.Mix) {
	for _, m := range mixes {
		for seed := range uint64(seedsPerMix) {
			y := probe.Play{Strategy: strategies.Checked(p.Strategy), Region: p.Region, Prefix: probe.Prefix}
			if err := y.Run(probe.Drawn(m, program.Seeded(seed, p.Region.Size), opsPerProgram)); err != nil {
				panic(program.Failure{Err: y.Explain(p.Strategy, err, origin(m, seed))})
			}
			p.Played = probe.AddDeviations(p.Played, y.Deviations)
		}
	}
}

// origin is where a program came from.
func origin(m program.Mix, seed uint64) string { return fmt.Sprintf("mix %s, seed %d", m.Name, seed) }

// testDeterministic leaves the mixes with windows and oddities to
// testOddDeterministic.
func testDeterministic(p *probe.Probe) { repeat(p, program.Mixes(p.Region)[:3]) }

func testOddDeterministic(p *probe.Probe) { repeat(p, program.Mixes(p.Region)[3:]) }

// repeat runs a program of each mix on several allocators, and fails where their
// answers differ. They are not under Checked; a program in which one fails for another
// reason is explained under it.
func repeat(p *probe.Probe, mixes []program.Mix) {
	const seed = 7
	for _, m := range mixes {
		one := &program.Run{Region: p.Region, Allocator: p.Raw()}
		var differs error
		author := program.NewAuthor(m, one, program.Seeded(seed, p.Region.Size), opsPerProgram)
		err := program.Try(func() { differs = compareRuns(p, one, author) })
		if err != nil {
			y := probe.Play{Region: p.Region, Done: one.Done}
			err = y.Explain(p.Strategy, err, origin(m, seed))
		} else {
			err = differs
		}
		if err != nil {
			panic(program.Failure{Err: err})
		}
	}
}

// compareRuns runs the same program on two allocators in turn, and once more on a
// third: a strategy that keeps anything outside its allocators, or iterates over a
// map, places differently.
func compareRuns(p *probe.Probe, one *program.Run, author *program.Author) error {
	two := &program.Run{Region: p.Region, Allocator: p.Raw()}
	var answers []program.Answer
	for range opsPerProgram {
		o := author.Next()
		a := one.Do(o)
		if err := sameAnswer(o, a, two.Do(o)); err != nil {
			return err
		}
		answers = append(answers, a)
	}
	three := &program.Run{Region: p.Region, Allocator: p.Raw()}
	for i, o := range one.Done {
		if err := sameAnswer(o, answers[i], three.Do(o)); err != nil {
			return err
		}
	}
	return nil
}

// sameAnswer demands the same addresses and sizes.
func sameAnswer(o program.Op, a, b program.Answer) error {
	if a.Same(b) {
		return nil
	}
	return fmt.Errorf("%v: the same calls gave %v in one allocator and %v in another", o, a, b)
}
