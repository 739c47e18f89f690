package capture_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/capture/capturetest"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
	"github.com/vramlab/vramlab/workloads/trace"
)

// plain is a format of words: what each line calls is in plainLine.
var plain = capture.Format{Name: "plain", Doc: "words of the tests", Granule: 16, Read: func(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	for line := range in.Lines() {
		word, rest, _ := strings.Cut(string(line), " ")
		if word == "heap" {
			h = c.Heap(rest)
			continue
		}
		var n [3]uint64
		args, ok := strings.Fields(rest), true
		for i, text := range args[:min(len(args), len(n))] {
			var isNumber bool
			n[i], isNumber = field.Number([]byte(text))
			ok = ok && isNumber
		}
		if want := map[string]int{"time": 1, "a": 2, "f": 1, "t": 3, "l": 3, "fail": 1, "by": 2, "any": 2}[word]; !ok || len(args) != want {
			return in.Errorf("%q is no line of this format", line)
		}
		plainLine(c, h, word, args, n)
	}
	return nil
}}

func plainLine(c *capture.Capture, h *capture.Heap, word string, args []string, n [3]uint64) {
	switch word {
	case "time":
		c.At(int64(n[0]) * int64(time.Second))
	case "by":
		c.By(args[0], args[1])
	case "any":
		c.ByAny([]byte(args[0]), []byte(args[1]))
	case "a":
		h.Alloc(capture.Key{n[0]}, strategies.Request{Size: n[1]})
	case "l":
		h.Live(capture.Key{n[0]}, trace.Extent{Start: n[1], Size: n[2]})
	case "t":
		h.Trim(capture.Key{n[0]}, trace.Extent{Start: n[1], Size: n[2]})
	case "f":
		h.Free(capture.Key{n[0]}, false)
	case "fail":
		h.Fail(strategies.Request{Size: n[0]}, strategies.ErrNoSpace)
	}
}

// read reads a file of format plain.
func read(text string, o capture.Options) (*capture.Imported, error) {
	in, err := capture.Open(strings.NewReader(text), "capture")
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if _, err := in.Head(); err != nil {
		return nil, err
	}
	return capture.Read(in, plain, o)
}

func check(t *testing.T, text string, o capture.Options, want, wantTold string) {
	t.Helper()
	im, err := read(text, o)
	if err != nil {
		t.Fatal(err)
	}
	capturetest.Check(t, im, want, wantTold)
}

func refuse(t *testing.T, text string, o capture.Options, want string) {
	t.Helper()
	_, err := read(text, o)
	capturetest.Refused(t, text, err, want)
}

const (
	small     = "a 0 16\na 1 40\nf 0\n"
	smallDone = "region 20480 page 4096\na 0 4096\na 1 12288\nf 0\n"
	scaled    = "all sizes are multiplied by 256 (sizes come in units of 16 bytes)"
)

func TestPacked(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte(small))
	w.Close()
	check(t, z.String(), capture.Options{}, smallDone, scaled)
	refuse(t, z.String()[:z.Len()-12], capture.Options{}, "capture:1: the gzip data is cut short")
	refuse(t, z.String()[:z.Len()/2]+"xx"+z.String()[z.Len()/2:], capture.Options{}, "the gzip data is damaged")

	z.Reset()
	s, _ := zstd.NewWriter(&z)
	s.Write([]byte(small))
	s.Close()
	check(t, z.String(), capture.Options{}, smallDone, scaled)
}

// TestLines tries files from other systems, and lines that are none.
func TestLines(t *testing.T) {
	check(t, strings.ReplaceAll(small, "\n", "\r\n"), capture.Options{}, smallDone, scaled)
	check(t, "\xef\xbb\xbf"+small, capture.Options{}, smallDone, scaled)
	check(t, strings.TrimSuffix(small, "\n"), capture.Options{}, smallDone, scaled)
	refuse(t, "\xff\xfe1\x000\x000\x00\n\x00", capture.Options{}, "capture:1: the file is in UTF-16")
	refuse(t, small+"f\x00 1\n", capture.Options{}, "capture:4: the line holds a NUL byte")
	refuse(t, small+strings.Repeat("x", 4<<20+1), capture.Options{}, "capture:4: the line is longer than 4194304 bytes")
	refuse(t, "f 1\na 2 0\n", capture.Options{}, "capture: nothing to replay in a file of format plain: frees of objects that nobody saw: 1; allocations of 0 bytes: 1")
}

