package importer

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/capture/capturetest"
	"github.com/vramlab/vramlab/workloads/trace"
)

// imported is what [capturetest.Texts] makes of a capture.
func imported(t testing.TB, text string, o Options) (traces, told string) {
	t.Helper()
	im, err := Import(strings.NewReader(text), "capture", o)
	if err != nil {
		t.Fatal(err)
	}
	return capturetest.Texts(t, im)
}

// check imports text and compares the traces, and what was told, with what they must be.
func check(t *testing.T, text string, o Options, want, wantTold string) {
	t.Helper()
	im, err := Import(strings.NewReader(text), "capture", o)
	if err != nil {
		t.Fatal(err)
	}
	capturetest.Check(t, im, want, wantTold)
}

// refuse imports text, which must fail with an error that holds want.
func refuse(t *testing.T, text string, o Options, want string) {
	t.Helper()
	_, err := Import(strings.NewReader(text), "capture", o)
	capturetest.Refused(t, text, err, want)
}

// recorded is a real capture in testdata.
func recorded(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fuzz tries a format on what becomes of the seeds. What it reads without an error is a
// trace that a reader accepts.
func fuzz(f *testing.F, format Format, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, o := range []Options{{}, {Scale: 3, Fill: 50}, {Page: 64 << 10, From: time.Second, To: 10 * time.Second}} {
			o.Format = format.Name
			im, err := Import(bytes.NewReader(b), "capture", o)
			if err != nil {
				if !strings.HasPrefix(err.Error(), "capture:") || strings.Contains(err.Error(), "\n") {
					t.Fatalf("the error is no line about the file: %v", err)
				}
				continue
			}
			for _, s := range im.Streams {
				var out bytes.Buffer
				if err := s.Write(trace.NewWriter(&out, s.Region, s.Comments("x")...)); err != nil {
					t.Fatal(err)
				}
				r, err := trace.NewReader(&out, "written")
				if err != nil {
					t.Fatal(err)
				}
				for r.Scan() {
				}
				if r.Err() != nil {
					t.Fatal(r.Err())
				}
			}
		}
	})
}

// Operations of a small file of format rep.
const small = "100\n3\n5\n1\na 0 16\na 1 40\nf 0\n"

// TestChoose tells formats from content and by name, also behind the head that other systems
// write, and tries files that are no captures.
func TestChoose(t *testing.T) {
	want, told := imported(t, small, Options{})
	check(t, strings.ReplaceAll(small, "\n", "\r\n"), Options{}, want, told)
	check(t, "\xef\xbb\xbf"+small, Options{}, want, told)
	check(t, strings.TrimSuffix(small, "\n"), Options{}, want, told)
	check(t, small, Options{Format: "rep"}, want, told)
	refuse(t, "", Options{}, "capture:1: the file is empty")
	refuse(t, "hello\nworld\n", Options{}, `capture:1: the file begins with "hello", which no format does (have: `)
	refuse(t, "vramlab trace 1\n", Options{}, "capture:1: the file is a trace already")
	refuse(t, small, Options{Format: "wav"}, `no format "wav" (have: `)
}

// TestHeaps: a file of nothing but regions ends.
func TestHeaps(t *testing.T) {
	var s strings.Builder
	for i := range capture.MaxHeaps + 1000 {
		fmt.Fprintf(&s, " a-1 [000] 1.0: i915_vma_bind: obj=1, offset=0 size=0x1000 vm=%x\n", i)
	}
	refuse(t, s.String(), Options{}, "capture:65536: the file has more than 65536 regions")
}

// What is sniffed of a pipe is not lost: all of it is there again.
func TestSniffReader(t *testing.T) {
	for _, tt := range []struct{ format, text string }{
		{"rep", "100\n3\n5\n1\na 0 16\na 1 40\nf 0\nf 9\n"},
		{"", "vramlab trace 1\nregion 8192 page 4096\n"},
		{"", "hello\n"},
		{"", ""},
		{"", strings.Repeat("hello\n", capture.HeadSize)},
	} {
		f, again, err := SniffReader(iotest.OneByteReader(strings.NewReader(tt.text)), "pipe")
		if err != nil || f.Name != tt.format {
			t.Errorf("%.20q: format %q (%v), want %q", tt.text, f.Name, err, tt.format)
		}
		if all, err := io.ReadAll(again); err != nil || string(all) != tt.text {
			t.Errorf("%.20q: %d bytes (%v) are there again, of %d", tt.text, len(all), err, len(tt.text))
		}
	}
}
