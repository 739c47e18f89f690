package sgtable

// What finding an offset in a table costs. Drivers keep the blocks of an object in a list,
// and find a byte by walking it from its head: amdgpu_res_first and xe_res_first do so for
// every page that the CPU faults on (amdgpu_ttm_io_mem_pfn, xe_ttm_io_mem_pfn), for every
// range of an object that is mapped or copied, and for every access of a debugger. So a
// scattered object is dear to look into in proportion to its blocks, and touching all of
// its pages in the square of them. In a table of [Builder] nomerge a segment is a block,
// but for blocks of more than 2 GiB.

// First begins a walk over size bytes from the byte at offset on, and reports whether the
// table has that byte; if not, the position is the end. It looks for the byte as the
// kernel does, from the first segment on, wherever the Cursor was. steps is the number of
// segments that it passed, from 0 to all of them: the cost of the search.
//
// After it [Cursor.Next] ends after size bytes, and [Cursor.Remaining] says how many are
// left. Where the table is shorter, the walk ends early with bytes remaining; the kernel
// would stop, or warn.
func (c *Cursor) First(offset, size uint64) (steps int, ok bool) {
	*c = NewCursor(c.table)
	for left := c.Contiguous(); left != 0; left = c.Contiguous() {
		if offset-c.before < left {
			c.in, c.left = offset-c.before, size
			return c.i, true
		}
		c.before += left
		c.i++
	}
	c.left = size
	return c.i, false
}

// An Index finds the segment at an offset of a table by binary search over the ends of the
// segments, which no driver has. It takes 8 bytes a segment and refers to the table,
// which must not change. The zero value is the Index of an empty table.
//
// Rejected: an index of every 16th segment, for a sixteenth of the memory and a short walk
// more: beside the 16 bytes of a segment 8 are little to save, and there would be two kinds
// of steps.
type Index struct {
	table []Segment // without what stands behind a segment of length 0
	ends  []uint64  // bytes of the table up to the end of each segment
}

// NewIndex makes the Index of table, in time linear in its segments.
func NewIndex(table []Segment) Index {
	x := Index{ends: make([]uint64, 0, len(table))}
	var end uint64
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		end += uint64(s.Len)
		x.ends = append(x.ends, end)
	}
	x.table = table[:len(x.ends)]
	return x
}

// Bytes is the memory of the Index.
func (x Index) Bytes() uint64 { return 8 * uint64(cap(x.ends)) }

// First is [Cursor.First] on a new Cursor, by the Index. steps is the number of ends that
// it compared, at most one more than the binary logarithm of the segments, rounded down.
func (x Index) First(offset, size uint64) (c Cursor, steps int, ok bool) {
	i, n := 0, len(x.ends)
	for i < n {
		steps++
		if mid := int(uint(i+n) / 2); x.ends[mid] <= offset {
			i = mid + 1
		} else {
			n = mid
		}
	}
	c = Cursor{table: x.table, i: i, left: size}
	if i > 0 {
		c.before = x.ends[i-1]
	}
	if ok = i < len(x.ends); ok {
		c.in = offset - c.before
	}
	return c, steps, ok
}

// Lookups sums up what it costs to find every page of tables once, as a program does that
// touches all of a mapping: exact, without doing it.
type Lookups struct {
	Pages      uint64 // looked for
	Steps      uint64 // segments passed by [Cursor.First]
	IndexSteps uint64 // ends compared by [Index.First]
}

// Add adds the pages of a table: those of page bytes from the start of each segment on, the
// last one perhaps shorter. It takes O(n) time for n segments. The sums hold up to 2^64
// steps: two million tables of 4 million pages with a segment each. It panics if page is 0.
func (l *Lookups) Add(table []Segment, page uint64) {
	if page == 0 {
		panic("sgtable: Lookups of pages of 0 bytes")
	}
	n := len(table)
	for i, s := range table {
		if s.Len == 0 {
			n = i
			break
		}
	}
	l.add(table[:n], page, 0, n, 0)
}

// add adds the pages of the segments from lo to hi, between which an Index has not decided
// after steps comparisons. hi may be the end of the table, which has no pages.
func (l *Lookups) add(table []Segment, page uint64, lo, hi int, steps uint64) {
	if lo < hi {
		mid := (lo + hi) / 2
		l.add(table, page, lo, mid, steps+1)
		l.add(table, page, mid+1, hi, steps+1)
		return
	}
	if lo == len(table) {
		return
	}
	pages := uint64(table[lo].Len-1)/page + 1
	l.Pages += pages
	l.Steps += uint64(lo) * pages
	l.IndexSteps += steps * pages
}
