//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestPlacements writes down what a buddy in C placed and holds the one in Go to
// it, block by block, as a kernel's code would be compared.
func TestPlacements(t *testing.T) {
	region := strategies.Region{Size: 64 << 20, Page: 4096}
	var asked, placed bytes.Buffer
	w := trace.NewWriter(&asked, region)
	scattered := plainTrace(w, region)
	if err := w.Flush(); err != nil || scattered == 0 {
		t.Fatalf("%v, %d grants of several blocks", err, scattered)
	}

	c := newAllocator(t, strategies.Checked(mustOpen(t, library(t, "halves.c"), "")), region)
	out := trace.NewWriter(&placed, region)
	if err := replay.Transcribe(c, reader(t, &asked), out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(placed.String(), "\n! ENOSPC\n") {
		t.Error("nothing was refused, so that no refusal was compared")
	}
	n, err := replay.Verify(newAllocator(t, buddy.Strategy, region), reader(t, &placed), "placed")
	if err != nil || n < 2000 {
		t.Errorf("after %d results: %v", n, err)
	}
}

func reader(t *testing.T, b *bytes.Buffer) *trace.Reader {
	t.Helper()
	r, err := trace.NewReader(b, "test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plainTrace writes requests without conditions for a region that gets too full,
// and returns how many of them the buddy in Go scatters.
func plainTrace(w *trace.Writer, region strategies.Region) (scattered int) {
	load, _ := workloads.Lookup("steady")
	a, _ := buddy.Strategy.New(region)
	ids := make(map[uint32]uint64)
	live := make(map[uint32][]strategies.Block)
	for i, op := range load.Ops(1, 6000) {
		if op.Kind != workloads.Alloc {
			w.Free(ids[op.Slot], false)
			if len(live[op.Slot]) > 0 {
				a.Free(live[op.Slot])
			}
			continue
		}
		ids[op.Slot] = uint64(i)
		r := strategies.Request{Size: min(op.Req.Size/4096, 100+uint64(i%7)) * 4096}
		w.Alloc(uint64(i), r)
		live[op.Slot], _ = a.Alloc(nil, r)
		if len(live[op.Slot]) > 1 {
			scattered++
		}
	}
	return scattered
}
