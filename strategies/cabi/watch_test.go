package cabi

import (
	"bytes"
	"testing"
	"unsafe"

	"github.com/vramlab/vramlab/workloads"
)

// TestWatched reads what a slot says of a call, of a batch and of nothing.
func TestWatched(t *testing.T) {
	mem := make([]byte, WatchSize)
	if got := Watched(mem); len(got) != 0 {
		t.Errorf("nothing was loaded: %+v", got)
	}
	watched.notes, watched.times = parts(mem)
	defer func() { watched.notes, watched.times = nil, nil }()
	s := &watched.slots[0]
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

	put(s.strategy[:], "first_fit")
	s.leave()
	s.requests = 17
	s.enter(fnFreeBlocks)
	want = State{Library: "libmine.so", Strategy: "first_fit", Function: "free_blocks", Calls: 2, Requests: 17}
	check()

	// Three operations took time: an allocation, its free, and an allocation behind a
	// fallback that was not needed.
	var ops []cOp
	for _, k := range []workloads.Kind{workloads.Alloc, workloads.Free, workloads.Fallback, workloads.Alloc, workloads.Fallback, workloads.Free, workloads.Alloc} {
		ops = append(ops, cOp{kind: uint32(k)})
	}
	s.leave()
	at := begin(ops)
	times := unsafe.Slice(pointer[uint32](at), len(ops))
	s.enter(fnTableRun)
	want = State{Library: "libmine.so", Strategy: "first_fit", Function: "alloc", Calls: 3, Requests: 18, Batch: true}
	check()
	times[0], times[1], times[3] = 40, 1, 50
	want.Function, want.Requests = "free", 19
	check()
	times[5] = 1
	want.Function, want.Requests = "alloc", 20
	check()

	times[6] = 1 // and all were done
	want.Function = "table_run"
	check()

	ns := make([]uint32, len(ops))
	end(ns)
	s.leave()
	want = State{Library: "libmine.so", Strategy: "first_fit", Calls: 3, Requests: 17}
	check()
	if ns[3] != 50 || ns[6] != 1 {
		t.Errorf("the times are %d", ns)
	}
}

// TestDefacedWatch reads what a library wrote over: any numbers, and never a panic.
func TestDefacedWatch(t *testing.T) {
	for _, b := range []byte{0xff, 0x80, 0x7f, 0x5a, 1} {
		mem := bytes.Repeat([]byte{b}, WatchSize)
		list := Watched(mem)
		if len(list) != watchedLibraries || list[0].Function != "an unknown function" {
			t.Errorf("%#x: %d states, %+v", b, len(list), list[0])
		}
		n, _ := parts(mem)
		n.slots[3].function = uint64(fnTableRun)
		if f := Watched(mem)[3].Function; f != "table_run" {
			t.Errorf("%#x: in %s", b, f)
		}
	}
}
