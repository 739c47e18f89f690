package experiment

import (
	"context"
	"fmt"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Holes asks the lab's main question in a controlled state: all free memory of a
// region is in holes of one size, one request is granted, and the time to build its
// table is measured. State and grant are deterministic and made once, untimed; a
// sample builds the table again from the blocks.
var Holes = Experiment{
	Name:      "holes",
	Doc:       "What does a table cost when all free memory is in holes of one size?",
	Synthetic: true,
	SetUp: func(ctx context.Context, e *Env) ([]Cell, error) {
		return setUpHoles(ctx, e, workloads.HoleSizes())
	},
}

// setUpHoles makes the cells for these sizes of holes. A strategy without windows is
// left out, because the holes are made with them.
func setUpHoles(ctx context.Context, e *Env, sizes []uint64) ([]Cell, error) {
	set := holeSet{Env: e, meter: meter.NewTables()}
	for _, size := range sizes {
		h := workloads.HolesAt(size)
		for _, s := range e.Strategies {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if !s.Caps.Has(strategies.CapWindow) {
				continue
			}
			where := fmt.Sprintf("%s with holes of %s", s.Name, schema.FormatSize(size))
			if err := replay.Guard(where, func() error { return set.add(s, h) }); err != nil {
				return nil, err
			}
		}
	}
	return set.cells, nil
}

// A holeSet collects the cells.
type holeSet struct {
	*Env
	meter *meter.Tables
	cells []Cell
}

// add adds the cells of one strategy and one size of holes. The allocator is not
// timed, so it works under the shadow model.
func (set *holeSet) add(s strategies.Strategy, h workloads.Holes) error {
	a, err := strategies.Checked(s).New(h.Region)
	if err != nil {
		return err
	}
	p := replay.NewPlayer(a, replay.NewLive(h.Setup))
	for i := range h.Setup {
		if what, err := p.Do(&h.Setup[i]); what == replay.Refused {
			return fmt.Errorf("preparing the holes: %v: %w", h.Setup[i].Req, err)
		}
	}
	for _, req := range h.Requests {
		of := schema.Labels{
			schema.Strategy: s.Name,
			schema.Hole:     schema.FormatSize(h.Hole),
			schema.Size:     schema.FormatSize(req.Size),
		}
		blocks, err := a.Alloc(nil, req)
		if err != nil {
			err = set.refused(of)
		} else {
			set.granted(of, blocks, req)
			a.Free(blocks)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// granted adds the cells of a grant, one for each builder.
func (set *holeSet) granted(of schema.Labels, blocks []strategies.Block, req strategies.Request) {
	lists := new(meter.BlockLists)
	lists.Add(blocks, req)
	for _, b := range set.Builders {
		of[schema.Builder] = b.Name
		name, c := schema.Holes.FullName(of), &meter.TableCell{Lists: lists, Builder: b}
		set.cells = append(set.cells, Cell{
			What:   "holes, " + of[schema.Strategy],
			Sample: func() ([]result.Line, error) { return one(set.sample(name, c), nil) },
			Took:   time.Duration(set.batches()) * meter.TableBatch,
		})
	}
}

// refused writes that there is no grant, and so no table and no time.
func (set *holeSet) refused(of schema.Labels) error {
	for _, b := range set.Builders {
		of[schema.Builder] = b.Name
		err := set.Write(result.Line{Name: schema.Holes.FullName(of), Iters: 1, Values: []result.Value{{V: 1, Unit: schema.Refused}}})
		if err != nil {
			return err
		}
	}
	return nil
}

// batches is the number of batches in a sample: a hundred for the default sample
// time, enough for a 99th percentile, and fewer in a quick run.
func (set *holeSet) batches() int {
	return min(100, max(10, int(set.SampleTime/(20*meter.TableBatch))))
}

// sample is one sample of the time to build the table.
func (set *holeSet) sample(name string, c *meter.TableCell) result.Line {
	t := set.meter.Measure(c, set.batches(), 0)
	return result.Line{Name: name, Iters: t.Tables, Values: []result.Value{
		{V: t.Median, Unit: schema.NsPerTable}, {V: t.P99, Unit: schema.P99Ns}, {V: t.Segs, Unit: schema.SegsPerTable},
	}}
}
