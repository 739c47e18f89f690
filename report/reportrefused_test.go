package report

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
)

// A workload of which nothing was served is on the page.
func TestNothingServedOnPage(t *testing.T) {
	checkPage(t, rendered(t, fixture.NothingServed().Write(t)))
}

// One of anything is named in the singular.
func TestSingular(t *testing.T) {
	f := fixture.Plain()
	f.Strategies, f.Loads, f.Count = f.Strategies[:1], f.Loads[:1], 1
	page := strings.ReplaceAll(rendered(t, f.Write(t)), text.NBSP, " ")
	for _, want := range []string{"<span>1 workload</span>", "1 sample per cell", "recorded in 1 of 1 cell", "no strategy has samples enough to differ from itself (4 or more a lane)"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	for _, bad := range []string{">1 workloads", " 1 workloads", " 1 samples", " 1 cells", " 1 comparisons"} {
		if i := strings.Index(page, bad); i >= 0 {
			t.Errorf("%q in the page: %.60q", bad, page[max(0, i-20):])
		}
	}
}
