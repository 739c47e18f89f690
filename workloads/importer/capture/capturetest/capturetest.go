// Package capturetest compares what was made of a capture with what it must be.
package capturetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Texts are the traces of a capture without their comments, one after the other, each
// behind the name of its heap if it has one, and what was told of the conversion.
func Texts(t testing.TB, im *capture.Imported) (traces, told string) {
	t.Helper()
	for _, s := range im.Streams {
		var b bytes.Buffer
		if err := s.Write(trace.NewWriter(&b, s.Region)); err != nil {
			t.Fatal(err)
		}
		if s.Heap != "" {
			traces += s.Heap + ":\n"
		}
		traces += strings.TrimPrefix(b.String(), "vramlab trace 1\n")
	}
	return traces, strings.Join(im.Told()[1:], "\n")
}

// Check compares the texts of a capture, but for newlines around them.
func Check(t testing.TB, im *capture.Imported, want, wantTold string) {
	t.Helper()
	got, told := Texts(t, im)
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if wantTold = strings.Trim(wantTold, "\n"); told != wantTold {
		t.Errorf("told\n%s\nwant\n%s", told, wantTold)
	}
}

// Refused checks that the error of a file is one line that holds want.
func Refused(t testing.TB, text string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%.60q: got error %v, want %s", text, err, want)
	}
}
