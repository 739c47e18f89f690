package ttm_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// TestPlaceFor checks the rules for a small BAR, in pages.
func TestPlaceFor(t *testing.T) {
	const top, contiguous = strategies.TopDown, strategies.Contiguous
	region := func(size, visible uint64) strategies.Region {
		return strategies.Region{Size: size * page, Page: page, Visible: visible * page}
	}
	check := func(r strategies.Region, o ttm.Object, want ttm.Place) {
		t.Helper()
		if got := ttm.PlaceFor(r, o); got != want {
			t.Errorf("%+v in %+v is placed at %v, want %v", o, r, got, want)
		}
	}
	full, all, small := region(16, 16), region(16, 0), region(16, 8)
	visible := window(0, 8)
	check(full, ttm.Object{Size: page}, ttm.Place{})
	check(full, ttm.Object{Size: page, GPUOnly: true}, ttm.Place{})
	check(all, ttm.Object{Size: page, GPUOnly: true}, ttm.Place{})
	check(all, ttm.Object{Size: page, Contiguous: true}, ttm.Place{Flags: contiguous})
	check(small, ttm.Object{Size: page}, visible)
	check(small, ttm.Object{Size: page, GPUOnly: true}, ttm.Place{Flags: top})
	check(small, ttm.Object{Size: page, Contiguous: true}, ttm.Place{Hi: 8 * page, Flags: contiguous})
	check(small, ttm.Object{Size: page, GPUOnly: true, Contiguous: true}, ttm.Place{Flags: top | contiguous})
	check(small, ttm.Object{Size: 3 * page, Fixed: true, Offset: 9 * page}, window(9, 12))
	check(small, ttm.Object{Size: 3 * page, Fixed: true, GPUOnly: true}, window(0, 3))
	check(strategies.Region{Size: 16 * page, Page: page, Visible: 8*page + 17}, ttm.Object{Size: page}, visible)
}

// TestAllocObject rounds sizes up and refuses sizes and offsets that overflow.
func TestAllocObject(t *testing.T) {
	check := func(o ttm.Object, wantSize uint64, wantFlags strategies.Flags, wantErr error) {
		t.Helper()
		m := newManager(t, buddy.Strategy, 64, 32, ttm.Options{DefaultPage: 4 * page})
		r := new(ttm.Resource)
		if err := m.AllocObject(r, o); !errors.Is(err, wantErr) || r.Size() != wantSize || r.Place().Flags != wantFlags {
			t.Errorf("%+v: %v, %d bytes at %v, want %v, %d and %v", o, err, r.Size(), r.Place(), wantErr, wantSize, wantFlags)
		}
	}
	const contiguous = strategies.Contiguous
	check(ttm.Object{Size: 1}, 4*page, contiguous, nil)
	check(ttm.Object{Size: 4 * page}, 4*page, contiguous, nil)
	check(ttm.Object{Size: 4*page + 1}, 8*page, 0, nil)
	check(ttm.Object{Size: 5 * page, Page: page}, 5*page, 0, nil)
	check(ttm.Object{Size: 1, Page: page}, page, contiguous, nil)
	check(ttm.Object{Size: 1, Page: 8 * page}, 8*page, contiguous, nil)
	check(ttm.Object{Size: page, Page: page, Fixed: true, Offset: 33 * page}, page, contiguous, nil)
	check(ttm.Object{Size: 32 * page}, 32*page, 0, nil)
	check(ttm.Object{Size: 33 * page}, 0, 0, strategies.ErrTooBig) // not visible as a whole
	check(ttm.Object{Size: 33 * page, GPUOnly: true}, 36*page, strategies.TopDown, nil)
	check(ttm.Object{}, 0, 0, strategies.ErrInvalid)
	check(ttm.Object{Size: page, Page: 3 * page}, 0, 0, strategies.ErrInvalid)
	check(ttm.Object{Size: 1<<64 - 1}, 0, 0, strategies.ErrTooBig)
	check(ttm.Object{Size: page, Fixed: true, Offset: 1<<64 - 4*page}, 0, 0, strategies.ErrTooBig)
}

