package subject

import (
	"os"

	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

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
func createPlacements(path string, s *Subject) (*placements, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		f.Close()
		return nil, err
	}
	w := &s.Load.Workload
	return &placements{
		file:   f,
		zip:    z,
		Writer: trace.NewWriter(z, w.Region, w.Name+": "+w.Doc, "title: "+w.Title, "strategy: "+s.Strategy.Name),
		ids:    make([]uint64, s.Load.slots),
	}, nil
}

// op writes an operation and what became of it. The free of what was refused
// is written too: to the reader the id is live. So is, before a second attempt,
// the free of the first, which has the same id.
func (p *placements) op(id uint64, op *workloads.Op, what replay.Outcome, blocks []strategies.Block, err error) {
	switch op.Kind {
	case workloads.Free, workloads.FreeCleared:
		p.Free(p.ids[op.Slot], op.Kind == workloads.FreeCleared)
		return
	case workloads.Fallback:
		if what == replay.Skipped {
			return
		}
		id = p.ids[op.Slot]
		p.Free(id, false)
	}
	p.ids[op.Slot] = id
	p.Alloc(id, op.Req)
	if what == replay.Refused {
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
	return result.Naming(p.file.Name(), err)
}
