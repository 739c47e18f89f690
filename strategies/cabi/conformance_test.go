//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// TestConformance holds libraries to the contract through the same calls as any
// other strategy.
func TestConformance(t *testing.T) {
	for _, name := range []string{"bitmap", "bestfit", "zeroes"} {
		t.Run(name, func(t *testing.T) { conform(t, mustOpen(t, example(t, name), name)) })
	}
	t.Run("scatter", func(t *testing.T) { conform(t, mustOpen(t, library(t, "scatter.c"), "scatter")) })
}

// poolDrops says that calls take something from the Go heap in this build.
var poolDrops bool

func conform(t *testing.T, s strategies.Strategy) {
	if !poolDrops {
		strategytest.Run(t, s)
		return
	}
	for _, r := range strategytest.Rules() {
		if r.Name == "heap" || !s.Caps.Has(r.Caps) {
			continue
		}
		if err := r.Check(s); err != nil {
			t.Error(err)
		}
	}
}

// TestChecked replays workloads under the shadow model.
func TestChecked(t *testing.T) {
	for _, s := range []strategies.Strategy{
		mustOpen(t, example(t, "bestfit"), ""), mustOpen(t, example(t, "bitmap"), ""), mustOpen(t, example(t, "zeroes"), ""), mustOpen(t, library(t, "scatter.c"), ""),
	} {
		t.Run(s.Name, func(t *testing.T) {
			for _, name := range []string{"steady", "window"} {
				w, _ := workloads.Lookup(name)
				w.Region = strategies.Region{Size: 64 << 20, Page: 4096}
				a, err := strategies.Checked(s).New(w.Region)
				if err != nil {
					t.Fatal(err)
				}
				ops := w.Ops(1, 2000)
				live := replay.NewLive(ops)
				if c := replay.Replay(a, ops, live); c.Granted() == 0 {
					t.Errorf("%s: nothing was granted: %+v", name, c)
				}
				live.Drain(a)
				if err := a.(strategies.Checker).Check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestLibrary opens a library in every way there is.
func TestLibrary(t *testing.T) {
	many, one, plain := library(t, "misbehave.c"), library(t, "scatter.c"), library(t, "plain.c")
	fatal := library(t, "fatal.c")
	tests := []struct{ path, name, want string }{
		{one, "", ""},
		{one, "scatter", ""},
		{one, "scater", `scatter.c.so: no strategy "scater": the symbol vramlab_strategy_scater is missing (have: scatter)`},
		{many, "by_hand", ""},
		{many, "", "holds several strategies, name one with so:"},
		{plain, "", "holds no strategy: it exports no symbol vramlab_strategy_NAME"},
		{plain, "x", "is missing (have: no other)"},
		{"build_test.go", "", "build_test.go: cannot load the library: "},
		{"testdata", "", "testdata: cannot load the library: it is a directory"},
		{"no/such.so", "", "no/such.so: cannot load the library: no such file"},
		{many, "version", "version speaks version 7 of vramlab.h, and this program speaks 1"},
		{many, "size", "size has a descriptor of 8 bytes"},
		{many, "no_name", "no_name has no name (NULL"},
		{fatal, "name_wrong", "name_wrong has no name (a wrong pointer, 0xdead0000)"},
		{fatal, "name_endless", "name_endless has no name (no end in 100 bytes)"},
		{fatal, "doc_wrong", "doc_wrong has no doc, a sentence of at most 1000 bytes (a wrong pointer, "},
		{fatal, "alloc_null", "alloc_null has no function alloc (NULL)"},
		{fatal, "descriptor_short", "descriptor_short speaks version 0 of vramlab.h"},
		{many, "other_name", `other_name calls itself "another"`},
		{many, "no_doc", "no_doc has no doc"},
		{many, "caps", "caps has unknown bits in caps: 0x100000"},
		{many, "reserved", "reserved has 0x9 as its word reserved, which must be 0"},
		{many, "terminal", ""},
		{many, "function", `no strategy "function": the symbol vramlab_strategy_function is a function and no descriptor (have: `},
		{many, "null_alloc", "null_alloc has no function free_blocks (NULL)"},
		{many, "half_a_table", "half_a_table has only some of the functions for batches"},
	}
	for _, tt := range tests {
		s, err := cabi.Open(tt.path, tt.name)
		wantError(t, tt.name, err, tt.path, tt.want)
		if err == nil && strategies.Validate(s) != nil {
			t.Errorf("%s: %v", tt.name, strategies.Validate(s))
		}
	}
}

// wantError demands an error of one line that names the library and holds want, or
// none if want is empty.
func wantError(t *testing.T, what string, err error, path, want string) {
	t.Helper()
	switch {
	case err == nil && want == "":
	case err == nil || want == "":
		t.Errorf("%s: got %v, want %q", what, err, want)
	case !strings.Contains(err.Error(), want), !strings.Contains(err.Error(), path), strings.Contains(err.Error(), "\n"):
		t.Errorf("%s: got %q, want %q in one line that names %s", what, err, want, path)
	}
}

// TestMisbehaviour works under Checked with libraries that break their contract.
func TestMisbehaviour(t *testing.T) {
	path := library(t, "misbehave.c")
	tests := []struct{ name, want string }{
		{"null_heap", "null_heap created no heap (NULL) and returned 0"},
		{"no_memory", "no_memory created no heap for 1048576 bytes with pages of 4096: VRAMLAB_ENOMEM"},
		{"overlapping", "overlapping broke the rule that a block granted overlaps no live block"},
		{"outside", "the block 1073741824+8192, which is empty or outside the region of 1048576 bytes"},
		{"wrapping", "the block 0+18446744073709551615, which is empty or outside"},
		{"empty", "the block 0+0, which is empty or outside"},
		{"none", "granted 8192 bytes no block and returned 0"},
		{"too_many", "granted 8192 bytes 65 blocks with room for 64"},
		{"overrun", "wrote past the room for 64 blocks it was given for 8192 bytes"},
		{"underrun", "wrote before the room for blocks it was given for 8192 bytes"},
		{"no_code", "failed at 8192 bytes: -77, which is not a code of vramlab.h"},
		{"no_room", "failed at 8192 bytes: VRAMLAB_EROOM"},
		{"too_little", "too_little broke the rule that the blocks granted are at least as large as the request"},
		{"bad_free", "failed at the free of 0+8192: VRAMLAB_EFAIL"},
		{"counting_free", "failed at the free of 0+8192: 1, which is not a code of vramlab.h"},
		{"endless_free", "has 9223372036854775807 free blocks in a region of 1048576 bytes"},
		{"by_hand", "by_hand broke the rule that live blocks and free blocks tile the managed region"}, // frees nothing
	}
	for _, tt := range tests {
		s := mustOpen(t, path, tt.name)
		err := use(strategies.Checked(s))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	for name, want := range map[string]string{
		"throws":      "throws failed at 8192 bytes: VRAMLAB_EFAIL (or a C++ exception)",
		"throws_list": "throws_list failed at the list of its free blocks: UINT64_MAX (or a C++ exception)",
	} {
		throws := mustOpen(t, library(t, "throws.cpp"), name)
		wantError(t, name, use(strategies.Checked(throws)), libs, want)
	}
}

// use makes two grants and frees one of them, and returns how that failed.
func use(s strategies.Strategy) (err error) {
	defer strategies.Catch(&err)
	a, err := s.New(strategies.Region{Size: 1 << 20, Page: 4096})
	if err != nil {
		return err
	}
	first, _ := a.Alloc(nil, strategies.Request{Size: 8192})
	a.Alloc(nil, strategies.Request{Size: 8192})
	a.Free(first)
	if c, ok := a.(strategies.Checker); ok {
		return c.Check()
	}
	return nil
}

// caught is the error that f panics with.
func caught(f func()) (err error) {
	defer strategies.Catch(&err)
	f()
	return nil
}

// TestCross has a library grant the 0 bytes of a crossing.
func TestCross(t *testing.T) {
	path := library(t, "misbehave.c")
	for name, want := range map[string]string{
		"by_hand":    "",
		"zero_bytes": "zero_bytes granted 0 bytes and returned 1; they must be refused",
	} {
		a := newAllocator(t, mustOpen(t, path, name), strategies.Region{Size: 1 << 20, Page: 4096}).(replay.Batcher)
		err := caught(a.Cross)
		wantError(t, name, err, path, want)
	}
}

// TestRoom asks for more blocks than the first call has room for.
func TestRoom(t *testing.T) {
	s := mustOpen(t, library(t, "misbehave.c"), "single_pages")
	const pages = 1<<20 + 5
	a, err := s.New(strategies.Region{Size: 2 * pages * 4096, Page: 4096})
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := a.Alloc(nil, strategies.Request{Size: pages * 4096})
	if err != nil || len(blocks) != pages || blocks[pages-1].Start != (pages-1)*4096 {
		t.Errorf("got %d blocks, %v, want %d", len(blocks), err, pages)
	}
	a.Free(blocks)
}

// TestNoRoom asks for more than the region, for which no room would be enough: the
// memory for it must not be taken.
func TestNoRoom(t *testing.T) {
	path := library(t, "misbehave.c")
	a := newAllocator(t, mustOpen(t, path, "single_pages"), strategies.Region{Size: 1 << 20, Page: 4096})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := caught(func() { a.Alloc(nil, strategies.Request{Size: 32 << 30}) })
	runtime.ReadMemStats(&after)
	wantError(t, "32 GiB of 1 MiB", err, path, "single_pages failed at 34359738368 bytes: VRAMLAB_EROOM")
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("took %d bytes", took)
	}
}

// TestLifetime drops heaps and sees the library destroy them, at the creation of
// another one and not before.
func TestLifetime(t *testing.T) {
	testLifetime(t, mustOpen(t, library(t, "misbehave.c"), "mortal"))
	testLifetime(t, mustOpen(t, library(t, "throws.cpp"), "throws_last"))
}

func testLifetime(t *testing.T, s strategies.Strategy) {
	heaps := func(a strategies.Allocator) uint64 { return a.(strategies.Footprinter).Footprint() }
	region := strategies.Region{Size: 1 << 20, Page: 4096}
	last := newAllocator(t, s, region)
	const dropped = 100
	first := heaps(last)
	for range dropped {
		last = newAllocator(t, s, region)
	}
	runtime.GC()
	if before := heaps(last); before < first {
		t.Errorf("%d heaps are left, and no other was made since there were %d", before, first)
	}
	for range 1000 { // the collector's cleanups run when they can
		runtime.GC()
		if last = newAllocator(t, s, region); heaps(last) < dropped/2 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d heaps are left", heaps(last))
}

// TestGoroutines uses two strategies of one library side by side: the library must
// not notice.
func TestGoroutines(t *testing.T) {
	path := example(t, "bestfit")
	var wait sync.WaitGroup
	for range 4 {
		s := mustOpen(t, path, "")
		wait.Go(func() {
			a := newAllocator(t, strategies.Checked(s), strategies.Region{Size: 1 << 20, Page: 4096})
			for range 300 {
				blocks, err := a.Alloc(nil, strategies.Request{Size: 12288})
				if err != nil {
					t.Error(err)
					return
				}
				a.Free(blocks)
			}
		})
	}
	wait.Wait()
}
