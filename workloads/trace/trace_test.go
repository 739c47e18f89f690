package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// file is a whole trace in memory.
type file struct {
	Region   strategies.Region
	Comments []string
	Records  []trace.Record
}

// parse reads all of src.
func parse(src io.Reader) (file, error) {
	r, err := trace.NewReader(src, "t")
	if err != nil {
		return file{}, err
	}
	defer r.Close()
	f := file{Region: r.Region(), Comments: r.Comments()}
	for r.Scan() {
		rec := *r.Record()
		rec.Extents = slices.Clone(rec.Extents)
		f.Records = append(f.Records, rec)
	}
	return f, r.Err()
}

// format writes f as text. It ignores line numbers.
func format(t testing.TB, f file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := trace.NewWriter(&b, f.Region, f.Comments...)
	for i, rec := range f.Records {
		switch rec.Kind {
		case trace.Alloc:
			w.Alloc(rec.ID, rec.Req)
		case trace.Free:
			w.Free(rec.ID, rec.Cleared)
		case trace.Trim:
			w.Trim(rec.ID, rec.Keep)
		case trace.Reset:
			w.Reset(rec.Cleared)
		case trace.Time:
			w.Time(rec.Time)
		case trace.Live:
			w.Live(rec.ID, rec.Extents)
		case trace.Granted:
			var blocks []strategies.Block
			for _, e := range rec.Extents {
				blocks = append(blocks, strategies.Block{Start: e.Start, Size: e.Size})
			}
			w.Granted(blocks)
		case trace.Refused:
			w.Refused(errnos[rec.Errno])
		case trace.Table:
			var segs []sgtable.Segment
			for _, e := range rec.Extents {
				segs = append(segs, sgtable.Segment{Addr: e.Start, Len: uint32(e.Size)})
			}
			w.Table(segs)
		default:
			t.Fatalf("record %d is of kind %q", i, rec.Kind)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var errnos = map[string]error{
	"ENOSPC": strategies.ErrNoSpace,
	"EINVAL": fmt.Errorf("%w: odd", strategies.ErrInvalid),
	"E2BIG":  strategies.ErrTooBig,
}

// withoutLines is f with all line numbers and slots set to 0, which no Writer is given.
func withoutLines(f file) file {
	f.Records = slices.Clone(f.Records)
	for i := range f.Records {
		f.Records[i].Line, f.Records[i].Slot = 0, 0
	}
	return f
}

func TestReader(t *testing.T) {
	const text = `vramlab trace 1
# one: a comment
#two
#
region 8589934592 page 4096
#  three
l 3 0+4096 8192+1048576
# more of the state
l 20 1056768+4096
a 17 65536
# between an operation and its result
= 4128768+32768 4161536+32768
s 4128768+65536
a 18446744073709551615 2097152 clear hi=268435456 topdown lo=0 align=2097152 contiguous
! E2BIG
f 17
a 17 0 align=3
f 18446744073709551615 cleared
r dirty
t 4 8192 start=16384
= 24576+8192
t 20 0
! EINVAL
r clear
@ 0
@ 7000000000
# at the end
`
	req := strategies.Request{Size: 2097152, Align: 2097152, Hi: 268435456,
		Flags: strategies.TopDown | strategies.Contiguous | strategies.Clear | strategies.Range}
	want := file{
		Region:   strategies.Region{Size: 8 << 30, Page: 4096},
		Comments: []string{"one: a comment", "two", "", " three"},
		Records: []trace.Record{
			{Line: 7, Kind: trace.Live, ID: 3, Extents: []trace.Extent{{Start: 0, Size: 4096}, {Start: 8192, Size: 1048576}}},
			{Line: 9, Kind: trace.Live, ID: 20, Slot: 2, Extents: []trace.Extent{{Start: 1056768, Size: 4096}}},
			{Line: 10, Kind: trace.Alloc, ID: 17, Slot: 3, Req: strategies.Request{Size: 65536}},
			{Line: 12, Kind: trace.Granted, Extents: []trace.Extent{{Start: 4128768, Size: 32768}, {Start: 4161536, Size: 32768}}},
			{Line: 13, Kind: trace.Table, Extents: []trace.Extent{{Start: 4128768, Size: 65536}}},
			{Line: 14, Kind: trace.Alloc, ID: 1<<64 - 1, Slot: 4, Req: req},
			{Line: 15, Kind: trace.Refused, Errno: "E2BIG"},
			{Line: 16, Kind: trace.Free, ID: 17, Slot: 3},
			{Line: 17, Kind: trace.Alloc, ID: 17, Slot: 3, Req: strategies.Request{Align: 3}},
			{Line: 18, Kind: trace.Free, ID: 1<<64 - 1, Slot: 4, Cleared: true},
			{Line: 19, Kind: trace.Reset},
			{Line: 20, Kind: trace.Trim, ID: 4, Slot: 1, Keep: trace.Extent{Start: 16384, Size: 8192}},
			{Line: 21, Kind: trace.Granted, Extents: []trace.Extent{{Start: 24576, Size: 8192}}},
			{Line: 22, Kind: trace.Trim, ID: 20, Slot: 2},
			{Line: 23, Kind: trace.Refused, Errno: "EINVAL"},
			{Line: 24, Kind: trace.Reset, Cleared: true},
			{Line: 25, Kind: trace.Time},
			{Line: 26, Kind: trace.Time, Time: 7000000000},
		},
	}
	got, err := parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestRules breaks every rule of the format and checks the message, with its line.
func TestRules(t *testing.T) {
	const head = "vramlab trace 1\nregion 65536 page 4096\n"
	for _, c := range []struct{ text, want string }{
		// The header.
		{"", `t:1: empty file: a trace begins with the line "vramlab trace 1"`},
		{"vramlab", `t:1: not a trace: it begins with "vramlab", not with "vramlab trace 1"`},
		{"BenchmarkX 1 2 ns/op\nmore\n", `t:1: not a trace: it begins with "BenchmarkX 1 2 ns/op", not with`},
		{strings.Repeat("é", 99), `t:1: not a trace: it begins with "éééééééééééééééééééé"..., not with`},
		{"vramlab trace 2\n", `t:1: unknown version of the trace format: this program reads "vramlab trace 1"`},
		{"vramlab trace 1\r\n", "t:1: the line ends in a carriage return"},
		{"vramlab trace 1", "t:1: the file is cut short: its last line does not end in a newline"},
		{"\x7fELF\x02\x01\x01\x00\x00\n", "t:1: binary data, not a trace"},
		{"\xff\xfe\xfd", "t:1: binary data, not a trace"},
		{"vramlab trace 1\n", `t:2: the trace ends without a line "region SIZE page PAGE"`},
		{"vramlab trace 1\n# c\na 1 2\n", `t:3: "a 1 2" where the line "region SIZE page PAGE" is expected`},
		{"vramlab trace 1\nregion 65536\n", `t:2: "region 65536" is not of the form "region SIZE page PAGE"`},
		{"vramlab trace 1\nregion\n", "t:2: the region size is missing"},
		{"vramlab trace 1\nregion65536 page 4096\n", `t:2: "65536 page 4096" where a space and the region size are expected`},
		{"vramlab trace 1\nregion 65536 page 4096 visible 4096\n", `t:2: " visible 4096" after the last field`},
		{"vramlab trace 1\nregion 65536 page 4095\n", "t:2: invalid region: page 4095 is not a power of two"},
		{"vramlab trace 1\nregion 0 page 4096\n", "t:2: invalid region: size 0 is less than a page"},
		// Lines.
		{head + "\n", "t:3: empty line"},
		{head + "a 1 2\r\n", "t:3: the line ends in a carriage return"},
		{head + "a 1 2", "t:3: the file is cut short"},
		{head + "alloc 1 2\n", `t:3: unknown line "alloc": a line begins with a, f, t, r, l, @, =, !, s or #`},
		{head + "region 4096 page 4096\n", "t:3: a second region line"},
		{head + head, "t:3: a second version line: files of traces cannot be joined"},
		{head + "x 1\n", `t:3: unknown line "x"`},
		{head + " a 1 2\n", `t:3: unknown line ""`},
		{head + "\x00\x01\n", `t:3: unknown line "\x00\x01"`},
		// Numbers.
		{head + "a\n", "t:3: the id is missing"},
		{head + "a 1\n", "t:3: the size is missing"},
		{head + "a  1 2\n", "t:3: empty field: fields are separated by one space"},
		{head + "a 1 2 \n", "t:3: empty field"},
		{head + "a 1 -2\n", `t:3: the size "-2" is not a decimal number`},
		{head + "a 1 2k topdown\n", `t:3: the size "2k" is not a decimal number`},
		{head + "a 0x1 2\n", `t:3: the id "0x1" is not a decimal number`},
		{head + "a 1\t2\n", `t:3: the id "1\t2" is not a decimal number`},
		{head + "a 1 18446744073709551616\n", `t:3: the size "18446744073709551616" is over 64 bits`},
		{head + "a 1 99999999999999999999999\n", "is over 64 bits"},
		// Fields.
		{head + "a 1 2 bottomup\n", `t:3: unknown field "bottomup": an allocation has align=, lo=`},
		{head + "a 1 2 topdown=1\n", `t:3: unknown field "topdown=1"`},
		{head + "a 1 2 align\n", `t:3: field "align" has no number`},
		{head + "a 1 2 align=\n", `t:3: field "align=" has no number`},
		{head + "a 1 2 align=x\n", `t:3: the number "x" is not a decimal number`},
		{head + "a 1 2 align=4=4\n", `t:3: field "align=4=4" is not a decimal number`},
		{head + "a 1 2 hi=18446744073709551616 lo=0\n", "is over 64 bits"},
		{head + "a 1 2 align=1 align=1\n", `t:3: field "align" appears twice`},
		{head + "a 1 2 clear topdown clear\n", `t:3: field "clear" appears twice`},
		{head + "a 1 2 lo=0\n", "t:3: lo without hi: a window has both"},
		{head + "a 1 2 hi=0 topdown\n", "t:3: hi without lo: a window has both"},
		{head + "a 1 2  topdown\n", "t:3: empty field"},
		// Ids.
		{head + "f 1\n", "t:3: free of id 1, which is not live"},
		{head + "f 18446744073709551615\n", "t:3: free of id 18446744073709551615, which is not live"},
		{head + "a 1 2\nf 1\nf 1\n", "t:5: free of id 1, which is not live"},
		{head + "a 1 2\na 1 2\n", "t:4: allocation of id 1, which is live"},
		{head + "a 1 2\n! ENOSPC\na 1 2\n", "t:5: allocation of id 1, which is live"},
		{head + "a 99999999 2\na 99999999 2\n", "t:4: allocation of id 99999999, which is live"},
		{head + "a 1 2\nf 1 clear\n", `t:4: unknown field "clear": the only field of a free is cleared`},
		{head + "a 1 2\nf 1 \n", "t:4: empty field"},
		{head + "a 1 2\nf 1 cleared cleared\n", `t:4: " cleared" after the last field`},
		// Results.
		{head + "= 0+4096\n", "t:3: a result line = comes only right after an allocation"},
		{head + "! ENOSPC\n", "t:3: a result line ! comes only right after an allocation"},
		{head + "a 1 2\n= 0+4096\n= 0+4096\n", "t:5: a result line = comes only right after"},
		{head + "a 1 2\n! ENOSPC\n= 0+4096\n", "t:5: a result line = comes only right after"},
		{head + "a 1 2\nf 1\n= 0+4096\n", "t:5: a result line = comes only right after"},
		{head + "a 1 2\ns 0+4096\n", "t:4: a table line s comes only right after a grant"},
		{head + "a 1 2\n! ENOSPC\ns 0+4096\n", "t:5: a table line s comes only right after"},
		{head + "a 1 2\n= 0+4096\ns 0+4096\ns 0+4096\n", "t:6: a table line s comes only right after"},
		{head + "a 1 2\n! ENOMEM\n", `t:4: unknown refusal "ENOMEM": a refusal is ENOSPC, EINVAL or E2BIG`},
		{head + "a 1 2\n!\n", `t:4: unknown refusal ""`},
		{head + "a 1 2\n=\n", "t:4: no extent: = is followed by one START+SIZE or more"},
		{head + "a 1 2\n= \n", "t:4: the start is missing"},
		{head + "a 1 2\n= 0\n", `t:4: "" after the start 0: an extent is START+SIZE`},
		{head + "a 1 2\n= 0-5\n", `t:4: "-5" after the start 0: an extent is START+SIZE`},
		{head + "a 1 2\n= 0+\n", "t:4: the size is missing"},
		{head + "a 1 2\n= 0+4096+1\n", `t:4: "+1" where the next START+SIZE is expected`},
		{head + "a 1 2\n= 0+4096  8192+4096\n", "t:4: empty field"},
		{head + "a 1 2\n= 8192+0\n", "t:4: extent 8192+0 is empty"},
		{head + "a 1 2\n= 61440+8192\n", "t:4: block 61440+8192 ends past the region of 65536 bytes"},
		{head + "a 1 2\n= 18446744073709551615+4096\n", "ends past the region of 65536 bytes"},
		{head + "a 1 2\n= 0+4096\ns 18446744073709551615+4096\n", "t:5: segment 18446744073709551615+4096 ends past 2^64-1"},
		// Trims and resets.
		{head + "a 1 2\nt\n", "t:4: the id is missing"},
		{head + "a 1 2\nt 1\n", "t:4: the size is missing"},
		{head + "t 1 4096\n", "t:3: trim of id 1, which is not live"},
		{head + "a 1 2\nf 1\nt 1 4096\n", "t:5: trim of id 1, which is not live"},
		{head + "a 1 2\nt 1 4096 start\n", `t:4: unknown field "start": the only field of a trim is start=`},
		{head + "a 1 2\nt 1 4096 start=\n", `t:4: field "start=" has no number`},
		{head + "a 1 2\nt 1 4096 start=1x\n", `t:4: field "start=1x" is not a decimal number`},
		{head + "a 1 2\nt 1 4096 start=1 start=2\n", `t:4: " start=2" after the last field`},
		{head + "a 1 2\nt 1 4096 \n", "t:4: empty field"},
		{head + "a 1 2\nt 1 4096\n= 0+4096\ns 0+4096\n", "t:6: a table line s comes only right after a grant (=) of an allocation"},
		{head + "a 1 2\nt 1 4096\n! ENOSPC\n= 0+4096\n", "t:6: a result line = comes only right after an allocation or a trim"},
		{head + "@\n", "t:3: the time is missing"},
		{head + "@ 1 2\n", `t:3: " 2" after the last field of the line`},
		{head + "@ 5\n@ 5\n@ 4\n", "t:5: time 4 after time 5: it does not go back"},
		{head + "@ 5\nl 1 0+4096\n", "t:4: live extents after an operation"},
		{head + "a 1 4096\n@ 5\n= 0+4096\n", "t:5: a result line = comes only right after an allocation or a trim"},
		{head + "r\n", `t:3: "" after r: a reset is "r dirty" or "r clear"`},
		{head + "r cleared\n", `t:3: " cleared" after r`},
		{head + "r  clear\n", `t:3: "  clear" after r`},
		{head + "r clear\n= 0+4096\n", "t:4: a result line = comes only right after"},
		// Live extents.
		{head + "l\n", "t:3: the id is missing"},
		{head + "l 1\n", "t:3: no extent: l is followed by one START+SIZE or more"},
		{head + "l 1 0+4096 \n", "t:3: the start is missing"},
		{head + "l 1 0+4096 8192+0\n", "t:3: extent 8192+0 is empty"},
		{head + "l 1 0+4096 61440+8192\n", "t:3: block 61440+8192 ends past the region of 65536 bytes"},
		{head + "l 1 0+4097\n", "t:3: live extent 0+4097 is no whole number of pages of 4096"},
		{head + "l 1 512+4096\n", "t:3: live extent 512+4096 is no whole number of pages"},
		{head + "l 1 0+8192 4096+4096\n", "t:3: live extent 4096+4096 begins before 8192, where the one before it ends: they ascend"},
		{head + "l 1 0+8192\nl 2 4096+4096\n", "t:4: live extent 4096+4096 begins before 8192"},
		{head + "l 1 0+4096 4096+4096\nl 2 8192+4096\n", "t:4: live extent 8192+4096 is id 2, which is live"},
		{head + "l 18446744073709551615 0+4096 4096+4096\n", "t:3: the id of live extent 4096+4096 is over 64 bits"},
		{head + "l 1 0+4096\na 1 4096\n", "t:4: allocation of id 1, which is live"},
		{head + "l 1 0+4096\n= 0+4096\n", "t:4: a result line = comes only right after"},
		{head + "r clear\nl 1 0+4096\n", "t:4: live extents after an operation: the state in which a trace begins comes first"},
		{head + "a 1 2\n! ENOSPC\nl 2 0+4096\n", "t:5: live extents after an operation"},
	} {
		_, err := parse(strings.NewReader(c.text))
		var syntax *trace.SyntaxError
		switch {
		case !errors.As(err, &syntax):
			t.Errorf("%q: got error %v, want a SyntaxError", c.text, err)
		case !strings.Contains(err.Error(), c.want), strings.Contains(err.Error(), "\n"):
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, err, c.want)
		}
	}
}

// TestErrorEndsReading: records before an error are delivered, and Scan stays false
// after it.
func TestErrorEndsReading(t *testing.T) {
	r, err := trace.NewReader(strings.NewReader("vramlab trace 1\nregion 65536 page 4096\na 1 2\nf 2\na 3 4\n"), "t")
	if err != nil {
		t.Fatal(err)
	}
	if !r.Scan() || r.Record().ID != 1 {
		t.Errorf("the record before the error is %+v", r.Record())
	}
	for range 2 {
		if r.Scan() || r.Err() == nil {
			t.Errorf("Scan goes on after an error: %+v, Err is %v", r.Record(), r.Err())
		}
	}
}

func fixtures(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.trace*")
	if err != nil || len(paths) < 7 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	return paths
}

// TestFixtures reads recorded traces and golden files, and writes the latter
// back byte for byte.
func TestFixtures(t *testing.T) {
	for _, path := range fixtures(t) {
		r, err := trace.Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		for r.Scan() {
		}
		if err := r.Err(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if filepath.Ext(path) != ".trace" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parse(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if got := format(t, f); !bytes.Equal(got, text) {
			t.Errorf("%s: written back it has %d bytes, want the same %d", path, len(got), len(text))
		}
	}
}

// random is a well-formed trace of up to n operations that uses everything in the
// format.
func random(seed, n uint64) file {
	rng := rand.New(rand.NewPCG(seed, 1))
	number := func() uint64 { return rng.Uint64() >> rng.Uint64N(64) }
	f := file{Region: strategies.Region{Size: max(number(), 1<<30), Page: 4096 << rng.Uint64N(5)}}
	for range rng.Uint64N(3) {
		f.Comments = append(f.Comments, []string{"", " x ", "# y: 1+1=2", "é"}[rng.Uint64N(4)])
	}
	extents := func(limit, longest uint64) (list []trace.Extent) {
		for range 1 + rng.Uint64N(10) {
			start := number() % (limit - longest)
			list = append(list, trace.Extent{Start: start, Size: 1 + number()%longest})
		}
		return list
	}
	var live []uint64
	page, at := f.Region.Page, uint64(0)
	for range rng.Uint64N(3) { // a state to begin in
		r := trace.Record{Kind: trace.Live, ID: uint64(len(live))}
		for range 1 + rng.Uint64N(5) {
			e := trace.Extent{Start: at + page*rng.Uint64N(3), Size: page * (1 + rng.Uint64N(3))}
			at = e.Start + e.Size
			live = append(live, uint64(len(live)))
			r.Extents = append(r.Extents, e)
		}
		f.Records = append(f.Records, r)
	}
	var now uint64
	for range n/2 + rng.Uint64N(n/2) {
		if n := uint64(len(live)); n > 0 && rng.Uint64N(2) == 0 {
			i := rng.Uint64N(n)
			f.Records = append(f.Records, trace.Record{Kind: trace.Free, ID: live[i], Cleared: rng.Uint64N(2) == 0})
			live = slices.Delete(live, int(i), int(i)+1)
			continue
		}
		switch n := uint64(len(live)); rng.Uint64N(8) {
		case 2:
			now += rng.Uint64N(1 << 40)
			f.Records = append(f.Records, trace.Record{Kind: trace.Time, Time: now})
			continue
		case 0:
			f.Records = append(f.Records, trace.Record{Kind: trace.Reset, Cleared: rng.Uint64N(2) == 0})
			continue
		case 1:
			if n == 0 {
				continue
			}
			f.Records = append(f.Records, trace.Record{Kind: trace.Trim, ID: live[rng.Uint64N(n)], Keep: trace.Extent{Start: number() * rng.Uint64N(2), Size: number()}})
			switch rng.Uint64N(3) {
			case 0:
				f.Records = append(f.Records, trace.Record{Kind: trace.Refused, Errno: "EINVAL"})
			case 1:
				f.Records = append(f.Records, trace.Record{Kind: trace.Granted, Extents: extents(f.Region.Size, 1<<20)})
			}
			continue
		}
		id := number()
		if slices.Contains(live, id) {
			continue
		}
		live = append(live, id)
		req := strategies.Request{Size: number(), Flags: strategies.Flags(rng.Uint64N(16))}
		if rng.Uint64N(2) == 0 {
			req.Align = number()
		}
		if req.Flags&strategies.Range != 0 {
			req.Lo, req.Hi = number(), number()
		}
		f.Records = append(f.Records, trace.Record{Kind: trace.Alloc, ID: id, Req: req})
		switch rng.Uint64N(4) {
		case 0:
			errno := []string{"ENOSPC", "EINVAL", "E2BIG"}[rng.Uint64N(3)]
			f.Records = append(f.Records, trace.Record{Kind: trace.Refused, Errno: errno})
		case 1:
			f.Records = append(f.Records, trace.Record{Kind: trace.Granted, Extents: extents(f.Region.Size, 1<<20)})
		case 2:
			f.Records = append(f.Records, trace.Record{Kind: trace.Granted, Extents: extents(f.Region.Size, 1<<20)},
				trace.Record{Kind: trace.Table, Extents: extents(1<<64-1, 1<<32-1)})
		}
	}
	return f
}

func TestRoundTrip(t *testing.T) {
	for seed := range uint64(100) {
		want := random(seed, 200)
		got, err := parse(bytes.NewReader(format(t, want)))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got := withoutLines(got); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got %+v\nwant %+v", seed, got, want)
		}
	}
}

// packers are the compressions that a trace may have.
var packers = map[string]func(t testing.TB, text []byte) []byte{
	"plain": func(_ testing.TB, text []byte) []byte { return text },
	"gzip": func(t testing.TB, text []byte) []byte {
		var b bytes.Buffer
		return pack(t, &b, gzip.NewWriter(&b), text)
	},
	"zstd": func(t testing.TB, text []byte) []byte {
		var b bytes.Buffer
		w, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		return pack(t, &b, w, text)
	},
}

func pack(t testing.TB, b *bytes.Buffer, w io.WriteCloser, text []byte) []byte {
	t.Helper()
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCutShort cuts a trace at each of its bytes, plain and compressed. A part is never
// taken for the whole, unless it is plain and ends with a whole line.
func TestCutShort(t *testing.T) {
	text := format(t, random(7, 8))
	for name, packed := range packers {
		whole := packed(t, text)
		want, err := parse(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parse(bytes.NewReader(whole)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: whole, it reads differently: %v", name, err)
		}
		for n := range whole {
			_, err := parse(bytes.NewReader(whole[:n]))
			lineEnd := name == "plain" && n > 0 && whole[n-1] == '\n'
			var syntax *trace.SyntaxError
			if !errors.As(err, &syntax) && !(err == nil && lineEnd) {
				t.Errorf("%s cut at byte %d of %d: error %v, want a SyntaxError", name, n, len(whole), err)
			}
		}
	}
}

// TestDamaged flips a bit in each byte of a compressed trace. Some of these files read
// like the original (the bit may mean nothing), but none makes the reader panic, and
// each error is one line.
func TestDamaged(t *testing.T) {
	text := format(t, random(7, 8))
	for name, packed := range packers {
		whole := packed(t, text)
		errs := 0
		for i := range whole {
			spoilt := bytes.Clone(whole)
			spoilt[i] ^= 1 << (i % 8)
			if _, err := parse(bytes.NewReader(spoilt)); err != nil {
				errs++
				if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "t:") {
					t.Errorf("%s, byte %d: error %q", name, i, err)
				}
			}
		}
		if name != "plain" && errs < len(whole)*9/10 {
			t.Errorf("%s: %d of %d damages noticed", name, errs, len(whole))
		}
	}
}
