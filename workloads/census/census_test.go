package census_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/trace"
)

var update = flag.Bool("update", false, "write the golden files again")

// read is the census of the lines of a trace on a region of 1 MiB with pages of 4 KiB.
func read(t *testing.T, lines string) *census.Census {
	t.Helper()
	return readFile(t, "vramlab trace 1\nregion 1048576 page 4096\n"+lines)
}

func readFile(t *testing.T, text string) *census.Census {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := census.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// everything is a trace with a line of each kind.
const everything = `l 0 0+8192 16384+4096
a 17 65536
= 32768+65536
a 18 8192 align=16384 lo=0 hi=262144 topdown
! ENOSPC
a 19 5000 contiguous clear
f 17
f 18 cleared
t 19 4096 start=0
r dirty
a 20 0
f 20
a 21 4096 lo=0 hi=1048576
a 22 4096 lo=4096 hi=8192
`

func TestEverything(t *testing.T) {
	c := read(t, everything)
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"operations", c.Ops, uint64(11)},
		{"allocations", c.Of(trace.Alloc), uint64(6)},
		{"frees", c.Of(trace.Free), uint64(3)},
		{"trims", c.Of(trace.Trim), uint64(1)},
		{"resets", c.Of(trace.Reset), uint64(1)},
		{"extents", c.Of(trace.Live), uint64(2)},
		{"granted", c.Of(trace.Granted), uint64(1)},
		{"refused", c.Refusals, [3]uint64{1, 0, 0}},
		{"cleared", c.Cleared, uint64(1)},
		{"impossible", c.Impossible, uint64(1)},
		{"flags", c.Flags, [4]uint64{3, 1, 1, 1}},
		{"most bytes", c.Peak, census.Moment{Op: 3, Tally: census.Tally{Objects: 5, Bytes: 12288 + 65536 + 8192 + 5000}}},
		{"most objects", c.Crowd, census.Moment{Op: 3, Tally: census.Tally{Objects: 5, Bytes: 12288 + 65536 + 8192 + 5000}}},
		{"at the end", c.Now, census.Moment{Op: 11, Tally: census.Tally{Objects: 5, Bytes: 12288 + 4096 + 8192}}},
		{"left of 4 KiB", c.Left[12], census.Tally{Objects: 4, Bytes: 16384}}, // a trim leaves the class
		{"sizes of 4 KiB", c.Sizes[12], census.Tally{Objects: 3, Bytes: 13192}},
		{"lifetime of 65536", c.Lifetimes[16][0], uint64(1)},
		{"aligned to 16384", c.Aligns[14], uint64(1)},
		{"given places", c.Windows.Exact, uint64(1)},
	} {
		if fmt.Sprint(tt.got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, tt.got, tt.want)
		}
	}
	windows := c.Windows.List()
	want := []census.Window{
		{Lo: 0, Hi: 262144, Requests: 1, Peak: 8192},
		{Lo: 0, Hi: 1048576, Open: true, Requests: 1, Now: 4096, Peak: 4096},
	}
	if !slices.Equal(windows, want) {
		t.Errorf("windows %v, want %v", windows, want)
	}
}

