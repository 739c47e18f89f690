package replay_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

func ExampleReplay() {
	ops := []workloads.Op{
		{Slot: 0, Req: strategies.Request{Size: 12 << 10}}, // in blocks of 8 and 4 KiB
		{Slot: 1, Req: strategies.Request{Size: 2 << 20}},  // does not fit
		{Slot: 1, Kind: workloads.Free},                    // so there is nothing to free
		{Slot: 0, Kind: workloads.Free},
	}
	if err := replay.Check(ops); err != nil {
		fmt.Println(err)
		return
	}
	a, err := buddy.Strategy.New(strategies.Region{Size: 1 << 20, Page: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	live := replay.NewLive(ops)
	c := replay.Replay(a, ops, live)
	live.Drain(a) // nothing is live here

	fmt.Printf("%d of %d requests granted in %d blocks, %d frees\n", c.Granted(), c.Requests, c.Blocks, c.Frees)
	// Output:
	// 1 of 2 requests granted in 2 blocks, 1 frees
}

// A player shows the result of each operation.
func ExamplePlayer() {
	ops := []workloads.Op{
		{Slot: 0, Req: strategies.Request{Size: 64 << 10}},
		{Slot: 1, Req: strategies.Request{Size: 4 << 10}},
		{Slot: 0, Kind: workloads.Free},
	}
	a, err := buddy.Strategy.New(strategies.Region{Size: 1 << 20, Page: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	live := replay.NewLive(ops)
	p := replay.NewPlayer(a, live)
	for i := range ops {
		what, err := p.Do(&ops[i])
		switch what {
		case replay.Granted:
			fmt.Println("granted", strategies.Blocks(live.Held(ops[i].Slot)))
		case replay.Refused:
			fmt.Println("refused:", err)
		case replay.Freed:
			fmt.Println("freed slot", ops[i].Slot)
		}
	}
	// Output:
	// granted 983040+65536
	// granted 978944+4096
	// freed slot 0
}

// A trace is transcribed with the placements of a strategy, and verified.
func ExampleTranscribe() {
	const text = "vramlab trace 1\nregion 1048576 page 4096\na 1 8192\na 2 4096\nf 1\n"
	r, err := trace.NewReader(strings.NewReader(text), "session.trace")
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := buddy.Strategy.New(r.Region())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := replay.Transcribe(a, r, trace.NewWriter(os.Stdout, r.Region())); err != nil {
		fmt.Println(err)
	}
	// Output:
	// vramlab trace 1
	// region 1048576 page 4096
	// a 1 8192
	// = 1040384+8192
	// a 2 4096
	// = 1036288+4096
	// f 1
}
