package cabi

import (
	"testing"

	"github.com/vramlab/vramlab/workloads"
)

// TestWatched reads what a slot says of a call, of a batch and of nothing.
func TestWatched(t *testing.T) {
	mem := make([]byte, WatchSize)
	if got := Watched(mem); len(got) != 0 {
		t.Errorf("nothing was loaded: %+v", got)
	}
	s := &slots(mem)[0]
	put(s.path[:], "libmine.so")
	s.enter(fnLoad)
	want := State{Library: "libmine.so", Function: "a constructor", Calls: 1}
	check := func() {
		t.Helper()
		if got := Watched(mem); len(got) != 1 || got[0] != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	check()
	if got := want.String(); got != "libmine.so" {
		t.Errorf("its name is %q", got)
	}

	put(s.strategy[:], "first_fit")
	s.leave()
	s.requests = 17
	s.enter(fnFreeBlocks)
	want = State{Library: "libmine.so", Strategy: "first_fit", Function: "free_blocks", Calls: 2, Requests: 17}
	check()
	if got := want.String(); got != "libmine.so: first_fit" {
		t.Errorf("its name is %q", got)
	}

	// Three operations took time: an allocation, its free, and an allocation behind a
	// fallback that was not needed.
	var ops []cOp
	for _, k := range []workloads.Kind{workloads.Alloc, workloads.Free, workloads.Fallback, workloads.Alloc, workloads.Fallback, workloads.Free, workloads.Alloc} {
		ops = append(ops, cOp{kind: uint32(k)})
	}
	s.leave()
	s.begin(ops)
	s.enter(fnTableRun)
	want = State{Library: "libmine.so", Strategy: "first_fit", Function: "alloc", Calls: 3, Requests: 18, Batch: true}
	check()
	s.ns[0], s.ns[1], s.ns[3] = 40, 1, 50
	want.Function, want.Requests = "free", 19
	check()
	s.ns[5] = 1
	want.Function, want.Requests = "alloc", 20
	check()

	ns := make([]uint32, len(ops))
	s.end(ns)
	s.leave()
	want = State{Library: "libmine.so", Strategy: "first_fit", Calls: 3, Requests: 17}
	check()
	if ns[3] != 50 || ns[6] != 0 {
		t.Errorf("the times are %d", ns)
	}
}
