package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A refusal in a window counts as fitting if an extent free in the window, at the
// alignment, would hold it.
func TestWindowRefusals(t *testing.T) {
	p, err := ReadPlacement(fixture.OpenText(t, `vramlab trace 1
# w: doc
# caps: scatter,window,pow2blocks
region 65536 page 4096
a 0 16384
= 16384+16384
a 1 12288 lo=4096 hi=32768 contiguous
! ENOSPC
a 2 16384 lo=4096 hi=32768 contiguous
! ENOSPC
a 3 8192 lo=4096 hi=16384 align=8192
! ENOSPC
a 4 8192 lo=36864 hi=49152 align=16384
! ENOSPC
`))
	fixture.Must(t, err)
	if got := p.Refusals.Window; p.Refusals.Windowed != 4 || got.Fits != 2 || got.Contiguous != 1 || got.LeastHole != 12288 {
		t.Errorf("%d in windows, %+v; want 4, of which 2 fit, 1 contiguous, into 12288", p.Refusals.Windowed, got)
	}
}
