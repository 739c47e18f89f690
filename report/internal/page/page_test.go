package page

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		if !strings.Contains(string(theme.CSS()), "."+theme.Class(i)+"{color:var(--"+theme.Class(i)+")") {
			t.Errorf("strategy %d: the stylesheet has no class %s", i, theme.Class(i))
		}
		theme.Colour(i)
		theme.Band(i) // both panic without a token
	}
}

// The cover letter has what carries over first, and calls times what they are.
func TestCoverLetter(t *testing.T) {
	r := testrun.Load(t, fixture.Planted(2, fixture.Workload{Ns: []float64{682, 288}, Served: []float64{100, 97.951}}).Write(t))
	letter := coverLetter(r)
	for _, want := range []string{
		"Requests refused of a thousand (exact):\n\n  workload     buddy  rangemgr\n  wa               0      20.5\n",
		"Entries of an sg table, mean (exact; builder grow):",
		"Time of user-space models, not of a kernel: ns per operation, median of 10 samples, cells interleaved:",
		"wa             682     (288)  rangemgr does less work",
	} {
		if !strings.Contains(letter, want) {
			t.Errorf("%q is not in the letter:\n%s", want, letter)
		}
	}
	for line := range strings.Lines(letter[strings.Index(letter, "In brackets:"):]) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > letterWide {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if strings.Contains(letter, "6.18.0") || strings.Contains(letter, "-57") {
		t.Errorf("the letter names a kernel, or a difference of unequal work:\n%s", letter)
	}
}

// Sections stand in the order in which the menu of the bar names them, however they are listed.
func TestOrder(t *testing.T) {
	listed := sections
	defer func() { sections = listed }()
	sections = slices.Clone(sections)
	slices.Reverse(sections)
	out, err := Render(testrun.Load(t, fixture.Many(3).Write(t)))
	fixture.Must(t, err)
	head, body, _ := strings.Cut(string(out), "</header>")
	_, sheet, _ := strings.Cut(head, `class="sheet"`)
	ids := func(text, pattern string) (list []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			list = append(list, m[1])
		}
		return list
	}
	named, there := ids(sheet, `<a href="#([^"]+)"`), ids(body, `<section id="([^"]+)"`)
	if len(named) < 10 || !slices.Equal(named, there) {
		t.Errorf("the menu names %v, the page has %v", named, there)
	}
}
