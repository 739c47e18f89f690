package strategytest

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

const (
	seedsPerMix   = 10  // programs of each mix on each region
	opsPerProgram = 800 // before everything left is freed
)

// testRandom leaves the mixes with windows and oddities to testOddRandom.
func (p *probe) testRandom()    { p.search(program.Mixes(p.region)[:3]) }
func (p *probe) testOddRandom() { p.search(program.Mixes(p.region)[3:]) }

// search runs random programs, and fails with one that breaks a rule, reduced.
func (p *probe) search(mixes []program.Mix) {
	for _, m := range mixes {
		for seed := range uint64(seedsPerMix) {
			y := play{strategy: strategies.Checked(p.strategy), region: p.region}
			if err := y.run(drawn(m, program.Seeded(seed, p.region.Size), opsPerProgram)); err != nil {
				origin := fmt.Sprintf("mix %s, seed %d", m.Name, seed)
				panic(program.Failure{Err: explain(p.strategy, p.region, y.done, origin)})
			}
		}
	}
}

// testDeterministic runs the same program on two allocators in turn, and once
// more on a third: a strategy that keeps anything outside its allocators, or
// iterates over a map, places differently.
func (p *probe) testDeterministic() {
	for _, m := range program.Mixes(p.region) {
		one := &program.Run{Region: p.region, Allocator: p.raw()}
		two := &program.Run{Region: p.region, Allocator: p.raw()}
		author := program.NewAuthor(m, one, program.Seeded(7, p.region.Size), opsPerProgram)
		var answers []program.Answer
		for range opsPerProgram {
			o := author.Next()
			a := one.Do(o)
			sameAnswer(o, a, two.Do(o))
			answers = append(answers, a)
		}
		n := 0
		three := play{strategy: p.strategy, region: p.region, see: func(o program.Op, a program.Answer) {
			sameAnswer(o, answers[n], a)
			n++
		}}
		if err := three.run(listed(one.Done)); err != nil {
			panic(program.Failure{Err: err})
		}
	}
}

// sameAnswer demands the same addresses and sizes.
func sameAnswer(o program.Op, a, b program.Answer) {
	if !a.Same(b) {
		program.Failf("%v: the same calls gave %v in one allocator and %v in another", o.Req, a, b)
	}
}
