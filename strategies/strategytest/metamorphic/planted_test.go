package metamorphic

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/planted"
	"github.com/vramlab/vramlab/workloads/trace"
)

// counted is a planted strategy each of whose allocators has a count of its own.
func counted(alloc func(count *int) planted.Alloc) planted.Plant {
	return planted.Plant{Make: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := firstfit.New(r, false)
		if err != nil {
			return nil, err
		}
		return planted.Spoil(a.(*firstfit.Allocator), planted.Plant{Alloc: alloc(new(int))}), nil
	}}
}

// possible are the requests that are not refused whatever is free.
func possible(a *firstfit.Allocator, r strategies.Request) bool { return r.Size-1 < a.Region.Managed() }

func impossible(a *firstfit.Allocator, r strategies.Request) bool { return !possible(a, r) }

// everyOther grants from the top when the count of requests so far that satisfy
// cond is odd.
func everyOther(cond func(a *firstfit.Allocator, r strategies.Request) bool) planted.Plant {
	return counted(func(count *int) planted.Alloc {
		return planted.Changed(func(a *firstfit.Allocator, r *strategies.Request) {
			if cond(a, *r) {
				*count++
			}
			if *count%2 == 1 {
				r.Flags |= strategies.TopDown
			}
		})
	})
}

// TestMetamorphicPlanted holds the runner to its purpose: it finds each mistake,
// and what it prints is a short trace. most is the number of lines of the
// program at most, without the two of the head.
func TestMetamorphicPlanted(t *testing.T) {
	check := func(mistake string, p planted.Plant, memoryless, variant bool, most int, want string) {
		t.Run(strings.ReplaceAll(mistake, " ", "_"), func(t *testing.T) {
			t.Helper()
			_, err := Search{Seed: 1, Ops: 100_000, Memoryless: memoryless}.Run(p.Strategy())
			var c *Counterexample
			if !errors.As(err, &c) {
				t.Fatalf("not found: %v", err)
			}
			if !strings.Contains(err.Error(), want) || variant != (c.Variant != nil) {
				t.Errorf("want %q, with a variant: %v, got\n%v", want, variant, err)
			}
			if n := lines(t, c.Trace); n == 0 || n > most {
				t.Errorf("the program has %d lines, more than %d:\n%v", n, most, err)
			}
		})
	}
	check("a grant is forgotten", planted.Leak, false, false, 3, "tile the managed region: after call 3")
	check("freed memory is never merged", planted.Plant{Make: planted.WithWalls}, false, false, 12, "was refused")
	check("an odd request changes those after it", everyOther(impossible), false, true, 3, "in its variant")
	check("what is in dst counts", planted.Plant{
		Alloc: func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
			if len(dst) > 0 {
				r.Flags |= strategies.TopDown
			}
			return a.Alloc(dst, r)
		}}, false, true, 1, "in its variant")
	check("what is in dst is overwritten", planted.Plant{
		Alloc: planted.After(func(_ *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(dst) > 0 {
				out[0] = strategies.Block{}
			}
			return out, err
		})}, false, true, 1, "changed what was in the slice")
	check("a trim goes by what is in dst", planted.Plant{
		Trim: func(a *firstfit.Allocator, dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
			out, err := a.Trim(dst, blocks, start, size)
			if n := len(dst); n > 0 && err == nil && size > a.Region.Page {
				planted.Forget(a, start)
				out = append(out[:n], strategies.Block{Start: start, Size: a.Region.Page}, strategies.Block{Start: start + a.Region.Page, Size: size - a.Region.Page})
				a.Enter(out[n:])
			}
			return out, err
		}}, false, true, 2, "in its variant")
	check("history counts and is said not to", everyOther(possible), true, true, 3, "in its variant")
}

// TestMetamorphicValidates gives the runner a strategy without a constructor.
func TestMetamorphicValidates(t *testing.T) {
	n, err := Search{Seed: 1, Ops: 1000}.Run(strategies.Strategy{Name: "mine", Doc: "nothing"})
	if n != 0 || err == nil || err.Error() != "strategy mine: no New" {
		t.Errorf("%d operations, %v", n, err)
	}
}

// TestMetamorphicKeepsStill runs what is right, above all a strategy with a
// memory that does not claim to have none.
func TestMetamorphicKeepsStill(t *testing.T) {
	for _, tt := range []struct {
		s          strategies.Strategy
		memoryless bool
	}{
		{everyOther(possible).Strategy(), false},
		{planted.Modest, true},
	} {
		m := Search{Seed: 1, Ops: 20_000, Memoryless: tt.memoryless}
		if n, err := m.Run(tt.s); err != nil || n < m.Ops {
			t.Errorf("%s: %d operations, %v", tt.s.Name, n, err)
		}
	}
}

// lines reads a trace and returns how many operations it has.
func lines(t *testing.T, text []byte) (n int) {
	t.Helper()
	r, err := trace.NewReader(bytes.NewReader(text), "counterexample")
	if err != nil {
		t.Fatal(err)
	}
	for r.Scan() {
		n++
	}
	if err := r.Err(); err != nil {
		t.Errorf("the counterexample is no trace: %v", err)
	}
	return n
}
