package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Whole pages lie at multiples of their size, wherever the hole begins: of the free 4 KiB to
// 136 KiB only the 64 KiB from 64 KiB are one.
func TestWholePagesOfAHole(t *testing.T) {
	p, err := readPlacement(fixture.OpenText(t, `vramlab trace 1
region 139264 page 4096
a 0 4096
= 0+4096
`), []Moment{{Op: 1}})
	fixture.Must(t, err)
	want := Snapshot{Op: 1, Sure: true, Live: 4096, Free: 135168, Largest: 135168, Outside64K: 135168 - 65536, Outside2M: 135168, RequestsSoFar: 1}
	if got := p.At[0]; got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Of the windows that would have held a request the one with the smallest room counts,
// whether it comes first or last.
func TestLeastHole(t *testing.T) {
	for _, windows := range [][]string{
		{"lo=0 hi=8192", "lo=0 hi=32768", "lo=0 hi=16384"},
		{"lo=0 hi=32768", "lo=0 hi=16384", "lo=0 hi=8192"},
	} {
		text := "vramlab trace 1\nregion 65536 page 4096\n"
		for i, w := range windows {
			text += "a " + string(rune('0'+i)) + " 4096 " + w + "\n! ENOSPC\n"
		}
		p, err := ReadPlacement(fixture.OpenText(t, text))
		fixture.Must(t, err)
		if got := p.Refusals.Window; got.Fits != 3 || got.LeastHole != 8192 {
			t.Errorf("%q: %+v, want 3 into 8192", windows, got)
		}
	}
}

// The refusals of two strategies are added, their least hole is the lesser; one without any
// changes nothing.
func TestMergeWindowRefusals(t *testing.T) {
	a, b := WindowRefusals{Fits: 5, Contiguous: 3, LeastHole: 8192}, WindowRefusals{Fits: 4, Contiguous: 2, LeastHole: 4096}
	for _, order := range [][]WindowRefusals{{a, {}, b}, {b, a, {}}, {{}, a, b}} {
		var all WindowRefusals
		for _, f := range order {
			all.Merge(f)
		}
		if want := (WindowRefusals{Fits: 9, Contiguous: 5, LeastHole: 4096}); all != want {
			t.Errorf("%+v make %+v, want %+v", order, all, want)
		}
	}
}
