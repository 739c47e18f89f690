package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestSources: the sizes of the source's reads do not matter.
func TestSources(t *testing.T) {
	text := format(t, random(3, 8))
	want, err := parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, packed := range packers {
		for how, src := range map[string]func(io.Reader) io.Reader{
			"byte by byte":  iotest.OneByteReader,
			"halves":        iotest.HalfReader,
			"data with EOF": iotest.DataErrReader,
		} {
			got, err := parse(src(bytes.NewReader(packed(t, text))))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: reads differently, error %v", name, how, err)
			}
		}
	}
}

// TestSourceFails: an error of the source is no syntax error, and wraps its cause.
func TestSourceFails(t *testing.T) {
	text := format(t, random(3, 8))
	cause := errors.New("disk on fire")
	for n := range len(text) {
		_, err := parse(io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(cause)))
		if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "t:") {
			t.Fatalf("after %d bytes: error %v", n, err)
		}
	}
}

func TestLongLines(t *testing.T) {
	const n = 200_000
	var b strings.Builder
	b.WriteString("vramlab trace 1\nregion 4294967296 page 4096\na 0 819200000\n=")
	for i := range n {
		fmt.Fprintf(&b, " %d+4096", i*8192)
	}
	b.WriteString("\nf 0\n")
	f, err := parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Records[1].Extents; len(got) != n || got[n-1] != (trace.Extent{Start: (n - 1) * 8192, Size: 4096}) {
		t.Errorf("%d extents, the last %v", len(got), got[len(got)-1])
	}
	_, err = parse(io.MultiReader(strings.NewReader("vramlab trace 1\n#"), forever{}))
	if want := "t:2: the line is longer than 64 MiB"; err == nil || err.Error() != want {
		t.Errorf("a line without end: got error %v, want %s", err, want)
	}
}

// forever is an endless source of x.
type forever struct{}

