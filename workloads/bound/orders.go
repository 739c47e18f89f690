package bound

import (
	"cmp"
	"slices"
)

// orders are the orders in which jobs are piled: those of the highest weight first.
var orders = []struct {
	name   string
	weight func(c *crowd, j *job) float64
}{
	{"the largest first", func(_ *crowd, j *job) float64 { return float64(j.size) }},
	{"the largest in size times lifetime first", func(_ *crowd, j *job) float64 { return float64(j.size) * float64(j.death-j.birth) }},
	{"the longest lived first", func(_ *crowd, j *job) float64 { return float64(j.death - j.birth) }},
	{"those of the most crowded moment first", func(c *crowd, j *job) float64 { return float64(c.most(j.birth, j.death)) }},
	{"the largest of the most crowded moments first", func(c *crowd, j *job) float64 {
		return float64(c.most(j.birth, j.death)) * float64(j.size)
	}},
}

// A crowd is what is live in each section, and the largest of any range of them.
type crowd struct {
	live   []int64
	ranges [][]int64 // of 2^k sections from each on
}

func newCrowd(p *problem) *crowd {
	c := &crowd{live: make([]int64, p.sections+1)}
	for i := range p.jobs {
		j := &p.jobs[i]
		if j.stages == nil {
			c.live[j.birth] += j.size
			c.live[j.death] -= j.size
		}
		for _, s := range j.stages {
			c.live[s.birth] += s.size
			c.live[s.death] -= s.size
		}
	}
	for i := 1; i < len(c.live); i++ {
		c.live[i] += c.live[i-1]
	}
	c.live = c.live[:p.sections]
	c.ranges = [][]int64{c.live}
	for width := 1; 2*width <= len(c.live); width *= 2 {
		last := c.ranges[len(c.ranges)-1]
		next := make([]int64, len(c.live)-2*width+1)
		for i := range next {
			next[i] = max(last[i], last[i+width])
		}
		c.ranges = append(c.ranges, next)
	}
	return c
}

// most is the most that is live in the sections [from, to).
func (c *crowd) most(from, to int32) int64 {
	k := 0
	for 2<<k <= int(to-from) {
		k++
	}
	return max(c.ranges[k][from], c.ranges[k][int(to)-1<<k])
}

// weights are those of all jobs in an order.
func (p *problem) weights(c *crowd, order int) []float64 {
	key := make([]float64, len(p.jobs))
	for i := range key {
		key[i] = orders[order].weight(c, &p.jobs[i])
	}
	return key
}

// ordered are the jobs, those of the highest key first; jobs whose place is given come
// before all others, and those in a window before those without.
func (p *problem) ordered(key []float64) []int32 {
	list := make([]int32, len(p.jobs))
	for i := range list {
		list[i] = int32(i)
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(p.jobs[a].tied(), p.jobs[b].tied()), cmp.Compare(key[b], key[a]))
	})
	return list
}

// tied is how little choice a job has: 0 for none, 2 for all.
func (j *job) tied() int {
	switch {
	case j.hi == nowhere:
		return 2
	case j.hi-alignUp(j.lo, j.mod) < j.size+j.mod:
		return 0
	}
	return 1
}
