package addrmap

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/trace"
)

// script is a random stream of operations with the answers of several strategies, written
// as traces, and what every page of memory holds after each operation: the obvious way.
type script struct {
	r      *rand.Rand
	lanes  int
	npages uint64
	large  bool
	lines  []strings.Builder // by lane
	next   uint64            // id
	op     int
	order  uint32
	held   []heldObject
	free   []uint64 // ids that were freed, to use again
	states []state  // after each operation
	log    []logged // every version of an object
	refus  []int
	tell   []int
	firsts map[[2]int]int
}

// heldObject is what a script has live: ids that were refused everywhere too.
type heldObject struct {
	id     uint64
	log    int // its version
	blocks [][]trace.Extent
}

// logged is one version of an object.
type logged struct {
	op, end int
	id      uint64
	order   uint32
	pages   uint64
	blocks  [][]trace.Extent // by lane, in pages
}

// state is what is live after an operation: versions, by index in the log.
type state struct {
	live          []int
	refused, tell []int
}

func newScript(seed uint64, lanes int) *script {
	s := &script{r: rand.New(rand.NewPCG(seed, 9)), lanes: lanes, lines: make([]strings.Builder, lanes),
		refus: make([]int, lanes), tell: make([]int, lanes), firsts: map[[2]int]int{}}
	s.npages = 40 + s.r.Uint64N(3000)
	if s.large = seed%16 == 1; s.large {
		s.npages = 512 * (257 + s.r.Uint64N(300)) // cells of 1 MiB, or of 2
	}
	s.next = s.r.Uint64N(1000)
	for l := range s.lines {
		fmt.Fprintf(&s.lines[l], "vramlab trace 1\n# w: doc\n# strategy: %c\nregion %d page 4096\n", 'a'+l, s.npages*4096)
	}
	return s
}

// taken is what of the pages is in use in a lane.
func (s *script) taken(lane int) []trace.Extent {
	var all []trace.Extent
	for _, h := range s.held {
		all = append(all, h.blocks[lane]...)
	}
	return all
}

// place finds room for so many pages in up to three blocks, nil if there is none.
func (s *script) place(lane int, n uint64) []trace.Extent {
	used := s.taken(lane)
	hits := func(x trace.Extent) bool {
		return slices.ContainsFunc(used, func(u trace.Extent) bool { return x.Start < u.Start+u.Size && u.Start < x.Start+x.Size })
	}
	var out []trace.Extent
	for n > 0 && len(out) < 3 {
		k := n
		if len(out) < 2 && n > 1 && s.r.IntN(3) == 0 {
			k = 1 + s.r.Uint64N(n)
		}
		ok := false
		for range 20 {
			if k > s.npages {
				return nil
			}
			x := trace.Extent{Start: s.r.Uint64N(s.npages - k + 1), Size: k}
			if k >= 512 && s.r.IntN(2) == 0 {
				x.Start &^= 511
			}
			if len(out) > 0 && s.r.IntN(2) == 0 {
				x.Start = out[len(out)-1].Start + out[len(out)-1].Size
			}
			if x.Start+k <= s.npages && !hits(x) {
				out, used, n, ok = append(out, x), append(used, x), n-k, true
				break
			}
		}
		if !ok {
			return nil
		}
	}
	if n > 0 {
		return nil
	}
	return out
}

func blockLine(blocks []trace.Extent) string {
	s := "="
	for _, b := range blocks {
		s += fmt.Sprintf(" %d+%d", b.Start*4096, b.Size*4096)
	}
	return s + "\n"
}

func (s *script) note() {
	st := state{refused: slices.Clone(s.refus), tell: slices.Clone(s.tell)}
	for _, h := range s.held {
		st.live = append(st.live, h.log)
	}
	s.states = append(s.states, st)
}

func (s *script) all(format string, args ...any) {
	for l := range s.lines {
		fmt.Fprintf(&s.lines[l], format, args...)
	}
}

// start writes extents that are live at the beginning.
func (s *script) start() {
	at := uint64(0)
	for range s.r.IntN(4) {
		n := 1 + s.r.Uint64N(5)
		at += s.r.Uint64N(3)
		s.all("l %d %d+%d\n", s.next, at*4096, n*4096)
		x := []trace.Extent{{Start: at, Size: n}}
		at += n
		s.open(s.next, 0, n, slices.Repeat([][]trace.Extent{x}, s.lanes))
		s.next++
		s.op++
	}
	for range s.op {
		s.note()
	}
}

func (s *script) open(id uint64, op int, pages uint64, blocks [][]trace.Extent) {
	s.log = append(s.log, logged{op: op, id: id, order: s.order, pages: pages, blocks: blocks})
	s.order++
	s.held = append(s.held, heldObject{id, len(s.log) - 1, blocks})
	s.compare(op, blocks, slices.Repeat([]string{""}, s.lanes))
}

// compare notes the first operation at which lanes differ.
func (s *script) compare(op int, blocks [][]trace.Extent, errnos []string) {
	for a := range s.lanes {
		for b := a + 1; b < s.lanes; b++ {
			k := [2]int{a, b}
			if s.firsts[k] == 0 && op > 0 && (errnos[a] != errnos[b] || !slices.Equal(bitmap(blocks[a]), bitmap(blocks[b]))) {
				s.firsts[k] = op
			}
		}
	}
}