// TestBound has bounds that can be worked out on paper.
func TestBound(t *testing.T) {
	const k = 1024
	tests := []struct {
		name, lines string
		want        uint64
		why         string
	}{
		{"nothing", "", 0, ""},
		{"only 0 bytes", "a 0 0\n", 0, ""},
		{"the peak", "a 0 8192\na 1 4096\nf 0\na 2 4096\n", 12 * k, "after operation 2"},
		{"rounded up", "a 0 1\na 1 1\n", 8 * k, "after operation 2"},
		{"trimmed", "a 0 16384\nf 0\na 1 12288\nt 1 4096\na 2 8192\n", 16 * k, "after operation 1"},
		// Two objects that begin at multiples of 64 KiB: the second ends at 68 KiB.
		{"aligned", "a 0 4096 align=65536\na 1 4096 align=65536\n", 68 * k, "2 places of 64 KiB"},
		{"aligned and freed", "a 0 4096 align=65536\nf 0\na 1 4096 align=65536\n", 4 * k, "after operation 1"},
		{"aligned, large", "a 0 69632 align=65536\na 1 4096 align=65536\n", 132 * k, "3 places of 64 KiB"},
		{"small and contiguous", "a 0 4096 align=65536 contiguous\na 1 4096 align=65536 contiguous\n", 8 * k, "after"},
		{"no power of two", "a 0 4096 align=12288\na 1 4096 align=12288\n", 8 * k, "after"},
		{"a window", "a 0 4096 lo=131072 hi=262144\na 1 8192 lo=131072 hi=262144\n", 140 * k, "in the window from 128 KiB"},
		{"a full window", "a 0 8192 lo=131072 hi=143360\na 1 8192 lo=131072 hi=143360\n", 140 * k, "in the window from 128 KiB"},
		{"a given place", "a 0 4096 lo=131072 hi=135168\n", 132 * k, "the end of a place"},
		// A strategy may round the window down to begin at 128 KiB.
		{"a window that begins within a page", "a 0 8192 lo=135167 hi=262144\n", 136 * k, "begins high"},
		{"what is live in it", "a 0 4096 lo=135167 hi=262144\na 1 8192 lo=135167 hi=262144\n", 140 * k, "in the window from 128 KiB"},
		{"a window with room only if rounded", "a 0 8192 lo=135167 hi=139264\n", 136 * k, "the end of a place"},
		{"a state", "l 0 131072+4096\na 1 4096\n", 132 * k, "the end of the state"},
		{"too small a window", "a 0 8192 lo=131072 hi=135168\na 1 4096\n", 4 * k, "after operation 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := read(t, tt.lines).Bound()
			if b.Bytes != tt.want || !strings.Contains(b.Why, tt.why) {
				t.Errorf("%d, %q; want %d, %q", b.Bytes, b.Why, tt.want, tt.why)
			}
		})
	}
	// In pages of 64 KiB a region of 4 KiB is none.
	if b := readFile(t, "vramlab trace 1\nregion 1048576 page 65536\na 0 4096\n").Bound(); b.Bytes != 65536 {
		t.Errorf("pages of 64 KiB: %d, want a page", b.Bytes)
	}
}

// TestAbsurd: sizes beyond all reason overflow nothing.
func TestAbsurd(t *testing.T) {
	c := read(t, "a 0 18446744073709551615 align=9223372036854775808 lo=18446744073709551614 hi=18446744073709551615\n"+
		"a 1 72057594037927936 align=9223372036854775808\na 2 72057594037927936\na 3 4096 align=9223372036854775808\nf 1\nf 0\nf 2\n")
	if c.Impossible != 3 || c.Now.Bytes != 0 && c.Now.Bytes != 4096 || c.Peak.Bytes != 1<<56 {
		t.Errorf("%d impossible, %v now, peak %v", c.Impossible, c.Now, c.Peak)
	}
	c.Bound()
	c.Print(new(bytes.Buffer))
}

// TestCurve: at most 2,048 stretches, each with the least and the most in it.
func TestCurve(t *testing.T) {
	var s strings.Builder
	for id := range 5000 {
		fmt.Fprintf(&s, "a %d 4096\n", id)
		if id%2 == 1 {
			fmt.Fprintf(&s, "f %d\n", id)
		}
	}
	c := read(t, s.String()) // after operations 3i+1, 3i+2 and 3i+3 are live i+1, i+2 and i+1 pages
	if c.Curve.Every != 4 || len(c.Curve.Points) != 1876 {
		t.Fatalf("%d points of %d operations", len(c.Curve.Points), c.Curve.Every)
	}
	if got, want := c.Curve.Points[0], (census.Span{Least: 0, Most: 8192}); got != want {
		t.Errorf("first %v, want %v", got, want)
	}
	if got, want := c.Curve.Points[3], (census.Span{Least: 4 * 4096, Most: 6 * 4096}); got != want { // operations 12 to 15
		t.Errorf("fourth %v, want %v", got, want)
	}
}

// TestCurveDoubles: with operation 2,048 the stretches are of two.
func TestCurveDoubles(t *testing.T) {
	for _, tt := range []struct{ ops, points, every int }{{2047, 2048, 1}, {2048, 1025, 2}, {4096, 1025, 4}} {
		var s strings.Builder
		for id := range tt.ops {
			fmt.Fprintf(&s, "a %d 4096\n", id)
		}
		if c := read(t, s.String()).Curve; len(c.Points) != tt.points || c.Every != uint64(tt.every) {
			t.Errorf("%d operations: %d points of %d", tt.ops, len(c.Points), c.Every)
		}
	}
}