// The scenarios below are those of the kernel's mock-region self-tests, on a manager.
// Where the kernel's expect an allocator that scatters, strategies that do not are
// tested for what their Caps promise.

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// mock is a region under test, with its objects in held.
type mock struct {
	testing.TB
	*ttm.Manager
	*rand.Rand
	scatters bool
	held     []*ttm.Resource
}

func runMock(t *testing.T, r strategies.Region, f func(m mock)) {
	for _, s := range under[:2] {
		t.Run(s.Name, func(t *testing.T) {
			manager, err := ttm.New(s, r, ttm.Options{})
			if err != nil {
				t.Fatal(err)
			}
			m := mock{t, manager, rand.New(rand.NewPCG(1, 2)), s.Caps.Has(strategies.CapScatter), nil}
			f(m)
			if err := m.Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

// create allocates an object and keeps it.
func (m *mock) create(o ttm.Object) error {
	r := new(ttm.Resource)
	err := m.AllocObject(r, o)
	if err == nil {
		m.held = append(m.held, r)
	}
	return err
}

// must is create for objects that may not be refused.
func (m *mock) must(o ttm.Object) *ttm.Resource {
	m.Helper()
	if err := m.create(o); err != nil {
		m.Fatalf("%+v with %+v free: %v", o, m.Avail(), err)
	}
	return m.held[len(m.held)-1]
}

func (m *mock) empty() {
	for _, r := range m.held {
		m.Free(r)
	}
	m.held = nil
}

// below draws a number of whole pages in bytes: at least one page, at most n bytes.
func (m *mock) below(n, page uint64) uint64 { return page * (1 + m.Uint64N(n/page)) }

// TestMockReserve reserves a random range in each cell of 32 MiB, in random order, and
// fills the rest to the last byte.
func TestMockReserve(t *testing.T) {
	const cell = 32 * mib
	runMock(t, strategies.Region{Size: 2 * gib, Page: page}, func(m mock) {
		reserved := uint64(0)
		for _, i := range m.Perm(2 * gib / cell) {
			start := page * m.Uint64N(cell/page)
			size := page * m.Uint64N(cell/page)
			if size = min(size, cell-start); size == 0 {
				continue
			}
			if err := m.Reserve(uint64(i)*cell+start, size); err != nil {
				m.Fatal(err)
			}
			reserved += size
		}
		left, most := 2*gib-reserved, uint64(2*gib)
		for left > 0 {
			size := m.below(min(left, most), page)
			switch err := m.create(ttm.Object{Size: size}); {
			case err == nil:
				left -= size
			case m.scatters || size == page:
				m.Fatalf("%d bytes with %d left: %v", size, left, err)
			default:
				most = max(size/2, page)
			}
		}
		if free := m.Avail(); free.Total != 0 {
			m.Errorf("%d bytes are left of what was not reserved", free.Total)
		}
		m.empty()
		mustClose(m, m.Manager)
	})
}

// TestMockFill allocates objects of a prime number of pages until one is refused, which
// must be for lack of memory.
func TestMockFill(t *testing.T) {
	runMock(t, strategies.Region{Size: 2 * gib, Page: page}, func(m mock) {
		for n := uint64(1); ; n++ {
			if n > 2 && !prime(n) {
				continue
			}
			err := m.create(ttm.Object{Size: n * page})
			if err == nil {
				continue
			}
			if free := m.Avail().Total; err != strategies.ErrNoSpace || n*page <= free {
				m.Errorf("%d bytes with %d free: %v", n*page, free, err)
			}
			return
		}
	})
}

func prime(n uint64) bool {
	for d := uint64(2); d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return true
}

// TestMockContiguous: a contiguous object is one run of exactly its size, and
// with every second 64 KiB taken nothing larger than that has room.
func TestMockContiguous(t *testing.T) {
	const total, small = 256 * mib, 64 * kib
	runMock(t, strategies.Region{Size: total, Page: page}, func(m mock) {
		for _, size := range []uint64{page, total, m.below(total, page)} {
			r := m.must(ttm.Object{Size: size, Contiguous: true})
			end := r.Blocks()[0].Start
			for _, b := range r.Blocks() {
				if b.Start != end {
					m.Errorf("%d bytes, contiguous, are granted as %v", size, r.Blocks())
				}
				end = b.End()
			}
			if got := end - r.Blocks()[0].Start; got != size || m.Avail().Total != total-size {
				m.Errorf("%d bytes, contiguous, take %d", size, got)
			}
			m.empty()
		}
		for range total / small {
			m.must(ttm.Object{Size: small, Contiguous: true})
		}
		m.everySecond()
		if err := m.create(ttm.Object{Size: total / 2}); (err == nil) != m.scatters {
			m.Errorf("half of the region, scattered: %v", err)
		} else if err == nil {
			m.Free(m.held[len(m.held)-1])
			m.held = m.held[:len(m.held)-1]
		}
		for size := uint64(total / 2); size >= page; size /= 2 {
			if err := m.create(ttm.Object{Size: size, Contiguous: true}); (err == nil) != (size <= small) {
				m.Errorf("%d bytes, contiguous, between objects of %d: %v", size, small, err)
			}
		}
	})
}

// everySecond frees every second object.
func (m *mock) everySecond() {
	var kept []*ttm.Resource
	for i, r := range m.held {
		if i%2 == 0 {
			kept = append(kept, r)
		} else {
			m.Free(r)
		}
	}
	m.held = kept
}

// TestMockSplintered: a region one page short of a power of two can be granted as a
// whole, and as one run; the power of two cannot.
func TestMockSplintered(t *testing.T) {
	const total = 4*gib - page
	runMock(t, strategies.Region{Size: total, Page: page}, func(m mock) {
		for _, o := range []ttm.Object{{Size: total}, {Size: total, Contiguous: true}, {Size: 2 * gib, Contiguous: true}} {
			m.must(o)
			m.empty()
		}
		if err := m.create(ttm.Object{Size: 4 * gib, Contiguous: true}); !errors.Is(err, strategies.ErrTooBig) {
			m.Errorf("4 GiB of 4 GiB less a page: %v", err)
		}
	})
}

// TestMockIOSize: GPU-only objects go to memory that the CPU does not see until that is
// full; the others never go there.
func TestMockIOSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 4 {
		ps := uint64(4 * kib)
		if rng.IntN(2) == 0 {
			ps = 64 * kib
		}
		total := (gib + rng.Uint64N(7*gib)) &^ (ps - 1)
		io := max(256*mib, rng.Uint64N(total)) &^ (ps - 1)
		runMock(t, strategies.Region{Size: total, Page: ps, Visible: io}, func(m mock) {
			for left := total - io; left > 0; {
				size := m.below(left, ps)
				m.must(ttm.Object{Size: size, GPUOnly: true})
				left -= size
			}
			// A buddy's top-down leaves small blocks near the top, so it comes below
			// the limit a little early.
			free := m.Avail()
			if free.Total != io || !m.scatters && free.Visible != io {
				m.Errorf("with as much taken as is invisible %+v are free, want %d", free, io)
			}
			if r := m.must(ttm.Object{Size: io, GPUOnly: true}); r.Visible() != free.Visible || m.Avail() != (ttm.Avail{}) {
				m.Errorf("the rest of %d bytes leaves %+v and counts %d as visible, of %d", io, m.Avail(), r.Visible(), free.Visible)
			}
			m.empty()
			for left := io; left > 0; {
				size := m.below(left, ps)
				for _, b := range m.must(ttm.Object{Size: size}).Blocks() {
					if b.End() > io {
						m.Fatalf("block %v is not below %d", b, io)
					}
				}
				left -= size
			}
			if err := m.create(ttm.Object{Size: ps}); err != strategies.ErrNoSpace {
				m.Errorf("a page more than is visible: %v", err)
			}
		})
	}
}
