package replay

import (
	"errors"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Driver does the operations of a stream as a kernel driver does: under a policy it may
// refuse a request, ask for more than the stream does, and trim what it was granted.
type Driver struct {
	policy sgtable.Policy
	region strategies.Region
	player *Player
	live   *Live
	last   error // of the last request
}

// NewDriver is a driver with the policy p on a, an allocator of region, that keeps the
// blocks in live.
func NewDriver(a strategies.Allocator, region strategies.Region, p sgtable.Policy, live *Live) *Driver {
	return &Driver{policy: p, region: region, player: NewPlayer(a, live), live: live}
}

// Do does op and returns the outcome. After a grant r is the request of the driver, with
// the size that it keeps, of which the table is made; it is of no meaning otherwise.
func (d *Driver) Do(op *workloads.Op) (what Outcome, r strategies.Request, err error) {
	switch {
	case op.Kind == workloads.Fallback && len(d.live.Held(op.Slot)) > 0:
		return Skipped, r, nil
	case op.Kind == workloads.Fallback && d.last != nil && !errors.Is(d.last, strategies.ErrNoSpace):
		return Skipped, r, nil // drivers try again for lack of space only
	case op.Kind == workloads.Alloc, op.Kind == workloads.Fallback:
		what, r, d.last = d.request(*op)
		return what, r, d.last
	}
	what, err = d.player.Do(op)
	return what, r, err
}

// request does a request as the driver does.
func (d *Driver) request(op workloads.Op) (Outcome, strategies.Request, error) {
	asked := op.Req
	if d.policy.Refuses != nil {
		if err := d.policy.Refuses(asked); err != nil {
			return Refused, op.Req, err
		}
	}
	op.Req = d.policy.Request(asked, d.region)
	what, err := d.player.Do(&op)
	if what != Granted {
		return what, op.Req, err
	}
	if d.policy.Keeps != nil {
		if keeps := d.policy.Keeps(asked, d.region); keeps < op.Req.Size {
			op.Req.Size = keeps
			d.player.Do(&workloads.Op{Kind: workloads.Trim, Slot: op.Slot, Req: strategies.Request{Size: keeps}}) // refused, all stays, as in the kernel
		}
	}
	return Granted, op.Req, nil
}