// TestCountAsRead: the operations of a workload count as the trace they come from.
func TestCountAsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.trace")
	text := "vramlab trace 1\nregion 1048576 page 4096\n" + everything
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	w, err := workloads.FromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	readFile(t, strings.NewReplacer("= 32768+65536\n", "", "! ENOSPC\n", "").Replace(text)).Print(&a)
	census.Count(w.Region, w.Ops(0, 0)).Print(&b)
	if a.String() != b.String() {
		t.Errorf("as a workload:\n%s\nas a trace:\n%s", b.String(), a.String())
	}
}

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{census.Commas(0), "0"}, {census.Commas(999), "999"}, {census.Commas(1000), "1,000"}, {census.Commas(1234567), "1,234,567"},
		{census.Short(0), "."}, {census.Short(999_999), "999,999"}, {census.Short(1_234_567), "1.235M"}, {census.Short(100_000_000), "100M"},
		{census.Short(12_345_678_901), "12.35G"},
		{census.Size(0), "0 B"}, {census.Size(1023), "1023 B"}, {census.Size(1024), "1 KiB"}, {census.Size(1536), "1.50 KiB"},
		{census.Size(15 << 19), "7.50 MiB"}, {census.Size(1<<40 + 1), "1.00 TiB"}, {census.Size(100<<30 + 1), "100 GiB"}, {census.Size(1<<63 + 1), "8.00 EiB"},
		{census.Size(1023<<10 + 512), "1024 KiB"}, {census.Size(20<<20 + 1), "20.0 MiB"},
		{census.Percent(0, 0), "0"}, {census.Percent(0, 5), "0"}, {census.Percent(1, 3), "33.3"}, {census.Percent(1, 10000), "<0.1"}, {census.Percent(5, 5), "100.0"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
	var kinds []string
	for _, k := range census.Kinds() {
		kinds = append(kinds, k.String())
	}
	if got := strings.Join(kinds, "") + strings.Join(census.Errnos(), ""); got != "aftrl=!ENOSPCEINVALE2BIG" {
		t.Errorf("kinds and errnos %s", got)
	}
}

// TestPrint compares with golden files, in 80 columns.
func TestPrint(t *testing.T) {
	wide := ""
	for k := 12; k < 50; k += 4 {
		wide += fmt.Sprintf("a %d %d\n", k, uint64(1)<<k+4096*uint64(k))
	}
	windows := "a 0 4096\n"
	for id := 1; id < 1200; id++ {
		windows += fmt.Sprintf("a %d 4096 lo=%d hi=%d align=%d\n", id, id%7*4096, id%9*4096+65536, uint64(1)<<(id%30)+uint64(id%31/30))
		if id%2 == 0 {
			windows += fmt.Sprintf("f %d\n", id)
		}
	}
	windows += "f 0\na 0 100\nf 1\na 1 4096\nt 1 8192\n" // trims nothing: it is too large
	for _, tt := range []struct{ name, lines string }{
		{"everything", everything},
		{"windows", windows},
		{"empty", ""},
		{"one", "a 0 4096\n"},
		{"onefreed", "a 0 4096\nf 0\n"},
		{"impossible", "a 0 0\nf 0\n"},
		{"wide", wide},
		{"state", "l 0 0+8192\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := read(t, tt.lines).Print(&got); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(got.String()) {
				if len(line) > 81 || strings.TrimRight(line, " \n") != strings.TrimRight(line, "\n") {
					t.Errorf("%d columns, or ends in spaces: %q", len(line)-1, line)
				}
			}
			path := filepath.Join("testdata", tt.name+".txt")
			if *update {
				os.MkdirAll("testdata", 0o777)
				if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || got.String() != string(want) {
				t.Errorf("got\n%s\nwant (%v; -update accepts)\n%s", got.String(), err, want)
			}
		})
	}
}

func BenchmarkCensus(b *testing.B) {
	w, _ := workloads.Lookup("chromium")
	ops := w.Ops(0, 0)
	b.ReportAllocs()
	for b.Loop() {
		census.Count(w.Region, ops)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ops)), "ns/op-of-trace")
}
