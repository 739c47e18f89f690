package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestOldRun reports a run directory as commit d60aaa5 wrote it, before benchmarks,
// keys and units had one table: every line must still be understood.
func TestOldRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	fixture.Must(t, os.CopyFS(dir, os.DirFS("testdata/d60aaa5")))
	r, err := Load(dir)
	fixture.Must(t, err)
	if w := r.Warnings(); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
	if got := r.Strategies(); !slices.Equal(got, []string{"buddy", "rangemgr"}) {
		t.Errorf("strategies %q", got)
	}
	if n := len(r.Verdicts()); n != 1 {
		t.Errorf("%d verdicts, want one", n)
	}
	if n := len(r.Scaling()); n == 0 {
		t.Error("no sentence on scaling")
	}
	page := rendered(t, dir)
	// Its profile is too short for what is asked of one today.
	if n := strings.Count(page, `class="missing"`) - strings.Count(page, `<noscript><p class="missing"`) - strings.Count(page, `class="missing">Not drawn`); n != 0 {
		t.Errorf("%d sections say that something is missing", n)
	}
	for _, id := range []string{"verdict", "sg", "times", "fragmentation", "map", "sizes", "builders", "pagetables", "lifetimes", "scaling", "concurrent", "cpu"} {
		if !strings.Contains(page, `id="`+id+`"`) {
			t.Errorf("no section %s", id)
		}
	}
}
