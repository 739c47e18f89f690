//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// trimmed is a trace with trims and resets, answered as first fit of one block does that
// knows the zero pages.
const trimmed = `vramlab trace 1
region 65536 page 4096
l 0 32768+4096
a 1 16384
= 0+16384
t 1 4096 start=8192
= 8192+4096
t 1 8192
! EINVAL
a 2 8192
= 0+8192
r clear
f 2
a 3 4096 clear
= 12288+4096
r dirty
f 3 cleared
a 4 4096
= 0+4096
a 5 4096 clear
= 12288+4096
t 5 4096
= 12288+4096
f 1
f 5
a 6 12288
= 4096+12288
`

// TestTrimAndReset replays a trace with trims and resets, and the stream of it.
func TestTrimAndReset(t *testing.T) {
	s := mustOpen(t, example(t, "zeroes"), "")
	r, err := trace.NewReader(strings.NewReader(trimmed), "t")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := replay.Verify(newAllocator(t, strategies.Checked(s), r.Region()), r, "t"); n != 9 || err != nil {
		t.Errorf("%d results compared, want 9: %v", n, err)
	}
	r, err = trace.NewReader(strings.NewReader(trimmed), "t")
	if err != nil {
		t.Fatal(err)
	}
	ops, err := workloads.FromTrace(r)
	if err != nil {
		t.Fatal(err)
	}
	session, err := replay.NewSession(newAllocator(t, s, r.Region()), ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	want := replay.Counts{Requests: 6, Frees: 4, Blocks: 6, Trims: 3, Untrimmed: 1, Resets: 2}
	for range 2 {
		if got, _ := session.Timed(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestAbilities asks libraries for what they can do: no more than they export.
func TestAbilities(t *testing.T) {
	for _, tt := range []struct {
		path, name            string
		counts, trims, resets bool
	}{
		{example(t, "zeroes"), "zeroes", false, true, true},
		{example(t, "bitmap"), "bitmap", true, false, false},
		{library(t, "misbehave.c"), "trim_keeps", false, true, false},
		{library(t, "misbehave.c"), "bad_reset", false, false, true},
		{library(t, "misbehave.c"), "by_hand", false, false, false},
		{library(t, "version1.c"), "old", false, false, false},
		{library(t, "misbehave.c"), "counts_trims_resets", true, true, true},
		{library(t, "misbehave.c"), "counts_trims", true, true, false},
		{library(t, "misbehave.c"), "counts_resets", true, false, true},
	} {
		a := newAllocator(t, mustOpen(t, tt.path, tt.name), strategies.Region{Size: 1 << 20, Page: 4096})
		_, counts := strategies.As[strategies.Counter](a)
		_, trims := strategies.As[strategies.Trimmer](a)
		_, resets := strategies.As[strategies.ClearResetter](a)
		if counts != tt.counts || trims != tt.trims || resets != tt.resets {
			t.Errorf("%s: counts %v, trims %v, resets %v", tt.name, counts, trims, resets)
		}
	}
}

// TestVersion1 opens descriptors of both versions: one of the first works as it is.
func TestVersion1(t *testing.T) {
	path := library(t, "version1.c")
	s := mustOpen(t, path, "old")
	a := newAllocator(t, strategies.Checked(s), strategies.Region{Size: 1 << 20, Page: 4096})
	one, err := a.Alloc(nil, strategies.Request{Size: 8192})
	if err != nil || len(one) != 1 || one[0].Size != 8192 {
		t.Errorf("%v, %v", one, err)
	}
	a.Free(one)
	for name, want := range map[string]string{
		"old_long":  "old_long has a descriptor of 152 bytes, and version 1 has 136",
		"new_short": "new_short has a descriptor of 136 bytes, and version 2 has 152",
		"new_wrong": "new_wrong has a wrong pointer for trim: there is no code at 0xbad",
	} {
		_, err := cabi.Open(path, name)
		wantError(t, name, err, path, want)
	}
}

// TestWrongTrims works under Checked with libraries whose trims or resets break the
// contract.
func TestWrongTrims(t *testing.T) {
	path := library(t, "misbehave.c")
	for name, want := range map[string]string{
		"trim_none":      "failed at the trim of 0+16384 to 4096+8192: 0, which is not a code of vramlab.h",
		"trim_refuses":   "failed at the trim of 0+16384 to 4096+8192: VRAMLAB_EINVAL",
		"trim_too_many":  "granted the trim of 0+16384 to 4096+8192 129 blocks with room for 128",
		"trim_overrun":   "wrote past the room for 128 blocks it was given for the trim of 0+16384 to 4096+8192",
		"trim_outside":   "the block 1073741824+16384, which is empty or outside the region",
		"trim_keeps_all": "broke the rule that the blocks of a trimmed grant ascend without a gap and are exactly the part that is kept",
		"trim_keeps":     "broke the rule that live blocks and free blocks tile the managed region",
		"bad_reset":      "failed at a reset of what is clear: VRAMLAB_EFAIL",
	} {
		a := newAllocator(t, strategies.Checked(mustOpen(t, path, name)), strategies.Region{Size: 1 << 20, Page: 4096})
		err := caught(func() {
			blocks, err := a.Alloc(nil, strategies.Request{Size: 16384})
			if err != nil {
				t.Fatal(err)
			}
			a.(strategies.ClearResetter).ResetClear(true)
			a.(strategies.Trimmer).Trim(nil, blocks, 4096, 8192)
			if err := a.(strategies.Checker).Check(); err != nil {
				panic(err)
			}
		})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
