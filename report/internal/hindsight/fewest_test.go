package hindsight

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

const bounds = "BenchmarkFewestEntries/workload=gfx/policy=i915-2 900 100 served-pct 1 least-segs/table 1.001 found-segs/table 14 least-entries/table 14 found-entries/table\n" +
	"BenchmarkFewestEntries/workload=frames/policy=i915-2 900 100 served-pct 1 least-segs/table 1 found-segs/table 2 least-entries/table 2.5 found-entries/table\n"

// TestFewest: a row for each workload with bounds; only what is exactly the least reads 1, and
// who did other work has a dash. Lines that cannot be true are left out.
func TestFewest(t *testing.T) {
	for _, tt := range []struct{ name, lines, want string }{
		{"nothing", "", "missing"},
		{"bounds alone", bounds, "How few segments and page-table entries it could be|gfx 1.000 to 1.001 – – 14 – –|frames 1 – – 2 to 2.5 – –"},
		{"distances", bounds +
			"BenchmarkDistance/strategy=buddy/workload=gfx/policy=i915-2 900 2.8901 segs/least 1 entries/least\n" +
			"BenchmarkDistance/strategy=rangemgr/workload=frames/policy=i915-2 900 1.0004 segs/least 15.51 entries/least\n",
			"buddy takes the fewest page-table entries possible on 1 of 2 workloads|gfx 2.89 – 1 –|frames – 1.00 – 15.5"},
		{"two of them", bounds +
			"BenchmarkDistance/strategy=buddy/workload=gfx/policy=i915-2 900 2 segs/least 1 entries/least\n" +
			"BenchmarkDistance/strategy=rangemgr/workload=frames/policy=i915-2 900 1 segs/least 1 entries/least\n",
			"buddy and rangemgr take the fewest page-table entries possible on 1 of 2 workloads|gfx 2.00 – 1 –|frames – 1 – 1"},
		{"below the least", bounds + "BenchmarkDistance/strategy=buddy/workload=gfx/policy=i915-2 900 0.5 segs/least 1 entries/least\n",
			"How few segments and page-table entries it could be|gfx – – – –|frames – – – –"},
		{"bounds the wrong way round", strings.ReplaceAll(bounds, "2.5 found-entries", "1.5 found-entries"), "How few segments and page-table entries it could be|gfx – – – –"},
	} {
		s, err := makeFewest(testrun.WithCurves(t, fixture.Plain(), tt.lines))
		if err != nil {
			t.Fatal(err)
		}
		got := "missing"
		if s.Missing == "" {
			got = plain(string(s.Heading))
			for _, r := range s.Rows {
				cells := append([]string{r.ID[len("fewest-"):]}, r.Segs.Times...)
				cells = append(cells, r.Entries.Times...)
				if tt.name == "bounds alone" {
					cells = append([]string{r.ID[len("fewest-"):], r.Segs.Bound}, r.Segs.Times...)
					cells = append(append(cells, r.Entries.Bound), r.Entries.Times...)
				}
				got += "|" + strings.Join(cells, " ")
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// plain is HTML without its tags.
func plain(html string) string {
	var b strings.Builder
	for i, part := range strings.Split(html, "<") {
		if i > 0 {
			_, part, _ = strings.Cut(part, ">")
		}
		b.WriteString(part)
	}
	return strings.ReplaceAll(b.String(), text.NBSP, " ")
}
