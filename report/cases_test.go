package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/page"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Runs of small traces, as they were measured, with what is right to say of them.
func TestCases(t *testing.T) {
	for _, tt := range []struct {
		dir, headline, verdict string
		page                   []string
	}{{
		"three-strategies-tie",
		"Nothing decides: what is refused is invalid (EINVAL), and no driver's policy asks for it",
		"odd: buddy refuses 8 of 10 requests; nothing decides: what is refused is invalid (EINVAL), and no driver's policy asks for it; too short to time. " +
			"The refused requests were 6.25 KiB and invalid to buddy (EINVAL); memory was not the reason. No driver's policy makes such requests: under i915, amdgpu and xe of 2026 nothing is refused. buddy did less work: neither its time nor its other counts are compared. " +
			"A replay takes 306 ns; one of less than 1 µs, 1,000 ticks of the clock (guessed from the samples: the run does not state its clock), is not compared. rangemgr and tlsf refused nothing.",
		[]string{"800 : 0 : 0", "too short to time; buddy does less work"},
	}, {
		"xe-contiguous-3g",
		"Nothing that carries over to a driver differs",
		"xe3g: nothing that carries over to a driver differs; too short to time. A replay takes 137 ns; one of less than 1 µs, 1,000 ticks of the clock (guessed from the samples: the run does not state its clock), is not compared. Neither strategy refused a request.",
		[]string{"unknown: replays are too short to time a strategy against itself", "buddy 1,536rangemgr 1,536"},
	}} {
		r := loaded(t, "testdata/"+tt.dir)
		if got := r.Headline(); got != tt.headline {
			t.Errorf("%s: headline %s\nwant %s", tt.dir, got, tt.headline)
		}
		if got := r.Verdicts()[0]; got != tt.verdict {
			t.Errorf("%s: verdict\n%s\nwant\n%s", tt.dir, got, tt.verdict)
		}
		html, err := page.Render(r.in)
		fixture.Must(t, err)
		plain := strings.ReplaceAll(tag.ReplaceAllString(string(html), ""), text.NBSP, " ")
		for _, want := range append(tt.page, "times do not, they are those of user-space Go models") {
			if !strings.Contains(plain, want) {
				t.Errorf("%s: %q is not on the page", tt.dir, want)
			}
		}
	}
}

var tag = regexp.MustCompile("<[^>]*>")
