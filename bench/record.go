package bench

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A subject is one strategy on one workload, with what is known of the pair.
type subject struct {
	strategy strategies.Strategy
	load     *load
	live     *Live // of all replays of the pair; empty between them
	recording
}

// load is a workload with its operations, generated once and used by all.
type load struct {
	workloads.Workload
	ops   []workloads.Op
	calls int // requests and frees: what "an operation" is in ns/op
}

func newLoad(w workloads.Workload, ops []workloads.Op) *load {
	l := &load{w, ops, 0}
	for i := range ops {
		if ops[i].Kind != workloads.Fallback {
			l.calls++ // a request and its fallback are one
		}
	}
	return l
}

// recording is what is deterministic about a subject.
type recording struct {
	counts   Counts
	metadata uint64 // peak Footprint; 0 when the allocator is no Footprinter
	lists    blockLists
	segs     []segments
	room     []uint32 // longest list that each slot ever held
	series   []line
}

// segments counts the tables of one builder over all that was granted.
type segments struct {
	builder     sgtable.Builder
	tables, sum int
}

// mean is the segments of a table.
func (s *segments) mean() float64 { return float64(s.sum) / float64(s.tables) }

// add builds the table of a grant and returns its length, 0 if it has none.
func (s *segments) add(p *sgtable.Pool, blocks []strategies.Block, r strategies.Request) int {
	if sgtable.TooBig(r.Size) {
		return 0
	}
	table := s.builder.Build(p, blocks, sgtable.OptionsFor(r))
	p.Free(table)
	s.tables++
	s.sum += len(table)
	return len(table)
}

// name says what a subject is, for errors and progress.
func (s *subject) name() string { return s.strategy.Name + " on " + s.load.Name }

// served is the share of requests that were granted, in percent; 100 when
// there was none.
func (c Counts) served() float64 {
	if c.Requests == 0 {
		return 100
	}
	return 100 * float64(c.Granted()) / float64(c.Requests)
}

// allocator is a new one, for the region of the subject.
func (s *subject) allocator() (strategies.Allocator, error) {
	a, err := s.strategy.New(s.load.Region)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name(), err)
	}
	return a, nil
}

// record replays the subject once, untimed, and keeps everything about it that
// is the same each time: counts, block lists, the curves, and in the directory
// dir the placements.
func (s *subject) record(dir string, builders []sgtable.Builder) error {
	a, err := s.allocator()
	if err != nil {
		return err
	}
	out, err := createPlacements(filepath.Join(dir, s.load.Name+"."+s.strategy.Name+".trace.gz"), s)
	if err != nil {
		return err
	}
	s.observe(a, out, builders)
	return out.close()
}

// observe is record on a new allocator; out may be nil. The first builder
// counts for the curves.
func (s *subject) observe(a strategies.Allocator, out *placements, builders []sgtable.Builder) {
	s.live = NewLive(s.load.ops)
	for _, b := range builders {
		s.segs = append(s.segs, segments{builder: b})
	}
	s.room = make([]uint32, len(s.live.slots))
	curve := newSeries(s.strategy.Name, s.load.Name, len(s.load.ops))
	s.watch(newPlayer(a, s.live), out, curve)
	s.series, s.metadata = curve.lines, curve.peakMetadata
	s.series = append(s.series, s.counted(a)...)
	s.live.Drain(a)
	s.live.fit(s.room)
}

// counted is the line of what the allocator counted in the replay, if it does.
func (s *subject) counted(a strategies.Allocator) []line {
	counter, ok := strategies.As[strategies.Counter](a)
	if !ok {
		return nil
	}
	n, c := s.load.calls, counter.Counters()
	perOp := func(events uint64) float64 { return float64(events) / float64(n) }
	return []line{{s.benchName("Counters"), n, []value{
		{perOp(c.Splits), "splits/op"}, {perOp(c.Merges), "merges/op"}, {perOp(c.Visits), "visits/op"},
	}}}
}

// watch does the operations one by one and notes what became of each.
func (s *subject) watch(p *player, out *placements, curve *series) {
	pool := sgtable.NewPool(true)
	for i := range s.load.ops {
		op := &s.load.ops[i]
		slot := &p.live.slots[op.Slot]
		if op.Kind == workloads.Free || op.Kind == workloads.FreeCleared {
			curve.freed(*slot)
		}
		what, err := p.do(op)
		if out != nil {
			out.op(uint64(i), op, what, *slot, err)
		}
		s.counts.note(op, what, *slot)
		switch what {
		case granted:
			s.room[op.Slot] = max(s.room[op.Slot], uint32(len(*slot)))
			s.lists.add(*slot, op.Req)
			first := s.segs[0].add(pool, *slot, op.Req)
			for j := range s.segs[1:] {
				s.segs[1+j].add(pool, *slot, op.Req)
			}
			curve.granted(op, *slot, first)
		case refused:
			curve.refused(op)
		}
		if i+1 == len(s.load.ops) || s.load.ops[i+1].Kind != workloads.Fallback {
			curve.step(p.a, i+1, len(s.load.ops))
		}
	}
}

// note counts an operation as [Replay] does.
func (c *Counts) note(op *workloads.Op, what outcome, blocks []strategies.Block) {
	first := op.Kind == workloads.Alloc
	switch {
	case what == skipped:
	case what == freed:
		c.Frees++
	case what == granted && first:
		c.Requests++
		c.Blocks += len(blocks)
	case what == granted:
		c.Fallbacks++
		c.Refused--
		c.Blocks += len(blocks)
	case first:
		c.Requests++
		c.Refused++
	default:
		c.Fallbacks++
	}
}

// placements is the trace of a replay with its results. The id of an
// allocation is the number of its operation in the stream.
type placements struct {
	file *os.File
	zip  *gzip.Writer
	*trace.Writer
	ids []uint64 // by slot: id of what was last allocated there
}

// createPlacements begins the placements of s in the file path, compressed as
// fast as possible: the usual level saves 5 % and takes twice as long, the best
// one 11 % and twelve times.
func createPlacements(path string, s *subject) (*placements, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		f.Close()
		return nil, err
	}
	w := &s.load.Workload
	return &placements{
		file:   f,
		zip:    z,
		Writer: trace.NewWriter(z, w.Region, w.Name+": "+w.Doc, "title: "+w.Title, "strategy: "+s.strategy.Name),
		ids:    make([]uint64, len(NewLive(s.load.ops).slots)),
	}, nil
}

// op writes an operation and what became of it. The free of what was refused
// is written too: to the reader the id is live. So is, before a second attempt,
// the free of the first, which has the same id.
func (p *placements) op(id uint64, op *workloads.Op, what outcome, blocks []strategies.Block, err error) {
	switch op.Kind {
	case workloads.Free, workloads.FreeCleared:
		p.Free(p.ids[op.Slot], op.Kind == workloads.FreeCleared)
		return
	case workloads.Fallback:
		if what == skipped {
			return
		}
		id = p.ids[op.Slot]
		p.Free(id, false)
	}
	p.ids[op.Slot] = id
	p.Alloc(id, op.Req)
	if what == refused {
		p.Refused(err)
	} else {
		p.Granted(blocks)
	}
}

// close ends the file. The first error that writing met is returned here, and
// the file is removed then: half a trace helps nobody.
func (p *placements) close() error {
	err := p.Flush()
	if e := p.zip.Close(); err == nil {
		err = e
	}
	if e := p.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(p.file.Name())
	}
	return naming(p.file.Name(), err)
}
