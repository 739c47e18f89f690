// The page-table cost model.
//
// A table says where an object lies. To use it, the GPU needs page-table
// entries, and its translation caches hold so many entries and no more, however
// much each of them maps. An entry maps 4 KiB, 64 KiB or 2 MiB: the sizes that
// Intel's and AMD's GPUs and the kernel's drivers share. Which one the driver can
// write is decided by three things:
//
//   - the virtual address is a multiple of the entry's size;
//   - the device address is one too;
//   - so many bytes are left in the segment.
//
// At every address the largest entry that fits is written. That is optimal,
// since the three sizes divide each other.
//
// The two addresses advance together within a segment. So either the remainders
// of both by 2 MiB agree, and they meet the boundaries at the same time, or
// they never do: a segment that begins 64 KiB past a boundary in virtual and
// 128 KiB past one in device addresses has no entry of 2 MiB, however long it
// is. The count is therefore arithmetic on the two ends of a segment: O(1) a
// segment, O(1) memory.
//
// This is why a short segment at the front hurts more than at the end. All that
// is behind it is displaced by its length. The coverage formula that only looks
// at device addresses (the large pages inside each extent) does not see it and
// is an upper bound of what is counted here.
//
// Limits. Segments that adjoin are not joined: the table was the driver's chance
// to. Entries are what a translation cache holds. An AMD GPU marks sixteen 4 KiB
// entries as one fragment of 64 KiB: one entry of the cache, sixteen in memory.
// Some Intel GPUs allow 64 KiB entries only in tables that hold no others; here
// both kinds mix freely. The upper levels of the page table are not counted:
// they depend on virtual addresses alone.

package sgtable

// The sizes in bytes of what one page-table entry can map.
const (
	Page4K  = 4 << 10
	Page64K = 64 << 10
	Page2M  = 2 << 20
)

// PageTable is the page-table entries that map a table, by what each of them
// maps. The zero value maps nothing.
type PageTable struct {
	Entries4K, Entries64K, Entries2M uint64
}

// MapCost counts the entries that map the table at a virtual base of which
// nothing is known but that it is a multiple of vaAlign bytes. So no entry is
// larger than the largest power of two that divides vaAlign; less than 4 KiB, 0
// included, counts as 4 KiB.
//
// Segments follow each other in virtual addresses. Whole pages of 4 KiB are
// mapped: a segment with an end inside one counts for all of that page. As in
// [Addresses], a segment of length 0 ends the table.
func MapCost(table []Segment, vaAlign uint64) PageTable {
	largest := vaAlign & -vaAlign
	var t PageTable
	var virtual uint64 // pages from the base to the segment
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		device := s.Addr / Page4K
		n := (s.Addr+uint64(s.Len)-1)/Page4K - device + 1
		t.addRun(virtual, device, n, largest)
		virtual += n
	}
	return t
}

// addRun counts the entries of n pages at the virtual and the device page given.
func (t *PageTable) addRun(virtual, device, n, largest uint64) {
	const per64K, per2M = Page64K / Page4K, Page2M / Page4K
	var in64K, in2M uint64 // pages in aligned groups of that size; 2 MiB groups are 64 KiB groups too
	apart := virtual ^ device
	if largest >= Page64K && apart%per64K == 0 {
		in64K = whole(device, n, per64K)
	}
	if largest >= Page2M && apart%per2M == 0 {
		in2M = whole(device, n, per2M)
	}
	t.Entries2M += in2M / per2M
	t.Entries64K += (in64K - in2M) / per64K
	t.Entries4K += n - in64K
}

// whole is how many of the n pages from first on lie in aligned groups of per
// pages that are complete.
func whole(first, n, per uint64) uint64 {
	lo, hi := (first+per-1)/per, (first+n)/per
	if hi <= lo {
		return 0
	}
	return (hi - lo) * per
}

// Add adds the entries of u: of several tables, the cost of all.
func (t *PageTable) Add(u PageTable) {
	t.Entries4K += u.Entries4K
	t.Entries64K += u.Entries64K
	t.Entries2M += u.Entries2M
}

// Entries is the number of entries of all sizes: what the driver writes when it
// binds, and what the GPU's translation caches must hold to reach everything.
func (t PageTable) Entries() uint64 { return t.Entries4K + t.Entries64K + t.Entries2M }

// Bytes is the number of bytes mapped.
func (t PageTable) Bytes() uint64 {
	return t.Entries4K*Page4K + t.Entries64K*Page64K + t.Entries2M*Page2M
}

// Coverage is the share of the bytes that entries of page bytes or more map, in
// percent: 0 to 100, and 0 if nothing is mapped. At 64 KiB it predicts how
// much of an object the hardware can stream without a stall on translation. The
// idea is that of amdgpu's fragments, with virtual alignment taken into account.
func (t PageTable) Coverage(page uint64) float64 {
	var covered uint64
	for _, e := range [...]struct{ size, n uint64 }{{Page4K, t.Entries4K}, {Page64K, t.Entries64K}, {Page2M, t.Entries2M}} {
		if e.size >= page {
			covered += e.n * e.size
		}
	}
	return 100 * float64(covered) / float64(max(1, t.Bytes()))
}

// Reach is the number of bytes that n entries map on average, 0 if nothing is
// mapped: n times the bytes of an entry. A translation cache of n entries keeps
// that much memory in reach, if what the GPU works on is mapped like this. It is
// not capped at Bytes: the object is a sample of many.
func (t PageTable) Reach(n int) float64 {
	return float64(n) * float64(t.Bytes()) / float64(max(1, t.Entries()))
}
