package replay

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A Record writes a replay as a trace with its results. The id of an allocation is the
// number that its operation was given.
type Record struct {
	*trace.Writer
	ids []uint64 // by slot: id of what was last allocated there
}

// Op writes operation id and its outcome, with the blocks in its slot afterwards, or the
// error of a refusal. The state in which a stream begins was written before, as by
// [workloads.WriteState]. The free of a refused object is written too, since a reader takes
// its id for live. So is a free before a second attempt, which has the id of the first.
func (r *Record) Op(id uint64, op *workloads.Op, what Outcome, blocks []strategies.Block, err error) {
	for int(op.Slot) >= len(r.ids) {
		r.ids = append(r.ids, 0)
	}
	switch op.Kind {
	case workloads.Live:
		r.ids[op.Slot] = id
		return
	case workloads.Trim, workloads.ResetDirty, workloads.ResetClear:
		workloads.WriteKeep(r.Writer, r.ids[op.Slot], op)
		r.result(what, blocks, err)
		return
	case workloads.Free, workloads.FreeCleared:
		r.Free(r.ids[op.Slot], op.Kind == workloads.FreeCleared)
		return
	case workloads.Fallback:
		if what == Skipped {
			return
		}
		id = r.ids[op.Slot]
		r.Free(id, false)
	}
	r.ids[op.Slot] = id
	r.Alloc(id, op.Req)
	r.result(what, blocks, err)
}

// result writes the outcome of an allocation or a trim.
func (r *Record) result(what Outcome, blocks []strategies.Block, err error) {
	switch what {
	case Refused:
		r.Refused(err)
	case Granted, Trimmed:
		r.Granted(blocks)
	}
}
