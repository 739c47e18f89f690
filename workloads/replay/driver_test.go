package replay

import (
	"errors"
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestDriver: a driver refuses by itself, asks for more and trims, and tries again only for
// lack of space.
func TestDriver(t *testing.T) {
	const page = strategies.MinPage
	region := strategies.Region{Size: 8 * page, Page: page}
	p := sgtable.Policies()[0]
	p.Request = func(r strategies.Request, _ strategies.Region) strategies.Request {
		r.Size *= 2
		return r
	}
	p.Refuses = func(r strategies.Request) error {
		if r.Flags&strategies.Contiguous != 0 && r.Size == 3*page {
			return strategies.ErrInvalid
		}
		return nil
	}
	p.Keeps = func(r strategies.Request, _ strategies.Region) uint64 { return r.Size }
	a, err := strategies.Checked(churn.ScatterFit).New(region)
	if err != nil {
		t.Fatal(err)
	}
	request := func(kind workloads.Kind, slot uint32, pages uint64, flags strategies.Flags) workloads.Op {
		return workloads.Op{Kind: kind, Slot: slot, Req: strategies.Request{Size: pages * page, Flags: flags}}
	}
	const contiguous = strategies.Contiguous
	driver := NewDriver(a, region, p, NewLive([]workloads.Op{{Slot: 1}}))
	for i, step := range []struct {
		op    workloads.Op
		want  Outcome
		err   error
		holds uint64 // pages in the slot afterwards; a trim is refused by this allocator
	}{
		{request(workloads.Alloc, 0, 3, contiguous), Refused, strategies.ErrInvalid, 0},
		{request(workloads.Fallback, 0, 3, 0), Skipped, nil, 0}, // not for lack of space
		{request(workloads.Alloc, 0, 1, contiguous), Granted, nil, 2},
		{request(workloads.Fallback, 0, 1, 0), Skipped, nil, 2}, // there is no need
		{request(workloads.Alloc, 1, 4, contiguous), Refused, strategies.ErrNoSpace, 0},
		{request(workloads.Fallback, 1, 3, 0), Granted, nil, 6},
		{request(workloads.Free, 1, 0, 0), Freed, nil, 0},
		{request(workloads.Free, 1, 0, 0), Skipped, nil, 0},
	} {
		what, r, err := driver.Do(&step.op)
		held := uint64(0)
		for _, b := range driver.live.Held(step.op.Slot) {
			held += b.Size / page
		}
		if what != step.want || !errors.Is(err, step.err) || held != step.holds {
			t.Errorf("step %d, %v: outcome %d, error %v, %d pages; want %d, %v, %d", i, step.op, what, err, held, step.want, step.err, step.holds)
		}
		if what == Granted && r.Size != step.op.Req.Size {
			t.Errorf("step %d: the table is made for %v, and %v is kept", i, r, step.op.Req)
		}
	}
}
