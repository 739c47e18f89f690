package rundir

import "github.com/vramlab/vramlab/workloads/trace"

// A Snapshot is the state of memory after an operation, as a placement trace shows it.
type Snapshot struct {
	Op                        int
	Sure                      bool   // the trace tells which operations came before
	Live, Free, Largest       uint64 // bytes
	Outside64K, Outside2M     uint64 // of the free ones, outside whole aligned pages of that size
	RequestsSoFar, FailsSoFar int
}

// mostSnapshots is the number of moments of a series that are looked at, each a pass over
// what is live. A run writes 240.
const mostSnapshots = 300

// snapshots are taken while a trace is read. A second attempt that was not needed has no
// line in a trace, so the frees behind it cannot be numbered until the next allocation:
// moments between the two are not sure.
type snapshots struct {
	steps   []int // still to come
	out     []Snapshot
	alloc   int // the last operation whose number is sure
	missing bool
}

// snapshotsAt are those of the moments of a series: all, or evenly many of them.
func snapshotsAt(moments []Moment) *snapshots {
	s := new(snapshots)
	every := max(1, (len(moments)+mostSnapshots-1)/mostSnapshots)
	for i := len(moments) - 1; i >= 0; i -= every {
		s.steps = append(s.steps, moments[i].Op)
	}
	for i, j := 0, len(s.steps)-1; i < j; i, j = i+1, j-1 {
		s.steps[i], s.steps[j] = s.steps[j], s.steps[i]
	}
	return s
}

// before takes the snapshots due before an event; p and live are the state then.
func (s *snapshots) before(e *Event, p *Placement, live *LiveSet) {
	for len(s.steps) > 0 && s.steps[0] < e.Op {
		s.take(p, live)
	}
	if e.skipped {
		s.missing = true
		s.doubt()
	}
	if e.kind != trace.Free {
		s.alloc = e.Op
	}
}

// doubt takes it back that snapshots behind the last sure operation are sure.
func (s *snapshots) doubt() {
	for i := len(s.out) - 1; i >= 0 && s.out[i].Op > s.alloc; i-- {
		s.out[i].Sure = false
	}
}

// end takes those at the end of the trace. Where second attempts are missing, only the
// last is sure.
func (s *snapshots) end(p *Placement, live *LiveSet) {
	if s.missing {
		s.doubt()
	}
	for len(s.steps) > 0 {
		s.take(p, live)
		at := &s.out[len(s.out)-1]
		at.Sure = at.Op >= p.Ops && (!s.missing || len(s.steps) == 0)
	}
}

func (s *snapshots) take(p *Placement, live *LiveSet) {
	at := Snapshot{Op: s.steps[0], Sure: true, Live: live.Bytes, Free: live.free(), RequestsSoFar: p.Requests, FailsSoFar: p.Refusals.N}
	for start, size := range live.Holes {
		at.Largest = max(at.Largest, size)
		at.Outside64K += size - wholePages(start, size, 64<<10)
		at.Outside2M += size - wholePages(start, size, 2<<20)
	}
	s.out = append(s.out, at)
	s.steps = s.steps[1:]
}

// wholePages is the number of bytes of an extent in whole aligned pages.
func wholePages(start, size, page uint64) uint64 {
	skip := -start & (page - 1)
	if size <= skip {
		return 0
	}
	return (size - skip) &^ (page - 1)
}
