package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// shortTable is a random table of up to seven short segments, in any order, which may
// overlap; some are empty.
func shortTable(r *rand.Rand) (table []sgtable.Segment) {
	for range r.IntN(8) {
		s := sgtable.Segment{Addr: r.Uint64N(100), Len: 1 + r.Uint32N(12)}
		if r.IntN(20) == 0 {
			s.Len = 0
		}
		if n := len(table); n > 0 && r.IntN(3) == 0 {
			s.Addr = table[n-1].Addr + uint64(table[n-1].Len)
		}
		table = append(table, s)
	}
	return table
}

// byteAddresses is the address of every byte of table, and its offset in its segment.
func byteAddresses(table []sgtable.Segment) (addrs, in []uint64) {
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		for i := range uint64(s.Len) {
			addrs, in = append(addrs, s.Addr+i), append(in, i)
		}
	}
	return addrs, in
}

func TestAddresses(t *testing.T) {
	top := ^uint64(0) - 4095
	for _, tt := range []struct {
		name  string
		table []sgtable.Segment
		step  uint64
		want  []uint64
	}{
		{"no segments", nil, page, nil},
		{"whole steps", segments(8, 2, 1, 1), page, []uint64{0x8000, 0x9000, 0x1000}},
		{"a step as long as the segment", segments(8, 2, 1, 1), 2 * page, []uint64{0x8000, 0x1000}},
		{"a longer step skips the rest, nothing is carried over", segments(8, 3, 1, 3), 2 * page, []uint64{0x8000, 0xa000, 0x1000, 0x3000}},
		{"a step beyond 32 bits gives the starts", segments(8, 2, 1, 1), 1<<64 - 1, []uint64{0x8000, 0x1000}},
		{"address 0 is an address", segments(0, 1), page, []uint64{0}},
		{"an empty segment ends it", segments(8, 1, 7, 0, 5, 1), page, []uint64{0x8000}},
		{"an empty first segment", segments(8, 0, 5, 1), page, nil},
		{"the last page of the address space", []sgtable.Segment{{Addr: top, Len: page}}, 2048, []uint64{top, top + 2048}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := slices.Collect(sgtable.Addresses(tt.table, tt.step)); !slices.Equal(got, tt.want) {
				t.Errorf("got %#x, want %#x", got, tt.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		table []sgtable.Segment
		page  uint64
		want  []uint64
	}{
		{"no segments", nil, page, nil},
		{"page 0 does not end it", segments(0, 2, 9, 1), page, []uint64{0, 1, 9}},
		{"half pages at both ends", []sgtable.Segment{{Addr: page - 1, Len: page + 2}}, page, []uint64{0, 1, 2}},
		{"two segments in one page", segments(0, 1, 5, 1), 16 * page, []uint64{0}},
		{"a page again later", segments(0, 1, 16, 1, 1, 1), 16 * page, []uint64{0, 1, 0}},
		{"the page before is not the same page", segments(16, 1, 15, 1), 16 * page, []uint64{1, 0}},
		{"a second segment that begins in the last page of the first", segments(8, 16, 24, 16), 16 * page, []uint64{0, 1, 2}},
		{"not a power of two", segments(2, 2), 3 * page, []uint64{0, 1}},
		{"an empty segment ends it", segments(3, 1, 4, 0, 5, 1), page, []uint64{3}},
		{"the last bytes of the address space", []sgtable.Segment{{Addr: 1<<64 - 2, Len: 2}}, 1, []uint64{1<<64 - 2, 1<<64 - 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := slices.Collect(sgtable.Pages(tt.table, tt.page)); !slices.Equal(got, tt.want) {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestWalksAgainstSlow compares all walks with a walk over single bytes.
func TestWalksAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 10000 {
		table, step := shortTable(r), 1+r.Uint64N(14)
		bytes, in := byteAddresses(table)
		var addrs, offsets, pages []uint64
		for i, addr := range bytes {
			if in[i]%step == 0 {
				addrs, offsets = append(addrs, addr), append(offsets, uint64(i))
			}
			if i == 0 || pages[len(pages)-1] != addr/step {
				pages = append(pages, addr/step)
			}
		}
		if got := slices.Collect(sgtable.Addresses(table, step)); !slices.Equal(got, addrs) {
			t.Fatalf("Addresses(%v, %d):\n got %d\nwant %d", table, step, got, addrs)
		}
		if got := slices.Collect(sgtable.Pages(table, step)); !slices.Equal(got, pages) {
			t.Fatalf("Pages(%v, %d):\n got %d\nwant %d", table, step, got, pages)
		}
		c := sgtable.NewCursor(table)
		for i, want := range addrs {
			if got := c.Offset(); got != offsets[i] {
				t.Fatalf("cursor in %v, step %d: offset %d, want %d", table, step, got, offsets[i])
			}
			if got, ok := c.Next(step); got != want || !ok {
				t.Fatalf("cursor in %v, step %d: got %d, %v, want %d", table, step, got, ok, want)
			}
		}
		if got, ok := c.Next(step); ok || c.Offset() != sgtable.Total(table) {
			t.Fatalf("cursor in %v, step %d: %d after the last address, offset %d", table, step, got, c.Offset())
		}
	}
}

// TestWalksStop stops each iterator at its n-th value.
func TestWalksStop(t *testing.T) {
	table := segments(8, 3, 1, 3)
	for _, walk := range []func(yield func(uint64) bool){sgtable.Addresses(table, page), sgtable.Pages(table, page)} {
		for stop := 1; stop <= 6; stop++ {
			n := 0
			for range walk {
				if n++; n == stop {
					break
				}
			}
			if n != stop {
				t.Errorf("break after %d values came after %d", stop, n)
			}
		}
	}
}

// TestCursorSeek jumps forwards and backwards and compares with a list of all bytes.
func TestCursorSeek(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		table := shortTable(r)
		addrs, in := byteAddresses(table)
		total := uint64(len(addrs))
		c := sgtable.NewCursor(table)
		for range 8 {
			at := r.Uint64N(total + 3)
			if ok := c.Seek(at); ok != (at < total) || c.Offset() != min(at, total) {
				t.Fatalf("%v of %d bytes: Seek(%d) = %v, offset %d", table, total, at, ok, c.Offset())
			}
			addr, ok := c.Next(0)
			if at >= total {
				if ok || c.Contiguous() != 0 {
					t.Fatalf("%v: at the end, but %d bytes at %d", table, c.Contiguous(), addr)
				}
				continue
			}
			left := uint64(1)
			for int(at+left) < len(in) && in[at+left] != 0 {
				left++
			}
			if addr != addrs[at] || c.Contiguous() != left {
				t.Fatalf("%v at %d: %d contiguous at %d, want %d at %d", table, at, c.Contiguous(), addr, left, addrs[at])
			}
			if got, _ := c.Next(0); got != addr || c.Offset() != at {
				t.Fatalf("%v at %d: Next(0) moved", table, at)
			}
			c.Next(1 + r.Uint64N(4)) // the next jump starts from anywhere
		}
	}
}

// TestCursorCopy resumes from a saved position.
func TestCursorCopy(t *testing.T) {
	table := segments(8, 3, 1, 3)
	c := sgtable.NewCursor(table)
	c.Next(page)
	c.Next(page)
	saved := c
	var first, second []uint64
	for addr, ok := c.Next(page); ok; addr, ok = c.Next(page) {
		first = append(first, addr)
	}
	for addr, ok := saved.Next(page); ok; addr, ok = saved.Next(page) {
		second = append(second, addr)
	}
	if want := []uint64{0xa000, 0x1000, 0x2000, 0x3000}; !slices.Equal(first, want) || !slices.Equal(second, want) {
		t.Errorf("from the cursor %#x, from its copy %#x, want %#x", first, second, want)
	}
}

func TestWalkPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"Addresses": func() { sgtable.Addresses(nil, 0) },
		"Pages":     func() { sgtable.Pages(nil, 0) },
	} {
		wantPanic(t, name, f)
	}
}

func wantPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", name)
		}
	}()
	f()
}

func TestWalkAllocs(t *testing.T) {
	table := segments(8, 64, 100, 3)
	var sum uint64
	if n := testing.AllocsPerRun(100, func() {
		c := sgtable.NewCursor(table)
		for addr, ok := c.Next(page); ok; addr, ok = c.Next(page) {
			sum += addr
		}
		c.Seek(10 * page)
		c.Seek(page)
		for addr := range sgtable.Addresses(table, page) {
			sum += addr
		}
		for p := range sgtable.Pages(table, page) {
			sum += p
		}
		sum += sgtable.Total(table) + sgtable.DMASizes(table)
	}); n != 0 {
		t.Errorf("walks took %v heap allocations", n)
	}
}

func BenchmarkWalk(b *testing.B) {
	for _, pages := range []uint64{1, 16, 512} {
		var table []sgtable.Segment
		for i := range 4096 / pages {
			table = append(table, segments(2*i*pages, pages)...)
		}
		run := func(name string, walk func() (sum uint64)) {
			b.Run(fmt.Sprintf("walk=%s/segment=%dpages", name, pages), func(b *testing.B) {
				for b.Loop() {
					if walk() == 0 {
						b.Fatal("nothing walked")
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/page")
			})
		}
		run("addresses", func() (sum uint64) {
			for addr := range sgtable.Addresses(table, page) {
				sum += addr
			}
			return sum
		})
		run("pages", func() (sum uint64) {
			for p := range sgtable.Pages(table, page) {
				sum += p
			}
			return sum
		})
		run("cursor", func() (sum uint64) {
			c := sgtable.NewCursor(table)
			for addr, ok := c.Next(page); ok; addr, ok = c.Next(page) {
				sum += addr
			}
			return sum
		})
	}
}
