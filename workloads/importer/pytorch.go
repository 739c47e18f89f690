package importer

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/trace"
)

// pytorch is a snapshot of PyTorch's caching allocator, as
// torch.cuda.memory._dump_snapshot pickles it: segments, which say what there is at the
// end, and device_traces, a list for each device of what happened before. That list is a
// ring: what was live when it begins is rebuilt by going back from the end, where a free
// undone is a live block, and an allocation undone none.
//
// A stream is one of CUDA's by its number, or a private pool (of a CUDA graph, say) by its
// id, as "1.0", where the segments or the entries name it. A device of which nothing is
// recorded has a state only: its active blocks, its segments laid one behind the other.
var pytorch = capture.Format{
	Name:    "pytorch",
	Doc:     "a CUDA memory snapshot of PyTorch (a pickle); an object is one block of its caching allocator",
	Granule: 512,
	Detect:  func(head []byte) bool { return len(head) > 1 && head[0] == 0x80 && head[1] < 10 },
	Read:    func(in *capture.Input, c *capture.Capture) error { return readTorch(in, c, torchCaching) },
}

// pytorchSegments is the level below: what the caching allocator takes from CUDA and
// gives back.
var pytorchSegments = capture.Format{
	Name:    "pytorch-segments",
	Doc:     "a CUDA memory snapshot of PyTorch, the level below (only with -from); an object is one cudaMalloc, or one mapped range",
	Granule: 2 << 20,
	Detect:  func([]byte) bool { return false },
	Read:    func(in *capture.Input, c *capture.Capture) error { return readTorch(in, c, torchCUDA) },
}

// torchLevel is one of the two allocators that a snapshot tells of.
type torchLevel struct {
	kinds  map[string]torchKind
	end    func(s *torchSegment) []torchBlock // what is live of it at the end
	live   func(c *capture.Capture) torchLive
	asks   func(size uint64) uint64 // what a request of size asks of this level
	states bool                     // the segments tell where everything is
}

// torchKind is what an entry does.
type torchKind byte

const (
	torchOther torchKind = iota // at another level, or nothing
	torchTake
	torchGive
	torchFail
)

var torchCaching = torchLevel{
	kinds:  map[string]torchKind{"alloc": torchTake, "free_completed": torchGive, "free": torchGive, "oom": torchFail},
	end:    func(s *torchSegment) []torchBlock { return s.blocks },
	live:   func(*capture.Capture) torchLive { return make(torchBlocks) },
	asks:   func(size uint64) uint64 { return size },
	states: true,
}

var torchCUDA = torchLevel{
	kinds: map[string]torchKind{"segment_alloc": torchTake, "segment_map": torchTake, "segment_free": torchGive,
		"segment_unmap": torchGive, "oom": torchFail},
	end:  func(s *torchSegment) []torchBlock { return []torchBlock{s.torchBlock} },
	live: func(c *capture.Capture) torchLive { return &torchRanges{c: c} },
	asks: torchSegmentSize,
}

// torchSegmentSize is what PyTorch asks of CUDA for a request: 2 MiB for small ones,
// 20 MiB for those below 10 MiB, and above it whole multiples of 2 MiB.
func torchSegmentSize(size uint64) uint64 {
	const mib = 1 << 20
	switch {
	case size <= mib:
		return 2 * mib
	case size < 10*mib:
		return 20 * mib
	}
	return (min(size, math.MaxUint64-2*mib) + 2*mib - 1) &^ (2*mib - 1)
}

func readTorch(in *capture.Input, c *capture.Capture, level torchLevel) error {
	s := torchSnapshot{in: in, c: c, level: level}
	if err := s.read(); err != nil {
		return err
	}
	live := make([]torchLive, s.devices)
	heaps := make([]*capture.Heap, s.devices)
	for d := range live {
		heaps[d], live[d] = c.Heap("cuda:"+strconv.Itoa(d)), level.live(c)
		if err := s.begin(d, heaps[d], live[d]); err != nil {
			return err
		}
	}
	for _, e := range s.events {
		c.At(e.at)
		c.By("", e.stream)
		h := heaps[e.device]
		switch e.kind {
		case torchTake:
			live[e.device].put(e.torchBlock)
			h.Alloc(capture.Key{e.addr}, strategies.Request{Size: e.size})
		case torchGive:
			live[e.device].cut(e.torchBlock, h)
		case torchFail:
			c.Note("requests that failed, out of memory")
			h.Fail(strategies.Request{Size: level.asks(e.size)}, strategies.ErrNoSpace)
		}
	}
	return nil
}

// begin tells what is live on a device when the recording begins.
func (s *torchSnapshot) begin(device int, h *capture.Heap, live torchLive) error {
	past := live
	for i := range s.segments {
		if g := &s.segments[i]; g.device == device {
			for _, b := range s.level.end(g) {
				past.put(b)
			}
		}
	}
	recorded := false
	for _, e := range slices.Backward(s.events) {
		switch {
		case e.device != device:
		case e.kind == torchTake:
			past.cut(e.torchBlock, nil)
			recorded = true
		case e.kind == torchGive:
			if past.put(e.torchBlock) {
				s.c.Drop("objects that are live at the end, though the recording ends with their free")
			}
			recorded = true
		}
	}
	if !recorded && s.level.states {
		return s.state(device, h)
	}
	if len(s.events) > 0 {
		s.c.At(s.events[0].at)
	}
	for _, b := range past.list() {
		s.c.Note("objects that were live before the recording began, rebuilt from their frees and from what is live at its end")
		s.c.By("", b.stream)
		h.Alloc(capture.Key{b.addr}, strategies.Request{Size: b.size})
	}
	return nil
}

