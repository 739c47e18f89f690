package importer

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// dict is a dictionary as KEY, VALUE, KEY, VALUE; pair is a tuple.
type (
	dict []any
	pair [2]uint64
)

// pickleOf is a pickle, with the opcodes of Python's pickler (protocol 4) or of the one
// of PyTorch's C++ (protocol 2).
func pickleOf(protocol int, v any) string {
	w := pickler{protocol: protocol, memo: make(map[string]int)}
	w.WriteString("\x80" + string(rune(protocol)))
	w.value(v)
	w.WriteByte('.')
	return w.String()
}

type pickler struct {
	bytes.Buffer
	protocol, memos int
	memo            map[string]int
}

func (w *pickler) remember() {
	if w.protocol >= 4 {
		w.WriteByte(0x94)
	} else {
		w.Write([]byte{'q', byte(w.memos)})
	}
	w.memos++
}

func (w *pickler) value(v any) {
	switch v := v.(type) {
	case dict:
		w.WriteByte('}')
		w.remember()
		w.WriteByte('(')
		for _, item := range v {
			w.value(item)
		}
		w.WriteByte('u')
	case []any:
		w.WriteByte(']')
		w.remember()
		w.WriteByte('(')
		for _, item := range v {
			w.value(item)
		}
		w.WriteByte('e')
	case pair:
		w.value(int(v[0]))
		w.value(int(v[1]))
		w.WriteByte(0x86)
	case string:
		if at, ok := w.memo[v]; ok {
			w.Write([]byte{'h', byte(at)})
			return
		}
		w.memo[v] = w.memos
		if w.protocol >= 4 {
			w.Write([]byte{0x8c, byte(len(v))})
		} else {
			w.WriteByte('X')
			binary.Write(w, binary.LittleEndian, uint32(len(v)))
		}
		w.WriteString(v)
		w.remember()
	case float64:
		w.WriteByte('G')
		binary.Write(w, binary.BigEndian, v)
	case int:
		switch {
		case v >= 0 && v < 256:
			w.Write([]byte{'K', byte(v)})
		case v >= 0 && v < 1<<16:
			w.WriteByte('M')
			binary.Write(w, binary.LittleEndian, uint16(v))
		case v >= -1<<31 && v < 1<<31:
			w.WriteByte('J')
			binary.Write(w, binary.LittleEndian, int32(v))
		default:
			w.WriteString("\x8a\x08")
			binary.Write(w, binary.LittleEndian, int64(v))
		}
	case uint64: // with the sign in a byte of its own
		w.WriteString("\x8a\x09")
		binary.Write(w, binary.LittleEndian, v)
		w.WriteByte(0)
	}
}

const (
	torchA = 0x7f0000000000 // a segment of the default pool
	torchB = 0x7f0000400000 // one of a private pool
)

func torchAct(action string, us, addr, size, stream int) any {
	where := "addr"
	if action == "oom" {
		where = "device_free"
	}
	return dict{"action", action, where, addr, "size", size, "stream", stream, "time_us", us, "frames", []any{}}
}

func torchBlockOf(addr, size, asked int, state string) any {
	return dict{"address", addr, "size", size, "requested_size", asked, "state", state}
}

// torchSmall begins when there are already blocks at A+0 (which stays), A+1024 (which is
// freed) and in the private pool.
func torchSmall(traces ...any) dict {
	if traces == nil {
		traces = []any{[]any{
			torchAct("alloc", 1000, torchA+2048, 512, 0),
			torchAct("free_requested", 1001, torchA+1024, 600, 7),
			torchAct("oom", 1002, 4096, 1<<20, 7),
			torchAct("free_completed", 1003, torchA+1024, 600, 7),
			torchAct("alloc", 1004, torchB+512, 1000, 7),
			torchAct("free_completed", 1005, torchA+2048, 512, 0),
			torchAct("snapshot", 1006, 0, 0, 0),
		}}
	}
	return dict{
		"segments", []any{
			dict{"device", 0, "address", torchB, "total_size", 2 << 20, "stream", 0, "segment_pool_id", pair{1, 0}, "blocks", []any{
				torchBlockOf(torchB, 512, 512, "active_pending_free"),
				torchBlockOf(torchB+512, 1024, 1000, "active_allocated"),
				torchBlockOf(torchB+1536, 2<<20-1536, 0, "inactive")}},
			dict{"device", 0, "address", torchA, "total_size", 2 << 20, "stream", 0, "segment_pool_id", pair{0, 0}, "blocks", []any{
				torchBlockOf(torchA, 1024, 700, "active_allocated"),
				torchBlockOf(torchA+1024, 2<<20-1024, 0, "inactive")}},
		},
		"device_traces", traces,
		"allocator_settings", dict{"expandable_segments", 0.5},
	}
}

