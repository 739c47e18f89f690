package page

import (
	"bytes"
	"regexp"
	"slices"
)

// A page has more sections than a bar has room for. They stand in a few groups, which the
// bar names where it is wide enough; all of them are in its menu at any width.

// navGroup is a group of sections; the bar leads to the first.
type navGroup struct {
	Name  string
	Items []renderedSection
}

// groups are the groups in their order, which is that of the page too, and the ids of their
// sections. A section that is in none is in the last but one.
var groups = []struct {
	name string
	ids  []string
}{
	{"Verdict", []string{"verdict", "map", "matrix", "reading"}},
	{"Driver", []string{"pays", "managed", "sg", "builders", "pagetables", "fewest", "walks", "lifetimes", "kernels"}},
	{"Memory", []string{"fragmentation", "defrag", "hindsight", "sizes", "age", "worst"}},
	{"Time", []string{"times", "scaling", "concurrent", "cpu"}},
	{"Reproduce", []string{"again"}},
}

// groupOf is the index of the group of a section.
func groupOf(id string) int {
	for i, g := range groups {
		if slices.Contains(g.ids, id) {
			return i
		}
	}
	return len(groups) - 2
}

// navOf sorts sections into their groups.
func navOf(all []renderedSection) (out []navGroup) {
	for i, g := range groups {
		nav := navGroup{Name: g.name}
		for _, s := range all {
			if groupOf(s.ID) == i {
				nav.Items = append(nav.Items, s)
			}
		}
		if len(nav.Items) > 0 {
			out = append(out, nav)
		}
	}
	return out
}

var (
	idAttribute = regexp.MustCompile(` id="([^"]*)"`)
	inside      = regexp.MustCompile(`<a ([^>]*?)href="#([^"=&]+)"([^>]*)>`)
	evidenceOf  = regexp.MustCompile(`<a class="ev" href="#([^"]*)">[^<]*</a> ?`)
	heading     = regexp.MustCompile(`(?s)(<section id="([^"]*)"[^>]*>\s*)(<h2[^>]*>)(.*?)</h2>`)
)

// withLinks gives every heading of a section a link to itself, and takes away the links to
// what the page does not have: sections link to each other without knowing what a run has.
func withLinks(page []byte) []byte {
	page = heading.ReplaceAll(page, []byte(`${1}${3}${4} <a class="self-link" href="#${2}" aria-label="Link to this section"></a></h2>`))
	ids := make(map[string]bool)
	for _, m := range idAttribute.FindAllSubmatch(page, -1) {
		ids[string(m[1])] = true
	}
	page = evidenceOf.ReplaceAllFunc(page, func(a []byte) []byte {
		if m := evidenceOf.FindSubmatch(a); !ids[string(m[1])] {
			return nil
		}
		return a
	})
	return inside.ReplaceAllFunc(page, func(a []byte) []byte {
		m := inside.FindSubmatch(a)
		if ids[string(m[2])] {
			return a
		}
		return bytes.Join([][]byte{[]byte("<a "), m[1], m[3], []byte(">")}, nil)
	})
}
