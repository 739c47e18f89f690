package report

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// placement is what one placement trace shows: the requests and what became
// of them, and the state at the end.
type placement struct {
	path     string
	region   strategies.Region
	ops      int
	requests int
	smallest uint64 // request, bytes
	biggest  uint64
	blocks   int // granted
	granted  int // requests
	fellBack int // of them, granted in a second attempt
	reqHist  [64]int
	blkHist  [64]int
	peak     uint64 // most bytes live at once
	refusals refusals
	end      state
}

// refusals sums up the requests that were refused.
type refusals struct {
	n         int
	invalid   int    // of them, EINVAL: senseless to the strategy
	tooBig    int    // of them, E2BIG: larger than the region can ever grant
	beyond    int    // of them, ENOSPC and larger than the region
	windowed  int    // of them, ENOSPC in a window of addresses
	roomy     int    // of them, ENOSPC although as much was free, in no window
	usedUp    int    // of them, ENOSPC with less than that free: what is left of n
	min, max  uint64 // bytes asked for
	leastFree uint64 // at any roomy one
	which     uint64 // hash of the ids, to tell whether two strategies refused the same
	at        []int32
}

// state describes the free memory of one moment.
type state struct {
	free    uint64
	largest uint64
	holes   int
	meanLen float64 // mean size of a hole, weighted by bytes: Σf²/F
}

// apply changes the set as the event says.
func (l *liveSet) apply(e *event) {
	switch {
	case e.free:
		l.release(e.id)
	case e.errno == "":
		of := l.grant(e.id, e.op)
		for _, b := range e.blocks {
			l.put(of, b.Start, b.Size)
		}
	}
}

// managed is the memory of a region that can be handed out.
func managed(g strategies.Region) uint64 { return g.Managed() }

// readPlacement sums up one trace.
func readPlacement(t *trace.Reader) (*placement, error) {
	p := &placement{region: t.Region()}
	live := newLiveSet(managed(p.region))
	ops, err := eachEvent(t, func(e *event) {
		if !e.free {
			p.request(e, live)
		}
		live.apply(e)
		p.peak = max(p.peak, live.bytes)
	})
	if err != nil {
		return nil, err
	}
	p.ops = ops
	p.end = live.state()
	return p, nil
}

// request counts one request and its outcome; live is the state before it.
func (p *placement) request(e *event, live *liveSet) {
	n := e.req.Size
	if p.requests == 0 {
		p.smallest = n
	}
	p.requests++
	p.smallest, p.biggest = min(p.smallest, n), max(p.biggest, n)
	p.reqHist[class2(n)]++
	if e.errno != "" {
		p.refusals.add(e, live)
		return
	}
	p.granted++
	if e.fallback {
		p.fellBack++
	}
	p.blocks += len(e.blocks)
	for _, b := range e.blocks {
		p.blkHist[class2(b.Size)]++
	}
}

// add counts a refusal; live is the state at it.
func (f *refusals) add(e *event, live *liveSet) {
	n, free := e.req.Size, live.free()
	if f.n == 0 {
		f.min = n
	}
	f.n++
	f.min, f.max = min(f.min, n), max(f.max, n)
	f.at = append(f.at, int32(min(e.op, 1<<31-1)))
	f.which = (f.which ^ (e.id + 1)) * 0x100000001b3 // FNV
	switch {
	case e.errno == "EINVAL":
		f.invalid++
	case e.errno == "E2BIG":
		f.tooBig++
	case n > live.managed:
		f.beyond++
	case e.req.Flags&strategies.Range != 0:
		f.windowed++
	case roomyAt(e, free):
		if f.roomy == 0 || free < f.leastFree {
			f.leastFree = free
		}
		f.roomy++
	default:
		f.usedUp++
	}
}

// roomyAt reports whether a request was refused although as much as it asked
// for was free, and it asked for no particular addresses.
func roomyAt(e *event, free uint64) bool {
	return e.errno == "ENOSPC" && free >= e.req.Size && e.req.Flags&strategies.Range == 0
}

func roomy(e *event, live *liveSet) bool { return roomyAt(e, live.free()) }

// state sums up the free memory.
func (l *liveSet) state() state {
	var s state
	var squares float64
	for _, size := range l.holes {
		s.free += size
		s.largest = max(s.largest, size)
		s.holes++
		squares += float64(size) * float64(size)
	}
	if s.free > 0 {
		s.meanLen = squares / float64(s.free)
	}
	return s
}

// readPlacements reads the directory of placement traces, which need not be
// there. Each trace is independent, so they are read on all processors.
func (r *Run) readPlacements(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !missing(err) {
			r.warnings.add("%v", err)
		}
		return
	}
	found := make([]foundPlacement, len(entries))
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".trace.gz") {
			continue
		}
		wait.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			found[i] = openPlacement(filepath.Join(dir, e.Name()))
		})
	}
	wait.Wait()
	for _, f := range found { // in the order of the names
		r.addPlacement(f)
	}
}

// foundPlacement is a trace with what its comments say about it.
type foundPlacement struct {
	path             string
	p                *placement
	err              error
	name, title, doc string
	strategy         string
}

// errComments: a placement trace says in its comments whose it is.
var errComments = errors.New("no comments \"WORKLOAD: DOC\" and \"strategy: NAME\": the trace does not say whose placements it holds")

func openPlacement(path string) (f foundPlacement) {
	f.path = path
	t, err := trace.Open(path)
	if err != nil {
		f.err = err
		return f
	}
	defer t.Close()
	f.comments(t.Comments())
	f.p, f.err = readPlacement(t)
	if f.p != nil {
		f.p.path = path
	}
	return f
}

// comments reads "WORKLOAD: DOC" (the first), "title: ..." and "strategy: ...".
func (f *foundPlacement) comments(lines []string) {
	for i, c := range lines {
		key, value, ok := strings.Cut(clean(c), ": ")
		switch {
		case !ok:
		case key == "title":
			f.title = value
		case key == "strategy":
			f.strategy = value
		case i == 0:
			f.name, f.doc = key, value
		}
	}
}

// addPlacement files a trace under its workload and strategy. One that holds
// a strategy or a workload without a single result line is left out.
func (r *Run) addPlacement(f foundPlacement) {
	if f.path == "" {
		return
	}
	if f.err == nil && (f.name == "" || f.strategy == "") {
		r.warnings.add("%s: %v", f.path, errComments)
		return
	}
	if f.err != nil {
		r.warnings.add("%v", f.err)
		return
	}
	w, s := r.workload(f.name), r.strategies.index(f.strategy)
	if w == nil || s < 0 {
		r.warnings.add("%s: placements of %s on %s, of which run.bench has no result", f.path, f.strategy, f.name)
		return
	}
	if f.title != "" {
		w.title = f.title
	}
	w.doc = f.doc
	if w.placed == nil {
		w.placed = make([]*placement, len(r.strategies))
	}
	w.placed[s] = f.p
}
