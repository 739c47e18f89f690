package buddy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// step is a request of a worked example.
type step struct {
	free string // the result that is freed first, if any
	req  strategies.Request
	want string // in the words of the trace format
	why  string
}

// work goes through the steps on a region of 265 pages, that is three roots:
// 1 MiB at 0, 32 KiB at 1048576, 4 KiB at 1081344.
func work(t *testing.T, s strategies.Strategy, steps []step) {
	t.Helper()
	a, err := s.New(strategies.Region{Size: 1085440, Page: 4096})
	if err != nil {
		t.Fatal(err)
	}
	live := make(map[string][]strategies.Block)
	for _, step := range steps {
		if step.free != "" {
			a.Free(live[step.free])
		}
		blocks, err := a.Alloc(nil, step.req)
		got := strategies.Errno(err)
		if err == nil {
			got = strings.Trim(fmt.Sprint(places(blocks)), "[]")
			live[got] = blocks
		}
		if got != step.want {
			t.Fatalf("%s: %v: got %s, want %s: %s", s.Name, step.req, got, step.want, step.why)
		}
	}
}

func places(blocks []strategies.Block) (s []string) {
	for _, b := range blocks {
		s = append(s, fmt.Sprintf("%d+%d", b.Start, b.Size))
	}
	return s
}

const contiguous, topDown, window = strategies.Contiguous, strategies.TopDown, strategies.Range

func TestWorkedExample(t *testing.T) {
	for _, s := range []strategies.Strategy{buddy.Linux611, slow611} {
		work(t, s, []step{
			{"", strategies.Request{Size: 12288}, "1073152+8192 1081344+4096",
				"8 KiB: the smallest free block that holds it is the 32 KiB root, of which the upper end; 4 KiB: the last root"},
			{"", strategies.Request{Size: 12288, Flags: topDown}, "1064960+8192 1060864+4096",
				"the highest that is left of the 32 KiB root"},
			{"", strategies.Request{Size: 20480, Align: 8192}, "1032192+16384 1048576+4096",
				"rounded up to 24576 = 16384 + 8192, of which the last block is cut to its first 4096"},
			{"", strategies.Request{Size: 12288, Flags: contiguous}, "1015808+8192 1024000+4096",
				"a block of 16384 at 1015808, cut to its first 12288, which are two blocks"},
			{"", strategies.Request{Size: 12288, Lo: 4096, Hi: 65536, Flags: window}, "8192+8192 4096+4096",
				"the lowest aligned 8 KiB of the window, then the lowest 4 KiB"},
			{"", strategies.Request{}, "EINVAL", "no size"},
			{"", strategies.Request{Size: 4096, Align: 1000}, "EINVAL", "an alignment that is no power of two"},
			{"", strategies.Request{Size: 1044480, Flags: contiguous}, "ENOSPC", "nothing is that large"},
			{"", strategies.Request{Size: 524288, Align: 524288}, "ENOSPC", "both halves of the 1 MiB root are in use"},
		})
	}
}

// TestWorkedExampleNext does the same for the buddy after Linux 7.1.
func TestWorkedExampleNext(t *testing.T) {
	for _, s := range []strategies.Strategy{buddy.Next, slowNextStrategy} {
		work(t, s, []step{
			{"", strategies.Request{Size: 12288, Lo: 4096, Hi: 65536, Flags: window}, "57344+8192 53248+4096",
				"the highest aligned 8 KiB of the window, then the highest 4 KiB"},
			{"", strategies.Request{Size: 8192, Align: 65536}, "1048576+8192",
				"smaller than its alignment: the smallest block at a multiple of 64 KiB is the 32 KiB root, of which the lower end"},
			{"", strategies.Request{Size: 12288, Align: 4096}, "1056768+8192 1081344+4096",
				"as in Linux 6.11: the smallest block that holds 8 KiB, and the last root"},
			{"57344+8192 53248+4096", strategies.Request{Size: 8192, Align: 65536, Lo: 0, Hi: 65536, Flags: window}, "57344+8192",
				"in a window the alignment is not looked at"},
		})
	}
}

// TestWorkedExampleLIFO does the same for the policy of 2021.
func TestWorkedExampleLIFO(t *testing.T) {
	for _, s := range []strategies.Strategy{buddy.LIFO, slowLIFOStrategy} {
		work(t, s, []step{
			{"", strategies.Request{Size: 12288}, "1048576+8192 1081344+4096",
				"8 KiB: of the 32 KiB root the lower end; 4 KiB: the last root"},
			{"", strategies.Request{Size: 12288, Flags: contiguous}, "1064960+16384",
				"rounded up to 16384, the half of the root that is left, and not cut"},
			{"", strategies.Request{Size: 8192}, "1056768+8192", "the only free block of that size"},
			{"1048576+8192 1081344+4096", strategies.Request{Size: 4096}, "1081344+4096",
				"the only free block of that size"},
			{"", strategies.Request{Size: 4096}, "1048576+4096", "the lower half of the only 8 KiB block"},
			{"1081344+4096", strategies.Request{Size: 4096}, "1081344+4096", "freed last, so taken first"},
			{"", strategies.Request{Size: 4096}, "1052672+4096", "the one that was there before it"},
			{"", strategies.Request{Size: 1044480, Flags: contiguous}, "0+1048576",
				"rounded up to the whole 1 MiB root"},
			{"", strategies.Request{Size: 1052672, Flags: contiguous}, "E2BIG", "rounded up it exceeds the region"},
			{"", strategies.Request{Size: 4096}, "ENOSPC", "nothing is left"},
		})
	}
}
