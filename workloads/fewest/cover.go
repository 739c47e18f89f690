package fewest

import "container/heap"

// A cover finds the least number of groups that must miss, where at each moment what is live
// has more groups than there are places. Objects come in the order of the operations.
//
// When a constraint is not met, one of the live objects must miss more. Of these, whichever
// dies last is in each later constraint in which another of them is, since all are born.
// So by exchange the greedy choice, as many groups as it has of the one that dies last, is
// optimal, and so is the sum. O(log n) an object.
type cover struct {
	places uint64 // there are now; who changes that calls meet
	missed uint64 // groups of all objects so far

	groups, missing uint64 // of what is live
	objects         map[int]*covered
	order           lastFirst
}

// covered is an object of a cover.
type covered struct {
	groups, missing uint64
	death           int
}

// add makes an object live that dies at an operation to come; meet follows.
func (c *cover) add(name int, groups uint64, death int) {
	if groups == 0 {
		return
	}
	if c.objects == nil {
		c.objects = make(map[int]*covered)
	}
	o := &covered{groups: groups, death: death}
	c.objects[name] = o
	c.groups += groups
	heap.Push(&c.order, o)
}

// meet has live objects miss groups until the others have places.
func (c *cover) meet() {
	for c.groups-c.missing > c.places {
		// The top is live: what has died has a smaller death.
		top := c.order[0]
		n := min(top.groups-top.missing, c.groups-c.missing-c.places)
		top.missing += n
		c.missing += n
		c.missed += n
		if top.missing == top.groups {
			heap.Pop(&c.order)
		}
	}
}

// end takes away an object, if it is one.
func (c *cover) end(name int) {
	if o := c.objects[name]; o != nil {
		c.groups -= o.groups
		c.missing -= o.missing
		delete(c.objects, name)
	}
}

// lastFirst is a heap of the objects that can miss more, and of dead ones below them.
type lastFirst []*covered

func (l lastFirst) Len() int           { return len(l) }
func (l lastFirst) Less(i, j int) bool { return l[i].death > l[j].death }
func (l lastFirst) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push appends, for package heap.
func (l *lastFirst) Push(x any) { *l = append(*l, x.(*covered)) }

// Pop takes the last, for package heap.
func (l *lastFirst) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