// TestCutOff: a program that is killed leaves half a line. Any other line must be right.
func TestCutOff(t *testing.T) {
	check(t, small+"a 2", capture.Options{}, smallDone, scaled+"\ndropped a last line that is cut off: 1")
	refuse(t, small+"a 2\n", capture.Options{}, `capture:4: "a 2" is no line of this format`)
}

// TestSizes turns bytes into pages and a peak into a region, in each way.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		o          capture.Options
		want, told string
	}{
		// 16 and 40 bytes: 1 and 2.5 units. The peak is 4 pages: 4 / 0.85 is 4.7.
		{capture.Options{}, smallDone, scaled},
		{capture.Options{Scale: 512}, "region 36864 page 4096\na 0 8192\na 1 20480\nf 0\n", "all sizes are multiplied by 512 (sizes come in units of 16 bytes)"},
		{capture.Options{Scale: 1}, "region 12288 page 4096\na 0 4096\na 1 4096\nf 0\n", ""},
		{capture.Options{Fill: 100}, "region 16384 page 4096\na 0 4096\na 1 12288\nf 0\n", scaled},
		{capture.Options{Region: 1 << 20}, "region 1048576 page 4096\na 0 4096\na 1 12288\nf 0\n", scaled},
		{capture.Options{Page: 8192}, "region 40960 page 8192\na 0 8192\na 1 24576\nf 0\n", "all sizes are multiplied by 512 (sizes come in units of 16 bytes)"},
	} {
		check(t, small, c.o, c.want, c.told)
	}
	refuse(t, small, capture.Options{Whole: true}, "capture: 40 bytes, scaled by 256, are no whole pages of 4096")
	refuse(t, small, capture.Options{Page: 512}, "a page of 512 bytes: it is a power of two of at least 4096")
	refuse(t, "a 0 18446744073709551615\n", capture.Options{}, "capture: 18446744073709551615 bytes times 256 are over 64 bits")
	refuse(t, "a 0 18446744073709551615\n", capture.Options{Scale: 1}, "are over 64 bits")
	im, err := read(small, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	// 56 x 256 bytes become 4 pages: 16384 / 14336 is 1.143.
	want := "[2 allocations, 1 free, 1 live at the end 1 of 2 sizes were rounded up to whole pages, which adds 14.3 % of bytes" +
		" peak of 16,384 live bytes; region of 20,480 bytes, of which the peak fills 85 % as the capture counts: peak of 64, region of 80]"
	if got := fmt.Sprint(im.Streams[0].Told()); got != want {
		t.Errorf("told %s\nwant %s", got, want)
	}
}

