package cabi

import (
	"fmt"
	"regexp"
	"testing"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestHeader compares the numbers of vramlab.h with those of Go.
func TestHeader(t *testing.T) {
	check := func(name string, want any) {
		t.Helper()
		m := regexp.MustCompile(`\b` + name + `\s*(?:=\s*)?(-?\d+)`).FindStringSubmatch(Header)
		if m == nil || m[1] != fmt.Sprintf("%d", want) {
			t.Errorf("%s is %q in vramlab.h, want %d", name, m, want)
		}
	}
	check("VRAMLAB_ABI", abi)
	for name, code := range map[string]int{"ENOSPC": noSpace, "EINVAL": invalid, "E2BIG": tooBig, "EROOM": noRoom, "ENOMEM": noMem, "EFAIL": failed} {
		check("VRAMLAB_"+name, code)
	}
	for name, flag := range map[string]strategies.Flags{
		"TOPDOWN": strategies.TopDown, "CONTIGUOUS": strategies.Contiguous, "CLEAR": strategies.Clear, "RANGE": strategies.Range,
	} {
		check("VRAMLAB_"+name, flag)
	}
	check("VRAMLAB_CLEARED", cleared)
	all := strategies.Caps(0)
	for name, c := range map[string]strategies.Caps{
		"SCATTER": strategies.CapScatter, "WINDOW": strategies.CapWindow, "TOPDOWN": strategies.CapTopDown,
		"ANY_ALIGN": strategies.CapAnyAlign, "POW2_BLOCKS": strategies.CapPow2Blocks, "CLEAR": strategies.CapClear, "ROUND_UP": strategies.CapRoundUp,
		"MISALIGNED_WINDOW": strategies.CapMisalignedWindow,
	} {
		check("VRAMLAB_CAP_"+name, c)
		all |= c
	}
	if all != knownCaps {
		t.Errorf("known caps are %#x, want %#x", knownCaps, all)
	}
	if flagRange != strategies.Range {
		t.Errorf("flagRange is %d, want %d", flagRange, strategies.Range)
	}
	order := fmt.Sprint(workloads.Alloc, workloads.Free, workloads.FreeCleared, workloads.Fallback)
	if order != "0 1 2 3" || !regexp.MustCompile(`enum \{ VRAMLAB_OP_ALLOC, VRAMLAB_OP_FREE, VRAMLAB_OP_FREE_CLEARED, VRAMLAB_OP_FALLBACK \}`).MatchString(Header) {
		t.Errorf("kinds of operations are numbered %s, otherwise than in vramlab.h", order)
	}
	if s := unsafe.Sizeof(cOp{}); s != 48 {
		t.Errorf("an operation has %d bytes, want 48", s)
	}
}

func TestSplit(t *testing.T) {
	for spec, want := range map[string][2]string{
		"libx.so":           {"libx.so", ""},
		"./libx.so:first":   {"./libx.so", "first"},
		"a:b/libx.so":       {"a:b/libx.so", ""},
		"a:b/libx.so:c":     {"a:b/libx.so", "c"},
		"libx.so:":          {"libx.so:", ""},
		":first":            {"", "first"},
		"/tmp/Lib 1.so:x_2": {"/tmp/Lib 1.so", "x_2"},
	} {
		if path, name := Split(spec); path != want[0] || name != want[1] {
			t.Errorf("Split(%q) = %q, %q, want %q", spec, path, name, want)
		}
	}
}

// TestLedger takes back grants in another order than they were made.
func TestLedger(t *testing.T) {
	var l ledger
	ids := make([]uint32, 100)
	for round := range 3 {
		for i := range ids {
			ids[i] = l.add(uint64(i), []cBlock{{uint64(i) << 12, 4096}, {1 << 40, uint64(i+1) << 12}})
		}
		for i := range ids {
			i = (i*37 + round) % len(ids)
			blocks := []strategies.Block{{Start: uint64(i) << 12, Size: 4096, Node: ids[i]}, {Start: 1 << 40, Size: uint64(i+1) << 12, Node: ids[i]}}
			if _, ok := l.remove(blocks[:1]); ok {
				t.Fatalf("a part of grant %d was taken", i)
			}
			if tag, ok := l.remove(blocks); !ok || tag != uint64(i) {
				t.Fatalf("grant %d has tag %d, %v", i, tag, ok)
			}
			if _, ok := l.remove(blocks); ok {
				t.Fatalf("grant %d was taken twice", i)
			}
		}
	}
	if len(l.grants) != len(ids) {
		t.Errorf("%d entries for %d grants at a time", len(l.grants), len(ids))
	}
}
