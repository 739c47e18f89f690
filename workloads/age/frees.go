package age

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Returns is how many large pages a number of frees would return: aligned pages in which
// something is live now, and nothing once the objects are freed. Which objects return the
// most is the densest part of a hypergraph, for which no fast algorithm is known. So there
// are two numbers, and the most lies between.
type Returns struct {
	Frees int
	Found int // by a rule, which names the objects: so many can be had
	Most  int // no choice of objects returns more
}

// occupied is a large page in which something is live.
type occupied struct {
	page    uint64
	objects []int // ascending
}

// returns finds what n frees return. The rule takes, again and again, the page that needs
// the fewest further frees, the lowest of those, and frees what lies there, while the frees
// suffice. One free is tried with every object, which is exact.
//
// The bound prices an object by the pages it lies in: if it is in k pages, 1/k of a free is
// due for each. To return a page, its price is due, and n frees pay for no more than the
// cheapest pages whose prices come to n.
func returns(objects [][]strategies.Block, managed uint64, n int) Returns {
	list := occupancy(objects, managed)
	in := make([]int, len(objects)) // pages that an object lies in
	for _, p := range list {
		for _, o := range p.objects {
			in[o]++
		}
	}
	if n == 1 {
		best := alone(list, len(objects))
		return Returns{1, best, best}
	}
	return Returns{n, greedy(list, len(objects), n), most(list, in, n)}
}

// occupancy lists the large pages that are not free, by address.
func occupancy(objects [][]strategies.Block, managed uint64) (list []occupied) {
	type lies struct {
		page   uint64
		object int
	}
	var all []lies
	for o, blocks := range objects {
		for _, b := range blocks {
			for page := b.Start / LargePage; page*LargePage < b.End(); page++ {
				all = append(all, lies{page, o})
			}
		}
	}
	slices.SortFunc(all, func(a, b lies) int { return cmp.Or(cmp.Compare(a.page, b.page), a.object-b.object) })
	for _, l := range slices.Compact(all) {
		if l.page >= managed/LargePage {
			break // what is behind the last whole page
		}
		if k := len(list) - 1; k < 0 || list[k].page != l.page {
			list = append(list, occupied{page: l.page})
		}
		p := &list[len(list)-1]
		p.objects = append(p.objects, l.object)
	}
	return list
}

// alone is the most pages that a single object keeps.
func alone(list []occupied, objects int) (most int) {
	kept := make([]int, objects)
	for _, p := range list {
		if len(p.objects) == 1 {
			kept[p.objects[0]]++
			most = max(most, kept[p.objects[0]])
		}
	}
	return most
}

// greedy is how many pages the rule returns with n frees.
func greedy(list []occupied, objects, n int) (found int) {
	freed := make([]bool, objects)
	left := make([]int, len(list)) // objects still there, by page
	where := make([][]int, objects)
	for i, p := range list {
		left[i] = len(p.objects)
		for _, o := range p.objects {
			where[o] = append(where[o], i)
		}
	}
	for {
		best := -1
		for i := range list {
			if left[i] > 0 && left[i] <= n && (best < 0 || left[i] < left[best]) {
				best = i
			}
		}
		if best < 0 {
			return found
		}
		n -= left[best]
		for _, o := range list[best].objects {
			if freed[o] {
				continue
			}
			freed[o] = true
			for _, i := range where[o] {
				if left[i]--; left[i] == 0 {
					found++
				}
			}
		}
	}
}

// most is the bound for n frees.
func most(list []occupied, in []int, n int) (pages int) {
	prices := make([]float64, len(list))
	for i, p := range list {
		for _, o := range p.objects {
			prices[i] += 1 / float64(in[o])
		}
	}
	slices.Sort(prices)
	const rounding = 1e-6 // on the side of more pages
	for sum := 0.0; pages < len(prices); pages++ {
		if sum += prices[pages]; sum > float64(n)+rounding {
			break
		}
	}
	return pages
}

func byStart(a, b strategies.Block) int { return cmp.Compare(a.Start, b.Start) }
