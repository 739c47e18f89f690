package workloads_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestParts: the parts of a generator are its operations, and an error ends it.
func TestParts(t *testing.T) {
	for _, w := range workloads.All() {
		if w.Parts == nil {
			continue
		}
		for _, n := range []int{1, 4096, 4097, 60_000} {
			var got []workloads.Op
			err := w.Parts(3, n, func(part []workloads.Op) error {
				if len(part) == 0 || len(part) > 4096 {
					t.Errorf("%s: a part of %d operations", w.Name, len(part))
				}
				got = append(got, part...)
				return nil
			})
			if err != nil || !slices.Equal(got, w.Ops(3, n)) {
				t.Errorf("%s: the parts of %d operations are others than these, error %v", w.Name, n, err)
			}
		}
		full, calls := errors.New("disk full"), 0
		err := w.Parts(3, 1<<40, func([]workloads.Op) error {
			if calls++; calls == 2 {
				return full
			}
			return nil
		})
		if err != full || calls != 2 {
			t.Errorf("%s: error %v after %d calls, want %v after 2", w.Name, err, calls, full)
		}
	}
}

// pack writes n operations of a workload as a compressed trace. Its ids are far apart.
func pack(to io.Writer, w workloads.Workload, n int) error {
	z, err := zstd.NewWriter(to, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	out := trace.NewWriter(z, w.Region)
	err = w.Parts(1, n, func(part []workloads.Op) error {
		for i := range part {
			if op := &part[i]; op.Kind == workloads.Alloc {
				out.Alloc(uint64(op.Slot)<<20, op.Req)
			} else {
				out.Free(uint64(op.Slot)<<20, false)
			}
		}
		return nil
	})
	return errors.Join(err, out.Flush(), z.Close())
}

// traceOf reads n operations of a workload while pack writes them.
func traceOf(t testing.TB, name string, n int) *trace.Reader {
	t.Helper()
	w := lookup(t, name)
	from, to := io.Pipe()
	go func() { to.CloseWithError(pack(to, w, n)) }()
	r, err := trace.NewReader(from, "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close(); r.Close() })
	return r
}

// TestStream: a stream has the operations of the trace, also those before an error.
func TestStream(t *testing.T) {
	for _, n := range []int{1, 4096, 30_000} {
		s := workloads.NewStream(traceOf(t, "steady", n))
		var got []workloads.Op
		slots := 0
		for s.Next() {
			got = append(got, s.Ops()...)
			for _, op := range s.Ops() {
				slots = max(slots, int(op.Slot)+1)
			}
			if s.Slots() < slots || s.Offset() == 0 {
				t.Errorf("%d slots and %d bytes for operations on %d slots", s.Slots(), s.Offset(), slots)
			}
		}
		s.Close()
		if s.Err() != nil || s.Slots() != slots || !slices.Equal(got, lookup(t, "steady").Ops(1, n)) {
			t.Errorf("%d operations: read as %d others on %d slots of %d, error %v", n, len(got), s.Slots(), slots, s.Err())
		}
	}

	text := "vramlab trace 1\nregion 65536 page 4096\nl 1 0+4096 8192+4096\n@ 5\na 7 4096\n= 4096+4096\nt 1 0\nr clear\nf 7 cleared\nf 7\n"
	r, err := trace.NewReader(strings.NewReader(text), "t")
	if err != nil {
		t.Fatal(err)
	}
	s := workloads.NewStream(r)
	defer s.Close()
	if !s.Next() {
		t.Fatal("no operations before the error")
	}
	want := fromText(t, strings.TrimSuffix(text, "f 7\n"))
	if !slices.Equal(s.Ops(), want) || s.Slots() != 3 {
		t.Errorf("got %v on %d slots, want %v on 3", s.Ops(), s.Slots(), want)
	}
	if s.Next() || s.Err() == nil || s.Err().Error() != "t:10: free of id 7, which is not live" {
		t.Errorf("after the operations: %v, error %v", s.Ops(), s.Err())
	}
}

// TestStreamCloses: a stream that nobody reads to its end ends.
func TestStreamCloses(t *testing.T) {
	before := runtime.NumGoroutine()
	for batches := range 8 {
		r, err := trace.NewReader(newLoop(), "t")
		if err != nil {
			t.Fatal(err)
		}
		s := workloads.NewStream(r)
		for range batches {
			s.Next()
		}
		s.Close()
	}
	n := runtime.NumGoroutine()
	for tries := 0; n > before && tries < 5000; tries++ { // one that has sent its last word may still be counted
		time.Sleep(time.Millisecond)
		n = runtime.NumGoroutine()
	}
	if n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// newLoop is a trace without end.
func newLoop() io.Reader {
	return io.MultiReader(strings.NewReader("vramlab trace 1\nregion 65536 page 4096\n"), &loop{})
}

type loop struct{ at int }

func (l *loop) Read(b []byte) (int, error) {
	const text = "a 1 4096\nf 1\n"
	for i := range b {
		b[i] = text[l.at]
		l.at = (l.at + 1) % len(text)
	}
	return len(b), nil
}

// TestStreamMemory: what generating, packing, unpacking and reading a trace leaves in use
// does not grow with its length, although ids are far apart and no slice of operations fits.
func TestStreamMemory(t *testing.T) {
	most := make(map[int]uint64) // bytes in use, by length
	for _, n := range []int{1_000_000, 4_000_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := workloads.NewStream(traceOf(t, "small8g", n))
			defer s.Close()
			ops := 0
			for i := 0; s.Next(); i++ {
				if ops += len(s.Ops()); i%100 == 99 {
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					most[n] = max(most[n], m.HeapAlloc)
				}
			}
			if s.Err() != nil || ops != n {
				t.Fatalf("%d of %d operations, error %v", ops, n, s.Err())
			}
		})
	}
	short, long := most[1_000_000], most[4_000_000]
	if t.Logf("%d KiB for a million operations, %d for four", short>>10, long>>10); long > short+1<<20 {
		t.Error("the longer one takes more")
	}
}

// BenchmarkStream unpacks and parses; that it does so in another goroutine hides nothing
// from the clock here, as nothing else is done.
func BenchmarkStream(b *testing.B) {
	for _, name := range []string{"steady", "pages"} {
		b.Run("workload="+name, func(b *testing.B) {
			const n = 400_000
			var packed bytes.Buffer
			if err := pack(&packed, lookup(b, name), n); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := trace.NewReader(bytes.NewReader(packed.Bytes()), "t")
				if err != nil {
					b.Fatal(err)
				}
				s := workloads.NewStream(r)
				for s.Next() {
				}
				s.Close()
				r.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/op-read")
		})
	}
}
