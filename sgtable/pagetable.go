// The page-table cost model.
//
// A GPU uses an object through page-table entries, and its translation caches hold
// a fixed number of entries, however much each entry maps. An entry maps 4 KiB,
// 64 KiB or 2 MiB, the sizes that Intel's and AMD's GPUs and the kernel's drivers
// have in common. The driver can write an entry of a size at an address if
//
//   - the virtual address is a multiple of the size,
//   - the device address is a multiple of the size,
//   - the segment has at least that many bytes left.
//
// It writes the largest entry that fits at every address. That is optimal, since
// each size divides the next.
//
// Within a segment the two addresses advance together. If their remainders modulo
// 2 MiB agree, both reach each 2 MiB boundary at the same time; if not, they never
// do. A segment that begins 64 KiB past a boundary in virtual addresses and 128 KiB
// past one in device addresses has no entry of 2 MiB, however long it is. So the
// count follows from the two ends of a segment: O(1) time a segment, O(1) memory.
//
// A short segment at the front therefore costs more than one at the end: it
// displaces all that follows. A coverage formula that looks only at device
// addresses (the large pages inside each extent) misses this and is an upper bound
// of the coverage counted here.
//
// Limits. Adjoining segments are not joined: that is the table's part. The entries
// counted are those of a translation cache. An AMD GPU marks sixteen 4 KiB entries
// as one fragment of 64 KiB, which is one entry of the cache and sixteen in memory.
// Some Intel GPUs allow 64 KiB entries only in page tables with no other entries;
// here both kinds mix freely. Upper levels of the page table are not counted: they
// depend on virtual addresses alone.

package sgtable

// The sizes that one page-table entry can map, in bytes.
const (
	Page4K  = 4 << 10
	Page64K = 64 << 10
	Page2M  = 2 << 20
)

// PageTable counts the page-table entries that map a table, by the size that each
// maps. The zero value maps nothing.
type PageTable struct {
	Entries4K, Entries64K, Entries2M uint64
}

// MapCost counts the entries that map table at a virtual address that is a multiple
// of vaAlign bytes, and may be no multiple of more. So no entry is larger than the
// largest power of two that divides vaAlign; less than 4 KiB, 0 included, counts as
// 4 KiB.
//
// Segments follow each other in virtual addresses. Entries map whole pages of
// 4 KiB: a segment that begins or ends inside a page counts for all of it. As in
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

// addRun adds the entries of n pages from a virtual and a device page on.
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

// whole is how many of the n pages from first on lie in complete aligned groups of
// per pages.
func whole(first, n, per uint64) uint64 {
	lo, hi := (first+per-1)/per, (first+n)/per
	if hi <= lo {
		return 0
	}
	return (hi - lo) * per
}

// Add adds the entries of u, to sum the cost of several tables.
func (t *PageTable) Add(u PageTable) {
	t.Entries4K += u.Entries4K
	t.Entries64K += u.Entries64K
	t.Entries2M += u.Entries2M
}

// Entries is the number of entries of all sizes: the driver writes as many when it
// binds the object, and the GPU's translation caches must hold as many to reach all
// of it.
func (t PageTable) Entries() uint64 { return t.Entries4K + t.Entries64K + t.Entries2M }

// Bytes is the number of bytes mapped.
func (t PageTable) Bytes() uint64 {
	return t.Entries4K*Page4K + t.Entries64K*Page64K + t.Entries2M*Page2M
}

// Coverage is the percentage of the bytes that entries of page bytes or more map,
// 0 if nothing is mapped. At 64 KiB it predicts how much of an object the hardware
// can stream without a stall on translation. The idea is that of amdgpu's
// fragments, with virtual alignment taken into account.
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
// mapped. A translation cache of n entries reaches that much memory if all of it is
// mapped like this object, so Reach may be more than Bytes.
func (t PageTable) Reach(n int) float64 {
	return float64(n) * float64(t.Bytes()) / float64(max(1, t.Entries()))
}