const torchTold = `
all sizes are multiplied by 8 (sizes come in units of 512 bytes)
allocations in private pools (-stream picks those of one: 1.0): 1
objects that were live before the recording began, rebuilt from their frees and from what is live at its end: 3
requests that failed, out of memory: 1
`

func TestPytorch(t *testing.T) {
	// 700, 600 and 512 bytes are live before: 2, 2 and 1 units of 512. With 512 bytes more
	// the peak is 6; the 1000 come when the 600 are gone. 6 / 0.85 is 7.1.
	const want = `
cuda:0:
region 32768 page 4096
@ 0
a 0 8192
a 1 8192
a 2 4096
a 3 4096
@ 2000
a 4 8388608
! ENOSPC
f 4
@ 3000
f 1
@ 4000
a 5 8192
@ 5000
f 3
`
	for _, protocol := range []int{2, 4} {
		text := pickleOf(protocol, torchSmall())
		check(t, text, Options{}, want, torchTold)
		check(t, text, Options{Stream: "1.0"}, "cuda:0:\nregion 16384 page 4096\n@ 0\na 0 4096\n@ 4000\na 1 8192\n",
			strings.TrimSpace(torchTold)+"\nleft out as asked: allocations of other streams: 4")
	}
	// Without a past: A, then B behind it, of 16 MiB each when scaled.
	check(t, pickleOf(4, torchSmall([]any{})), Options{},
		"cuda:0:\nregion 33554432 page 4096\nl 0 0+8192 16777216+4096 16781312+8192\n",
		"all sizes are multiplied by 8 (sizes come in units of 512 bytes)")
	check(t, pickleOf(4, torchSmall([]any{})), Options{Stream: "0"},
		"cuda:0:\nregion 33554432 page 4096\nl 0 0+8192\n",
		"all sizes are multiplied by 8 (sizes come in units of 512 bytes)\nleft out as asked: allocations of other streams: 2")
	list := torchSmall()[1]
	check(t, pickleOf(4, list), Options{},
		"cuda:0:\nregion 33554432 page 4096\nl 0 0+8192 16777216+4096 16781312+8192\n",
		"all sizes are multiplied by 8 (sizes come in units of 512 bytes)")
}

// TestPytorchDevices has two devices, whose entries are put in order of their times, and
// two objects at one address.
func TestPytorchDevices(t *testing.T) {
	text := pickleOf(4, dict{"device_traces", []any{
		[]any{torchAct("alloc", 10, torchA, 512, 0), torchAct("alloc", 30, torchA, 1024, 0)},
		[]any{},
		[]any{torchAct("alloc", 20, torchA, 512, 0), dict{"action", "later"}},
	}})
	check(t, text, Options{}, `
cuda:0:
region 12288 page 4096
a 0 4096
f 0
a 1 8192
cuda:2:
region 8192 page 4096
a 0 4096
`, `
all sizes are multiplied by 8 (sizes come in units of 512 bytes)
dropped entries whose action is not known: 1
dropped objects whose free is missing: their address was allocated again (they end there): 1
`)
	refuse(t, text, Options{Device: "cuda:1"}, `nothing happens on the device "cuda:1" (have: "cuda:0", "cuda:1", "cuda:2")`)
}

