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
func (s *skyline) prefer(by [3]int, c *crowd, noise float64, rng *rand.Rand) {
	keys := s.p.keys(c)
	list := make([]int32, len(keys))
	for i := range list {
		list[i] = int32(i)
		for k := range keys[i] {
			if k != byCrowd {
				keys[i][k] *= 1 + noise*rng.Float64()
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
		s.rank[i] = int32(r)
	}
	s.w.spend(20*len(list) + len(c.live))
}
