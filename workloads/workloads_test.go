package workloads_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// generated lists the generators with the properties of each at its default length
// and seed 1.
var generated = []struct {
	name   string
	hash   uint64    // of the operations
	lo, hi uint64    // smallest and largest size; a workload's setup counts
	peak   [2]uint64 // bounds of the largest number of bytes live, in percent of the region
	filled int       // operations after which 90 % of that peak is kept, 0 when it is not
}{
	{"steady", 0xb59976ad0777adf9, 4 * kib, 2 * mib, [2]uint64{74, 76}, 20_000},
	{"gfx", 0xa5461ef2360718a3, 4 * kib, 64 * mib, [2]uint64{84, 88}, 5_000},
	{"pages", 0xa4ee42f662394ba5, 4 * kib, 64 * kib, [2]uint64{89, 91}, 45_000},
	{"frames", 0x92004c2181ecae5f, 4 * kib, 2 * mib, [2]uint64{79, 83}, 12_000},
	{"splinter", 0x1a8d06eda3773022, 128 * kib, 16 * mib, [2]uint64{99, 100}, 0},
	{"ageing", 0x37d585c10da14a35, 4 * kib, 16 * mib, [2]uint64{94, 97}, 80_000},
	{"contigfirst", 0xb02e12edefb44cd0, 64 * kib, 32 * mib, [2]uint64{84, 87}, 3_000},
	{"window", 0xd39970f2b61f5589, 4 * kib, 2 * mib, [2]uint64{87, 89}, 20_000},
	{"holes", 0xb1921e1cca46ad15, 64 * kib, 256 * mib, [2]uint64{99, 100}, 0},
}

func lookup(t testing.TB, name string) workloads.Workload {
	t.Helper()
	w, ok := workloads.Lookup(name)
	if !ok {
		t.Fatalf("no workload %s", name)
	}
	return w
}

// TestGolden: every generator makes the same operations as ever, since runs are
// compared over years and machines.
func TestGolden(t *testing.T) {
	for _, c := range generated {
		if got := hash(lookup(t, c.name).Ops(1, 0)); got != c.hash {
			t.Errorf("%s: the operations of seed 1 hash to %#x, want %#x: results are no longer comparable with older runs", c.name, got, c.hash)
		}
	}
}

