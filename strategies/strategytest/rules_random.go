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
			y := probe.Play{Strategy: strategies.Checked(p.Strategy), Region: p.Region}
			if err := y.Run(probe.Drawn(m, program.Seeded(seed, p.Region.Size), opsPerProgram)); err != nil {
				origin := fmt.Sprintf("mix %s, seed %d", m.Name, seed)
				panic(program.Failure{Err: probe.Explain(p.Strategy, p.Region, y.Done, origin)})
			}
		}
	}
}

// testDeterministic runs the same program on two allocators in turn, and once
// more on a third: a strategy that keeps anything outside its allocators, or
// iterates over a map, places differently.
func testDeterministic(p *probe.Probe) {
	for _, m := range program.Mixes(p.Region) {
		one := &program.Run{Region: p.Region, Allocator: p.Raw()}
		two := &program.Run{Region: p.Region, Allocator: p.Raw()}
		author := program.NewAuthor(m, one, program.Seeded(7, p.Region.Size), opsPerProgram)
		var answers []program.Answer
		for range opsPerProgram {
			o := author.Next()
			a := one.Do(o)
			sameAnswer(o, a, two.Do(o))
			answers = append(answers, a)
		}
		three := &program.Run{Region: p.Region, Allocator: p.Raw()}
		for i, o := range one.Done {
			sameAnswer(o, answers[i], three.Do(o))
		}
	}
}

// sameAnswer demands the same addresses and sizes.
func sameAnswer(o program.Op, a, b program.Answer) {
	if !a.Same(b) {
		program.Failf("%v: the same calls gave %v in one allocator and %v in another", o.Req, a, b)
	}
}
