package experiment

import (
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

const (
	// apart is the number of a goroutine's objects that are free at any time but
	// the beginning of its stream. An object that is freed is not requested again
	// at once, when it would get the same place.
	apart = 32
	// streamOps is the length of a stream, which ends as it began and is repeated;
	// sharedOps that of a step, which a goroutine does without looking at the
	// others.
	streamOps = 1 << 14
	sharedOps = 1 << 8
)

// A client is one goroutine's part of the load: a stream of its own, which it
// repeats.
type client struct {
	home strategies.Allocator // the shared allocator, entered at this client's shard
	live *replay.Live
	play *replay.Player
	ops  []workloads.Op
	at   int
	done int      // operations of a batch that were done
	ns   []uint32 // times of the operations of a batch

	fault error // of the allocator; the client does nothing more
}

// newClients makes the allocator and fills it; every client is at the beginning of
// its stream.
func (c *sharedCell) newClients() ([]*client, error) {
	a, err := c.new()
	if err != nil {
		return nil, err
	}
	sizes := c.point.sizes()
	clients := make([]*client, c.goroutines)
	for i := range clients {
		var mine []uint64
		for at := i; at < len(sizes); at += len(clients) {
			mine = append(mine, sizes[at])
		}
		fill, ops := sharedStream(mine, rand.NewPCG(c.seed, uint64(i)))
		home, live := shared.Home(a, i), replay.NewLive(fill)
		replay.Replay(home, fill, live)
		clients[i] = &client{home: home, live: live, play: replay.NewPlayer(home, live), ops: ops}
	}
	return clients, nil
}

// sharedStream is a stream for objects of these sizes: fill fills an empty
// allocator, ops is a round of churn that ends with the same objects live as it
// begins with. Objects are freed at random and requested again some time later.
func sharedStream(sizes []uint64, pcg *rand.PCG) (fill, ops []workloads.Op) {
	rng := rand.New(pcg)
	live := rng.Perm(len(sizes))
	alloc := func(i int) workloads.Op {
		return workloads.Op{Slot: uint32(i), Req: strategies.Request{Size: sizes[i]}}
	}
	for _, i := range live {
		fill = append(fill, alloc(i))
	}
	var freed []int
	free := func() {
		at, last := rng.IntN(len(live)), len(live)-1
		ops = append(ops, workloads.Op{Slot: uint32(live[at]), Kind: workloads.Free})
		freed = append(freed, live[at])
		live[at] = live[last]
		live = live[:last]
	}
	again := func() {
		at, last := rng.IntN(len(freed)), len(freed)-1
		ops = append(ops, alloc(freed[at]))
		live = append(live, freed[at])
		freed[at] = freed[last]
		freed = freed[:last]
	}
	for range apart {
		free()
	}
	for len(ops) < streamOps-apart {
		again()
		free()
	}
	for len(freed) > 0 {
		again()
	}
	return fill, ops
}

// next returns the operations of the client's next step.
func (c *client) next() []workloads.Op {
	ops := c.ops[c.at : c.at+sharedOps]
	c.at = (c.at + sharedOps) % len(c.ops)
	return ops
}

// step does a step; timed does one with a clock.
func (c *client) step() { c.done += replay.Replay(c.home, c.next(), c.live).Ops() }

func (c *client) timed() {
	at := len(c.ns)
	c.ns = slices.Grow(c.ns, sharedOps)[:at+sharedOps]
	c.play.Timed(c.next(), c.ns[at:])
}

// try does a step and keeps the violation of an allocator.
func (c *client) try(step func(*client)) {
	if c.fault == nil {
		defer strategies.Catch(&c.fault)
		step(c)
	}
}
