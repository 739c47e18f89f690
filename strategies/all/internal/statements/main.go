// Statements has each strategy free and take pages in a small and in a large state, and
// writes how often which statement was executed. It is built with the counters of a
// coverage profile: go build -cover -covermode=atomic -coverpkg=./strategies/... It makes a
// directory STRATEGY-LIVE in the directory of its argument for each, for go tool covdata,
// and one with walking_ before that which has a walk over the free blocks in every Free,
// for a tenth of the turns: each is long.
package main

import (
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/coverage"
	"slices"
	"strconv"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/shared"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 4 {
		log.Fatal("usage: statements DIR TURNS LIVE...")
	}
	turns, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	for _, arg := range os.Args[3:] {
		live, err := strconv.Atoi(arg)
		if err != nil {
			log.Fatal(err)
		}
		for _, s := range subjects() {
			for _, walk := range []bool{false, true} {
				name, turns := fmt.Sprintf("%s-%d", s.Name, live), turns
				if walk {
					name, turns = "walking_"+name, turns/10
				}
				if err := count(filepath.Join(os.Args[1], name), s, live, turns, walk); err != nil {
					log.Fatalf("%s: %v", s.Name, err)
				}
			}
		}
	}
}

// subjects are the strategies, without those that share the code of buddy for plain
// requests.
func subjects() []strategies.Strategy {
	list := slices.DeleteFunc(all.List(), func(s strategies.Strategy) bool {
		return s.Name == buddy.Linux611.Name || s.Name == buddy.Linux618.Name
	})
	return append(list, shared.Locked(buddy.Strategy), shared.Sharded(buddy.Strategy, 4))
}

// walker walks over all free blocks in every Free.
type walker struct{ strategies.Allocator }

func (w walker) Free(blocks []strategies.Block) {
	w.Allocator.Free(blocks)
	for range w.FreeBlocks() {
	}
}

// count writes what is executed in so many turns, with a walk in every Free if that is
// asked for, into the new directory dir.
func count(dir string, s strategies.Strategy, live, turns int, walk bool) error {
	c, err := newCheckers(s, live)
	if err != nil {
		return err
	}
	if walk {
		c.a = walker{c.a}
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	if err := coverage.WriteMetaDir(dir); err != nil {
		return err
	}
	if err := coverage.ClearCounters(); err != nil {
		return err
	}
	for range turns {
		if err := c.turn(); err != nil {
			return err
		}
	}
	return coverage.WriteCountersDir(dir)
}

// checkers is an allocator of which every second page is live, about.
type checkers struct {
	a    strategies.Allocator
	live [][]strategies.Block
	rng  *rand.Rand
}

const page = 1 << 12

func newCheckers(s strategies.Strategy, live int) (*checkers, error) {
	a, err := s.New(strategies.Region{Size: uint64(2*live) * page, Page: page})
	if err != nil {
		return nil, err
	}
	c := &checkers{a: a, rng: rand.New(rand.NewPCG(1, uint64(live)))}
	for range 2 * live {
		blocks, err := a.Alloc(nil, strategies.Request{Size: page})
		if err != nil {
			return nil, err
		}
		c.live = append(c.live, blocks)
	}
	slices.SortFunc(c.live, func(x, y []strategies.Block) int { return int(x[0].Start/page) - int(y[0].Start/page) })
	kept := c.live[:0]
	for i, blocks := range c.live {
		if i%2 == 0 {
			a.Free(blocks)
		} else {
			kept = append(kept, blocks)
		}
	}
	c.live = kept
	return c, nil
}

// turn frees a page at random and takes one.
func (c *checkers) turn() (err error) {
	i := c.rng.IntN(len(c.live))
	c.a.Free(c.live[i])
	c.live[i], err = c.a.Alloc(c.live[i][:0], strategies.Request{Size: page})
	return err
}
