package workloads_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

func fromText(t *testing.T, text string) []workloads.Op {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "t")
	if err != nil {
		t.Fatal(err)
	}
	ops, err := workloads.FromTrace(r)
	if err != nil {
		t.Fatal(err)
	}
	return ops
}

// TestServed leaves out what a recording was refused, and nothing else of its slot.
func TestServed(t *testing.T) {
	r, err := trace.NewReader(strings.NewReader(`vramlab trace 1
region 1048576 page 4096
a 1 4096
! ENOSPC
a 2 8192
= 0+8192
t 2 4096
! EINVAL
t 1 4096
f 1
a 1 12288
f 2
a 2 16384
! E2BIG
f 1
r dirty
`), "t")
	if err != nil {
		t.Fatal(err)
	}
	w, err := workloads.FromReader("t", r)
	if want := []int{0, 7}; err != nil || !reflect.DeepEqual(w.Denied, want) {
		t.Fatalf("denied %v, %v; want %v", w.Denied, err, want)
	}
	all := w.Ops(0, 0)
	served, from := workloads.Served(all, w.Denied)
	if want := []int{1, 2, 5, 6, 8, 9}; !reflect.DeepEqual(from, want) {
		t.Errorf("served are %v, want %v", from, want)
	}
	for i, at := range from {
		if served[i] != all[at] {
			t.Errorf("operation %d is %v, want %v", i, served[i], all[at])
		}
	}
	if same, from := workloads.Served(all, nil); len(same) != len(all) || from != nil {
		t.Errorf("of nothing denied %d operations are left, %v", len(same), from)
	}
}

// TestPossible leaves out what asked for more than could be free: with 12 KiB of 16 live, 8
// KiB, and not 4 KiB.
func TestPossible(t *testing.T) {
	r, err := trace.NewReader(strings.NewReader(`vramlab trace 1
region 16384 page 4096
l 0 0+4096
@ 0
a 1 8192
@ 10
a 2 8192
! ENOSPC
a 3 4096
! ENOSPC
@ 20
f 2
t 1 4096
a 2 8192
! ENOSPC
@ 30
f 1
`), "t")
	if err != nil {
		t.Fatal(err)
	}
	w, err := workloads.FromReader("t", r)
	if err != nil {
		t.Fatal(err)
	}
	all := w.Ops(0, 0)
	p, n := w.Possible()
	want := []workloads.Op{all[0], all[1], all[3], all[5], all[6], all[7]}
	if got := p.Ops(0, 0); n != 1 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d left out of %v; %v are left", n, all, got)
	}
	times := []workloads.Time{{Op: 1}, {Op: 2, Ns: 10}, {Op: 3, Ns: 20}, {Op: 5, Ns: 30}}
	if !reflect.DeepEqual(p.Denied, []int{2, 4}) || !reflect.DeepEqual(p.Times, times) {
		t.Errorf("denied are %v, and times %v; want 2 and 4, and %v", p.Denied, p.Times, times)
	}
	if len(w.Ops(0, 0)) != len(all) || len(w.Denied) != 3 {
		t.Error("the workload itself has changed")
	}
}

// TestTimes: a workload knows when its operations happened.
func TestTimes(t *testing.T) {
	r, err := trace.NewReader(strings.NewReader(`vramlab trace 1
region 1048576 page 4096
l 0 0+4096
@ 0
a 1 4096
a 2 4096
@ 700
@ 900
f 1
@ 1000
`), "t")
	if err != nil {
		t.Fatal(err)
	}
	w, err := workloads.FromReader("t", r)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []uint64{0, 0, 0, 0, 900} { // after the extent, the two allocations, the free
		if got, ok := w.TimeOf(n); got != want || !ok {
			t.Errorf("after %d operations: %d %v, want %d", n, got, ok, want)
		}
	}
	w.Times = nil
	if _, ok := w.TimeOf(4); ok {
		t.Error("a workload without times has one")
	}
}