func hash(ops []workloads.Op) uint64 {
	h := fnv.New64a()
	var b []byte
	for _, op := range ops {
		r := op.Req
		b = append(b[:0], byte(op.Kind), byte(r.Flags))
		for _, v := range []uint64{uint64(op.Slot), r.Size, r.Align, r.Lo, r.Hi} {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
		h.Write(b)
	}
	return h.Sum64()
}

// TestList: names fit into benchmark names, and no field is empty.
func TestList(t *testing.T) {
	seen := make(map[string]bool)
	for _, w := range workloads.List() {
		err := strategies.CheckName(w.Name)
		switch {
		case err != nil:
			t.Error(err)
		case seen[w.Name]:
			t.Errorf("%s is in the list twice", w.Name)
		case w.Title == "" || w.Title == w.Name && w.Name != "glmark2" || w.Doc == "":
			t.Errorf("%s: title %q, doc %q", w.Name, w.Title, w.Doc)
		}
		seen[w.Name] = true
		if err := w.Region.Validate(); err != nil {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
	for _, c := range generated {
		if !seen[c.name] {
			t.Errorf("%s is not in the list", c.name)
		}
	}
	if n := len(seen) - len(generated); n != 6 {
		t.Errorf("%d recorded traces, want 6", n)
	}
	if _, ok := workloads.Lookup("nothing"); ok {
		t.Error("Lookup finds what is not there")
	}
}

// model replays operations as an allocator that grants everything would.
type model struct {
	slots            []slot
	live, peakLive   int    // slots in use
	bytes, peakBytes uint64 // in them
}

type slot struct {
	size uint64
	live bool
}

// do replays ops[i], and returns the rule of the package that it breaks.
func (m *model) do(ops []workloads.Op, i int) error {
	op := ops[i]
	for int(op.Slot) >= len(m.slots) {
		m.slots = append(m.slots, slot{})
	}
	s := &m.slots[op.Slot]
	switch op.Kind {
	case workloads.Alloc:
		if s.live {
			return fmt.Errorf("Alloc in slot %d, which is in use", op.Slot)
		}
		s.size, s.live = op.Req.Size, true
		m.live++
		m.bytes += s.size
		m.peakLive, m.peakBytes = max(m.peakLive, m.live), max(m.peakBytes, m.bytes)
		if int(op.Slot) >= m.peakLive {
			return fmt.Errorf("slot %d, while at most %d were in use: slots are dense", op.Slot, m.peakLive)
		}
	case workloads.Fallback:
		if i == 0 || ops[i-1].Kind != workloads.Alloc || ops[i-1].Slot != op.Slot {
			return fmt.Errorf("Fallback not right after its Alloc")
		}
	case workloads.Free, workloads.FreeCleared:
		if !s.live {
			return fmt.Errorf("Free of slot %d, which is empty", op.Slot)
		}
		s.live = false
		m.live--
		m.bytes -= s.size
		if op.Req != (strategies.Request{}) {
			return fmt.Errorf("Free with a request")
		}
	case workloads.Trim:
		if !s.live || op.Req.Size == 0 || op.Req.Lo+op.Req.Size > s.size {
			return fmt.Errorf("Trim of %d bytes to %d from %d on", s.size, op.Req.Size, op.Req.Lo)
		}
		m.bytes -= s.size - op.Req.Size
		s.size = op.Req.Size
	case workloads.ResetDirty:
		if op != (workloads.Op{Kind: workloads.ResetDirty}) {
			return fmt.Errorf("ResetDirty with more than its kind")
		}
	default:
		return fmt.Errorf("kind %d", op.Kind)
	}
	return nil
}

// TestRules replays every workload, generated and recorded.
func TestRules(t *testing.T) {
	for _, w := range workloads.List() {
		var m model
		ops := w.Ops(7, 0)
		for i := range ops {
			if err := m.do(ops, i); err != nil {
				t.Fatalf("%s, operation %d: %v", w.Name, i, err)
			}
		}
		if m.peakBytes > w.Region.Size {
			t.Errorf("%s: %d bytes live in a region of %d: some refusals are certain", w.Name, m.peakBytes, w.Region.Size)
		}
	}
}

// TestRequests: generated requests are sensible, and their sizes are in the
// documented range.
func TestRequests(t *testing.T) {
	for _, c := range generated {
		w := lookup(t, c.name)
		smallest, largest := ^uint64(0), uint64(0)
		for i, op := range w.Ops(1, 0) {
			r := op.Req
			if op.Kind != workloads.Alloc && op.Kind != workloads.Fallback {
				continue
			}
			smallest, largest = min(smallest, r.Size), max(largest, r.Size)
			ranged := r.Flags&strategies.Range != 0
			switch {
			case r.Size == 0 || r.Size%w.Region.Page != 0:
				t.Fatalf("%s, operation %d: size %d is not a multiple of the page", c.name, i, r.Size)
			case r.Align&(r.Align-1) != 0:
				t.Fatalf("%s, operation %d: alignment %d", c.name, i, r.Align)
			case ranged && (r.Hi > w.Region.Size || r.Lo+r.Size > r.Hi):
				t.Fatalf("%s, operation %d: %v has no room in its window", c.name, i, r)
			case !ranged && r.Lo|r.Hi != 0:
				t.Fatalf("%s, operation %d: a window without Range", c.name, i)
			}
		}
		if smallest != c.lo || largest > c.hi || largest < c.hi/8*7 {
			t.Errorf("%s: sizes from %d to %d, want %d to about %d", c.name, smallest, largest, c.lo, c.hi)
		}
	}
}

// TestFill: each generator reaches its fill level and keeps it, at any seed.
func TestFill(t *testing.T) {
	for _, c := range generated {
		w := lookup(t, c.name)
		for _, seed := range []uint64{0, 1, 1<<64 - 1} {
			var m model
			ops := w.Ops(seed, 0)
			for i := range ops {
				if err := m.do(ops, i); err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				if c.filled != 0 && i >= c.filled && m.bytes < w.Region.Size/1000*c.peak[0]*9 {
					t.Fatalf("%s, seed %d: %d bytes live after %d operations, of a peak of %d %%", c.name, seed, m.bytes, i, c.peak[0])
				}
			}
			if percent := m.peakBytes * 100 / w.Region.Size; percent < c.peak[0] || percent > c.peak[1] {
				t.Errorf("%s, seed %d: peak of %d %%, want %d to %d", c.name, seed, percent, c.peak[0], c.peak[1])
			}
		}
	}
}

// TestLength: a workload has n operations, a longer run begins like a shorter one,
// and seeds differ.
func TestLength(t *testing.T) {
	for _, c := range generated {
		w := lookup(t, c.name)
		long := w.Ops(3, 20_000)
		for _, n := range []int{1, 2, 999, 20_000} {
			short := w.Ops(3, n)
			if len(short) != n || !slices.Equal(short, long[:n]) {
				t.Errorf("%s: %d operations asked, %d made, a head of the longer run: %v", c.name, n, len(short), slices.Equal(short, long[:len(short)]))
			}
		}
		if slices.Equal(long, w.Ops(4, 20_000)) {
			t.Errorf("%s: seeds 3 and 4 make the same operations", c.name)
		}
	}
}

// TestMixes checks the mix of requests that distinguishes each generator.
func TestMixes(t *testing.T) {
	count := func(name string, is func(strategies.Request) bool) (percent int) {
		n, all := 0, 0
		for _, op := range lookup(t, name).Ops(1, 0) {
			if op.Kind == workloads.Alloc {
				all++
				if is(op.Req) {
					n++
				}
			}
		}
		return n * 100 / all
	}
	has := func(f strategies.Flags) func(strategies.Request) bool {
		return func(r strategies.Request) bool { return r.Flags == f }
	}
	small := func(most uint64) func(strategies.Request) bool {
		return func(r strategies.Request) bool { return r.Size <= most }
	}
	for _, c := range []struct {
		what, name string
		is         func(strategies.Request) bool
		want       [2]int // percent of requests
	}{
		{"in the window", "window", has(strategies.Range), [2]int{27, 33}},
		{"top-down", "window", has(strategies.TopDown), [2]int{27, 33}},
		{"without a condition", "window", has(0), [2]int{37, 43}},
		{"contiguous", "contigfirst", has(strategies.Contiguous), [2]int{100, 100}},
		{"contiguous", "gfx", has(strategies.Contiguous), [2]int{0, 1}},
		{"aligned to 64 KiB", "gfx", func(r strategies.Request) bool { return r.Align == 64*kib }, [2]int{38, 42}},
		{"of 64 KiB and less", "gfx", small(64 * kib), [2]int{38, 44}},
		{"of 64 KiB and less", "steady", small(64 * kib), [2]int{42, 48}},
		{"of 64 KiB and less", "pages", small(64 * kib), [2]int{100, 100}},
	} {
		if got := count(c.name, c.is); got < c.want[0] || got > c.want[1] {
			t.Errorf("%s: %d %% of the requests are %s, want %d to %d", c.name, got, c.what, c.want[0], c.want[1])
		}
	}
}

// TestFallback: every contiguous attempt is followed by a second one, of the
// same size, and in blocks of 2 MiB where the size is a multiple of that.
func TestFallback(t *testing.T) {
	ops := lookup(t, "contigfirst").Ops(1, 10_000)
	blocks := 0
	for i, op := range ops[:len(ops)-1] {
		if op.Kind != workloads.Alloc {
			continue
		}
		next := ops[i+1]
		want := strategies.Request{Size: op.Req.Size}
		if want.Size%(2*mib) == 0 {
			want.Align = 2 * mib
			blocks++
		}
		if next.Kind != workloads.Fallback || next.Req != want {
			t.Fatalf("operation %d: %+v is followed by %+v", i, op, next)
		}
	}
	if blocks == 0 {
		t.Error("no size is a multiple of 2 MiB")
	}
}

// TestFramesAreFreedInOrder: the oldest object goes first.
func TestFramesAreFreedInOrder(t *testing.T) {
	var queue []uint32
	for i, op := range lookup(t, "frames").Ops(1, 0) {
		if op.Kind == workloads.Alloc {
			queue = append(queue, op.Slot)
			continue
		}
		if op.Slot != queue[0] {
			t.Fatalf("operation %d frees slot %d, the oldest is %d", i, op.Slot, queue[0])
		}
		queue = queue[1:]
	}
}

// TestHolesAt takes the windows of the setup as placements and checks the holes
// that are left.
func TestHolesAt(t *testing.T) {
	sizes := workloads.HoleSizes()
	if n := len(sizes); sizes[0] != 4<<30 || sizes[n-1] != 4*kib || n != 21 {
		t.Fatalf("hole sizes %d", sizes)
	}
	for _, size := range sizes {
		h := workloads.HolesAt(size)
		live := make(map[uint32]strategies.Request)
		for i, op := range h.Setup {
			if op.Kind == workloads.Free {
				delete(live, op.Slot)
				continue
			}
			if r := op.Req; r.Flags != strategies.Range || r.Hi-r.Lo != r.Size {
				t.Fatalf("hole %d, operation %d: %v is not an exact window", size, i, r)
			}
			live[op.Slot] = op.Req
		}
		var taken []strategies.Request
		for _, r := range live {
			taken = append(taken, r)
		}
		taken = append(taken, strategies.Request{Lo: h.Region.Size})
		slices.SortFunc(taken, func(a, b strategies.Request) int {
			return int(a.Lo>>12) - int(b.Lo>>12)
		})
		var at, free uint64
		for _, r := range taken {
			if r.Lo < at {
				t.Fatalf("hole %d: live memory overlaps at %d", size, r.Lo)
			}
			if hole := r.Lo - at; hole != 0 && hole != size {
				t.Fatalf("hole %d: a hole of %d bytes at %d", size, hole, at)
			} else if free += hole; hole != 0 && at%size != 0 {
				t.Fatalf("hole %d: one begins at %d", size, at)
			}
			at = r.Hi
		}
		if h.Hole != size || free < max(128*mib, size) {
			t.Errorf("hole %d: %d bytes free", size, free)
		}
		if len(h.Requests) == 0 || slices.ContainsFunc(h.Requests, func(r strategies.Request) bool { return r.Size > free }) {
			t.Errorf("hole %d: requests %v, %d bytes free", size, h.Requests, free)
		}
	}
}

func BenchmarkOps(b *testing.B) {
	for _, c := range generated {
		b.Run("workload="+c.name, func(b *testing.B) {
			w := lookup(b, c.name)
			for b.Loop() {
				w.Ops(1, 0)
			}
		})
	}
}
