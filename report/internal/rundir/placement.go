package rundir

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Placement is what one placement trace shows: the requests and what became
// of them, and the state at the end.
type Placement struct {
	Path     string
	Region   strategies.Region
	Ops      int
	events   int // requests, frees, trims and resets, a second attempt not counted
	done     int // the same without frees of what was refused
	frees    int // of what was granted
	others   int // trims, resets, and extents that are live at the beginning
	Requests int
	Asked    uint64 // of all requests, a hash of their sizes, alignments, windows and flags
	sum      uint64 // bytes of all requests
	again    bool   // some have a second attempt
	Smallest uint64 // request, bytes
	Biggest  uint64
	blocks   int    // granted
	mostSegs uint64 // of one request, the segments that no sg table of it has more of
	Granted  int    // requests
	fellBack int    // of them, granted in a second attempt
	ReqHist  [64]int
	BlkHist  [64]int
	peak     uint64 // most bytes live at once
	Refusals Refusals
	End      State
	Able     Abilities // of the strategy
	Answers  Answers
	At       []Snapshot
	Why      []*reason.Explanation // by operation, of refusals that the run explained; nil if it explained none
}

// Refusals sums up the requests that were refused.
type Refusals struct {
	N         int
	Invalid   int            // of them, EINVAL: senseless to the strategy
	TooBig    int            // of them, E2BIG: larger than the region can ever grant
	Beyond    int            // of them, ENOSPC and larger than the region
	Windowed  int            // of them, ENOSPC in a window of addresses
	Roomy     int            // of them, ENOSPC although as much was free, in no window
	Window    WindowRefusals // of the windowed
	UsedUp    int            // of them, ENOSPC with less than that free: what is left of n
	Min, Max  uint64         // bytes asked for
	Lacked    float64        // bytes asked for by those that more free memory would have served
	LeastFree uint64         // at any roomy one
	Which     uint64         // hash of the ids, to tell whether two strategies refused the same
	At        []int32
}

// State describes the free memory of one moment.
type State struct {
	free    uint64
	largest uint64
	Holes   int
	MeanLen float64 // mean size of a hole, weighted by bytes: Σf²/F
}

// Apply changes the set as the event says.
func (l *LiveSet) Apply(e *Event) {
	switch {
	case l.overfull:
	case e.kind == trace.Free:
		l.Release(e.ID)
	case e.kind == trace.Trim && e.Blocks != nil:
		op := e.Op
		if i, ok := l.byID[e.ID]; ok {
			op = l.Allocs[i].Op // it is as old as it was
		}
		l.Release(e.ID)
		l.hold(e.ID, op, e.Blocks)
	case e.Blocks != nil:
		l.hold(e.ID, e.Op, e.Blocks)
	}
}

// hold makes blocks one live allocation.
func (l *LiveSet) hold(id uint64, op int, blocks []trace.Extent) {
	of := l.grant(id, op)
	for _, b := range blocks {
		l.put(of, b.Start, b.Size)
	}
}

// ReadPlacement sums up one trace.
func ReadPlacement(t *trace.Reader) (*Placement, error) { return readPlacement(t, nil) }

// readPlacement sums up a trace, with snapshots at the moments of a series.
func readPlacement(t *trace.Reader, moments []Moment) (*Placement, error) {
	p := &Placement{Region: t.Region()}
	live := NewLiveSet(p.Region.Managed())
	var seen witness
	at := snapshotsAt(moments)
	ops, err := EachEvent(t, func(e *Event) {
		at.before(e, p, live)
		if e.kind != 0 && e.kind != trace.Free {
			p.others++
		}
		if e.kind != trace.Live {
			p.events++
			if e.kind != trace.Free && e.kind != trace.Trim || live.holds(e.ID) {
				p.done++
				if e.kind == trace.Free {
					p.frees++
				}
			}
		}
		if e.kind == 0 {
			p.request(e, live)
			p.Answers.add(e, p.Region.Page)
			switch {
			case e.Errno == "":
				seen.granted(e.Req, e.Blocks)
			case roomyAt(e, live.free()):
				seen.refused(e.Req, p.Region.Page, live)
			}
		}
		live.Apply(e)
		p.peak = max(p.peak, live.Bytes)
	})
	if err != nil {
		return nil, err
	}
	if live.overfull {
		return nil, fmt.Errorf("more than %s blocks are live at once", text.Count(mostLive))
	}
	p.Ops = ops
	at.end(p, live)
	p.At = at.out
	p.End = live.state()
	stated := false
	if p.Able, stated = StatedAbilities(t.Comments()); !stated {
		p.Able = seen.abilities()
	}
	return p, nil
}

// lengths are the numbers that a replay may be counted by: the operations done, as runs
// count now; or, before, every request and free, or every operation of the stream.
func (p *Placement) lengths() []int { return []int{p.done, p.events, p.Ops} }

// Events is the number of requests, frees, trims and resets, a second attempt not counted:
// equal in the traces of all strategies of a workload.
func (p *Placement) Events() int { return p.events }

// request counts one request and its outcome; live is the state before it.
func (p *Placement) request(e *Event, live *LiveSet) {
	n := e.Req.Size
	if p.Requests == 0 {
		p.Smallest = n
	}
	p.Requests++
	p.ask(e)
	p.Smallest, p.Biggest = min(p.Smallest, n), max(p.Biggest, n)
	p.ReqHist[stat.Class2(n)]++
	if e.Errno != "" {
		p.Refusals.add(e, live)
		return
	}
	p.Granted++
	if e.fallback {
		p.fellBack++
	}
	p.blocks += len(e.Blocks)
	var segs uint64
	for _, b := range e.Blocks {
		p.BlkHist[stat.Class2(b.Size)]++
		segs += 1 + b.Size>>leastSplit
	}
	p.mostSegs = max(p.mostSegs, segs)
}

