package fewest_test

import (
	"context"
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/fewest"
)

// Eight objects of 1 MiB fill 8 MiB. Every second one is freed, and 4 MiB are asked for: at
// best one segment and two entries of 2 MiB. Who does not know the future lays the eight
// side by side, and is left with four holes of 1 MiB: four segments, each of 16 entries of
// 64 KiB. With hindsight the four that stay lie in one half. The eight take one segment and
// 16 entries each in any case.
func ExampleFind() {
	const mib = 1 << 20
	var ops []workloads.Op
	for slot := range uint32(8) {
		ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: strategies.Request{Size: mib}})
	}
	for slot := uint32(0); slot < 8; slot += 2 {
		ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: slot})
	}
	ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: 8, Req: strategies.Request{Size: 4 * mib}})

	region := strategies.Region{Size: 8 * mib, Page: strategies.MinPage}
	i915 := sgtable.Policies()[0]
	r, err := fewest.Find(context.Background(), region, ops, i915, fewest.Options{Also: []strategies.Strategy{buddy.Strategy}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d tables: at least %d segments and %d entries\n", r.Tables, r.Segs.Lower, r.Entries.Lower)
	fmt.Printf("hindsight takes %d and %d\n", r.Segs.Upper, r.Entries.Upper)
	for _, c := range r.Candidates {
		if !c.Hindsight {
			fmt.Printf("%s takes %d and %d\n", c.Name, c.Segs, c.Entries)
		}
	}
	// Output:
	// 9 tables: at least 9 segments and 130 entries
	// hindsight takes 9 and 130
	// buddy takes 12 and 192
}
