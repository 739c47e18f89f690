package replay

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// transcribe runs a trace given as text through churn.FirstFit, or fails the test.
func transcribe(t *testing.T, text string) string {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "in")
	if err != nil {
		t.Fatal(err)
	}
	a, err := churn.FirstFit.New(r.Region())
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Transcribe(a, r, trace.NewWriter(&out, r.Region(), r.Comments()...)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func verify(t *testing.T, s strategies.Strategy, text string) (int, error) {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "some.trace")
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.New(r.Region())
	if err != nil {
		t.Fatal(err)
	}
	return Verify(a, r, "some.trace")
}

const placed = `vramlab trace 1
# where it comes from
region 1048576 page 4096
a 7 65536 align=4096
= 0+65536
s 0+65536
a 18446744073709551615 1
= 65536+4096
f 7
a 8 1048577
! ENOSPC
f 8
a 9 0
! EINVAL
a 7 131072 contiguous
= 69632+131072
f 18446744073709551615 cleared
f 7
f 9
`

func TestTranscribe(t *testing.T) {
	if got := transcribe(t, placed); got != placed {
		t.Errorf("a trace with results through its own strategy came out as\n%s", got)
	}
	var plain strings.Builder
	for line := range strings.Lines(placed) {
		if line[0] != '=' && line[0] != '!' && line[0] != 's' {
			plain.WriteString(line)
		}
	}
	if got := transcribe(t, plain.String()); got != strings.Replace(placed, "s 0+65536\n", "", 1) {
		t.Errorf("a trace without results came out as\n%s", got)
	}
}

func TestVerify(t *testing.T) {
	if n, err := verify(t, churn.FirstFit, placed); n != 6 || err != nil {
		t.Errorf("compared %d results, want 6: %v", n, err)
	}
	if n, err := verify(t, churn.FirstFit, "vramlab trace 1\nregion 4096 page 4096\na 1 4096\nf 1\n"); n != 0 || err != nil {
		t.Errorf("without results: compared %d, %v", n, err)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"start", "= 65536+4096", "= 69632+4096", "some.trace:8: allocation 18446744073709551615 of 1 bytes: wanted = 69632+4096, got = 65536+4096"},
		{"size", "= 0+65536", "= 0+61440", "some.trace:5: allocation 7 of 65536 bytes align=4096: wanted = 0+61440, got = 0+65536"},
		{"one more block", "= 0+65536", "= 0+65536 65536+4096", "some.trace:5: allocation 7 of 65536 bytes align=4096: wanted = (1 alike) 65536+4096, got = (1 alike) the end"},
		{"table", "s 0+65536", "s 0+32768 32768+32768", "some.trace:6: allocation 7 of 65536 bytes align=4096: wanted s 0+32768 32768+32768, got s 0+65536"},
		{"refused", "= 0+65536\ns 0+65536", "! ENOSPC", "some.trace:5: allocation 7 of 65536 bytes align=4096: wanted ! ENOSPC, got = 0+65536"},
		{"granted", "! ENOSPC", "= 69632+4096", "some.trace:11: allocation 8 of 1048577 bytes: wanted = 69632+4096, got ! ENOSPC"},
		{"other refusal", "! EINVAL", "! E2BIG", "some.trace:14: allocation 9 of 0 bytes: wanted ! E2BIG, got ! EINVAL"},
	} {
		spoilt := strings.Replace(placed, test.old, test.new, 1)
		if _, err := verify(t, churn.FirstFit, spoilt); err == nil || err.Error() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", test.name, err, test.want)
		}
	}
}

// TestVerifyTables: neighbours in the list are one segment, up to the object's
// size; what is scattered is not.
func TestVerifyTables(t *testing.T) {
	const scattered = `vramlab trace 1
region 1048576 page 4096
a 1 8192
= 0+8192
a 2 4096
= 8192+4096
a 3 4096
= 12288+4096
f 1
f 3
a 4 10000
= 0+8192 12288+4096
s 0+8192 12288+4096
`
	if n, err := verify(t, churn.ScatterFit, scattered); n != 5 || err != nil {
		t.Errorf("compared %d results, want 5: %v", n, err)
	}
	spoilt := strings.Replace(scattered, "s 0+8192 12288+4096", "s 0+8192", 1)
	const want = "some.trace:13: allocation 4 of 10000 bytes: wanted s (1 alike) the end, got s (1 alike) 12288+4096"
	if _, err := verify(t, churn.ScatterFit, spoilt); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// TestVerifyShortensLongLists: a grant can have a hundred thousand blocks.
func TestVerifyShortensLongLists(t *testing.T) {
	var want strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&want, " %d+4096", i*8192)
	}
	_, err := verify(t, churn.FirstFit, "vramlab trace 1\nregion 1073741824 page 4096\na 1 4096\n="+want.String()+"\n")
	if err == nil || len(err.Error()) > 300 || !strings.Contains(err.Error(), "(995 more)") {
		t.Errorf("error %v", err)
	}
}

func TestVerifyPassesOnSyntaxErrors(t *testing.T) {
	if _, err := verify(t, churn.FirstFit, placed+"f 99\n"); err == nil || !strings.HasPrefix(err.Error(), "some.trace:20:") {
		t.Errorf("error %v, want the reader's", err)
	}
}
