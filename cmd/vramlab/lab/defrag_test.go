package lab

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads/defrag"
)

// gaps is a trace of 16 pages: four objects of 3 pages and one of 2, of which the first, the
// third and the last are freed. Then 4 pages are asked for in one piece, which there are when
// the second is freed.
const gaps = `vramlab trace 1
region 65536 page 4096
a 10 12288
a 11 12288
a 12 12288
a 13 12288
a 14 16384
f 10
f 12
f 14
a 15 20480 contiguous
f 11
`

// TestDefrag: the numbers were worked out by hand. The range manager has 3, 3 and 4 pages, and
// moves one of the two objects of 3. The oldest that lives is 11.
func TestDefrag(t *testing.T) {
	path := write(t, "gaps.trace", gaps)
	code, stdout, stderr := vramlab("defrag", "-strategies", "rangemgr", "-link", "24GB/s", path)
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	flat := strings.Join(strings.Fields(stdout), " ")
	for _, want := range []string{
		"rangemgr, before operation 9: 20480 bytes contiguous",
		"2 objects, 40 KiB free, the largest hole 16 KiB",
		"moves 12 KiB in 1 move, 1.02 µs at 12 GB/s; optimal, no moves copy less",
		"evict 12 KiB in 1 object, the oldest first, 512 ns out at 24 GB/s, as long back if all are used again",
		"wait granted after operation 10, 2 operations later",
		"allocation 11 12 KiB 0x3000 to 0x6000",
		"replayed with the moves: granted",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-size", "16KiB", "-op", "9", path}, "granted as it is: it costs nothing"},
		{[]string{"-size", "16KiB", path}, "before operation 6: 16384 bytes contiguous"},
		{[]string{"-size", "16KiB", "-align", "8KiB", path}, "16384 bytes align=8192 contiguous"},
		{[]string{"-size", "64KiB", "-op", "9", path}, "no moves make the place"},
		{[]string{"-op", "9", path}, "optimal"},
		{[]string{"-size", "1MiB", "-op", "11", path}, "evict no eviction makes the place"},
		{[]string{"-size", "4KiB", "-align", "3", "-strategies", "buddy", path}, "the strategy refuses the request as such evict no eviction makes the place wait refused as such, at any moment"},
		{[]string{"-size", "1MiB", "window"}, "before operation"},
		{[]string{write(t, "easy.trace", "vramlab trace 1\nregion 65536 page 4096\na 1 4096\n")}, "refuses nothing for want of memory"},
	} {
		code, stdout, stderr := vramlab(append([]string{"defrag", "-strategies", "rangemgr"}, tt.args...)...)
		if code != exitOK || !strings.Contains(strings.Join(strings.Fields(stdout), " "), tt.want) {
			t.Errorf("%v: exit code %d, no %q in\n%s%s", tt.args, code, tt.want, stdout, stderr)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-op", "11", path}, ": -op 11: there are 10 operations"},
		{[]string{"-op", "12", "-size", "4KiB", path}, ": -op 12: there are 10 operations"},
		{[]string{"-op", "10", path}, "-op 10 asks for nothing"},
		{[]string{"-op", "0", path}, "which count from 1"},
		{[]string{"-align", "4KiB", path}, "there is no -size"},
		{[]string{"-refusals", "0", path}, "at least 1"},
		{[]string{"-refusals", "2", "-op", "9", path}, "-refusals asks about those of the trace"},
		{[]string{"-refusals", "2", "-size", "4KiB", path}, "-refusals asks about those of the trace"},
		{[]string{"-copy", "0", path}, "not a rate"},
		{[]string{"-copy", "NaN", path}, "not a rate"},
		{[]string{"-link", "1e7GB/s", path}, "not a rate"},
		{[]string{"-format", "xml", path}, "have text, json"},
		{[]string{"-strategies", "nobody", path}, `"nobody"`},
		{nil, "one trace file is needed, got 0 arguments"},
	} {
		code, _, stderr := vramlab(append([]string{"defrag"}, tt.args...)...)
		wantCode(t, strings.Join(tt.args, " "), exitUsage, code, stderr, tt.want)
	}
}

// TestDefragState: -op in the state of a trace asks for nothing, and a strategy that cannot
// begin there is left out.
func TestDefragState(t *testing.T) {
	path := write(t, "state.trace", "vramlab trace 1\nregion 65536 page 4096\nl 1 4096+4096 16384+4096\na 3 32768 contiguous\nf 1\n")
	if code, _, stderr := vramlab("defrag", "-op", "1", "-size", "4KiB", path); code != exitUsage || !strings.Contains(stderr, "is of the state") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	code, stdout, stderr := vramlab("defrag", "-strategies", "all", "-size", "48KiB", "-op", "3", path)
	if code != exitOK || strings.Count(stdout, "replayed with the moves: granted") < 2 {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestDefragJSON: an object a line, with all that the text says.
func TestDefragJSON(t *testing.T) {
	code, stdout, stderr := vramlab("defrag", "-strategies", "rangemgr,tlsf", "-format", "json", write(t, "gaps.trace", gaps))
	if code != exitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	var names []string
	for line := range strings.Lines(stdout) {
		var a defrag.Answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		names = append(names, a.Strategy)
		if a.Op != 9 || a.Size != 20480 || a.Errno != "ENOSPC" || !a.Moves.Proven || !a.Moves.Optimal || a.Moves.Lower != 12288 ||
			len(a.Moves.Plan.Moves) != 1 || *a.Evict != (defrag.Eviction{Objects: 1, Bytes: 12288, Granted: true}) || *a.Wait != (defrag.Wait{Op: 10, Searched: true}) {
			t.Errorf("%s", line)
		}
	}
	if !slices.Equal(names, []string{"rangemgr", "tlsf"}) {
		t.Errorf("answers of %v", names)
	}
}