// TestPytorchSegments maps 4 units of 2 MiB behind 2 that were there before, unmaps two
// in their middle, and then the rest.
func TestPytorchSegments(t *testing.T) {
	const unit = 2 << 20
	act := func(action string, at, n int) any { return torchAct(action, 0, at*unit, n*unit, 0) }
	text := pickleOf(4, dict{
		"segments", []any{dict{"device", 0, "address", 40 * unit, "total_size", 3 * unit, "stream", 0, "blocks", []any{}}},
		"device_traces", []any{[]any{
			act("segment_map", 18, 4),
			act("segment_alloc", 30, 1),
			act("segment_unmap", 19, 2),
			torchAct("alloc", 0, 18*unit, 512, 0),
			act("segment_free", 30, 1),
			torchAct("oom", 0, 0, 1<<20+1, 0),
			act("segment_unmap", 16, 3),
			act("segment_unmap", 21, 1),
		}},
	})
	// Going back from the end, 16 to 18, 21, 19 and 20 are there, and 18 to 21 not any more:
	// what was there before is 16 and 17, and 40 to 42.
	check(t, text, Options{Format: "pytorch-segments"}, `
cuda:0:
region 24674304 page 4096
@ 0
a 0 4194304
a 1 6291456
a 2 8388608
a 3 2097152
t 2 2097152
a 4 2097152
f 3
a 5 20971520
! ENOSPC
f 5
f 0
f 2
f 4
`, `
objects that were live before the recording began, rebuilt from their frees and from what is live at its end: 2
ranges that lost a part in their middle (the part behind it is allocated anew): 1
requests that failed, out of memory: 1
`)
}

// TestPytorchContradicts has blocks and segments at the end that the recording freed last.
func TestPytorchContradicts(t *testing.T) {
	text := pickleOf(4, dict{
		"segments", []any{dict{"device", 0, "address", torchA, "total_size", 2 << 20, "stream", 0, "blocks", []any{
			torchBlockOf(torchA, 512, 512, "active_allocated")}}},
		"device_traces", []any{[]any{
			torchAct("segment_alloc", 1, torchA, 2<<20, 0),
			torchAct("alloc", 2, torchA, 512, 0),
			torchAct("free_completed", 3, torchA, 512, 0),
			torchAct("segment_free", 4, torchA, 2<<20, 0),
		}},
	})
	const told = "dropped objects that are live at the end, though the recording ends with their free: 1"
	check(t, text, Options{}, "cuda:0:\nregion 8192 page 4096\n@ 0\na 0 4096\n@ 1000\nf 0\n",
		"all sizes are multiplied by 8 (sizes come in units of 512 bytes)\n"+told)
	check(t, text, Options{Format: "pytorch-segments"}, "cuda:0:\nregion 2469888 page 4096\n@ 0\na 0 2097152\n@ 3000\nf 0\n", told)
}

// TestPytorchCapture compares a real snapshot with the trace that was made of the same
// program elsewhere.
func TestPytorchCapture(t *testing.T) {
	got, _ := imported(t, recorded(t, "torch_gpt.snapshot.pickle.gz"), Options{Scale: 1, Region: 256 << 20})
	f, err := os.Open("../recorded/torch_gpt.trace.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	plain := func(text string) (lines []string) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "a ") || strings.HasPrefix(line, "f ") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	if a, b := plain(got), plain(string(want)); len(a) != 2*5760 || strings.Join(a, "") != strings.Join(b, "") {
		t.Errorf("%d operations, not those %d of the recorded trace", len(a), len(b))
	}
}

