package page

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// Where nothing was served no time is in the cover letter.
func TestCoverNote(t *testing.T) {
	r := testrun.Load(t, fixture.NothingServed().Write(t))
	if note := coverNote(r.Strategies, r.Times, r.Verdicts[0]); note != "nothing served" {
		t.Errorf("cover letter: %q, want \"nothing served\"", note)
	}
}

// Every strategy with a colour of its own has a rule in the stylesheet, and
// those beyond repeat one.
func TestClasses(t *testing.T) {
	for i := range 3 * theme.Colours {
		if !strings.Contains(string(styleCSS), "."+theme.Class(i)+"{color:var(--"+theme.Class(i)+")") {
			t.Errorf("strategy %d: the stylesheet has no class %s", i, theme.Class(i))
		}
		theme.Colour(i)
		theme.Band(i) // both panic without a token
	}
}
