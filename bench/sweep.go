package bench

import (
	"context"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// The sweep answers the lab's key question under control: what does a table
// cost when all free memory is in holes of one size? A region is brought into
// that state, one request is granted, and the time to build its table is
// taken. The state and the grant are deterministic and made once, untimed; a
// sample builds the table again from the blocks.

// setUpSweep makes the cells of the sweep, and writes down the refusals: they
// have no time. A strategy that knows no windows is left out, since the holes
// are made by means of them.
func (r *runner) setUpSweep(ctx context.Context) error {
	for _, hole := range r.holes {
		h := workloads.HolesAt(hole)
		for _, s := range r.Strategies {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !s.Caps.Has(strategies.CapWindow) {
				continue
			}
			if err := r.setUpHoles(s, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// setUpHoles makes the cells of one strategy and one size of holes.
func (r *runner) setUpHoles(s strategies.Strategy, h workloads.Holes) error {
	name := fmt.Sprintf("Sweep/strategy=%s/hole=%s", s.Name, sizeName(h.Hole))
	a, err := s.New(h.Region)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	p := newPlayer(a, NewLive(h.Setup))
	for i := range h.Setup {
		if what, err := p.do(&h.Setup[i]); what == refused {
			return fmt.Errorf("%s: preparing the holes: %v: %w", name, h.Setup[i].Req, err)
		}
	}
	for _, req := range h.Requests {
		name := name + "/size=" + sizeName(req.Size)
		blocks, err := a.Alloc(nil, req)
		if err != nil {
			err = r.refusedSweep(name)
		} else {
			r.addSweep(name, s.Name, blocks, req)
			a.Free(blocks)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addSweep adds the cells, one for each builder, of a grant.
func (r *runner) addSweep(name, strategy string, blocks []strategies.Block, req strategies.Request) {
	lists := new(blockLists)
	lists.add(blocks, req)
	for _, b := range r.Builders {
		r.sweeps = append(r.sweeps, &tableCell{name: name + "/builder=" + b.Name, what: "sweep, " + strategy, lists: lists, builder: b})
	}
}

// refusedSweep writes down that there is no grant to build a table of.
func (r *runner) refusedSweep(name string) error {
	for _, b := range r.Builders {
		if err := r.curves.add(line{name + "/builder=" + b.Name, 1, []value{{1, "refused"}}}); err != nil {
			return err
		}
	}
	return nil
}

// sweepBatches is the number of batches in a sample: a hundred for the default
// sample time, so that there is a 99th percentile, and fewer in a quick run.
func (r *runner) sweepBatches() int {
	return min(100, max(10, int(r.SampleTime/(20*tableBatch))))
}

// sweepSample is a sample of the time to build the table of a sweep's cell.
func (r *runner) sweepSample(c *tableCell) (line, error) {
	t := r.tables.measure(c, r.sweepBatches(), 0)
	return line{c.name, t.tables, []value{
		{t.median, "ns/table"},
		{t.p99, "p99-ns"},
		{t.segs, "segs/table"},
	}}, nil
}
