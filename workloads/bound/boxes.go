package bound

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// boxed is p with jobs put into boxes, and what each box holds: jobs of the same life are
// stacked, and a job that begins where another one of its size ends takes its place, as
// long as there is any such pair. Few large boxes are found a place for where many small
// jobs are not. Whether a box is worth it is for the search to find out: it may cost height.
// It is nil if nothing can be put into boxes.
func (p *problem) boxed(skip float64, rng *rand.Rand) (boxes *problem, holds [][]held) {
	list := make([]box, len(p.jobs))
	for i := range p.jobs {
		list[i] = box{job: p.jobs[i], holds: []held{{int32(i), 0}}}
	}
	for before := len(list) + 1; len(list) < before; {
		before = len(list)
		list = stacked(list, skip, rng)
		list = chained(list, skip, rng)
	}
	if len(list) == len(p.jobs) {
		return nil, nil
	}
	slices.SortFunc(list, func(a, b box) int { return cmp.Or(cmp.Compare(a.birth, b.birth), cmp.Compare(a.op, b.op)) })
	q := *p
	q.jobs = nil
	for i := range list {
		q.jobs = append(q.jobs, list[i].job)
		holds = append(holds, list[i].holds)
	}
	return &q, holds
}

// A box is jobs that keep their places to each other.
type box struct {
	job
	holds []held
}

// held is a job in a box, rel above its bottom.
type held struct {
	job int32
	rel int64
}

// free reports whether a job may lie anywhere.
func (j *job) free() bool { return j.tied() == 2 && j.lo == 0 && j.mod == 1 && j.stages == nil }

// stacked puts boxes of the same life on each other.
func stacked(list []box, skip float64, rng *rand.Rand) (out []box) {
	slices.SortFunc(list, func(a, b box) int {
		return cmp.Or(cmp.Compare(a.birth, b.birth), cmp.Compare(a.death, b.death), cmp.Compare(b.size, a.size), cmp.Compare(a.op, b.op))
	})
	for _, b := range list {
		if n := len(out) - 1; n >= 0 && out[n].birth == b.birth && out[n].death == b.death && out[n].free() && b.free() && rng.Float64() >= skip {
			out[n].take(b, out[n].size)
			out[n].size += b.size
			continue
		}
		out = append(out, b)
	}
	return out
}

// take puts what another box holds into this one.
func (b *box) take(o box, rel int64) {
	for _, h := range o.holds {
		b.holds = append(b.holds, held{h.job, h.rel + rel})
	}
}

// chained puts one box behind another one of its size, where the one begins when the other
// ends.
func chained(list []box, skip float64, rng *rand.Rand) (out []box) {
	slices.SortFunc(list, func(a, b box) int { return cmp.Or(cmp.Compare(a.birth, b.birth), cmp.Compare(a.op, b.op)) })
	type end struct {
		at   int32
		size int64
	}
	ends := make(map[end][]int)
	for _, b := range list {
		if here := ends[end{b.birth, b.size}]; b.free() && len(here) > 0 && rng.Float64() >= skip {
			k := rng.IntN(len(here))
			here[k], here[len(here)-1] = here[len(here)-1], here[k]
			o := here[len(here)-1]
			ends[end{b.birth, b.size}] = here[:len(here)-1]
			out[o].take(b, 0)
			out[o].death, out[o].freed = b.death, b.freed
			ends[end{b.death, b.size}] = append(ends[end{b.death, b.size}], o)
			continue
		}
		if b.free() {
			ends[end{b.death, b.size}] = append(ends[end{b.death, b.size}], len(out))
		}
		out = append(out, b)
	}
	return out
}

// unboxed are the places of what boxes hold.
func (p *problem) unboxed(at placement, holds [][]held) placement {
	out := make(placement, len(p.jobs))
	for b, list := range holds {
		for _, h := range list {
			out[h.job] = at[b] + h.rel
		}
	}
	return out
}
