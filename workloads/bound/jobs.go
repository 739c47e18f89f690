package bound

import (
	"math"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
)

// A job is an object: when it lives, how large it is and where it may lie. Offsets, sizes
// and limits are in granules of the problem, times are sections.
type job struct {
	birth, death int32 // [birth, death)
	op           int32 // its allocation
	freed        int32 // the operation that frees it, the number of operations if none does
	size, mod    int64 // its offset is a multiple of mod
	lo, hi       int64 // it lies in [lo, hi)

	// stages are its extents one after the other, if it is trimmed: each is a part of the
	// one before. It is nil of all others.
	stages []stage
}

// A stage is an extent of a job between two trims, from rel on behind its offset.
type stage struct {
	birth, death int32
	trim         int32 // the operation that begins it, that of the allocation for the first
	rel, size    int64
}

// nowhere is above every address: the limit of a job without one.
const nowhere = math.MaxInt64 / 4

// A problem is the jobs of a stream, in the order of their births.
type problem struct {
	region   strategies.Region
	ops      []workloads.Op
	granule  uint64 // bytes of a granule: every offset that need be tried is a multiple
	jobs     []job
	sections int32 // number of sections: between two of them something dies and something is born
	trimmed  bool  // some job has stages
	exact    bool  // a job may lie at the multiples of its mod only
	absent   int   // requests that no region can serve
	crowded  int   // jobs left out, since no place was found for them in their windows
	grants   []int32
}

// What grants says of an operation that allocates, instead of the number of its job.
const (
	refuse = -1 // it is refused
	none   = -2 // it is no allocation
)

// newProblem makes the jobs of ops, without those at the operations in without. granule is 0,
// or the number of bytes that places are multiples of already.
func newProblem(region strategies.Region, ops []workloads.Op, without map[int32]bool, granule uint64) *problem {
	p := &problem{region: region, ops: ops, exact: true, crowded: len(without), grants: make([]int32, len(ops))}
	var raw []rawJob
	holder := make(map[uint32]int) // by slot: its job
	section, died := int32(0), false
	born := func() int32 {
		if died {
			section, died = section+1, false
		}
		return section
	}
	for i := range ops {
		op := &ops[i]
		p.grants[i] = none
		switch op.Kind {
		case workloads.Alloc, workloads.Live:
			p.grants[i] = refuse
			at := i
			j, ok := p.rawOf(op.Req, op.Kind == workloads.Live)
			if i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback && ops[i+1].Slot == op.Slot {
				p.exact = false
				if second, can := p.rawOf(ops[i+1].Req, false); can && (!ok || !j.easier(second)) {
					j, ok, at = second, true, i+1
				}
			}
			if !ok {
				p.absent++
				continue
			}
			if without[int32(i)] {
				continue
			}
			j.op, j.granted, j.birth, j.freed = int32(i), int32(at), born(), int32(len(ops))
			holder[op.Slot] = len(raw)
			raw = append(raw, j)
		case workloads.Fallback:
			p.grants[i] = refuse
		case workloads.Free, workloads.FreeCleared:
			if at, ok := holder[op.Slot]; ok {
				raw[at].die(section+1, int32(i))
				delete(holder, op.Slot)
				died = true
			}
		case workloads.Trim:
			if at, ok := holder[op.Slot]; ok && raw[at].trim(region.Page, section+1, int32(i), op.Req) {
				died, p.trimmed = true, true
			}
		}
	}
	p.sections = section + 1
	for i := range raw {
		if raw[i].death == 0 {
			raw[i].die(p.sections, int32(len(ops)))
		}
	}
	p.measure(raw, granule)
	return p
}

// A rawJob is a job in bytes.
type rawJob struct {
	birth, death       int32
	op, granted, freed int32
	size, mod, lo, hi  uint64
	stages             []rawStage
}

type rawStage struct {
	birth, death, trim int32
	rel, size          uint64
}

// die ends a job.
func (j *rawJob) die(section, op int32) {
	j.death, j.freed = section, op
	if n := len(j.stages); n > 0 {
		j.stages[n-1].death = section
	}
}

// trim keeps a part of a job. One that is no whole pages is refused by every strategy.
func (j *rawJob) trim(page uint64, section, op int32, keep strategies.Request) bool {
	last := rawStage{j.birth, 0, j.op, 0, j.size}
	if n := len(j.stages); n > 0 {
		last = j.stages[n-1]
	}
	// Whether other strategies grant a trim of their own pages or keep all is theirs; ours
	// grants what the contract demands of all.
	odd := (last.size|keep.Lo|keep.Size)&(page-1) != 0 || j.mod&(page-1) != 0
	if odd || keep.Size == 0 || keep.Lo > last.size || keep.Size > last.size-keep.Lo {
		return false
	}
	if j.stages == nil {
		j.stages = []rawStage{last}
	}
	j.stages[len(j.stages)-1].death = section
	j.stages = append(j.stages, rawStage{section, 0, op, last.rel + keep.Lo, keep.Size})
	return keep.Size < last.size
}

