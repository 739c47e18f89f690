package strategytest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// planted is a strategy with one mistake: a reference strategy of which some
// methods are replaced.
type planted struct {
	mistake string
	rules   string // names of rules that must find it, among others
	base    strategies.Strategy
	caps    strategies.Caps // claimed on top of what the base can

	make   func(strategies.Region) (strategies.Allocator, error)
	alloc  func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)
	free   func(a *firstFit, blocks []strategies.Block)
	blocks func(a *firstFit) iter.Seq[strategies.Block]
	check  func(a *firstFit) error
}

// spoilt is an allocator of a planted strategy.
type spoilt struct {
	*firstFit
	planted
}

func (a spoilt) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if a.planted.alloc != nil {
		return a.planted.alloc(a.firstFit, dst, r)
	}
	return a.firstFit.Alloc(dst, r)
}

func (a spoilt) Free(blocks []strategies.Block) {
	if a.planted.free != nil {
		a.planted.free(a.firstFit, blocks)
		return
	}
	a.firstFit.Free(blocks)
}

func (a spoilt) FreeCleared(blocks []strategies.Block) { a.Free(blocks) }

func (a spoilt) FreeBlocks() iter.Seq[strategies.Block] {
	if a.planted.blocks != nil {
		return a.planted.blocks(a.firstFit)
	}
	return a.firstFit.FreeBlocks()
}

func (a spoilt) Check() error {
	if a.planted.check != nil {
		return a.planted.check(a.firstFit)
	}
	return a.firstFit.Check()
}

func (p planted) strategy() strategies.Strategy {
	s := p.base
	if s.New == nil {
		s = Reference
	}
	s.Name = "planted"
	s.Caps |= p.caps
	inner := s.New
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		if p.make != nil {
			return p.make(r)
		}
		a, err := inner(r)
		if err != nil {
			return nil, err
		}
		return spoilt{a.(*firstFit), p}, nil
	}
	return s
}

// when grants as the reference does, unless the condition holds for a request:
// then otherwise decides.
func when(cond func(a *firstFit, r strategies.Request) bool, otherwise func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error),
) func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		if cond(a, r) {
			return otherwise(a, dst, r)
		}
		return a.Alloc(dst, r)
	}
}

// refuse is a refusal with err.
func refuse(err error) func(*firstFit, []strategies.Block, strategies.Request) ([]strategies.Block, error) {
	return func(_ *firstFit, dst []strategies.Block, _ strategies.Request) ([]strategies.Block, error) {
		return dst, err
	}
}

// changed grants the request after a change of it.
func changed(change func(a *firstFit, r *strategies.Request)) func(*firstFit, []strategies.Block, strategies.Request) ([]strategies.Block, error) {
	return func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		change(a, &r)
		return a.Alloc(dst, r)
	}
}

// after changes the result of a grant or refusal.
func after(change func(a *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error)) func(*firstFit, []strategies.Block, strategies.Request) ([]strategies.Block, error) {
	return func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		out, err := a.Alloc(dst, r)
		return change(a, dst, out, err)
	}
}

// forget drops a live block whatever grant it belongs to.
func (a *firstFit) forget(start uint64) {
	if at, found := a.find(start); found {
		a.live = slices.Delete(a.live, at, at+1)
	}
}

func has(flags strategies.Flags) func(*firstFit, strategies.Request) bool {
	return func(_ *firstFit, r strategies.Request) bool { return r.Flags&flags == flags }
}

var (
	sink    any    // keeps what a plant takes from the heap
	shared  int    // state outside of allocators
	history []byte // memory in proportion to the region
)

// withWalls is a first fit that never merges: a grant lies between two
// addresses at which something was freed once.
func withWalls(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	walls := []uint64{0, r.Managed()}
	fit := &firstFit{region: r}
	return spoilt{fit, planted{
		alloc: func(a *firstFit, dst []strategies.Block, q strategies.Request) ([]strategies.Block, error) {
			err := strategies.ErrNoSpace
			for i := range walls[1:] {
				part := q
				part.Flags |= strategies.Range
				part.Lo, part.Hi = walls[i], walls[i+1]
				if q.Flags&strategies.Range != 0 {
					part.Lo = max(part.Lo, q.Lo)
					if q.Hi != 0 {
						part.Hi = min(part.Hi, q.Hi)
					}
				}
				if dst, err = a.Alloc(dst, part); err == nil || err != strategies.ErrNoSpace {
					return dst, err
				}
			}
			return dst, err
		},
		free: func(a *firstFit, blocks []strategies.Block) {
			a.Free(blocks)
			walls = append(walls, blocks[0].Start, blocks[0].End())
			slices.Sort(walls)
			walls = slices.Compact(walls)
		},
	}}, nil
}

