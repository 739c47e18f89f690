package experiment

import (
	"context"
	"errors"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/tlsf"
	"github.com/vramlab/vramlab/workloads/adversary"
)

// TestWorst: lines between the bound of any allocator and what any fit
// needs; none for a strategy that manages one region only.
func TestWorst(t *testing.T) {
	picky := churn.FirstFit
	picky.Name = "picky"
	picky.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	e := testEnv(churn.FirstFit, picky, tlsf.Strategy)
	var lines []result.Line
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if cells, err := Worst.SetUp(t.Context(), e); err != nil || len(cells) > 0 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	sizes := []string{"8KiB", "16KiB", "32KiB", "64KiB", "128KiB", "256KiB"}
	if len(lines) != 2*len(sizes) {
		t.Fatalf("%d lines, want %d: %v", len(lines), 2*len(sizes), lines)
	}
	for i, l := range lines {
		name := []string{"firstfit", "tlsf"}[i/len(sizes)]
		if want := "WorstCase/strategy=" + name + "/size=" + sizes[i%len(sizes)]; l.Name != want {
			t.Errorf("line %d is %s, want %s", i, l.Name, want)
		}
		n := uint64(2) << (i % len(sizes))
		if region, bound := l.Values[0].V, l.Values[1].V; bound != adversary.Robson(256, n)/256 || region < bound || region > adversary.AnyFit(256, n)/256 {
			t.Errorf("%s: %v, between %g and %g", l.Name, l.Values, adversary.Robson(256, n)/256, adversary.AnyFit(256, n)/256)
		}
		if log := float64(1 + i%len(sizes)); l.Values[2].V != 1+log || l.Values[3].V != 2*(1+log) {
			t.Errorf("%s: first fit %v, half fit %v", l.Name, l.Values[2], l.Values[3])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Worst.SetUp(ctx, e); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
