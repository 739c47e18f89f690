package buddy_test

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestCases replays small traces on which the generations differ on purpose, and wants
// what comes last of each, in the order of the generations.
func TestCases(t *testing.T) {
	for _, c := range []struct {
		file string
		last [4]string
	}{
		{"einval-for-enospc", [4]string{"! ENOSPC", "! EINVAL", "! EINVAL", "! EINVAL"}},
		{"harder-clear-first-618", [4]string{"= 20480+4096 24576+8192", "= 4096+4096 8192+8192", "= 4096+4096 8192+8192", "= 20480+4096 24576+8192"}},
		{"aligned-small-71", [4]string{"! ENOSPC", "! ENOSPC", "= 0+4096", "= 0+4096"}},
		{"assertion-of-611", [4]string{
			"# Linux 6.11 stops here at an assertion: rounded up the request is of order 22, the largest root is of order 21\n= 0+8589934592 8589934592+1073741824",
			"a 1 9663676416 contiguous\n= 0+8589934592 8589934592+1073741824", "a 1 9663676416 contiguous\n= 0+8589934592 8589934592+1073741824",
			"a 1 9663676416 contiguous\n= 0+8589934592 8589934592+1073741824",
		}},
	} {
		for i, g := range generations {
			if got := transcribed(t, g.fast, "testdata/cases/"+c.file+".trace"); !strings.HasSuffix(got, "\n"+c.last[i]+"\n") {
				t.Errorf("%s of %s ends with %q, want %q", c.file, g.fast.Name, got[max(0, len(got)-200):], c.last[i])
			}
		}
	}
}

// transcribed is a trace with what s does, under the shadow model.
func transcribed(t *testing.T, s strategies.Strategy, file string) string {
	t.Helper()
	r, err := trace.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a, err := strategies.Checked(s).New(r.Region())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := replay.Transcribe(a, r, trace.NewWriter(&out, r.Region())); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
