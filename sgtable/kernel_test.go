package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// The scenarios of i915's scatterlist self-tests: tables of consecutive pages, with
// numbers of entries around powers of two, where chunks begin and end. All ways to walk
// them give the same pages: by entry, by page, by address and with a cursor.

const firstPage = 0x12345 // of every table here

// pagesPer is the number of pages of entry i of n.
type pagesPer func(r *rand.Rand, i, n int) uint64

var patterns = []struct {
	name  string
	pages pagesPer
}{
	{"one", func(*rand.Rand, int, int) uint64 { return 1 }},
	{"growing", func(_ *rand.Rand, i, n int) uint64 { return 1 + uint64(i)*63/uint64(n) }},
	{"shrinking", func(_ *rand.Rand, i, n int) uint64 { return 1 + uint64(n-1-i)*63/uint64(n) }},
	{"random", func(r *rand.Rand, _, _ int) uint64 { return 1 + r.Uint64N(64) }},
	{"randompagesizes", func(r *rand.Rand, _, _ int) uint64 { return []uint64{1, 16, 512}[r.IntN(3)] }},
}

// fill fills n entries of c with consecutive pages and returns the page after them.
func fill(c *sgtable.Chain, n int, pages pagesPer) (end uint64) {
	r := rand.New(rand.NewPCG(uint64(n), 15))
	end = firstPage
	for i := range n {
		k := pages(r, i, n)
		c.Append(end*page, uint32(k*page))
		end += k
	}
	return end
}

// checkEntries compares the entries of table with their pattern.
func checkEntries(t *testing.T, table []sgtable.Segment, n int, pages pagesPer) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 15))
	at := uint64(firstPage)
	for i, s := range table {
		if k := pages(r, i, n); s.Addr != at*page || s.Len != uint32(k*page) {
			t.Fatalf("entry %d of %d is %d bytes at %#x, want %d pages from page %#x", i, n, s.Len, s.Addr, k, at)
		}
		at += uint64(s.Len) / page
	}
	if len(table) != n {
		t.Fatalf("%d entries, want %d", len(table), n)
	}
}

// checkWalks walks the first most pages of table, which is pages [firstPage, end), in
// every way.
func checkWalks(t *testing.T, table []sgtable.Segment, end uint64, most int) {
	t.Helper()
	stop := min(end, firstPage+uint64(most))
	check := func(name string, walk func(yield func(uint64) bool), unit uint64) {
		at := uint64(firstPage)
		for got := range walk {
			if got != at*unit {
				t.Fatalf("%s: %#x, want page %#x", name, got, at)
			}
			if at++; at == stop && stop < end {
				break
			}
		}
		if at != stop {
			t.Fatalf("%s: ended before page %#x, want %#x", name, at, stop)
		}
	}
	check("by page", sgtable.Pages(table, page), 1)
	check("by address", sgtable.Addresses(table, page), page)
	c := sgtable.NewCursor(table)
	check("by cursor", remaining(&c), page)
	checkTail(t, c, end, uint64(most))
}

// remaining yields the addresses of the pages from c on, and moves c.
func remaining(c *sgtable.Cursor) func(yield func(uint64) bool) {
	return func(yield func(uint64) bool) {
		for addr, ok := c.Next(page); ok && yield(addr); addr, ok = c.Next(page) {
		}
	}
}

// checkTail moves a cursor to the last most pages before end and walks them.
func checkTail(t *testing.T, c sgtable.Cursor, end, most uint64) {
	t.Helper()
	at := max(end-min(end, most), firstPage)
	if !c.Seek((at - firstPage) * page) {
		t.Fatalf("no page %#x of %#x", at, end)
	}
	for addr := range remaining(&c) {
		if addr != at*page {
			t.Fatalf("by cursor after a seek: %#x, want page %#x", addr, at)
		}
		at++
	}
	if at != end || c.Offset() != (end-firstPage)*page {
		t.Fatalf("by cursor after a seek: ended before page %#x, offset %#x, want page %#x", at, c.Offset(), end)
	}
}

// kernelSizes are 2^p-1, 2^p and 2^p+1 for the primes p below 20.
func kernelSizes() (sizes []int) {
	for _, p := range []int{2, 3, 5, 7, 11, 13, 17, 19} {
		sizes = append(sizes, 1<<p-1, 1<<p, 1<<p+1)
	}
	return sizes
}