// TestFromTrace: ids become slots, the slot freed last is reused first, and
// results are skipped.
func TestFromTrace(t *testing.T) {
	got := fromText(t, `vramlab trace 1
region 1048576 page 4096
a 900 4096
= 0+4096
a 18446744073709551615 0 align=3 lo=0 hi=8192 clear
! EINVAL
a 7 8192 topdown
f 900
f 18446744073709551615 cleared
a 900 12288 contiguous
a 901 4096
a 902 4096
`)
	window := strategies.Request{Align: 3, Hi: 8192, Flags: strategies.Range | strategies.Clear}
	want := []workloads.Op{
		{Slot: 0, Req: strategies.Request{Size: 4096}},
		{Slot: 1, Req: window},
		{Slot: 2, Req: strategies.Request{Size: 8192, Flags: strategies.TopDown}},
		{Slot: 0, Kind: workloads.Free},
		{Slot: 1, Kind: workloads.FreeCleared},
		{Slot: 1, Req: strategies.Request{Size: 12288, Flags: strategies.Contiguous}},
		{Slot: 0, Req: strategies.Request{Size: 4096}},
		{Slot: 3, Req: strategies.Request{Size: 4096}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFromFile(t *testing.T) {
	const region, op = "region 1048576 page 4096\n", "a 0 4096\n"
	for _, c := range []struct{ file, comments, name, title, doc string }{
		{"a.trace", "", "a", "a", "a recorded trace"},
		{"My Game-12.trace.gz", "# game: a session; strace\n", "my_game_12", "game", "a session; strace"},
		{"2024-05.zst", "# one sentence\n# second: line\n", "trace_2024_05", "trace_2024_05", "one sentence"},
		{"x.1.trace", "#\n# title: Two words\n", "x.1", "Two words", "a recorded trace"},
		{"gfx.buddy.trace", "# gfx: What it is: long\n# title: Graphics\n# strategy: buddy\n", "gfx.buddy", "Graphics", "What it is: long"},
		{"\u00e9t\u00e9", "# a sentence far too long to be anybody's title: see\n", "trace_t_", "trace_t_", "a sentence far too long to be anybody's title: see"},
		{"esc", "# \x1b[31mred: \xff\n", "esc", "[31mred", "?"},
	} {
		w, err := workloads.FromFile(write(t, c.file, "vramlab trace 1\n"+c.comments+region+op))
		if err != nil {
			t.Error(err)
			continue
		}
		if w.Name != c.name || w.Title != c.title || w.Doc != c.doc {
			t.Errorf("%s: name %q, title %q, doc %q, want %q, %q, %q", c.file, w.Name, w.Title, w.Doc, c.name, c.title, c.doc)
		}
		want := []workloads.Op{{Req: strategies.Request{Size: 4096}}}
		if ops := w.Ops(9, 500); !reflect.DeepEqual(ops, want) || w.Region != (strategies.Region{Size: 1 << 20, Page: 4096}) {
			t.Errorf("%s: region %v, operations %v", c.file, w.Region, ops)
		}
	}
}

// TestFromFileRefuses: an error is one line that names the file, and the line if there is one.
func TestFromFileRefuses(t *testing.T) {
	const head = "vramlab trace 1\nregion 65536 page 4096\n"
	for _, c := range []struct{ text, want string }{
		{"", ":1: empty file"},
		{"\x7fELF\x00", ":1: binary data, not a trace"},
		{"\x1f\x8b\x08\x00", ":1: the gzip data is cut short"},
		{"\x28\xb5\x2f\xfd", ":1: the zstd data is cut short"},
		{head, ": holds no operations"},
		{head + "a 1 4096\nf 2\n", ":4: free of id 2, which is not live"},
		{head + "a 1 4096\nf", ":4: the file is cut short"},
	} {
		path := write(t, "x.trace", c.text)
		_, err := workloads.FromFile(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got error %v, want %s", c.text, err, path+c.want)
		}
	}
	if _, err := workloads.FromFile(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// TestRecorded: the embedded traces decode to what their sources hold.
func TestRecorded(t *testing.T) {
	for name, want := range map[string]int{
		"chromium": 15856, "sqlite_mt": 2466, "torch_gpt": 11520,
		"vk_chromegpu_resource": 6205, "vk_glmark2_resource": 2019, "vk_wz_resource": 8378,
	} {
		w := lookup(t, name)
		if n := len(w.Ops(0, 0)); n != want {
			t.Errorf("%s: %d operations, want %d", name, n, want)
		}
		loaded, err := workloads.FromFile(filepath.Join("recorded", name+".trace.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Name != name || loaded.Doc != w.Doc || loaded.Region != w.Region || !reflect.DeepEqual(loaded.Ops(0, 0), w.Ops(1, 1)) {
			t.Errorf("%s: loaded from its file it is another workload", name)
		}
	}
	files, err := filepath.Glob("recorded/*.trace.gz")
	if err != nil || len(files) != 6 {
		t.Errorf("%d traces in recorded, %v: each must be in the list", len(files), err)
	}
}

// TestFromTraceState: every live extent is an operation, and what a stream has beyond
// allocations and frees is written as it was read.
func TestFromTraceState(t *testing.T) {
	const text = `vramlab trace 1
region 1048576 page 4096
l 0 0+4096 8192+16384
l 2 65536+4096
r dirty
t 1 4096 start=8192
t 0 4096
r clear
`
	got := fromText(t, text+"f 1\n")
	want := []workloads.Op{
		{Kind: workloads.Live, Slot: 0, Req: trace.Extent{Start: 0, Size: 4096}.Window()},
		{Kind: workloads.Live, Slot: 1, Req: trace.Extent{Start: 8192, Size: 16384}.Window()},
		{Kind: workloads.Live, Slot: 2, Req: trace.Extent{Start: 65536, Size: 4096}.Window()},
		{Kind: workloads.ResetDirty},
		{Kind: workloads.Trim, Slot: 1, Req: strategies.Request{Size: 4096, Lo: 8192}},
		{Kind: workloads.Trim, Slot: 0, Req: strategies.Request{Size: 4096}},
		{Kind: workloads.ResetClear},
		{Kind: workloads.Free, Slot: 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if n := workloads.State(got); n != 3 {
		t.Errorf("the state is %d operations, want 3", n)
	}
	var out strings.Builder
	w := trace.NewWriter(&out, strategies.Region{Size: 1 << 20, Page: 4096})
	workloads.WriteState(w, got)
	for i := range got[3:7] {
		workloads.WriteKeep(w, uint64(got[3+i].Slot), &got[3+i])
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(text, "\nl 2", "", 1); out.String() != want {
		t.Errorf("written:\n%swant:\n%s", out.String(), want)
	}
}

// TestWriteStateInLines: a large state is several lines, which read back as it was.
func TestWriteStateInLines(t *testing.T) {
	var ops []workloads.Op
	for i := range uint64(40_000) {
		ops = append(ops, workloads.Op{Kind: workloads.Live, Slot: uint32(i), Req: trace.Extent{Start: i << 13, Size: 4096}.Window()})
	}
	var out strings.Builder
	w := trace.NewWriter(&out, strategies.Region{Size: 1 << 40, Page: 4096})
	workloads.WriteState(w, ops)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\nl "); lines != 3 {
		t.Errorf("%d lines, want 3", lines)
	}
	if got := fromText(t, out.String()); !reflect.DeepEqual(got, ops) {
		t.Error("the state reads back otherwise")
	}
}
