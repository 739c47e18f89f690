package lab

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/radix"
)

// mine is a strategy that vramlab does not know.
var mine = strategies.Strategy{Name: "mine", Doc: "first fit, as radix.", Caps: radix.Strategy.Caps, New: radix.Strategy.New}

// twice is a strategy that grants the same memory again and again.
var twice = strategies.Strategy{Name: "twice", Doc: "grants address 0.", New: func(r strategies.Region) (strategies.Allocator, error) {
	a, err := radix.Strategy.New(r)
	return granting0{a}, err
}}

type granting0 struct{ strategies.Allocator }

func (granting0) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Size: (r.Size + 4095) &^ 4095}), nil
}

func (granting0) Free([]strategies.Block) {}

// TestMainsStrategies are named wherever names of strategies stand.
func TestMainsStrategies(t *testing.T) {
	list := append(all.List(), mine)
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{exitOK, "\n  mine ", []string{"list"}},
		{exitOK, `(default "buddy,rangemgr,mine")`, []string{"run", "-h"}},
		{exitUsage, `no strategy "yours" (have: buddy, buddy_6.11, buddy_6.18, buddy_7.1, buddy_next, buddy_lifo, rangemgr, tlsf, radix, mine)`, []string{"run", "-strategies", "yours"}},
		{exitUsage, `no strategy "yours" (have: buddy, buddy_6.11, buddy_6.18, buddy_7.1, buddy_next, buddy_lifo, rangemgr, tlsf, radix, mine)`, []string{"replay", "-strategy", "yours", golden}},
		{exitOK, "\n= 0+", []string{"replay", "-strategy", "mine", golden}},
		{exitFailed, "wanted = ", []string{"replay", "-strategy", "mine", "-check", golden}},
	} {
		code, stdout, stderr := with(list, tt.args...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
			t.Errorf("%q: exit code %d, %q; want %d, %q", tt.args, code, stdout+stderr, tt.code, tt.want)
		}
	}
	others := slices.DeleteFunc(all.List(), func(s strategies.Strategy) bool { return s.Name != "tlsf" && s.Name != "radix" })
	if got := compared(others); got != everyName {
		t.Errorf("of tlsf and radix, run compares %s", got)
	}
}

// TestMainRefuses has lists of strategies that cannot be named on a command line.
func TestMainRefuses(t *testing.T) {
	renamed := func(name string) strategies.Strategy {
		s := mine
		s.Name = name
		return s
	}
	for _, tt := range []struct {
		list []strategies.Strategy
		want string
	}{
		{nil, "no strategies"},
		{append(all.List(), renamed("radix")), "radix"},
		{[]strategies.Strategy{mine, mine}, "mine"},
		{append(all.List(), renamed("First Fit")), "First Fit"},
		{append(all.List(), renamed("all")), "strategy all: "},
		{[]strategies.Strategy{{Name: "mine", Doc: "no constructor"}}, "New"},
	} {
		code, stdout, stderr := with(tt.list, "list")
		if code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, "vramlab: ") || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit code %d, stdout %q, stderr %q; want one line with %q", code, stdout, stderr, tt.want)
		}
	}
}

// crashing is a strategy whose second call of Alloc is a crash.
var crashing = strategies.Strategy{Name: "crashing", Doc: "keeps one grant.", New: func(r strategies.Region) (strategies.Allocator, error) {
	a, err := radix.Strategy.New(r)
	return &keepingOne{Allocator: a}, err
}}

type keepingOne struct {
	strategies.Allocator
	kept [1]strategies.Request
	n    int
}

func (a *keepingOne) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	a.kept[a.n] = r
	a.n++
	return a.Allocator.Alloc(dst, r)
}

// hopeless is a strategy whose constructor is a crash.
var hopeless = strategies.Strategy{Name: "hopeless", Doc: "makes nothing.", New: func(strategies.Region) (strategies.Allocator, error) {
	panic("not written yet")
}}

// TestForeignMisbehaves has a strategy of another module break its contract: it is
// one line, and nothing is measured.
func TestForeignMisbehaves(t *testing.T) {
	for _, tt := range []struct {
		s    strategies.Strategy
		want string
	}{
		{twice, "overlaps no live block"},
		{crashing, "panics on a wrong Free only: call "},
		{crashing, ": runtime error: index out of range [1] with length 1\n"},
		{hopeless, "panics on a wrong Free only: New: not written yet\n"},
	} {
		code, _, stderr := with([]strategies.Strategy{tt.s}, "replay", "-strategy", tt.s.Name, golden)
		if code != exitFailed || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("replay: exit code %d, %q", code, stderr)
		}
		dir := filepath.Join(t.TempDir(), "run")
		code, _, stderr = with(append(all.List(), tt.s), "run", "-quick", "-workloads", "gfx", "-o", dir)
		if code != exitFailed || !strings.Contains(stderr, tt.s.Name+" on gfx: ") || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("run: exit code %d, %q", code, stderr)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s got as far as a run directory", tt.s.Name)
		}
	}
}
