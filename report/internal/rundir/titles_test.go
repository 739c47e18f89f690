package rundir

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Two workloads of one title are told apart by their names.
func TestSameTitles(t *testing.T) {
	f := fixture.Plain()
	for i := range f.Loads[:2] {
		f.Loads[i].Title = "A game"
	}
	r, err := Read(f.Write(t))
	fixture.Must(t, err)
	for name, want := range map[string]string{"small": "A game (small)", "gfx": "A game (gfx)", "frames": "Frame queue"} {
		if got := r.Workload(name).Title; got != want {
			t.Errorf("%s: title %q, want %q", name, got, want)
		}
	}
}