// bitmap is the pages of blocks, each by itself.
func bitmap(blocks []trace.Extent) []uint64 {
	var out []uint64
	for _, b := range blocks {
		for p := b.Start; p < b.Start+b.Size; p++ {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

func (s *script) step() {
	s.op++
	switch n := s.r.IntN(10); {
	case n < 3 && len(s.held) > 0:
		i := s.r.IntN(len(s.held))
		s.all("f %d\n", s.held[i].id)
		s.log[s.held[i].log].end = s.op
		s.free = append(s.free, s.held[i].id)
		s.held = slices.Delete(s.held, i, i+1)
	case n == 3:
		s.all("r dirty\n")
	case n == 4 && len(s.held) > 0:
		s.trim(s.r.IntN(len(s.held)))
	default:
		s.alloc()
	}
	s.note()
}

func (s *script) alloc() {
	id := s.next
	s.next += 1 + s.r.Uint64N(2)
	if len(s.free) > 1 && s.r.IntN(3) == 0 { // an id again, but not the last freed: that would be a second attempt
		i := s.r.IntN(len(s.free) - 1)
		id = s.free[i]
		s.free = slices.Delete(s.free, i, i+1)
	}
	if id == uint64(s.op) { // which would say that an operation has no line
		id = 1<<30 + id
	}
	n := 1 + s.r.Uint64N(s.npages/8+1)
	if s.r.IntN(2) == 0 {
		n = 1 + s.r.Uint64N(min(20, s.npages))
	}
	s.all("a %d %d\n", id, n*4096)
	blocks, errnos := make([][]trace.Extent, s.lanes), make([]string, s.lanes)
	var last []trace.Extent
	for l := range blocks {
		var b []trace.Extent
		if last != nil && s.r.IntN(2) == 0 && s.fits(l, last) {
			b = slices.Clone(last) // where the one before has it
			if len(b) == 2 && s.r.IntN(2) == 0 {
				b[0], b[1] = b[1], b[0]
			}
		} else if s.r.IntN(12) > 0 {
			b = s.place(l, n)
		}
		if b == nil {
			errnos[l] = []string{"ENOSPC", "EINVAL", "E2BIG"}[s.r.IntN(3)]
			s.refus[l]++
			if errnos[l] != "EINVAL" {
				s.tell[l]++
			}
			fmt.Fprintf(&s.lines[l], "! %s\n", errnos[l])
			continue
		}
		last, blocks[l] = b, b
		s.lines[l].WriteString(blockLine(b))
	}
	s.log = append(s.log, logged{op: s.op, id: id, order: s.order, pages: n, blocks: blocks})
	s.order++
	s.held = append(s.held, heldObject{id, len(s.log) - 1, blocks})
	s.compare(s.op, blocks, errnos)
}

func (s *script) fits(lane int, blocks []trace.Extent) bool {
	used := bitmap(s.taken(lane))
	for _, p := range bitmap(blocks) {
		if _, ok := slices.BinarySearch(used, p); ok {
			return false
		}
	}
	return true
}

// trim keeps a beginning of an object in the lanes that can.
func (s *script) trim(i int) {
	h := &s.held[i]
	was := s.log[h.log]
	least := uint64(math.MaxUint64)
	for _, b := range h.blocks {
		if len(b) > 0 {
			least = min(least, uint64(len(bitmap(b))))
		}
	}
	if least == math.MaxUint64 || least < 2 {
		s.all("r clear\n")
		return
	}
	keep := 1 + s.r.Uint64N(least-1)
	s.all("t %d %d\n", h.id, keep*4096)
	blocks := make([][]trace.Extent, s.lanes)
	size := uint64(0)
	for l := range blocks {
		if len(h.blocks[l]) == 0 || s.r.IntN(5) == 0 {
			s.lines[l].WriteString("! EINVAL\n")
			blocks[l] = h.blocks[l]
		} else {
			left := keep
			for _, b := range h.blocks[l] {
				if n := min(left, b.Size); n > 0 {
					blocks[l] = append(blocks[l], trace.Extent{Start: b.Start, Size: n})
					left -= n
				}
			}
			s.lines[l].WriteString(blockLine(blocks[l]))
		}
		if size == 0 {
			size = uint64(len(bitmap(blocks[l])))
		}
	}
	s.log[h.log].end = s.op
	s.log = append(s.log, logged{op: s.op, id: h.id, order: was.order, pages: size, blocks: blocks})
	h.log, h.blocks = len(s.log)-1, blocks
	s.compare(s.op, blocks, slices.Repeat([]string{""}, s.lanes))
}

// workload writes the traces and reads them as a run does.
func (s *script) workload(t *testing.T) *rundir.Workload {
	t.Helper()
	w := rundir.NewWorkload("w")
	for l := range s.lines {
		w.Placed = append(w.Placed, placedAt(t, s.lines[l].String()))
	}
	return w
}

// placedAt is a placement trace of a text.
func placedAt(t *testing.T, lines string) *rundir.Placement {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.trace")
	fixture.Must(t, os.WriteFile(path, []byte(lines), 0o666))
	f, err := rundir.OpenPlacement(path)
	fixture.Must(t, err)
	defer f.Close()
	p, err := rundir.ReadPlacement(f.Reader)
	fixture.Must(t, err)
	p.Path = path
	return p
}