// keeper remembers where in dst the blocks went, and frees what stands there.
func keeper() planted {
	kept := make(map[uint64][]strategies.Block)
	return planted{mistake: "a reference to dst is kept", rules: "append",
		alloc: after(func(_ *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil {
				kept[out[len(dst)].Start] = out[len(dst):]
			}
			return out, err
		}),
		free: func(a *firstFit, blocks []strategies.Block) { a.Free(kept[blocks[0].Start]) }}
}

var plants = []planted{
	// one grant
	{mistake: "a region without a page size is accepted", rules: "regions",
		make: func(r strategies.Region) (strategies.Allocator, error) { return &firstFit{region: r}, nil }},
	{mistake: "a region is refused without ErrInvalid", rules: "regions",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			if r.Validate() != nil {
				return nil, errors.New("bad region")
			}
			return newFirstFit(r, false)
		}},
	{mistake: "New returns nothing", rules: "new",
		make: func(r strategies.Region) (strategies.Allocator, error) { return nil, r.Validate() }},
	{mistake: "the last page is not managed", rules: "new whole fill",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			r.Size = max(r.Size-r.Page, r.Page)
			return newFirstFit(r, false)
		}},
	{mistake: "the part of a page at the end is managed", rules: "new",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			if r.Validate() == nil && r.Size%r.Page != 0 {
				r.Size += r.Page
			}
			return newFirstFit(r, false)
		}},
	{mistake: "FreeBlocks goes on when it should stop", rules: "freeblocks",
		blocks: func(a *firstFit) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for n := range len(a.live) + 1 {
					if gap := a.gap(n); gap.Size > a.region.Page {
						yield(strategies.Block{Start: gap.Start, Size: a.region.Page})
						yield(strategies.Block{Start: gap.Start + a.region.Page, Size: gap.Size - a.region.Page})
					} else if gap.Size > 0 {
						yield(gap)
					}
				}
			}
		}},
	{mistake: "FreeBlocks takes what it yields", rules: "freeblocks",
		blocks: func(a *firstFit) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for b := range a.FreeBlocks() {
					if !yield(b) {
						a.enter([]strategies.Block{b})
						return
					}
				}
			}
		}},
	{mistake: "FreeBlocks leaves out the highest block", rules: "new sizes",
		blocks: func(a *firstFit) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				for n := range len(a.live) {
					if gap := a.gap(n); gap.Size > 0 && !yield(gap) {
						return
					}
				}
			}
		}},
	{mistake: "a page of a large grant is missing", rules: "sizes",
		alloc: after(func(a *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if n := len(out); err == nil && out[n-1].Size > 4*a.region.Page {
				out[n-1].Size -= a.region.Page
			}
			return out, err
		})},
	{mistake: "a grant is too large", rules: "sizes",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size == 5*a.region.Page },
			changed(func(a *firstFit, r *strategies.Request) { r.Size += 2 * a.region.Page }))},
	{mistake: "large blocks leak", rules: "sizes",
		free: func(a *firstFit, blocks []strategies.Block) {
			if blocks[0].Size < 8*a.region.Page {
				a.Free(blocks)
			}
		}},
	{mistake: "every free leaks a page", rules: "sizes",
		free: func(a *firstFit, blocks []strategies.Block) {
			a.Free(blocks)
			a.enter([]strategies.Block{{Start: blocks[0].Start, Size: a.region.Page}})
		}},
	{mistake: "a size that is the region's is refused", rules: "whole",
		alloc: when(func(a *firstFit, r strategies.Request) bool {
			return r.Size == a.region.Managed() && r.Size&(r.Size-1) != 0
		}, refuse(strategies.ErrInvalid))},
	{mistake: "the whole region can be granted twice only", rules: "whole",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size == a.region.Managed() && a.serial > 2 },
			refuse(strategies.ErrNoSpace))},
	{mistake: "a size is rounded down to the page", rules: "bytes",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size > a.region.Page },
			changed(func(a *firstFit, r *strategies.Request) { r.Size &^= a.region.Page - 1 }))},
	{mistake: "0 bytes are granted as nothing", rules: "zero",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return r.Size == 0 }, refuse(nil))},
	{mistake: "0 bytes are a page", rules: "zero",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return r.Size == 0 },
			changed(func(_ *firstFit, r *strategies.Request) { r.Size = 1 }))},
	{mistake: "sizes wrap at 64 bits", rules: "toolarge",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size > -a.region.Page },
			changed(func(a *firstFit, r *strategies.Request) { r.Size += a.region.Page }))},
	{mistake: "what is too large takes a page along", rules: "toolarge",
		alloc: after(func(a *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if errors.Is(err, strategies.ErrTooBig) {
				a.Alloc(nil, strategies.Request{Size: 1})
			}
			return out, err
		})},
	{mistake: "an error of its own", rules: "toolarge",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Size > a.region.Managed() },
			refuse(errors.New("out of memory")))},
	{mistake: "ErrNoSpace is wrapped", rules: "fill",
		alloc: after(func(_ *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == strategies.ErrNoSpace {
				err = fmt.Errorf("%w: full", err)
			}
			return out, err
		})},
	{mistake: "Clear is refused", rules: "clear",
		alloc: when(has(strategies.Clear), refuse(strategies.ErrInvalid))},
	{mistake: "the prefix of dst is cut off", rules: "append",
		alloc: after(func(_ *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			return out[min(len(dst), 1):], err
		})},
	{mistake: "the prefix of dst is overwritten", rules: "append",
		alloc: after(func(_ *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(dst) > 1 {
				out[1].Size++
			}
			return out, err
		})},
	{mistake: "dst is always copied", rules: "append",
		alloc: after(func(_ *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			return slices.Clone(out), err
		})},
	{mistake: "a refusal appends the blocks it had", rules: "toolarge fill",
		alloc: after(func(_ *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err != nil {
				out = append(out, strategies.Block{})
			}
			return out, err
		})},
	keeper(),

	// many grants
	{mistake: "a grant is forgotten at once", rules: "fill",
		alloc: after(func(a *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil && a.serial%7 == 6 {
				a.forget(out[len(out)-1].Start)
			}
			return out, err
		})},
	{mistake: "the last free page is never granted", rules: "fill",
		alloc: after(func(a *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == nil && len(freeRuns(a)) == 0 && len(a.live) > 1 {
				a.Free(out[len(out)-1:])
				return out[:len(out)-1], strategies.ErrNoSpace
			}
			return out, err
		})},
	{mistake: "the last free page is granted once only", rules: "fill",
		alloc: when(func(a *firstFit, r strategies.Request) bool {
			return a.serial >= 256 && total(freeRuns(a)) == a.region.Page
		}, refuse(strategies.ErrNoSpace))},
	{mistake: "a full region makes every request invalid", rules: "fill",
		alloc: when(func(a *firstFit, _ strategies.Request) bool { return total(freeRuns(a)) == 0 }, refuse(strategies.ErrInvalid))},
	{mistake: "what does not fit in one run is too big", rules: "apart",
		alloc: after(func(_ *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if err == strategies.ErrNoSpace {
				err = strategies.ErrTooBig
			}
			return out, err
		})},
	{mistake: "grants of an old allocator come in halves", rules: "restore",
		alloc: after(func(a *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			if b := out[max(len(out), 1)-1:]; err == nil && a.serial > 256 && b[0].Size%(2*a.region.Page) == 0 {
				a.forget(b[0].Start)
				half := b[0].Size / 2
				b[0].Size = half
				out = append(out, strategies.Block{Start: b[0].End(), Size: half})
				a.enter(out[len(out)-2:])
			}
			return out, err
		})},
	{mistake: "freed memory is never merged", rules: "restore apart", make: withWalls},
	{mistake: "contiguous means in total", rules: "apart", base: Scattering,
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.Contiguous })},
	{mistake: "grants are scattered by a strategy that does not say so", rules: "apart",
		make: func(r strategies.Region) (strategies.Allocator, error) { return newFirstFit(r, true) }},
	{mistake: "CapScatter is claimed in vain", rules: "scatter", caps: strategies.CapScatter},
	{mistake: "a scattered grant has at most eight blocks", rules: "scatter", base: Scattering,
		alloc: after(func(a *firstFit, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(out)-len(dst) > 8 {
				a.Free(out[len(dst):])
				return out[:len(dst)], strategies.ErrNoSpace
			}
			return out, err
		})},
	{mistake: "CapClear is claimed in vain", rules: "cleared", caps: strategies.CapClear},

	// places
	{mistake: "CapPow2Blocks is claimed in vain", rules: "sizes", caps: strategies.CapPow2Blocks},
	{mistake: "half the alignment is enough", rules: "align",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Align /= 2 })},
	{mistake: "the page before an aligned grant is lost", rules: "align",
		alloc: when(func(a *firstFit, r strategies.Request) bool { return r.Align == 4*a.region.Page && len(a.live) == 1 },
			func(a *firstFit, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
				a.Alloc(nil, strategies.Request{Size: 1})
				return a.Alloc(dst, r)
			})},
	{mistake: "an alignment that is no power of two is refused", rules: "anyalign",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return r.Align&(r.Align-1) != 0 }, refuse(strategies.ErrInvalid))},
	{mistake: "an alignment that is no power of two is masked", rules: "anyalign",
		alloc: changed(func(_ *firstFit, r *strategies.Request) {
			for r.Align&(r.Align-1) != 0 {
				r.Align &= r.Align - 1
			}
		})},
	{mistake: "a window ends a page late", rules: "window",
		alloc: when(has(strategies.Range), changed(func(a *firstFit, r *strategies.Request) {
			if r.Hi != 0 {
				r.Hi += a.region.Page
			}
		}))},
	{mistake: "a window begins a page early", rules: "window",
		alloc: when(has(strategies.Range), changed(func(a *firstFit, r *strategies.Request) { r.Lo -= min(r.Lo, a.region.Page) }))},
	{mistake: "the last page of a window is never used", rules: "window",
		alloc: when(has(strategies.Range), changed(func(a *firstFit, r *strategies.Request) {
			if r.Hi != 0 {
				r.Hi -= a.region.Page
			}
		}))},
	{mistake: "the lowest page of a large window is never used", rules: "windowfull",
		alloc: when(has(strategies.Range), changed(func(a *firstFit, r *strategies.Request) {
			if r.Lo != 0 && r.Hi > r.Lo+4*a.region.Page {
				r.Lo += a.region.Page
			}
		}))},
	{mistake: "windows are ignored", rules: "window windowfull oddwindow",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.Range })},
	{mistake: "Hi = 0 is an empty window", rules: "oddwindow",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return r.Flags&strategies.Range != 0 && r.Hi == 0 },
			refuse(strategies.ErrNoSpace))},
	{mistake: "a window past the end is too big", rules: "oddwindow",
		alloc: when(func(a *firstFit, r strategies.Request) bool {
			return r.Flags&strategies.Range != 0 && r.Hi > a.region.Managed()
		}, refuse(strategies.ErrTooBig))},
	{mistake: "a reversed window is turned round", rules: "oddwindow",
		alloc: when(has(strategies.Range), changed(func(_ *firstFit, r *strategies.Request) {
			if r.Hi != 0 && r.Lo > r.Hi {
				r.Lo, r.Hi = r.Hi, r.Lo
			}
		}))},
	{mistake: "TopDown is ignored", rules: "topdown",
		alloc: changed(func(_ *firstFit, r *strategies.Request) { r.Flags &^= strategies.TopDown })},

	// wrong frees
	{mistake: "a wrong free is ignored", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			defer func() { recover() }()
			a.Free(blocks)
		}},
	{mistake: "a wrong free panics with an error", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			defer func() {
				if recover() != nil {
					panic(errors.New("this is a sentence in an error"))
				}
			}()
			a.Free(blocks)
		}},
	{mistake: "a wrong free panics with a word", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			defer func() {
				if recover() != nil {
					panic("badfree")
				}
			}()
			a.Free(blocks)
		}},
	{mistake: "nothing can be freed", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			if len(blocks) > 0 {
				a.Free(blocks)
			}
		}},
	{mistake: "Node is not compared", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			blocks = slices.Clone(blocks)
			for i, b := range blocks {
				if at, found := a.find(b.Start); found {
					blocks[i].Node = a.live[at].Node
				}
			}
			a.Free(blocks)
		}},
	{mistake: "only Start is compared", rules: "badfree",
		free: func(a *firstFit, blocks []strategies.Block) {
			blocks = slices.Clone(blocks)
			for i, b := range blocks {
				if at, found := a.find(b.Start); found {
					blocks[i] = a.live[at].Block
				}
			}
			a.Free(blocks)
		}},
	{mistake: "each block is freed for itself", rules: "badfree", base: Scattering,
		free: func(a *firstFit, blocks []strategies.Block) {
			for _, b := range blocks {
				if at, found := a.find(b.Start); !found || a.live[at].Block != b {
					panic("this block was not granted")
				}
			}
			for _, b := range blocks {
				a.forget(b.Start)
			}
			if len(blocks) == 0 {
				panic("there is nothing to be freed")
			}
		}},
	{mistake: "the order of blocks does not count", rules: "badfree", base: Scattering,
		free: func(a *firstFit, blocks []strategies.Block) {
			a.Free(slices.SortedFunc(slices.Values(blocks), func(a, b strategies.Block) int { return int(a.Start) - int(b.Start) }))
		}},
	{mistake: "a wrong free panics half way", rules: "badfree", base: Scattering,
		free: func(a *firstFit, blocks []strategies.Block) {
			if len(blocks) > 1 {
				a.forget(blocks[0].Start)
				for i, b := range blocks {
					if at, found := a.find(b.Start); i > 0 && (!found || a.live[at].index != i || a.live[at].count != len(blocks)) {
						panic("this block was not granted")
					}
				}
				for _, b := range blocks {
					a.forget(b.Start)
				}
				return
			}
			a.Free(blocks)
		}},

	// costs
	{mistake: "each grant takes an object from the heap", rules: "heap",
		alloc: after(func(_ *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			sink = new([4]uint64)
			return out, err
		})},
	{mistake: "memory in proportion to the region", rules: "huge",
		make: func(r strategies.Region) (strategies.Allocator, error) {
			history = make([]byte, min(r.Size/4096, 64<<20))
			return newFirstFit(r, false)
		}},
	{mistake: "addresses are signed", rules: "huge",
		alloc: when(func(_ *firstFit, r strategies.Request) bool { return int64(r.Size) < 0 }, refuse(strategies.ErrTooBig))},

	// everything at once
	{mistake: "allocators share state", rules: "deterministic",
		alloc: changed(func(_ *firstFit, r *strategies.Request) {
			if shared++; shared%3 == 0 {
				r.Flags |= strategies.TopDown
			}
		})},
	{mistake: "a window counts from below only, aligned and from the top", rules: "random",
		alloc: when(has(strategies.Range|strategies.TopDown), changed(func(a *firstFit, r *strategies.Request) {
			if r.Align > a.region.Page {
				r.Hi = 0
			}
		}))},
	{mistake: "a crash in the twentieth grant", rules: "random",
		alloc: after(func(a *firstFit, _, out []strategies.Block, err error) ([]strategies.Block, error) {
			var none []int
			if a.serial == 20 {
				none[a.serial] = 1
			}
			return out, err
		})},
	{mistake: "its own check fails", rules: "fill",
		check: func(a *firstFit) error {
			if len(a.live) > 50 {
				return errors.New("too much is live")
			}
			return nil
		}},
}

