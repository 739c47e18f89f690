package rundir

import (
	"math"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// KernelWork is what the kernel's own structures would do for the placements of a
// strategy, per operation. All of it is exact; the time is that of a model.
type KernelWork struct {
	Ops     int // that were counted: all of a replay, or the beginning of it
	Steps   float64
	Parts   [6]float64 // of the steps, as in KernelParts; NaN where not stated
	Model   float64    // seconds, NaN without a model
	Error   float64    // how far the model was off on average: 0.3 is 30 % of the time
	Differs int        // operation of the stream in which the strategy is not the kernel's, 0 for none; then nothing was counted
}

// KernelParts are the kinds of steps that are told apart.
var KernelParts = [6]struct {
	Name string
	unit *schema.Unit
}{
	{"list", schema.KernelListStepsPerOp},
	{"tree", schema.KernelTreeNodesPerOp},
	{"walk", schema.KernelWalkNodesPerOp},
	{"extents", schema.KernelExtentsPerOp},
	{"candidates", schema.KernelCandidatesPerOp},
	{"far", schema.KernelFarPerOp},
}

func readKernelWork(r *Run, l line) {
	w, s, ok := r.of(l)
	if !ok || !l.complete(schema.Strategy, schema.Workload) {
		return
	}
	k := KernelWork{Ops: l.Iters, Steps: l.number(schema.KernelStepsPerOp), Model: l.number(schema.KernelModelNs), Error: l.number(schema.KernelModelErrPct) / 100}
	for i, part := range KernelParts {
		k.Parts[i] = l.number(part.unit)
	}
	if n := l.number(schema.KernelDiffersOp); n >= 1 && n <= math.MaxInt32 {
		k.Differs = int(n)
	}
	if k.Differs > 0 || !math.IsNaN(k.Steps) {
		w.Kernel[s] = k
	}
}

// Deviations is what a strategy did because its kernel does, though it should not.
type Deviations struct {
	Misaligned int // grants aligned to less than was asked for
	Stops      int // requests at which the kernel would stop
}

func readDeviations(r *Run, l line) {
	if w, s, ok := r.of(l); ok && l.complete(schema.Strategy, schema.Workload) {
		w.Deviating[s] = Deviations{l.count(schema.MisalignedGrants), l.count(schema.KernelStops)}
	}
}

// count is a value that counts something, 0 when the line has none.
func (l line) count(unit *schema.Unit) int {
	v := l.number(unit)
	if math.IsNaN(v) || v > math.MaxInt32 {
		return 0
	}
	return int(v)
}

// Kernels are the kernels whose placements strategies reproduce, by strategy, as the run
// states them: "Linux 7.1", or "".
func (f Facts) Kernels(names list.Names) []string {
	out := make([]string, len(names))
	for stated := range strings.SplitSeq(f.Value(schema.FactModels), ", ") {
		name, kernel, _ := strings.Cut(stated, " is ")
		if s := names.Index(name); s >= 0 {
			out[s] = text.Clean(kernel)
		}
	}
	return out
}
