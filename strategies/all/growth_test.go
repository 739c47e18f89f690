package all_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/shared"
)

// TestGrowth is the one test of the module that judges a time. It finds work that no
// counter sees, such as a walk over the free blocks in every Free: with 16 times as
// much live and free, an operation may take at most four times as long. Caches make it
// up to twice as long; a walk makes it sixteen times. A busy machine makes single
// operations slow, not the median of many taken in turn in both states, and the test
// fails only if it finds the same several times.
func TestGrowth(t *testing.T) {
	skipInRace(t)
	list := append(grown(), shared.Locked(buddy.Strategy), shared.Sharded(buddy.Strategy, 4))
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			times, grows := growth(t, s, measure{attempts: 5, turns: 201})
			t.Logf("an operation took %.2f times as long", times)
			if grows {
				t.Errorf("an operation took %.2f times as long with 16 times as much live and free, want at most %d", slices.Min(times), mostGrowth)
			}
		})
	}
}

// TestGrowthFinds plants what TestGrowth is there for.
func TestGrowthFinds(t *testing.T) {
	skipInRace(t)
	for _, s := range grown() {
		if times, grows := growth(t, s, measure{attempts: 2, turns: 5, walk: true}); !grows {
			t.Errorf("%s with a walk in every Free took %.2f times as long, which was not found", s.Name, times)
		}
	}
}

// grown are the strategies without those that share the code of buddy for plain
// requests.
func grown() []strategies.Strategy {
	return slices.DeleteFunc(listed(), func(s strategies.Strategy) bool {
		return s.Name == buddy.Linux611.Name || s.Name == buddy.Linux618.Name
	})
}

// race says that the race detector is in the program.
var race bool

func skipInRace(t *testing.T) {
	if race {
		t.Skip("the race detector watches every access, so times say nothing")
	}
}

const (
	mostGrowth = 4
	fewLive    = 1 << 11 // pages in the small state; as many are free
	manyLive   = 16 * fewLive
)

// measure is how growth measures.
type measure struct {
	attempts, turns int
	walk            bool // plant a walk over all free blocks, which is not counted, in every Free
}

// growth measures how many times as long an operation takes in a large state as in a
// small one, some times, and stops at the first that is small enough.
func growth(t *testing.T, s strategies.Strategy, m measure) (times []float64, grows bool) {
	few, many := checkered(t, s, fewLive), checkered(t, s, manyLive)
	if m.walk {
		few.a, many.a = walker{few.a}, walker{many.a}
	}
	for range m.attempts {
		var short, long []time.Duration
		for range m.turns {
			short, long = append(short, few.turn(t)), append(long, many.turn(t))
		}
		times = append(times, float64(median(long))/float64(max(median(short), 1)))
		if times[len(times)-1] <= mostGrowth {
			return times, false
		}
	}
	return times, true
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// checkers is an allocator of which every second page is live, about.
type checkers struct {
	a    strategies.Allocator
	live [][]strategies.Block
	rng  *rand.Rand
}

func checkered(t *testing.T, s strategies.Strategy, n int) *checkers {
	a, err := s.New(strategies.Region{Size: uint64(2*n) << 12, Page: 1 << 12})
	if err != nil {
		t.Fatal(err)
	}
	c := &checkers{a: a, rng: rand.New(rand.NewPCG(1, uint64(n)))}
	for range 2 * n {
		c.live = append(c.live, c.grant(t, nil))
	}
	slices.SortFunc(c.live, func(x, y []strategies.Block) int { return int(x[0].Start>>12) - int(y[0].Start>>12) })
	kept := c.live[:0]
	for i, blocks := range c.live {
		if i%2 == 0 {
			a.Free(blocks)
		} else {
			kept = append(kept, blocks)
		}
	}
	c.live = kept
	return c
}

func (c *checkers) grant(t *testing.T, dst []strategies.Block) []strategies.Block {
	blocks, err := c.a.Alloc(dst, strategies.Request{Size: 1 << 12})
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

// turn frees pages at random and takes as many, and returns how long that took.
func (c *checkers) turn(t *testing.T) time.Duration {
	begin := time.Now()
	for range 32 {
		i := c.rng.IntN(len(c.live))
		c.a.Free(c.live[i])
		c.live[i] = c.grant(t, c.live[i][:0])
	}
	return time.Since(begin)
}

// walker walks over all free blocks in every Free.
type walker struct{ strategies.Allocator }

func (w walker) Free(blocks []strategies.Block) {
	w.Allocator.Free(blocks)
	for range w.FreeBlocks() {
	}
}
