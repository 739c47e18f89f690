package buddy_test

import (
	"cmp"
	"fmt"
	"math/bits"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// TestErrno holds how requests about and above the largest root are refused in an
// empty region of 18 pages: roots of 16 and 2. The values are worked out from the
// rules by hand.
func TestErrno(t *testing.T) {
	const einval, enospc, e2big = "EINVAL", "ENOSPC", "E2BIG"
	for _, c := range []struct {
		size, align uint64 // pages
		flags       strategies.Flags
		lo, hi      uint64
		want, lifo  string
		why         string
		now         string // since 6.18, where that differs
		small       string // since 7.1, where that differs
	}{
		{17, 4, 0, 0, 0, enospc, einval, "20 pages are of the largest order; 16 are found, 4 are not", einval, ""},
		{18, 4, 0, 0, 0, einval, einval, "the size of the region is an exact window, whose end is no multiple of 4", "", ""},
		{17, 8, 0, 0, 0, enospc, einval, "24 pages are of the largest order", einval, ""},
		{17, 16, 0, 0, 0, einval, einval, "32 pages are above the largest order", "", ""},
		{17, 0, contiguous, 0, 0, "0+65536 65536+4096", e2big, "32 pages are above the largest order: the run that begins with the root is tried", "", ""},
		{17, 4, contiguous, 0, 0, "0+65536 65536+4096", einval, "the alignment decides nothing there", "", ""},
		{17, 0, contiguous | window, 0, 18, einval, einval, "a window turns trying harder off", "", ""},
		{17, 4, window, 0, 18, enospc, einval, "20 pages do not fit into the window, nor into the region", einval, ""},
		{17, 4, window, 1, 18, einval, einval, "an exact window, which begins at page 1", "", ""},
		{16, 4, window, 1, 18, enospc, einval, "four aligned blocks of 4, of which the window holds three", "", ""},
		{5, 4, window, 1, 9, enospc, einval, "8 pages, and the window holds one aligned block of 4", "", ""},
		{9, 8, window, 0, 0, "0+32768 32768+4096", einval, "no upper limit", "", ""},
		{9, 16, window, 0, 17, "0+32768 32768+4096", einval, "one block of 16, cut back", "", ""},
		{9, 32, 0, 0, 0, einval, einval, "32 pages are above the largest order", "", ""},
		{1, 32, 0, 0, 0, einval, einval, "one page in a block of 32", "", "0+4096"},
		{1, 32, contiguous, 0, 0, "69632+4096", einval, "the size replaces the alignment", "", ""},
		{19, 0, 0, 0, 0, einval, e2big, "larger than the region", "", ""},
		{32, 32, contiguous, 0, 0, einval, e2big, "larger than the region", "", ""},
		{4, 8, window, 1, 18, "32768+16384", einval, "a whole block of 8, cut back", "", "16384+16384"},
		{2, 8, 0, 0, 0, "32768+8192", einval, "the highest block of 8, cut back", "", "65536+8192"},
		{16, 16, 0, 0, 0, "0+65536", "0+65536", "the largest root", "", ""},
	} {
		r := strategies.Request{Size: c.size * page, Align: c.align * page, Lo: c.lo * page, Hi: c.hi * page, Flags: c.flags}
		want := c.want
		for i, later := range []string{"", c.now, c.small} {
			want = cmp.Or(later, want)
			for _, s := range []strategies.Strategy{generations[i].fast, generations[i].slow} {
				work18(t, s, r, want, c.why)
			}
		}
		for _, s := range []strategies.Strategy{buddy.LIFO, slowLIFOStrategy} {
			work18(t, s, r, c.lifo, c.why)
		}
	}
}

func work18(t *testing.T, s strategies.Strategy, r strategies.Request, want, why string) {
	t.Helper()
	a, err := s.New(region(18, page))
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(a, r); got != want {
		t.Errorf("%s: %v: got %s, want %s: %s", s.Name, r, got, want, why)
	}
}

// outcome is what a does with r, in the words of the trace format. It takes the
// grant back.
func outcome(a strategies.Allocator, r strategies.Request) string {
	blocks, err := a.Alloc(nil, r)
	if err != nil {
		return strategies.Errno(err)
	}
	got := fmt.Sprint(places(blocks))
	a.Free(blocks)
	return got[1 : len(got)-1]
}

// invalid is the rule for requests of whole pages: which of them drm_buddy of a
// generation calls invalid, whatever is free. Sizes are in pages.
func invalid(r strategies.Request, pages uint64, generation int) bool {
	size, align, lo, hi := r.Size/page, max(r.Align/page, 1), uint64(0), pages
	if r.Flags&window != 0 {
		lo, hi = r.Lo/page, r.Hi/page
	}
	twice := uint64(2) << (bits.Len64(pages) - 1) // the largest root
	switch {
	case size == 0, align&(align-1) != 0, hi > pages, lo >= pages, size > pages-lo:
		return true
	case lo+size == hi:
		return lo%align != 0 || hi%align != 0
	case r.Flags&contiguous != 0:
		return r.Flags&window != 0 && size > twice/2 // rounded up to twice
	case generation >= 2 && size < align && size&(size-1) == 0:
		return false // not rounded
	case generation >= 1:
		return (size+align-1)/align*align > pages
	}
	return (size+align-1)/align*align >= twice
}

// TestErrnoEverywhere asks for every size at every alignment in every window of
// small regions, empty and with a page taken: what is invalid is the rule's, and
// everything else is as with the slow allocators.
func TestErrnoEverywhere(t *testing.T) {
	for _, pages := range []uint64{1, 2, 3, 5, 6, 8, 13, 18} {
		for _, taken := range []int{0, 1} {
			if uint64(taken) == pages {
				continue
			}
			var fast, slow [4]strategies.Allocator
			for i, g := range generations {
				fast[i], slow[i] = opened(t, g.fast, pages, taken), opened(t, g.slow, pages, taken)
			}
			lifo, slowLIFO := opened(t, buddy.LIFO, pages, taken), opened(t, slowLIFOStrategy, pages, taken)
			for r := range requests(pages) {
				for i, g := range generations {
					got, want, bad := outcome(fast[i], r), outcome(slow[i], r), invalid(r, pages, i)
					if got != want || (got == "EINVAL") != bad {
						t.Fatalf("%d pages, %d taken: %v: %s %s, slow %s, invalid %v", pages, taken, r, g.fast.Name, got, want, bad)
					}
				}
				if got, want := outcome(lifo, r), outcome(slowLIFO, r); got != want {
					t.Fatalf("%d pages, %d taken: %v: buddy_lifo %s, slow %s", pages, taken, r, got, want)
				}
			}
		}
	}
}

// opened is an allocator of a region with that many single pages taken.
func opened(t *testing.T, s strategies.Strategy, pages uint64, taken int) strategies.Allocator {
	a, err := s.New(region(pages, page))
	if err != nil {
		t.Fatal(err)
	}
	for range taken {
		alloc(t, a, strategies.Request{Size: page})
	}
	return a
}

// requests yields every size, alignment and window of a region of pages, and some
// beyond it.
func requests(pages uint64) func(yield func(strategies.Request) bool) {
	return func(yield func(strategies.Request) bool) {
		for size := range pages + 3 {
			for align := uint64(0); align <= 4*pages; align = max(2*align, align+1) {
				for _, flags := range []strategies.Flags{0, contiguous} {
					r := strategies.Request{Size: size * page, Align: align * page, Flags: flags}
					if !yield(r) {
						return
					}
					r.Flags |= window
					for lo := range pages + 2 {
						for hi := range pages + 2 {
							r.Lo, r.Hi = lo*page, hi*page
							if !yield(r) {
								return
							}
						}
					}
				}
			}
		}
	}
}
