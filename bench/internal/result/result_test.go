package result

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestTornLine: a line that did not fit is taken out again.
func TestTornLine(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no device that is full")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := &File{path: "x/run.bench", f: f}
	if err := out.Add(Line{"X", 1, []Value{{1, schema.NsPerOp}}}); err == nil || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

// TestTakeBack: what is left of a file are the lines that were written as a whole. A
// file that only grows keeps all.
func TestTakeBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.bench")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("whole\ntorn"); err != nil {
		t.Fatal(err)
	}
	full := errors.New("full")
	for _, out := range []*File{{path: path, f: f}, {path: path, f: new(pieces)}} {
		if err := out.takeBack(4, full); !errors.Is(err, full) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("error %v, want that of the write with the name of the file", err)
		}
		if got, err := os.ReadFile(path); string(got) != "whole\n" {
			t.Errorf("%q is left (%v)", got, err)
		}
	}
}

// TestBeginFails: the file is closed if its head cannot be written.
func TestBeginFails(t *testing.T) {
	f, err := os.Open(os.DevNull) // for reading
	if err != nil {
		t.Fatal(err)
	}
	if r, err := Begin("x", f, []byte("# head\n")); err == nil || r != nil {
		t.Errorf("a file was begun that cannot be written (%v)", err)
	}
	if err := f.Close(); err == nil {
		t.Error("the file was open still")
	}
}

func TestLineIsExact(t *testing.T) {
	for _, v := range []float64{0.1, 1.0 / 3, 1e21, 123456789.123456789, 5e-324} {
		text := Line{"X/y=z", 7, []Value{{v, schema.FreeBytes}}}.Append(nil)
		r := benchfmt.NewReader(bytes.NewReader(text), "x")
		if !r.Scan() {
			t.Fatalf("%q does not parse", text)
		}
		got := r.Result().(*benchfmt.Result)
		if got.Iters != 7 || got.Values[0].Value != v {
			t.Errorf("wrote %v, read %v", v, got.Values[0].Value)
		}
	}
}

// pieces is a file that remembers its writes.
type pieces struct{ writes []string }

func (p *pieces) Write(b []byte) (int, error) {
	p.writes = append(p.writes, string(b))
	return len(b), nil
}

func (*pieces) Close() error { return nil }

// TestPages demands that no write goes over the edge of a page, except a single line,
// and that all of them together are the lines.
func TestPages(t *testing.T) {
	p := new(pieces)
	f, err := Begin("run.bench", p, []byte("# head\n"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []Line
	var want strings.Builder
	want.WriteString("# head\n")
	for i := range 400 {
		l := Line{Name: fmt.Sprintf("Series/step=%d", i), Iters: 1, Values: []Value{{V: float64(i * i), Unit: schema.FreeBytes}}}
		lines = append(lines, l)
		if i == 0 {
			want.WriteString("Unit free-B assume=exact\n")
		}
		want.Write(l.Append(nil))
	}
	long := Line{Name: "Series/step=" + strings.Repeat("9", 3*page), Iters: 1, Values: lines[0].Values}
	for _, batch := range [][]Line{lines[:1], lines[1:], {long}, lines[:30]} {
		if err := f.Add(batch...); err != nil {
			t.Fatal(err)
		}
	}
	want.Write(long.Append(nil))
	for _, l := range lines[:30] {
		want.Write(l.Append(nil))
	}
	at := 0
	for _, w := range p.writes {
		if over := at/page != (at+len(w)-1)/page; over && strings.Count(w, "\n") != 1 || !strings.HasSuffix(w, "\n") {
			t.Errorf("a write of %d lines at %d goes over the edge of a page, or ends in a line", strings.Count(w, "\n"), at)
		}
		at += len(w)
	}
	if got := strings.Join(p.writes, ""); got != want.String() {
		t.Errorf("%d bytes were written, want %d", len(got), want.Len())
	}
}

// TestUnitsAreDeclared: a unit is declared before its first line and not again, ns/op not
// at all, and that of a line that could not be written with the next one.
func TestUnitsAreDeclared(t *testing.T) {
	disk := &fullOnce{}
	f, err := Begin("run.bench", disk, []byte("# head\n"))
	if err != nil {
		t.Fatal(err)
	}
	line := func(name string, units ...*schema.Unit) Line {
		l := Line{Name: name, Iters: 1}
		for i, u := range units {
			l.Values = append(l.Values, Value{V: float64(i + 1), Unit: u})
		}
		return l
	}
	add := func(lines ...Line) {
		t.Helper()
		if err := f.Add(lines...); err != nil {
			t.Fatal(err)
		}
	}
	add(line("A", schema.NsPerOp))
	add(line("Empty"), line("B", schema.NsPerTable, schema.FreeBytes), line("C", schema.FreeBytes, schema.ServedPct))
	disk.full = true
	if err := f.Add(line("D", schema.NsPerSeg)); err == nil {
		t.Fatal("nothing was full")
	}
	add(line("D", schema.NsPerSeg))
	add(line("D", schema.NsPerSeg, schema.NsPerTable))
	procs := ""
	if n := runtime.GOMAXPROCS(0); n > 1 {
		procs = fmt.Sprint("-", n)
	}
	want := strings.ReplaceAll("# head\nBenchmarkA# 1 1 ns/op\n"+
		"Unit ns/table better=lower\nUnit free-B assume=exact\nBenchmarkB# 1 1 ns/table 2 free-B\n"+
		"Unit served-pct better=higher assume=exact\nBenchmarkC# 1 1 free-B 2 served-pct\n"+
		"Unit ns/seg better=lower\nBenchmarkD# 1 1 ns/seg\nBenchmarkD# 1 1 ns/seg 2 ns/table\n", "# 1", procs+" 1")
	if got := strings.Join(disk.writes, ""); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// fullOnce is a file on a disk that is full for one write.
type fullOnce struct {
	pieces
	full bool
}

func (f *fullOnce) Write(b []byte) (int, error) {
	if f.full {
		f.full = false
		return 0, errors.New("full")
	}
	return f.pieces.Write(b)
}
