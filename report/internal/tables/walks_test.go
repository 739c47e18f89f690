package tables

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// TestWalks: the workloads with the longest walks stand first, four of them at once, the
// heading is of the longest, and what a line lacks is a dash. The largest object that was
// looked into both ways is spoken of.
func TestWalks(t *testing.T) {
	same := fixture.Workload{Ns: []float64{100, 100}}
	f := fixture.Planted(2, same, same, same, same, same, same)
	var curves strings.Builder
	for i, w := range f.Loads {
		if i == 5 {
			break // of one there is nothing
		}
		curves.WriteString(fixture.WalkText("buddy", w.Name, "amdgpu", 3, float64(i), 2.5, 1, 1.5))
		curves.WriteString(fixture.WalkText("rangemgr", w.Name, "amdgpu", 1, 0, 1, 1, 1))
		curves.WriteString(fixture.WalkText("rangemgr", w.Name, "i915", 9, 99, 9, 9, 9))
	}
	curves.WriteString(fixture.LookupText("1MiB", "linear", 30, 7.5) + fixture.LookupText("1MiB", "index", 12, 4.125) + fixture.LookupText("1GiB", "linear", 9e4, 8191.5))
	r := testrun.WithCurves(t, f, strings.Replace(curves.String(), " 1.5 dma64k-segs/table", "", 1))
	p, err := makeWalks(r)
	fixture.Must(t, err)
	var got []string
	for _, groups := range [][]walkGroup{p.Longest, p.Others} {
		for _, g := range groups {
			got = append(got, g.Title+fmt.Sprint(g.Rows[0].Values, g.Rows[1].Values))
		}
		got = append(got, "/")
	}
	var want []string
	for i := 4; i >= 0; i-- {
		last := "1.5"
		if i == 0 {
			want, last = append(want, "/"), text.None
		}
		want = append(want, fmt.Sprintf("%s[3 %d 2.5 1 %s] [1 0 1 1 1]", r.Workloads[i].Title, i, last))
	}
	if want = append(want, "/"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	heading := strings.ReplaceAll(string(p.Heading), text.NBSP, " ")
	if !strings.HasPrefix(heading, r.Workloads[4].Title+": a walk to a page of ") || !strings.HasSuffix(heading, "passes 4 segments, an index compares 2.5") {
		t.Errorf("heading %s", heading)
	}
	if note := strings.ReplaceAll(p.Note, text.NBSP, " "); !strings.HasSuffix(note, " An object of 1 MiB in pieces of 64 KiB, in Go: 30 ns for 7.5 steps in order, 12 ns for 4.12 steps by an index.") {
		t.Errorf("note %s", note)
	}
}

// TestWalksFew: a run without walks has no such section, and one whose pages are all in
// first segments says so.
func TestWalksFew(t *testing.T) {
	html, err := Walks.HTML(testrun.WithCurves(t, fixture.Pair1(1), ""))
	fixture.Must(t, err)
	if html != "" {
		t.Errorf("without a walk there is %s", html)
	}
	f := fixture.Pair1(1)
	html, err = Walks.HTML(testrun.WithCurves(t, f, fixture.WalkText("buddy", f.Loads[0].Name, "i915", 1, 0, 1, 1, 1)))
	fixture.Must(t, err)
	if !strings.Contains(string(html), "Every page is in the first segment of its table") || strings.Contains(string(html), "<details>") || strings.Contains(string(html), "in Go:") {
		t.Errorf("of one segment it says %s", html)
	}
}