func TestKernelSGAlloc(t *testing.T) {
	const most = 1 << 14 // pages of each walk; all entries are checked
	for i, p := range patterns {
		t.Run("pages="+p.name, func(t *testing.T) {
			sizes := kernelSizes()
			if i > 0 { // the last three take longer than all others
				sizes = sizes[:len(sizes)-3]
			}
			var table []sgtable.Segment
			for _, n := range sizes {
				pool := sgtable.NewPool(false)
				c := sgtable.NewChain(pool, n)
				end := fill(c, n, p.pages)
				if got := pool.Stats(); c.Used() != n || got.Allocated != uint64(n) || got.Bytes != chainBytes(n) {
					t.Fatalf("%d entries: %d used, %d allocated, %d bytes, want %d", n, c.Used(), got.Allocated, got.Bytes, chainBytes(n))
				}
				table = c.AppendTo(table[:0])
				checkEntries(t, table, n, p.pages)
				checkWalks(t, table, end, most)
			}
		})
	}
}

// chainBytes is the memory of n entries of 32 bytes, chunk by chunk: while more
// than 128 remain a page takes 127 and a link.
func chainBytes(n int) (bytes uint64) {
	for ; n > 128; n -= 127 {
		bytes += 4096
	}
	return bytes + 32*uint64(n)
}

// TestKernelSGTrim copies the filled entries of a larger chain, as the builder
// worstcase does, and frees the chain.
func TestKernelSGTrim(t *testing.T) {
	const allocated = 4096
	for i, n := range primes(allocated) {
		p := patterns[i%len(patterns)]
		pool := sgtable.NewPool(false)
		c := sgtable.NewChain(pool, allocated)
		end := fill(c, n, p.pages)
		if got := pool.Stats(); c.Used() != n || got.Allocated != allocated || got.Bytes != chainBytes(allocated) {
			t.Fatalf("before: %d used of %d, %d bytes, want %d of %d", c.Used(), got.Allocated, got.Bytes, n, allocated)
		}
		table := c.AppendTo(pool.Take(n))
		c.Free()
		if got := pool.Stats(); cap(table) != n || got.Bytes != 16*uint64(n) {
			t.Fatalf("after: a table of %d, %d bytes held, want %d segments and nothing else", cap(table), got.Bytes, n)
		}
		checkEntries(t, table, n, p.pages)
		checkWalks(t, table, end, 2048)
	}
}

// primes are the primes below n.
func primes(n int) (list []int) {
	for k := 2; k < n; k++ {
		if !slices.ContainsFunc(list, func(p int) bool { return k%p == 0 }) {
			list = append(list, k)
		}
	}
	return list
}

// TestKernelSGBuilders gives the same runs of pages to every builder, with segments of
// any length, of one page, and of seven pages.
func TestKernelSGBuilders(t *testing.T) {
	for _, b := range sgtable.Builders() {
		t.Run("builder="+b.Name, func(t *testing.T) {
			for _, p := range patterns {
				for _, n := range []int{1, 3, 4, 5, 127, 128, 129, 255, 509} {
					for _, longest := range []uint32{sgtable.MaxSegment(page), page, 7 * page} {
						t.Run(fmt.Sprintf("pages=%s/blocks=%d/max=%d", p.name, n, longest), func(t *testing.T) {
							checkBuilder(t, b, n, p.pages, longest)
						})
					}
				}
			}
		})
	}
}

func checkBuilder(t *testing.T, b sgtable.Builder, n int, pages pagesPer, longest uint32) {
	r := rand.New(rand.NewPCG(uint64(n), 15))
	var granted []strategies.Block
	end := uint64(firstPage)
	for i := range n {
		k := pages(r, i, n)
		granted = append(granted, blocks(end, k)...)
		end += k
	}
	pool := sgtable.NewPool(true)
	o := sgtable.Options{MaxSegment: longest, Size: (end - firstPage) * page}
	table := b.Build(pool, granted, o)
	if err := sgtable.Validate(table, o); err != nil {
		t.Error(err)
	}
	checkWalks(t, table, end, 2048)
	pool.Free(table)
}
