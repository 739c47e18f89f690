package experiment

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/age"
)

// ageingLines are the lines of a plan, in their order.
func ageingLines(t *testing.T, e *Env, p ageingPlan) (lines []result.Line) {
	t.Helper()
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if err := runAgeing(t.Context(), e, p); err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestAgeing: a line for each strategy, fill level and seed, the same every time; seeds
// count from that of the run.
func TestAgeing(t *testing.T) {
	picky := churn.FirstFit
	picky.Name = "picky" // manages other regions only
	picky.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	e := testEnv(churn.FirstFit, picky)
	p := ageingPlan{fills: []int{50, 95}, seeds: 2, ops: 3000}
	lines := ageingLines(t, e, p)
	for i, name := range []string{
		"Ageing/strategy=firstfit/fill=50/seed=42", "Ageing/strategy=firstfit/fill=50/seed=43",
		"Ageing/strategy=firstfit/fill=95/seed=42", "Ageing/strategy=firstfit/fill=95/seed=43",
	} {
		if len(lines) != 4 || lines[i].Name != name {
			t.Fatalf("%d lines, line %d of %s", len(lines), i, lines[i].Name)
		}
		inTable(t, lines[i])
		ops, _ := value(lines[i], schema.AgedOps)
		censored, _ := value(lines[i], schema.Censored)
		if easy := i < 2; easy != (censored == 1) || easy != (ops == 3000) || lines[i].Iters != 3000 {
			t.Errorf("%s: %v operations of %d, censored %v", name, ops, lines[i].Iters, censored)
		}
	}
	if again := ageingLines(t, e, p); fmt.Sprint(again) != fmt.Sprint(lines) {
		t.Error("a second time the lines are others")
	}
	e.Strategies = []strategies.Strategy{unruly()}
	if lines := ageingLines(t, e, p); lines != nil {
		t.Errorf("%d lines of a strategy that refuses what is free", len(lines))
	}
	e.Strategies = []strategies.Strategy{overlapping}
	var v *strategies.Violation
	if err := runAgeing(t.Context(), e, p); !errors.As(err, &v) {
		t.Errorf("error %v, want a violation", err)
	}
}

// TestPlanAgeing: shorter samples mean a shorter plan; that of a quick run has an interval of
// 95 % too.
func TestPlanAgeing(t *testing.T) {
	short, usual := &Env{SampleTime: 10 * time.Millisecond}, &Env{SampleTime: 40 * time.Millisecond}
	a, b := short.planAgeing(), usual.planAgeing()
	if c := (&Env{SampleTime: time.Millisecond}).planAgeing(); c.ops >= a.ops || c.seeds >= a.seeds {
		t.Errorf("very short %+v", c)
	}
	if a.seeds < 6 || a.ops >= b.ops || a.seeds >= b.seeds || !slices.Equal(b.fills, []int{80, 90, 95}) {
		t.Errorf("short %+v, usual %+v", a, b)
	}
}

// unruly is a strategy that grants no large page.
func unruly() strategies.Strategy {
	s := churn.FirstFit
	s.Name = "unruly"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return noLarge{a}, err
	}
	return s
}

type noLarge struct{ strategies.Allocator }

func (a noLarge) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r == age.LargeRequest {
		return dst, strategies.ErrNoSpace
	}
	return a.Allocator.Alloc(dst, r)
}