// TestPytorchRefuses has pickles that are hostile, damaged, or no snapshot.
func TestPytorchRefuses(t *testing.T) {
	small := pickleOf(4, torchSmall())
	seg := func(v ...any) string { return pickleOf(4, dict{"segments", []any{dict(v)}}) }
	act := func(v ...any) string { return pickleOf(4, dict{"device_traces", []any{[]any{dict(v)}}}) }
	for _, c := range []struct{ text, want string }{
		{"\x80\x02cos\nsystem\n(S'true'\ntR.", "capture:1: offset 2: the opcode GLOBAL would run code: only plain data is read"},
		{small[:200], "the pickle is cut short"},
		{pickleOf(4, dict{"weights", []any{}}), "the pickle is no memory snapshot: it has neither segments nor device_traces"},
		{pickleOf(4, dict{"segments", 7}), "segments is no list"},
		{pickleOf(4, dict{"segments", []any{7}}), "segments[0] is no dictionary"},
		{seg("address", 0), "segments[0]: there is no total_size"},
		{seg("address", 1.5), "segments[0]: address is no whole number of 64 bits from 0 on"},
		{seg("address", -1), "segments[0]: address is no whole number"},
		{seg("address", uint64(1<<63), "total_size", uint64(1<<63)), "segments[0]: address + total_size is over 64 bits"},
		{seg("address", 0, "total_size", 512, "device", 128), "segments[0]: device 128, where at most 128 are known"},
		{seg("address", 0, "total_size", 512, "device", 0, "blocks", []any{dict{"size", 1024}}), "segments[0].blocks[0] is not behind the one before it and in its segment"},
		{pickleOf(4, dict{"device_traces", []any{7}}), "device_traces[0] is no list"},
		{act("addr", 0), "device_traces[0][0]: there is no action"},
		{act("action", "alloc", "addr", 0), "device_traces[0][0]: there is no size"},
		{act("action", "snapshot"), "capture: nothing to replay in a file of format pytorch"},
	} {
		refuse(t, c.text, Options{}, c.want)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, small)
	w.Close()
	refuse(t, z.String()[:z.Len()-12], Options{}, "capture:1: the gzip data is cut short")
}

func FuzzPytorch(f *testing.F) {
	fuzz(f, pytorch, pickleOf(2, torchSmall()), pickleOf(4, torchSmall()), pickleOf(4, torchSmall([]any{})))
}

func FuzzPytorchSegments(f *testing.F) {
	unit := 2 << 20
	fuzz(f, pytorchSegments, pickleOf(4, torchSmall()), pickleOf(2, dict{"device_traces", []any{[]any{
		torchAct("segment_map", 5, unit, 4*unit, 0), torchAct("segment_unmap", 6, 2*unit, unit, 0)}}}))
}

// TestTorchRanges compares the lists of ranges with a map of bytes, on more ranges than a
// list holds.
func TestTorchRanges(t *testing.T) {
	const bytes = 12 * torchList
	rng := rand.New(rand.NewPCG(1, 2))
	var l torchRanges
	owner := make([]uint64, bytes) // where the range that has the byte began when it was put; 0: none has it
	for range 40 * torchList {
		b := torchBlock{addr: 1 + rng.Uint64N(bytes-4), size: 1 + rng.Uint64N(3)}
		of := owner[b.addr:b.end()]
		if rng.IntN(4) == 0 {
			l.cut(b, nil)
			clear(of)
			continue
		}
		taken := slices.Max(of) != 0
		if got := l.put(b); got != taken {
			t.Fatalf("put %v: got %v, want %v", b, got, taken)
		}
		if taken { // one that begins at the same byte is replaced by another size: undone here
			l.cut(torchBlock{addr: b.addr, size: b.size + 3}, nil)
			clear(owner[b.addr:min(b.end()+3, bytes)])
			continue
		}
		for i := range of {
			of[i] = b.addr
		}
	}
	var got []uint64
	for _, list := range l.lists {
		if len(list) == 0 || len(list) > torchList {
			t.Fatalf("a list of %d ranges", len(list))
		}
	}
	at := uint64(0)
	for _, b := range l.list() {
		if b.addr < at || b.size == 0 {
			t.Fatalf("%v behind %d", b, at)
		}
		got = append(got, make([]uint64, b.addr-at)...)
		for range b.size {
			got = append(got, 1)
		}
		at = b.end()
	}
	got = append(got, make([]uint64, bytes-at)...)
	if len(l.lists) < 3 {
		t.Errorf("%d lists: too few for a test", len(l.lists))
	}
	for i := range owner {
		if owner[i] = min(owner[i], 1); owner[i] != got[i] {
			t.Fatalf("byte %d: got %d, want %d", i, got[i], owner[i])
		}
	}
}
