package importer

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// minimalloc is a problem, or a solution, of MiniMalloc and other planners of memory whose
// buffers and their lifetimes are known before: a line of column names, in any order, then
// a buffer a line, which lives from step lower until before step upper.
//
//	id,lower,upper,size,offset
//	b1,0,3,4,8
//
// Of the other columns, alignment is a condition of the request, and offset says where a
// solution places the buffer; gaps, in which a buffer is not used, are counted, since here
// it keeps its memory. At the same step frees come first. Sizes may be of any unit, so
// that the smallest becomes a page, and exactness costs large regions: -scale 1 takes
// sizes as bytes. A step is a millisecond on the clock of the trace.
var minimalloc = capture.Format{
	Name:    "minimalloc",
	Doc:     "a CSV of id,lower,upper,size as MiniMalloc has it; an object is one buffer, a step is a millisecond",
	Granule: 1,
	Detect: func(head []byte) bool {
		at := field.Columns(field.FirstCells(head), minimallocColumns...)
		return at[planLower] >= 0 && at[planUpper] >= 0 && at[planSize] >= 0
	},
	Read: readMinimalloc,
}

var minimallocColumns = []string{"lower", "upper", "size", "alignment", "offset", "gaps"}

// Places in minimallocColumns.
const (
	planLower = iota
	planUpper
	planSize
	planAlignment
	planOffset
	planGaps
)

// minimallocStep is a step in nanoseconds.
const minimallocStep = uint64(time.Millisecond)

// plannedBuffer is a line. Its times are in steps.
type plannedBuffer struct {
	lower, upper uint64
	req          strategies.Request
	offset       uint64
	placed       bool
}

func readMinimalloc(in *capture.Input, c *capture.Capture) error {
	var at []int
	var f [][]byte
	var all []plannedBuffer
	for line := range in.Lines() {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		f = field.Cells(f, line)
		if at == nil {
			if at = field.Columns(f, minimallocColumns...); slices.Min(at[:planSize+1]) < 0 {
				return in.Errorf("%q names no columns lower, upper and size", line)
			}
			continue
		}
		b, err := minimallocLine(in, c, at, f)
		if err != nil {
			return err
		}
		if all = append(all, b); len(all) > capture.MaxEvents {
			return in.Errorf("the file has more than %d buffers", capture.MaxEvents)
		}
	}
	replayPlan(c, all)
	return nil
}

// minimallocLine reads a buffer, of which column i is in cell at[i].
func minimallocLine(in *capture.Input, c *capture.Capture, at []int, f [][]byte) (b plannedBuffer, err error) {
	for i, to := range []*uint64{&b.lower, &b.upper, &b.req.Size, &b.req.Align, &b.offset} {
		switch {
		case at[i] >= len(f):
			return b, in.Errorf("there is no cell for the column %s", minimallocColumns[i])
		case at[i] < 0, i > planSize && len(f[at[i]]) == 0, i == planOffset && string(f[at[i]]) == "-1":
			continue
		}
		n, ok := field.Number(f[at[i]])
		if !ok {
			return b, in.Errorf("%s is %q, where a whole number from 0 on is expected", minimallocColumns[i], f[at[i]])
		}
		*to = n
		b.placed = b.placed || i == planOffset
	}
	switch {
	case b.upper <= b.lower:
		return b, in.Errorf("the buffer lives from %d until before %d, which is never", b.lower, b.upper)
	case b.upper > math.MaxInt64/minimallocStep:
		return b, in.Errorf("a step of %d is over the %d milliseconds of a trace", b.upper, math.MaxInt64/minimallocStep)
	}
	if bits.OnesCount64(b.req.Align) > 1 {
		c.Drop("alignments that are no power of two")
		b.req.Align = 0
	}
	if at[planGaps] >= 0 && at[planGaps] < len(f) && len(f[at[planGaps]]) > 0 {
		c.Drop("buffers with gaps (they keep their memory in them)")
	}
	return b, nil
}

// replayPlan allocates buffers in the order in which their lives begin, and frees those
// that ended first: equal ones in the order of the file.
func replayPlan(c *capture.Capture, all []plannedBuffer) {
	h := c.Heap("")
	begin, end := make([]int32, len(all)), make([]int32, len(all))
	for i := range all {
		begin[i], end[i] = int32(i), int32(i)
	}
	slices.SortStableFunc(begin, func(a, b int32) int { return cmp.Compare(all[a].lower, all[b].lower) })
	slices.SortStableFunc(end, func(a, b int32) int { return cmp.Compare(all[a].upper, all[b].upper) })
	free := func(until uint64) {
		for len(end) > 0 && all[end[0]].upper <= until {
			c.At(int64(all[end[0]].upper * minimallocStep))
			h.Free(capture.Key{uint64(end[0])}, false)
			end = end[1:]
		}
	}
	for _, i := range begin {
		b := &all[i]
		free(b.lower)
		c.At(int64(b.lower * minimallocStep))
		h.Alloc(capture.Key{uint64(i)}, b.req)
		if b.placed {
			h.Granted(capture.Key{uint64(i)}, b.offset)
		}
	}
	free(math.MaxUint64)
}