// TestRefusedAreNoAllocations: what failed is told apart, and is not live.
func TestRefusedAreNoAllocations(t *testing.T) {
	im, err := read("a 0 16\nfail 4096\nf 0\n", capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := im.Streams[0].Told()[0], "1 allocation, 1 free, 0 live at the end, 1 request refused"; got != want {
		t.Errorf("told %s, want %s", got, want)
	}
}

func TestStrict(t *testing.T) {
	check(t, small, capture.Options{Strict: true}, smallDone, scaled)
	refuse(t, small+"f 7\na 1 16\n", capture.Options{Strict: true}, "capture: -strict refuses it: frees of objects that nobody saw: 1; objects whose free is missing")
}

// TestWindow: what was live when the window begins is there from the start, also if the
// first event in the window, or the first behind it, frees it. A request that failed
// before it is not.
func TestWindow(t *testing.T) {
	const text = "time 1\na 1 16\nfail 64\ntime 2\na 2 16\ntime 3\nf 1\ntime 4\na 3 32\ntime 5\nf 2\n"
	const began = "\nobjects that were live when the time window began, which are allocated first: "
	const gone = "\nleft out as asked: allocations before the time window, which were freed before it: "
	for _, c := range []struct {
		from, to   time.Duration
		want, told string
	}{
		{0, 0, "16384 page 4096\n@ 0\na 0 4096\na 1 16384\n! ENOSPC\nf 1\n@ 1000000000\na 2 4096\n@ 2000000000\nf 0\n@ 3000000000\na 3 8192\n@ 4000000000\nf 2\n", ""},
		{2 * time.Second, 3 * time.Second, "12288 page 4096\n@ 0\na 0 4096\na 2 4096\nf 0\n", began + "2" + gone + "1\nleft out as asked: allocations after the time window: 1"},
		{2500 * time.Millisecond, 4 * time.Second, "16384 page 4096\n@ 0\na 2 4096\na 3 8192\n", began + "1" + gone + "2"},
		{3500 * time.Millisecond, 4 * time.Second, "16384 page 4096\n@ 0\na 2 4096\na 3 8192\n", began + "2" + gone + "2"},
	} {
		check(t, text, capture.Options{From: c.from, To: c.to}, "region "+c.want, scaled+c.told)
	}
	refuse(t, text, capture.Options{From: 5 * time.Second}, "capture: the window begins after 5s, and the last event is at 4s")
	refuse(t, small, capture.Options{To: time.Second}, "capture: a time window needs times, and the file has none")
}

// TestState begins with live extents, which count for the peak until they are freed.
func TestState(t *testing.T) {
	const text = "l 7 0 32\nl 8 48 16\nf 7\na 9 16\n"
	// 32 and 16 bytes are 3 pages; the highest ends at the fourth.
	check(t, text, capture.Options{}, "region 16384 page 4096\nl 0 0+8192 12288+4096\nf 0\na 2 4096\n", scaled)
	im, err := read(text, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "[2 live extents to begin with, 1 allocation, 1 free, 2 live at the end" +
		" peak of 12,288 live bytes; region of 16,384 bytes, up to the highest address that the capture names as the capture counts: peak of 48, region of 64]"
	if got := fmt.Sprint(im.Streams[0].Told()); got != want {
		t.Errorf("told %s\nwant %s", got, want)
	}
	refuse(t, "l 7 0 31\n", capture.Options{Scale: 1}, "capture: the live extent 0+31 is no whole number of pages of 4096")
}

// TestSelection: a process may have several names.
func TestSelection(t *testing.T) {
	const text = "by 1 10\na 1 16\nany 2 20\na 2 32\nheap x\nby 3 30\na 3 48\n"
	const others = "\nleft out as asked: allocations of other processes: 2"
	for _, c := range []struct {
		o          capture.Options
		want, told string
	}{
		{capture.Options{Process: "1"}, "region 8192 page 4096\na 0 4096\n", others},
		{capture.Options{Process: "2"}, "region 12288 page 4096\na 0 8192\n", others},
		{capture.Options{Process: "20"}, "region 12288 page 4096\na 0 8192\n", others},
		{capture.Options{Stream: "10"}, "region 8192 page 4096\na 0 4096\n", "\nleft out as asked: allocations of other streams: 2"},
		{capture.Options{Device: "x"}, "x:\nregion 16384 page 4096\na 0 12288\n", "\nleft out as asked: allocations on other devices: 2"},
	} {
		check(t, text, c.o, c.want, scaled+c.told)
	}
	refuse(t, text, capture.Options{Device: "y"}, `capture: nothing happens on the device "y" (have: "", "x")`)
	refuse(t, text, capture.Options{Process: "9"}, `capture: the process "9" allocates nothing (have: 1, 2, 3)`)
	refuse(t, text, capture.Options{Stream: "9"}, `capture: nothing is allocated on the stream "9" (have: 10, 30)`)
	refuse(t, small, capture.Options{Process: "9"}, `capture: the process "9" allocates nothing (the file names none)`)
	var many strings.Builder
	for i := range 9 {
		fmt.Fprintf(&many, "by %d 0\na %d 16\n", i, i)
	}
	refuse(t, many.String(), capture.Options{Process: "9"}, "(have: 0, 1, 2, 3, 4, 5, 6, 7 and more)")
}

// TestSize: an object has a size while it lives in the trace.
func TestSize(t *testing.T) {
	sizes := plain
	sizes.Read = func(in *capture.Input, c *capture.Capture) error {
		h, key := c.Heap(""), capture.Key{1}
		none := h.Size(key)
		h.Alloc(key, strategies.Request{Size: 48})
		live := h.Size(key)
		h.Trim(key, trace.Extent{Size: 16})
		trimmed := h.Size(key)
		h.Free(key, false)
		h.Foreign(key, "imports")
		return in.Errorf("%d, %d, %d, %d, %d", none, live, trimmed, h.Size(key), in.Line())
	}
	in, err := capture.Open(strings.NewReader(""), "capture")
	if err != nil {
		t.Fatal(err)
	}
	_, err = capture.Read(in, sizes, capture.Options{})
	capturetest.Refused(t, "", err, "capture:1: 0, 48, 48, 0, 1")
}

// TestRegions: a file of more regions than a capture holds ends.
func TestRegions(t *testing.T) {
	var s strings.Builder
	for i := range capture.MaxHeaps {
		fmt.Fprintf(&s, "heap x%d\n", i)
	}
	refuse(t, s.String()+small, capture.Options{}, "capture:65536: the file has more than 65536 regions")
}
