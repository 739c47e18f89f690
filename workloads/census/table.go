package census

import "slices"

// A Table is objects by size and lifetime, from the smallest size and the shortest lifetime
// that there are to the largest and the longest.
type Table struct {
	Decades []string   // the classes of lifetimes, in words
	Rows    []TableRow // the smallest size first; none without objects
	All     TableRow   // their sum
}

// A TableRow is the objects of a class of sizes.
type TableRow struct {
	Size  string   // the smallest of the class
	Freed []uint64 // by class of lifetimes
	Left  uint64   // live at the end
}

// used reports whether there is an object in the row.
func (r TableRow) used() bool {
	for _, n := range r.Freed {
		if n > 0 {
			return true
		}
	}
	return r.Left > 0
}

// Table is the table of what was counted so far.
func (c *Census) Table() (t Table) {
	all := [Decades]uint64{}
	for _, row := range c.Lifetimes {
		for d, n := range row {
			all[d] += n
		}
	}
	lo, hi := span(func(k int) bool { return c.Left[k].Objects > 0 || c.Lifetimes[k] != [Decades]uint64{} }, len(c.Left))
	from, to := span(func(d int) bool { return all[d] > 0 }, Decades)
	for d := from; d <= to; d++ {
		t.Decades = append(t.Decades, decade(d))
	}
	if to < from {
		from, to = 0, -1
	}
	for k := lo; k <= hi; k++ {
		t.Rows = append(t.Rows, TableRow{Size(1 << k), slices.Clone(c.Lifetimes[k][from : to+1]), c.Left[k].Objects})
	}
	t.All = TableRow{"all", all[from : to+1], Total(c.Left).Objects}
	return t
}

// span is the first and the last of n places that are in use; the first is the larger if
// none is.
func span(used func(i int) bool, n int) (lo, hi int) {
	lo, hi = n, -1
	for i := range n {
		if used(i) {
			lo, hi = min(lo, i), i
		}
	}
	return lo, hi
}

// decade names a class of lifetimes by its ends.
func decade(d int) string {
	names := [...]string{"1-9", "10-99", "100-999"}
	if d < len(names) {
		return names[d]
	}
	units := []string{"k", "M", "G", "T", "P", "E"}
	n := []string{"1", "10", "100"}[d%3]
	return n + units[d/3-1] + "+"
}