// leastSplit: builders split what is larger than a segment holds, the first of them at
// 2 GiB; the half of it bounds them all.
const leastSplit = 30

// ask notes what a request asked for, at its first attempt: a second one is made only where
// the first was refused.
func (p *Placement) ask(e *Event) {
	r := e.First
	p.sum += r.Size
	p.again = p.again || e.fallback || e.skipped
	for _, v := range [...]uint64{r.Size, max(r.Align, p.Region.Page), r.Lo, r.Hi, uint64(r.Flags)} {
		for range 8 {
			p.Asked = (p.Asked ^ v&0xff) * 0x100000001b3 // FNV
			v >>= 8
		}
	}
}

// OpsPerGrant is how many operations a replay does for each request that it serves: the
// request, its free, and what is refused between. It is NaN where none was served.
func (p *Placement) OpsPerGrant() float64 {
	if p == nil || p.Granted == 0 {
		return math.NaN()
	}
	return float64(p.done) / float64(p.Granted)
}

// MeanRequest is the mean size of a request in bytes; ok is false where second attempts may
// have asked for another size.
func (p *Placement) MeanRequest() (bytes float64, ok bool) {
	if p.again || p.Requests == 0 {
		return 0, false
	}
	return float64(p.sum) / float64(p.Requests), true
}

// MostSegs is the number of segments that no sg table of a granted request has more of.
func (p *Placement) MostSegs() float64 { return float64(p.mostSegs) }

// add counts a refusal; live is the state at it.
func (f *Refusals) add(e *Event, live *LiveSet) {
	n, free := e.Req.Size, live.free()
	if f.N == 0 {
		f.Min = n
	}
	f.N++
	f.Min, f.Max = min(f.Min, n), max(f.Max, n)
	if e.Errno != "EINVAL" { // which says nothing about memory
		f.At = append(f.At, int32(min(e.Op, 1<<31-1)))
	}
	f.Which = (f.Which ^ (e.ID + 1)) * 0x100000001b3 // FNV
	if e.Errno != "EINVAL" && e.Errno != "E2BIG" && n <= live.Managed {
		f.Lacked += float64(n)
	}
	switch {
	case e.Errno == "EINVAL":
		f.Invalid++
	case e.Errno == "E2BIG":
		f.TooBig++
	case n > live.Managed:
		f.Beyond++
	case e.Req.Flags&strategies.Range != 0:
		f.Windowed++
		f.Window.add(e, live)
	case roomyAt(e, free):
		if f.Roomy == 0 || free < f.LeastFree {
			f.LeastFree = free
		}
		f.Roomy++
	default:
		f.UsedUp++
	}
}

// roomyAt reports whether a request was refused although as much as it asked
// for was free, and it asked for no particular addresses.
func roomyAt(e *Event, free uint64) bool {
	return e.Errno == "ENOSPC" && free >= e.Req.Size && e.Req.Flags&strategies.Range == 0
}

// state sums up the free memory.
func (l *LiveSet) state() State {
	var s State
	var squares float64
	for _, size := range l.Holes {
		s.free += size
		s.largest = max(s.largest, size)
		s.Holes++
		squares += float64(size) * float64(size)
	}
	if s.free > 0 {
		s.MeanLen = squares / float64(s.free)
	}
	return s
}

// BlocksPer is the mean number of blocks of a granted request.
func (p *Placement) BlocksPer() float64 {
	if p == nil || p.Granted == 0 {
		return 0
	}
	return float64(p.blocks) / float64(p.Granted)
}

// WindowRefusals are the requests refused in a window that a free extent inside it would
// have held: what turned them down is the strategy, not the memory.
type WindowRefusals struct {
	Fits       int    // so many
	Contiguous int    // of them, contiguous ones
	LeastHole  uint64 // bytes of the largest extent free in the window, at any of them

	looked int // blocks looked at
}

// mostLooked bounds the blocks that are looked at for the refusals of a trace. What is
// refused beyond is not counted.
const mostLooked = 1 << 28

// add looks at a refusal with a window; live is the state at it.
func (f *WindowRefusals) add(e *Event, live *LiveSet) {
	if f.looked >= mostLooked {
		return
	}
	f.looked += len(live.Sorted()) + 1
	align, largest, fits := max(e.Req.Align, 1), uint64(0), false
	for start, size := range live.Holes {
		from, to := max(start, e.Req.Lo), min(start+size, e.Req.Hi)
		if from >= to {
			continue
		}
		largest = max(largest, to-from)
		skip := (align - from%align) % align
		fits = fits || to-from >= skip && to-from-skip >= e.Req.Size
	}
	if !fits {
		return
	}
	if f.Fits == 0 || largest < f.LeastHole {
		f.LeastHole = largest
	}
	f.Fits++
	if e.Req.Flags&strategies.Contiguous != 0 {
		f.Contiguous++
	}
}

// Merge adds those of another strategy.
func (f *WindowRefusals) Merge(g WindowRefusals) {
	if g.Fits > 0 && (f.Fits == 0 || g.LeastHole < f.LeastHole) {
		f.LeastHole = g.LeastHole
	}
	f.Fits += g.Fits
	f.Contiguous += g.Contiguous
}
