package bound

import (
	"math/rand/v2"
	"testing"
)

// placeable reports whether there is a placement of jobs, from the one of a number on, below
// limit, by trying all places.
func placeable(p *problem, at placement, from int, limit int64) bool {
	if from == len(p.jobs) {
		return true
	}
	j := &p.jobs[from]
next:
	for at[from] = 0; at[from]+j.size <= limit; at[from]++ {
		for k := range from {
			if o := &p.jobs[k]; o.birth < j.death && j.birth < o.death && at[k] < at[from]+j.size && at[from] < at[k]+o.size {
				continue next
			}
		}
		if placeable(p, at, from+1, limit) {
			return true
		}
	}
	return false
}

// crowded is jobs at random, as many as there can be with so much live at most.
func crowded(rng *rand.Rand, sections int32, most int64) *problem {
	p := &problem{sections: sections}
	live := make([]int64, sections)
tries:
	for range 60 {
		birth := rng.Int32N(sections)
		j := job{birth: birth, death: birth + 1 + rng.Int32N(min(6, sections-birth)), size: 2 + rng.Int64N(3), mod: 1, hi: nowhere}
		for k := j.birth; k < j.death; k++ {
			if live[k]+j.size > most {
				continue tries
			}
		}
		for k := j.birth; k < j.death; k++ {
			live[k] += j.size
		}
		p.jobs = append(p.jobs, j)
	}
	return p
}

// TestValleys: valleys find a placement, whichever way time runs, if trying all places does, and
// else say that there is none.
func TestValleys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	above := 0 // instances that need more than what is live
	for round := range 3000 {
		p := crowded(rng, 9, 8)
		v := newValleys(p, &work{limit: 1 << 40, progress: func(float64) {}, ctx: t.Context(), all: 1 << 40})
		peak := newCrowd(p).most(0, p.sections)
		for limit := peak - 1; ; limit++ {
			want := exhausted
			if limit >= peak && placeable(p, make(placement, len(p.jobs)), 0, limit) {
				want = found
			}
			for _, backwards := range []bool{false, true} {
				if got := v.run(limit, 1<<30, backwards); got != want {
					t.Fatalf("round %d, limit %d, backwards %v: verdict %d, want %d: %+v", round, limit, backwards, got, want, p.jobs)
				}
			}
			if want == found {
				break
			}
			if limit == peak {
				above++
			}
		}
	}
	if above < 3 {
		t.Errorf("%d instances need more than what is live", above)
	}
}