// state tells what a device holds whose past was not recorded.
func (s *torchSnapshot) state(device int, h *capture.Heap) error {
	base := uint64(0)
	for i := range s.segments {
		g := &s.segments[i]
		if g.device != device {
			continue
		}
		for i, b := range g.blocks {
			s.c.By("", b.stream)
			h.Live(capture.Key{b.addr}, trace.Extent{Start: base + b.addr - g.addr, Size: g.taken[i]})
		}
		if base += g.size; base > 1<<62 {
			return s.in.Errorf("the segments of device %d have more than 2^62 bytes", device)
		}
	}
	h.Region(base)
	return nil
}

// torchLive is what is live at a level.
type torchLive interface {
	// put adds b, and reports whether what begins there was live already.
	put(b torchBlock) bool
	// cut takes away what b covers, and tells h, if there is one.
	cut(b torchBlock, h *capture.Heap)
	// list is what is live, by address.
	list() []torchBlock
}

// torchBlocks are blocks by their address: they are freed as they were allocated.
type torchBlocks map[uint64]torchBlock

func (l torchBlocks) put(b torchBlock) bool {
	_, ok := l[b.addr]
	l[b.addr] = b
	return ok
}

func (l torchBlocks) cut(b torchBlock, h *capture.Heap) {
	delete(l, b.addr)
	if h != nil {
		h.Free(capture.Key{b.addr}, false)
	}
}

func (l torchBlocks) list() []torchBlock {
	return slices.SortedFunc(maps.Values(l), func(a, b torchBlock) int { return cmp.Compare(a.addr, b.addr) })
}

// torchRanges are ranges that ascend and do not overlap. What is unmapped may be a part
// of what was mapped, or several. They are in short lists, none of them empty, so that one
// more in front of very many moves few.
type torchRanges struct {
	c     *capture.Capture
	lists [][]torchBlock
}

const torchList = 512 // ranges in a list, at most

func (l *torchRanges) list() []torchBlock { return slices.Concat(l.lists...) }

// at is the place of the first range that ends behind addr.
func (l *torchRanges) at(addr uint64) (list, i int) {
	list = sort.Search(len(l.lists), func(n int) bool { return l.lists[n][len(l.lists[n])-1].end() > addr })
	if list < len(l.lists) {
		i = sort.Search(len(l.lists[list]), func(i int) bool { return l.lists[list][i].end() > addr })
	}
	return list, i
}

// from is the first range that ends behind addr, nil if none does.
func (l *torchRanges) from(addr uint64) *torchBlock {
	if n, i := l.at(addr); n < len(l.lists) {
		return &l.lists[n][i]
	}
	return nil
}

func (l *torchRanges) put(b torchBlock) bool {
	if r := l.from(b.addr); r != nil && r.addr < b.end() {
		if r.addr == b.addr {
			*r = b
		}
		return true
	}
	l.insert(b)
	return false
}

// insert adds a range that overlaps none.
func (l *torchRanges) insert(b torchBlock) {
	n, i := l.at(b.addr)
	switch {
	case len(l.lists) == 0:
		l.lists = append(l.lists, nil)
	case n == len(l.lists):
		n--
		i = len(l.lists[n])
	}
	all := slices.Insert(l.lists[n], i, b)
	l.lists[n] = all
	if half := len(all) / 2; len(all) > torchList {
		l.lists[n] = all[:half]
		l.lists = slices.Insert(l.lists, n+1, slices.Clone(all[half:]))
	}
}

// remove takes away the first range that ends behind addr.
func (l *torchRanges) remove(addr uint64) {
	n, i := l.at(addr)
	if l.lists[n] = slices.Delete(l.lists[n], i, i+1); len(l.lists[n]) == 0 {
		l.lists = slices.Delete(l.lists, n, n+1)
	}
}

func (l *torchRanges) cut(b torchBlock, h *capture.Heap) {
	r := l.from(b.addr)
	if h != nil && (r == nil || r.addr >= b.end()) {
		h.Free(capture.Key{b.addr}, false) // which nobody saw
	}
	for ; r != nil && r.addr < b.end(); r = l.from(b.addr) {
		old := *r
		l.remove(b.addr)
		var rest []torchBlock
		front, back := old, old
		if front.size = b.addr - old.addr; old.addr < b.addr {
			rest = append(rest, front)
		}
		if back.addr, back.size = b.end(), old.end()-b.end(); old.end() > b.end() {
			rest = append(rest, back)
		}
		for _, part := range rest {
			l.insert(part)
		}
		if h != nil {
			l.shrink(h, old, rest)
		}
	}
}

// shrink leaves rest of old.
func (l *torchRanges) shrink(h *capture.Heap, old torchBlock, rest []torchBlock) {
	if len(rest) == 0 {
		h.Free(capture.Key{old.addr}, false)
		return
	}
	first := rest[0]
	h.Trim(capture.Key{old.addr}, trace.Extent{Start: first.addr - old.addr, Size: first.size})
	h.Move(capture.Key{old.addr}, capture.Key{first.addr})
	if len(rest) == 2 {
		l.c.Note("ranges that lost a part in their middle (the part behind it is allocated anew)")
		h.Alloc(capture.Key{rest[1].addr}, strategies.Request{Size: rest[1].size})
	}
}