// rawOf is the place that a request asks for. ok is false if no region has it.
func (p *problem) rawOf(r strategies.Request, given bool) (j rawJob, ok bool) {
	page := p.region.Page
	if r.Size == 0 || r.Size > census.MostBytes || r.Align > census.MostBytes {
		return j, false
	}
	if given {
		if (r.Lo|r.Size)&(strategies.MinPage-1) != 0 || r.Lo > census.MostBytes {
			return j, false
		}
		return rawJob{size: r.Size, mod: strategies.MinPage, lo: r.Lo, hi: r.Lo + r.Size}, true
	}
	unit := page
	if (r.Size|r.Align)&(page-1) != 0 {
		unit = strategies.MinPage
	}
	j = rawJob{size: (r.Size + unit - 1) &^ (unit - 1), hi: math.MaxUint64}
	var one bool
	if j.mod, one = modulus(r, page); !one {
		p.exact = false
	}
	j.mod = max(j.mod, unit)
	if r.Flags&strategies.Range != 0 {
		if j.lo = r.Lo &^ (page - 1); j.lo > census.MostBytes {
			return j, false
		}
		if r.Hi >= page && r.Hi < p.region.Managed() {
			j.hi = r.Hi
		}
		if at := up(j.lo, j.mod); at > j.hi || j.hi-at < j.size {
			return j, false
		}
	}
	return j, true
}

// modulus is a number of bytes, a multiple of which r may begin at by the contract of
// [strategies.Allocator]; only is false if there are other places it may begin at.
func modulus(r strategies.Request, page uint64) (mod uint64, only bool) {
	mod, only = r.Align, true
	for _, unit := range [...]uint64{strategies.MinPage, page} {
		if down := r.Align - r.Align%unit; down != r.Align {
			mod, only = min(mod, down), false
		}
	}
	if r.Size < r.Align {
		if r.Flags&strategies.Contiguous != 0 {
			mod, only = min(mod, 1<<(bits.Len64(r.Size)-1)), only && r.Align&(r.Align-1) == 0
		}
		only = only && r.Flags&strategies.Range == 0 // see strategies.CapMisalignedWindow
	}
	return mod, only
}

// easier reports whether j asks for no more than o: then a second attempt as o is needless.
// Where neither is easier it is the second attempt that is taken.
func (j *rawJob) easier(o rawJob) bool {
	return j.size <= o.size && o.mod%j.mod == 0 && j.lo <= o.lo && j.hi >= o.hi
}

// up is n rounded up to a multiple of m, which need be no power of two.
func up(n, m uint64) uint64 {
	if m <= 1 {
		return n
	}
	if rest := n % m; rest != 0 {
		return n + m - rest
	}
	return n
}

// measure turns bytes into granules: the largest unit of which all sizes and all places
// that a job can be pushed down to are multiples.
func (p *problem) measure(raw []rawJob, g uint64) {
	for i := range raw {
		g = gcd(gcd(g, raw[i].size), raw[i].lo)
		for _, s := range raw[i].stages {
			g = gcd(gcd(g, s.rel), s.size)
		}
	}
	for again := true; again; {
		again = false
		for i := range raw {
			if m := raw[i].mod; g%m != 0 && m%g != 0 {
				g, again = gcd(g, m), true
			}
		}
	}
	p.granule = max(g, 1)
	p.jobs = make([]job, len(raw))
	for i := range raw {
		r := &raw[i]
		j := job{
			birth: r.birth, death: r.death, op: r.op, freed: r.freed,
			size: int64(r.size / p.granule), mod: int64(max(1, r.mod/p.granule)), lo: int64(r.lo / p.granule), hi: nowhere,
		}
		if r.hi < math.MaxUint64 {
			j.hi = int64(r.hi / p.granule)
		}
		for _, s := range r.stages {
			j.stages = append(j.stages, stage{s.birth, s.death, s.trim, int64(s.rel / p.granule), int64(s.size / p.granule)})
		}
		p.jobs[i] = j
		p.grants[r.granted] = int32(i)
	}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// bytes is a height in granules as the size of a region, in whole pages of it.
func (p *problem) bytes(height int64) uint64 { return up(uint64(height)*p.granule, p.region.Page) }

// granules is the number of whole granules in so many bytes.
func (p *problem) granules(bytes uint64) int64 { return int64(bytes / p.granule) }