func (forever) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := trace.Open(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := trace.Open(dir); err == nil || err.Error() != dir+": is a directory, not a trace" {
		t.Errorf("a directory: %v", err)
	}
	path := filepath.Join(dir, "x.trace")
	if err := os.WriteFile(path, []byte("hello\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := trace.Open(path); err == nil || !strings.HasPrefix(err.Error(), path+":1: not a trace") {
		t.Errorf("another file: %v", err)
	}
}

// endless is a trace without end that allocates and frees the same ids again and
// again.
type endless struct{ loop, rest []byte }

func (e *endless) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.loop
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func newEndless() *endless {
	var loop bytes.Buffer
	for i := range 1000 {
		id := i * 1000
		fmt.Fprintf(&loop, "a %d 2097152 align=2097152 lo=0 hi=268435456 topdown\n= 0+1048576 2097152+1048576\n", id)
		fmt.Fprintf(&loop, "f %d cleared\na %d 4096\n! ENOSPC\nf %d\n", id, id, id)
	}
	return &endless{loop: loop.Bytes(), rest: []byte("vramlab trace 1\nregion 4294967296 page 4096\n")}
}

func TestScanTakesNothingFromTheHeap(t *testing.T) {
	for name, src := range map[string]*endless{"results": newEndless(), "counting": newChurn(true)} {
		r, err := trace.NewReader(src, "t")
		if err != nil {
			t.Fatal(err)
		}
		records := bytes.Count(src.loop, []byte{'\n'})
		scan := func() {
			for range records {
				if !r.Scan() {
					t.Fatal(r.Err())
				}
			}
		}
		scan()
		if n := testing.AllocsPerRun(2, scan); n != 0 {
			t.Errorf("%s: %v heap allocations in %d records, want none", name, n, records)
		}
	}
}

// TestWriterRefuses: a Writer does not write what a Reader would not read.
func TestWriterRefuses(t *testing.T) {
	region := strategies.Region{Size: 65536, Page: 4096}
	page := strategies.Request{Size: 4096}
	block := []strategies.Block{{Start: 4096, Size: 4096}}
	for _, c := range []struct {
		want string
		do   func(w *trace.Writer)
	}{
		{"allocation of id 1, which is live", func(w *trace.Writer) { w.Alloc(1, page); w.Alloc(1, page) }},
		{"free of id 1, which is not live", func(w *trace.Writer) { w.Free(1, false) }},
		{"a line = comes only right after a line a", func(w *trace.Writer) { w.Granted(block) }},
		{"a line ! comes only right after a line a", func(w *trace.Writer) { w.Refused(strategies.ErrNoSpace) }},
		{"a line s comes only right after a line =", func(w *trace.Writer) { w.Alloc(1, page); w.Table(nil) }},
		{"a line = without an extent", func(w *trace.Writer) { w.Alloc(1, page); w.Granted(nil) }},
		{"a line s without an extent", func(w *trace.Writer) { w.Alloc(1, page); w.Granted(block); w.Table([]sgtable.Segment{}) }},
		{"extent 4096+0 is empty", func(w *trace.Writer) { w.Alloc(1, page); w.Granted([]strategies.Block{{Start: 4096}}) }},
		{"ends past 65536", func(w *trace.Writer) {
			w.Alloc(1, page)
			w.Granted([]strategies.Block{{Start: 61440, Size: 8192}})
		}},
		{"a line s comes only right after a line = of a line a", func(w *trace.Writer) {
			w.Alloc(1, page)
			w.Trim(1, trace.Extent{Size: 4096})
			w.Granted(block)
			w.Table([]sgtable.Segment{{Addr: 4096, Len: 4096}})
		}},
		{"a line = comes only right after a line a or t", func(w *trace.Writer) { w.Reset(true); w.Granted(block) }},
		{"trim of id 1, which is not live", func(w *trace.Writer) { w.Trim(1, trace.Extent{Size: 4096}) }},
		{"live extents after an operation", func(w *trace.Writer) { w.Reset(true); w.Live(1, []trace.Extent{{Start: 0, Size: 4096}}) }},
		{"time 4 after time 5", func(w *trace.Writer) { w.Time(5); w.Time(4) }},
		{"a line = comes only right after a line a or t", func(w *trace.Writer) { w.Alloc(1, page); w.Time(1); w.Granted(block) }},
		{"live extents after an operation", func(w *trace.Writer) { w.Time(1); w.Live(1, []trace.Extent{{Start: 0, Size: 4096}}) }},
		{"a line l without an extent", func(w *trace.Writer) { w.Live(1, nil) }},
		{"live extent 4096+4096 overlaps", func(w *trace.Writer) {
			w.Live(1, []trace.Extent{{Start: 0, Size: 8192}})
			w.Live(2, []trace.Extent{{Start: 4096, Size: 4096}})
		}},
		{"live extent 0+512 overlaps the one before it, which ends at 0, or is no whole number of pages", func(w *trace.Writer) { w.Live(1, []trace.Extent{{Start: 0, Size: 512}}) }},
		{"live extent 4096+4096 with id 0, which is live or too large", func(w *trace.Writer) {
			w.Live(1<<64-1, []trace.Extent{{Start: 0, Size: 4096}, {Start: 4096, Size: 4096}})
		}},
		{"ends past 65536", func(w *trace.Writer) { w.Live(1, []trace.Extent{{Start: 61440, Size: 8192}}) }},
		{`no name for the refusal "short write"`, func(w *trace.Writer) { w.Alloc(1, page); w.Refused(io.ErrShortWrite) }},
	} {
		var b bytes.Buffer
		w := trace.NewWriter(&b, region)
		c.do(w)
		w.Free(77, false) // the first error is the one that counts
		if err := w.Flush(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want %s", err, c.want)
		}
	}
	if err := trace.NewWriter(io.Discard, strategies.Region{Size: 1, Page: 1}).Flush(); !errors.Is(err, strategies.ErrInvalid) {
		t.Errorf("a region without pages: got error %v", err)
	}
}

// TestWriterKeepsTheFirstError: later errors do not replace it.
func TestWriterKeepsTheFirstError(t *testing.T) {
	full := errors.New("no space left on device")
	w := trace.NewWriter(failing{full}, strategies.Region{Size: 65536, Page: 4096})
	for i := range uint64(100_000) {
		w.Alloc(i, strategies.Request{Size: 4096})
	}
	if err := w.Flush(); !errors.Is(err, full) {
		t.Errorf("got error %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestWriterComments: text in a comment cannot become a line of its own.
func TestWriterComments(t *testing.T) {
	var b bytes.Buffer
	w := trace.NewWriter(&b, strategies.Region{Size: 65536, Page: 4096}, "one\r\na 1 2\n", "two")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f, err := parse(&b)
	if want := []string{"one", "a 1 2", "", "two"}; err != nil || !reflect.DeepEqual(f.Comments, want) || f.Records != nil {
		t.Errorf("got comments %q, records %v, error %v, want %q", f.Comments, f.Records, err, want)
	}
}

// FuzzReader: no input makes the reader panic, and a trace that it reads can be written
// and read again.
func FuzzReader(f *testing.F) {
	for _, path := range fixtures(f) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for name := range packers {
		f.Add(packers[name](f, format(f, random(9, 20))))
	}
	f.Add([]byte("vramlab trace 1\nregion 65536 page 4096\nl 5 0+4096 8192+16384\nl 9 24576+4096\nr dirty\nt 6 4096 start=8192\n= 16384+4096\nf 5 cleared\nt 6 0\n! EINVAL\nr clear\n"))
	f.Add([]byte("vramlab trace 1\n#\nregion 4096 page 4096\na 1 2 lo=1 hi=0 clear\n= 1+2\ns 1+2\nf 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := read(t, b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "t:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q is not one line that begins with the file", err)
			}
			return
		}
		for _, rec := range first.Records {
			for _, e := range rec.Extents {
				if rec.Kind == trace.Table && e.Size > 1<<32-1 {
					return // no Segment can hold it
				}
			}
		}
		again, err := parse(bytes.NewReader(format(t, first)))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := withoutLines(first), withoutLines(again); !reflect.DeepEqual(a, b) {
			t.Errorf("read   %+v\nagain  %+v", a, b)
		}
	})
}

// BenchmarkReader reads text without end. Of its contents "ops" are the lines of a plain
// trace with few live ids, "reused" those of a generated workload with many, "counting"
// those of a recorder that never uses an id again; "times" has a time above each
// operation, and "results" a result below it.
func BenchmarkReader(b *testing.B) {
	for _, c := range []struct {
		name string
		src  func() *endless
	}{
		{"results", newEndless},
		{"ops", newOps},
		{"reused", func() *endless { return newChurn(false) }},
		{"counting", func() *endless { return newChurn(true) }},
		{"times", newTimes},
	} {
		b.Run("content="+c.name, func(b *testing.B) {
			src := c.src()
			records := bytes.Count(src.loop, []byte{'\n'})
			r, err := trace.NewReader(src, "t")
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(src.loop)))
			b.ReportAllocs()
			for b.Loop() {
				for range records {
					if !r.Scan() {
						b.Fatal(r.Err())
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
		})
	}
}

// newChurn makes the text of 30,000 objects of 4 KiB to 2 MiB that are freed at random.
// Each turn frees all that it allocates. Ids are those of a stack of free ones, or count
// up from a number that no bitmap reaches.
func newChurn(counting bool) *endless {
	rng := rand.New(rand.NewPCG(1, 2))
	var loop bytes.Buffer
	var live, unused []int
	next := 0
	if counting {
		next = 1_000_000_000
	}
	for i := range 400_000 {
		switch {
		case i < 30_000 || i < 370_000 && i%2 == 0:
			id := next
			if n := len(unused); n > 0 {
				id, unused = unused[n-1], unused[:n-1]
			} else {
				next++
			}
			fmt.Fprintf(&loop, "a %d %d\n", id, 4096<<rng.IntN(9)*(1+rng.IntN(2)))
			live = append(live, id)
		case len(live) > 0:
			at := rng.IntN(len(live))
			id := live[at]
			live[at] = live[len(live)-1]
			live = live[:len(live)-1]
			if fmt.Fprintf(&loop, "f %d\n", id); !counting {
				unused = append(unused, id)
			}
		}
	}
	for _, id := range live {
		fmt.Fprintf(&loop, "f %d\n", id)
	}
	return &endless{loop: loop.Bytes(), rest: []byte("vramlab trace 1\nregion 8589934592 page 4096\n")}
}

// newTimes is newOps with a time above each operation.
func newTimes() *endless {
	e := newOps()
	e.loop = bytes.ReplaceAll(e.loop, []byte("a "), []byte("@ 1234567890123\na "))
	e.loop = bytes.ReplaceAll(e.loop, []byte("f "), []byte("@ 1234567890123\nf "))
	return e
}

// newOps makes the plain text of a trace like the recorded ones: no results, few
// fields.
func newOps() *endless {
	var loop bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&loop, "a %d %d\n", i, 4096*(i%500+1))
	}
	for i := range 1000 {
		fmt.Fprintf(&loop, "f %d\n", i)
	}
	return &endless{loop: loop.Bytes(), rest: []byte("vramlab trace 1\nregion 4294967296 page 4096\n")}
}

// TestBounded: a bounded reader stops behind its bytes, packed or not, and keeps a
// mebibyte of comments.
func TestBounded(t *testing.T) {
	text := format(t, random(3, 8))
	for name, packed := range packers {
		for most, fits := range map[int64]bool{int64(len(text)): true, int64(len(text)) - 1: false} {
			r, err := trace.NewBoundedReader(bytes.NewReader(packed(t, text)), "t", most)
			if err == nil {
				for r.Scan() {
				}
				err = r.Err()
			}
			if fits && err != nil || !fits && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("more than %d bytes", most))) {
				t.Errorf("%s, %d bytes within %d: error %v", name, len(text), most, err)
			}
		}
	}
	comments := strings.Repeat("# "+strings.Repeat("x", 1022)+"\n", 3000)
	r, err := trace.NewReader(strings.NewReader("vramlab trace 1\n"+comments+"region 65536 page 4096\n"), "t")
	if err != nil || len(r.Comments()) != 1024 {
		t.Errorf("%d comments of a kibibyte are kept, error %v; want 1024", len(r.Comments()), err)
	}
}