// TestPlanted holds the kit to its purpose: each planted mistake is found by
// the rules named, and the failure quotes the rule.
func TestPlanted(t *testing.T) {
	for _, p := range plants {
		t.Run(strings.ReplaceAll(p.mistake, " ", "_"), func(t *testing.T) {
			s := p.strategy()
			for _, name := range strings.Fields(p.rules) {
				rule := ruleNamed(t, name)
				err := rule.Check(s)
				if err == nil {
					t.Errorf("rule %q does not find it", name)
				} else if !strings.Contains(err.Error(), rule.Text) {
					t.Errorf("the failure does not quote the rule: %v", err)
				}
				if !s.Caps.Has(rule.Caps) {
					t.Errorf("Run would skip rule %q", name)
				}
			}
		})
	}
}

// TestEveryRuleCanFail demands a planted mistake for each rule.
func TestEveryRuleCanFail(t *testing.T) {
	var named []string
	for _, p := range plants {
		named = append(named, strings.Fields(p.rules)...)
	}
	for _, r := range Rules() {
		if !slices.Contains(named, r.Name) {
			t.Errorf("no planted mistake is to be found by rule %q", r.Name)
		}
	}
}

func ruleNamed(t *testing.T, name string) Rule {
	t.Helper()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no rule %q", name)
	}
	return rules[i]
}
