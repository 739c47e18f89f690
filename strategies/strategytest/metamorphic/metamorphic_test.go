package metamorphic_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/strategytest/metamorphic"
)

var (
	seed = flag.Uint64("seed", 1, "of the random programs in TestMetamorphic")
	ops  = flag.Uint64("ops", 30_000, "checked operations per strategy in TestMetamorphic")
)

// memoryless are the strategies whose placements follow from what is free alone.
var memoryless = []string{"buddy", "buddy_6.11", "buddy_6.18", "radix", "reference", "reference.scatter"}

// TestMetamorphic runs random programs on every strategy. A long run, which
// tells with -v how far it is, needs a longer timeout than that of go test:
//
//	go test ./strategies/strategytest/metamorphic -run Metamorphic -v -timeout 0 -seed 7 -ops 100000000
func TestMetamorphic(t *testing.T) {
	list := all.List()
	for _, s := range []strategies.Strategy{buddy.LIFO, firstfit.Single, firstfit.Scattering} {
		if !slices.ContainsFunc(list, func(l strategies.Strategy) bool { return l.Name == s.Name }) {
			list = append(list, s)
		}
	}
	for _, s := range list {
		if s.Name == buddy.Linux71.Name {
			continue // it is buddy
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			runMetamorphic(t, s)
		})
	}
}

func runMetamorphic(t *testing.T, s strategies.Strategy) {
	begin := time.Now()
	say := func(n uint64) {
		t.Logf("%d of %d operations, %.0f a second", n, *ops, float64(n)/time.Since(begin).Seconds())
	}
	every := max(*ops/10, 1_000_000)
	next := every
	m := metamorphic.Search{
		Seed:       *seed,
		Ops:        *ops,
		Memoryless: slices.Contains(memoryless, s.Name),
		Progress: func(n uint64) {
			if n >= next && n < *ops {
				say(n)
				next += every
			}
		},
	}
	known := strategies.Deviation{Cap: strategies.CapMisalignedWindow}
	m.Deviation = func(d strategies.Deviation) { known.Grants += d.Grants }
	n, err := m.Run(s)
	say(n)
	if known.Grants != 0 {
		t.Logf("known deviation: %v", known)
	}
	if c := (*metamorphic.Counterexample)(nil); errors.As(err, &c) {
		keep(t, c)
	}
	if err != nil {
		t.Error(err)
	}
}

// keep writes the traces of a counterexample to files.
func keep(t *testing.T, c *metamorphic.Counterexample) {
	for _, text := range [][]byte{c.Trace, c.Variant} {
		if text == nil {
			continue
		}
		f, err := os.CreateTemp("", "metamorphic-"+c.Strategy+"-*.trace")
		if err == nil {
			_, err = f.Write(text)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			t.Error(err)
			continue
		}
		t.Logf("replay with: go run ./cmd/vramlab replay -strategy %s %s", c.Strategy, f.Name())
	}
}
