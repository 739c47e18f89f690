package bound

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// The keys of a preorder, by which a skyline chooses between jobs that would lie as low: the
// largest goes first.
const (
	byCrowd    = iota // the most crowded moment of the life of a job
	byArea            // size times lifetime
	byLife            // lifetime
	bySize            // size
	byConflict        // what lives at the same time, each for as long as it does
	manyKeys
)

// preorders are the keys that skylines rank jobs by, one after the other where the one before
// is the same.
var preorders = [...][3]int{
	{byCrowd, byLife, byArea}, {byCrowd, byArea, byLife}, {byLife, byArea, byCrowd}, {byArea, byLife, byCrowd},
	{byLife, bySize, byCrowd}, {byConflict, byArea, byLife}, {bySize, byLife, byCrowd},
}

// keys are those of each job.
func (p *problem) keys(c *crowd) [][manyKeys]float64 {
	list := make([][manyKeys]float64, len(p.jobs))
	sums := make([]float64, p.sections+1)
	for k, n := range c.live {
		sums[k+1] = sums[k] + float64(n)
	}
	for i := range list {
		j := &p.jobs[i]
		life, size := float64(j.death-j.birth), float64(j.size)
		list[i] = [manyKeys]float64{float64(c.most(j.birth, j.death)), size * life, life, size, sums[j.death] - sums[j.birth]}
	}
	return list
}

// prefer ranks the jobs by keys, to which a share of noise is added; not to the most crowded
// moment, which many jobs share: it would undo what is decided behind it.
func (p *problem) prefer(rank []int32, by [3]int, c *crowd, noise float64, rng *rand.Rand) {
	keys := p.keys(c)
	list := make([]int32, len(keys))
	for i := range list {
		list[i] = int32(i)
		for k := range keys[i] {
			if k != byCrowd {
				keys[i][k] *= float64(1 + float64(noise*rng.Float64())) // rounded, so that all machines agree
			}
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		for _, k := range by {
			if c := cmp.Compare(keys[b][k], keys[a][k]); c != 0 {
				return c
			}
		}
		return 0
	})
	for r, i := range list {
		rank[i] = int32(r)
	}
}

// noises are the shares by which keys become larger at most, once all preorders were tried
// without.
var noises = [...]float64{0, 0.05, 0.1, 0.2, 0.4, 0.8}

// rankBy ranks the jobs of p, which are those of the search or boxes of them, by the preorders
// one after the other, and then by any, with noise.
func (s *search) rankBy(p *problem, rank []int32, tried int) {
	by, noise := preorders[tried%len(preorders)], 0.0
	if tried >= len(preorders) {
		by, noise = preorders[s.rng.IntN(len(preorders))], noises[s.rng.IntN(len(noises))]
	}
	p.prefer(rank, by, s.crowd, noise, s.rng)
	s.w.spend(20*len(rank) + len(s.crowd.live))
}
