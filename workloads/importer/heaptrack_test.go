package importer

import (
	"fmt"
	"strings"
	"testing"
)

// The same program raw, and interpreted.
const (
	heaptracked = "v 10400 3\nX prog\nI 1000 5e2990\na 10 4\n+ 0\ns 3 a-b\na 40 7\nc 1f\n+ 1\n+ 0\n- 0\n- 1\n- 1\n"
	heaptrackdR = "v 10400 3\nx 4 prog\nX prog\n+ 10 4 a000\nt 7f4bed80fb9f 0\nc 1f\n+ 40 7 b000\n+ 10 4 c000\n- c000\n- b000\n- d000\n"
)

func TestHeaptrack(t *testing.T) {
	for _, log := range []string{heaptracked, heaptrackdR} {
		// 1, 4 and 1 units of 16 bytes: 6 pages of 0.85 are 7.06.
		check(t, log, Options{}, `
region 32768 page 4096
@ 0
a 0 4096
@ 31000000
a 1 16384
a 2 4096
f 2
f 1
`, `
all sizes are multiplied by 256 (sizes come in units of 16 bytes)
dropped frees of objects that nobody saw: 1
`)
	}
	refuse(t, "v 10400 3\nX a\na 10 4\n+ 1\n", Options{}, `capture:4: "+ 1" is none of`)
	refuse(t, "v 10400 3\nX a\n+ 10 4 x\n", Options{}, `capture:3: "+ 10 4 x" is none of`)
	refuse(t, "v 10400 3\nX a\n+ 10000000000000000 4 1\n", Options{}, `capture:3: "+ 10000000000000000 4 1" is none of`)
}

// TestHeaptrackCaptures reads a run of ls, in both forms.
func TestHeaptrackCaptures(t *testing.T) {
	var told []string
	for _, name := range []string{"ls.heaptrack.zst", "ls.heaptrack.raw.zst"} {
		im, err := Import(strings.NewReader(recorded(t, name)), name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, fmt.Sprint(im.Streams[0].Told(), im.Dropped))
	}
	if want := "[240 allocations, 73 frees, 167 live at the end "; told[0] != told[1] || !strings.HasPrefix(told[0], want) {
		t.Errorf("%q", told)
	}
}

func FuzzHeaptrack(f *testing.F) { fuzz(f, heaptrack, heaptracked, heaptrackdR) }
