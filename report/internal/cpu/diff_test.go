package cpu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// planted is a tree of stacks, one ns a tick.
func planted(stacks map[string]int) *node {
	return callTree(samplesOf(fixture.MakeProfile("w", stacks)), map[string]float64{"w": 1})
}

// outlined is a line a frame: its name, its times and what of it is sure.
func (d difference) outlined(b *both, depth int) string {
	s := fmt.Sprintf("%s%s %.0f %.0f %v %d\n", strings.Repeat(" ", depth), b.name, b.ns[0], b.ns[1], d.sure(b), b.only())
	for _, c := range b.children {
		s += d.outlined(c, depth+1)
	}
	return s
}

// What the replay calls is matched by its method, what that calls by stack and full name.
func TestMerge(t *testing.T) {
	d := difference{root: merge("replay", [2]*node{
		planted(map[string]int{"a.Replay;x/buddy.(*Allocator).Alloc;slices.Sort": 300, "a.Replay;x/buddy.(*Allocator).Alloc;x/buddy.split": 500, "a.Replay;x/buddy.(*Allocator).Free": 200}),
		planted(map[string]int{"a.Replay;x/tlsf.(*core).Alloc;slices.Sort": 310, "a.Replay;x/tlsf.(*core).Alloc;x/tlsf.split": 40, "a.Replay;x/tlsf.(*wrapper).Alloc;slices.Sort": 10, "a.Replay;x/tlsf.(*core).Reset": 90}),
	}, 0)}
	want := `replay 1000 450 true -1
 Alloc 800 360 true -1
  slices.Sort 300 320 false -1
  tlsf.split 0 40 true 1
  buddy.split 500 0 true 0
 Reset 0 90 true 1
 Free 200 0 true 0
`
	if got := d.outlined(d.root, 0); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	d.strategies = [2]int{0, 1}
	note := strings.ReplaceAll(d.onlyNote([]string{"buddy", "tlsf"}, 0), text.NBSP, " ")
	if note != "Only in buddy, 700 ns together: buddy.split 500 ns (in Alloc) and Free 200 ns (in replay)." {
		t.Errorf("got %q", note)
	}
	if d.tint(d.root.children[0].children[0]) != 0 || d.tint(d.root.children[1]) != 45 {
		t.Error("what chance explains is tinted, or what is only there is not, as strongly as can be")
	}
	d.floor = 2 // the noise of a strategy against itself explains a factor of 7
	if d.sure(d.root) || !d.sure(d.root.children[1]) {
		t.Error("noise does not count, or does for what only one of the two has")
	}
}

// Strategies that did not do the same work have no difference.
func TestPairsOfSameWork(t *testing.T) {
	stacks := map[string]int{"a.Replay;a.Alloc": 1200}
	for workload, want := range map[string]int{"small": 1, "gfx": 0} {
		r := profiled(t, workload, stacks, stacks)
		if got := focused(r); len(got.pairs) != want || len(got.flames) != 2 || len(got.apart) != 1-want {
			t.Errorf("%s: %d differences of %d flames, want %d", workload, len(got.pairs), len(got.flames), want)
		}
	}
}
