package strace

import (
	"math/rand"
	"testing"
)

// recorded are the sizes of live objects.
type recorded struct {
	t    *testing.T
	live map[uint64]uint64
}

func (r *recorded) At(int64)              {}
func (r *recorded) By(_, _ string)        {}
func (r *recorded) Note(string)           {}
func (r *recorded) Drop(string)           {}
func (r *recorded) Alloc(id, size uint64) { r.live[id] = size }
func (r *recorded) Free(id uint64)        { r.Trim(id, 0, 0); delete(r.live, id) }
func (r *recorded) Trim(id, start, size uint64) {
	if start+size > r.live[id] {
		r.t.Errorf("object %d of %d bytes is trimmed to %d from %d on", id, r.live[id], size, start)
	}
	r.live[id] = size
}

// pages are those of all live objects.
func (r *recorded) pages() (n uint64) {
	for _, size := range r.live {
		n += size / 4096
	}
	return n
}

// pages is the obvious address space: what is mapped at each page.
type pages map[uint64]mapping

// TestSpaceAgainstPages does the same calls to a space and to a map of pages.
func TestSpaceAgainstPages(t *testing.T) {
	const size = 64 // pages of the address space
	for seed := range int64(300) {
		rnd := rand.New(rand.NewSource(seed))
		r := &recorded{t, make(map[uint64]uint64)}
		m := &memory{to: r}
		s, want := &space{m: m, users: 1}, pages{}
		for n := range 60 {
			lo := 1 + uint64(rnd.Intn(size))
			n0 := 1 + uint64(rnd.Intn(12))
			hi := lo + n0
			var err error
			switch call := rnd.Intn(6); call {
			case 0, 1:
				what := mapping(rnd.Intn(3))
				err = s.mapAt(lo<<12, hi<<12, what)
				for p := lo; p < hi; p++ {
					want[p] = what
				}
			case 2:
				got, any := s.unmap(lo<<12, hi<<12), false
				for p := lo; p < hi; p++ {
					_, ok := want[p]
					any = any || ok
					delete(want, p)
				}
				if got != any {
					t.Fatalf("seed %d, call %d: unmap %d to %d reports %v", seed, n, lo, hi, got)
				}
			case 3, 4:
				err = s.protect(lo<<12, hi<<12, call == 3)
				for p := lo; p < hi; p++ {
					if what, ok := want[p]; ok && what != filed {
						want[p] = map[bool]mapping{true: held, false: reserved}[call == 3]
					}
				}
			case 5: // a move, perhaps onto itself, that may grow; what is at the new place goes
				to := 1 + uint64(rnd.Intn(size))
				end := to + n0 + uint64(rnd.Intn(3))
				var moved []mapping
				last := -1
				for p := lo; p < hi; p++ {
					what, ok := want[p]
					if !ok {
						what = 99
					} else {
						last = int(p - lo)
					}
					moved = append(moved, what)
					delete(want, p)
				}
				taken := s.take(lo<<12, hi<<12)
				if len(taken) == 0 {
					continue
				}
				err = s.give(taken, lo<<12, to<<12, end<<12)
				for p := to; p < end; p++ {
					delete(want, p)
				}
				for i := range end - to {
					switch j := int(i); {
					case j > last:
						want[to+i] = moved[last]
					case moved[j] != 99:
						want[to+i] = moved[j]
					}
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			compare(t, s, want)
			var wantLive uint64
			for _, what := range want {
				if what == held {
					wantLive++
				}
			}
			if got := r.pages(); got != wantLive {
				t.Fatalf("seed %d, call %d: %d live pages, want %d", seed, n, got, wantLive)
			}
			if t.Failed() {
				t.Fatalf("seed %d, call %d", seed, n)
			}
		}
		s.leave()
		if got := r.pages(); got != 0 || m.areas != 0 {
			t.Fatalf("seed %d: %d live pages and %d areas after the end", seed, got, m.areas)
		}
	}
}

// compare checks the areas of a space.
func compare(t *testing.T, s *space, want pages) {
	t.Helper()
	n, end := 0, uint64(0)
	for _, a := range s.areas {
		if a.lo >= a.hi || a.lo < end || (a.what == held) != (a.o != nil) {
			t.Errorf("bad area %+v", a)
		}
		end = a.hi
		for p := a.lo >> 12; p < a.hi>>12; p++ {
			n++
			if what, ok := want[p]; !ok || what != a.what {
				t.Errorf("page %d is %v, want %v", p, a.what, what)
			}
		}
	}
	if n != len(want) {
		t.Errorf("%d pages are mapped, want %d", n, len(want))
	}
}

// TestForkedSpaces forks at random: each space has its own map, memory is there as long as
// one of them shows it, and nothing is left when all are gone.
func TestForkedSpaces(t *testing.T) {
	for seed := range int64(200) {
		rnd := rand.New(rand.NewSource(seed))
		r := &recorded{t, make(map[uint64]uint64)}
		m := &memory{to: r}
		spaces, wants := []*space{{m: m, users: 1}}, []pages{{}}
		for range 80 {
			i := rnd.Intn(len(spaces))
			s, want := spaces[i], wants[i]
			lo := 1 + uint64(rnd.Intn(40))
			hi := lo + 1 + uint64(rnd.Intn(12))
			switch rnd.Intn(5) {
			case 0, 1:
				if err := s.mapAt(lo<<12, hi<<12, held); err != nil {
					t.Fatal(err)
				}
				for p := lo; p < hi; p++ {
					want[p] = held
				}
			case 2, 3:
				s.unmap(lo<<12, hi<<12)
				for p := lo; p < hi; p++ {
					delete(want, p)
				}
			case 4:
				child, err := s.fork()
				if err != nil {
					t.Fatal(err)
				}
				copied := pages{}
				for p, what := range want {
					copied[p] = what
				}
				spaces, wants = append(spaces, child), append(wants, copied)
			}
			views := make(map[*mapped]int)
			shown := make(map[uint64]map[uint64]bool) // pages of objects
			for i, s := range spaces {
				compare(t, s, wants[i])
				for _, a := range s.areas {
					views[a.o]++
					if shown[a.o.id] == nil {
						shown[a.o.id] = make(map[uint64]bool)
					}
					for p := a.off; p < a.off+a.hi-a.lo; p += 4096 {
						shown[a.o.id][p] = true
					}
					if a.off+a.hi-a.lo > a.o.size {
						t.Fatalf("seed %d: the area %+v is larger than its object of %d", seed, a, a.o.size)
					}
				}
			}
			var least, sum uint64
			for o, n := range views {
				if o.views != n {
					t.Fatalf("seed %d: an object of %d views has %d", seed, o.views, n)
				}
				least += uint64(len(shown[o.id]))
				sum += o.size / 4096
			}
			if live := r.pages(); live != sum || live < least {
				t.Fatalf("seed %d: %d live pages, want %d, and at least %d", seed, live, sum, least)
			}
		}
		for _, s := range spaces {
			s.leave()
		}
		if live := r.pages(); live != 0 || t.Failed() {
			t.Fatalf("seed %d: %d pages are left", seed, live)
		}
	}
}
