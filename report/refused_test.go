package report

import (
	"strings"
	"testing"
)

// The reason of refusals is the one that the strategies gave, and memory only
// where memory was it.
func TestRefusedSizes(t *testing.T) {
	const (
		invalid = "a 1 10000\n! EINVAL\nf 1\na 3 10000\n! EINVAL\n"
		tooBig  = "a 1 131072\n! E2BIG\n"
		beyond  = "a 1 131072\n! ENOSPC\n"
		usedUp  = "a 1 65536\n= 0+65536\na 2 4096\n! ENOSPC\n"
		roomy   = "a 1 4096\n= 32768+4096\na 2 49152\n! ENOSPC\n"
		window  = "a 1 4096\n= 0+4096\na 2 4096 lo=0 hi=4096\n! ENOSPC\n"
	)
	tests := []struct {
		name   string
		traces []string
		want   string
	}{
		{"nothing", []string{"a 1 4096\n= 0+4096\n", ""}, ""},
		{"all EINVAL", []string{invalid, ""}, "Refused are requests of 9.77 KiB that are invalid to a (EINVAL); memory was not the reason."},
		{"all EINVAL to both", []string{invalid, invalid}, "Refused are requests of 9.77 KiB that are invalid to a and b (EINVAL); memory was not the reason."},
		{"all E2BIG", []string{"", tooBig}, "Refused are requests of 128 KiB that are larger than b can ever grant in this region (E2BIG); what was free was not the reason."},
		{"all larger than the region", []string{beyond, beyond}, "Refused are requests of 128 KiB, larger than the region."},
		{"EINVAL and larger than the region", []string{invalid, beyond}, "Refused are requests of 9.77 KiB to 128 KiB: 2 invalid to a (EINVAL) and 1 larger than the region."},
		{"all used up", []string{usedUp, ""}, "Refused are requests of 4 KiB: the memory was used up."},
		{"all roomy", []string{"", roomy}, "Refused are requests of 48 KiB, while at least 60 KiB was free."},
		{"all in a window", []string{window, window}, "Refused are requests of 4 KiB that must lie in a part of the region."},
		{"EINVAL and used up", []string{invalid, usedUp}, "Refused are requests of 4 KiB to 9.77 KiB: 2 invalid to a (EINVAL) and 1 when the memory was used up."},
		{"all reasons", []string{invalid + "a 5 65536\n= 0+65536\na 6 4096\n! ENOSPC\n", roomy, window, tooBig}, "Refused are requests of 4 KiB to 128 KiB: " +
			"2 invalid to a (EINVAL), 1 larger than d can ever grant (E2BIG), 1 limited to a part of the region, 1 while enough was free and 1 when the memory was used up."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &workload{name: "w", title: "W"}
			r := In{Run: &Run{strategies: []string{"a", "b", "c", "d"}[:len(test.traces)], workloads: []*workload{w}}, times: &Times{Self: &SelfTest{}}}
			for _, text := range test.traces {
				p, err := readPlacement(openText(t, "vramlab trace 1\nregion 65536 page 4096\n"+text))
				must(t, err)
				if f := p.refusals; f.invalid+f.tooBig+f.beyond+f.windowed+f.roomy+f.usedUp != f.n {
					t.Errorf("refusals %+v have not one reason each", f)
				}
				w.placed = append(w.placed, p)
			}
			if got := r.strategies.plain(prose(refusedSizes(w, indices(len(test.traces))))); got != test.want {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}

// Where nothing was served no time counts: not in the headline, not in the
// matrix, not in the number of comparisons that the correction shares out.
func TestNothingServed(t *testing.T) {
	f := planted(2, fixtureLoad{ns: []float64{682, 95}, served: []float64{0, 0}}, fixtureLoad{ns: []float64{682, 288}})
	dir := f.write(t)
	r := load(t, dir)
	if r.times.Tests != 1 {
		t.Errorf("%d comparisons, want the one of the workload that was served", r.times.Tests)
	}
	all := r.verdicts
	if take, _ := takeCell(r.strategies, all[0]); take != "none" {
		t.Errorf("the matrix says to take %s, want none", take)
	}
	if note := coverNote(r.strategies, r.times, all[0]); note != "nothing served" {
		t.Errorf("cover letter: %q, want \"nothing served\"", note)
	}
	if got, want := r.strategies.plain(timesHeading(r.strategies, all)), "rangemgr takes less time on 1 of 2 workloads; on 1 nothing was served"; got != want {
		t.Errorf("heading %q, want %q", got, want)
	}
	checkPage(t, rendered(t, dir))
}

// One of anything is named in the singular.
func TestSingular(t *testing.T) {
	f := plainFixture()
	f.strategies, f.loads, f.count = f.strategies[:1], f.loads[:1], 1
	page := strings.ReplaceAll(rendered(t, f.write(t)), nbsp, " ")
	for _, want := range []string{"1 workload ·", "1 sample a cell", "1 of 1 cell recorded", "of 1 comparison differed"} {
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
