package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// What a trace states counts; without that, what its grants and refusals prove.
func TestAbilities(t *testing.T) {
	for _, tt := range []struct {
		name, head, ops string
		want            Abilities
	}{
		{"stated", "# caps: scatter,window,pow2blocks\n", "a 0 4096\n= 0+4096\n", Abilities{Scatters: true, Powers: true}},
		{"stated as none", "# caps: none\n", "a 0 4096\n= 0+4096\n", Abilities{OnePiece: true, NoWindow: true}},
		{"nothing shown", "", "a 0 4096\n= 0+4096\n", Abilities{}},
		{"scatters in powers", "", "a 0 12288\n= 8192+8192 4096+4096\n", Abilities{Scatters: true, Powers: true}},
		{"scatters", "", "a 0 16384\n= 0+12288 16384+4096\n", Abilities{Scatters: true}},
		{"must have scattered", "", "a 0 12288\n= 24576+12288\na 1 32768\n! ENOSPC\n", Abilities{OnePiece: true}},
		{"must have scattered aligned blocks", "", "a 0 12288\n= 24576+12288\na 1 32768 align=8192\n! ENOSPC\n", Abilities{OnePiece: true}},
		{"lacked aligned blocks", "", "a 0 12288\n= 24576+12288\na 1 53248 align=8192\n! ENOSPC\n", Abilities{}},
		{"had to be contiguous", "", "a 0 12288\n= 24576+12288\na 1 32768 contiguous\n! ENOSPC\n", Abilities{}},
	} {
		p, err := ReadPlacement(fixture.OpenText(t, "vramlab trace 1\n# w: doc\n"+tt.head+"region 65536 page 4096\n"+tt.ops))
		fixture.Must(t, err)
		if p.Able != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, p.Able, tt.want)
		}
	}
}
