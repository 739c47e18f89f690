package capture

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Count is how often something was left out, and why.
type Count struct {
	N   int
	Why string
}

// String is WHY: N.
func (c Count) String() string { return fmt.Sprintf("%s: %s", c.Why, Grouped(uint64(c.N))) }

// Tally counts by reason, in the order of the first.
type Tally []Count

// Add counts n of a reason.
func (t *Tally) Add(why string, n int) {
	i := slices.IndexFunc(*t, func(c Count) bool { return c.Why == why })
	if i < 0 {
		i = len(*t)
		*t = append(*t, Count{Why: why})
	}
	(*t)[i].N += n
}

// Sorted puts the largest first.
func (t Tally) Sorted() []Count {
	slices.SortStableFunc(t, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	return t
}

// Grouped is n with commas, as all numbers are told.
func Grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	out := digits[:(len(digits)-1)%3+1]
	for i := len(out); i < len(digits); i += 3 {
		out += "," + digits[i:i+3]
	}
	return out
}

// mostNames is how many names a message has room for.
const mostNames = 8

// names are the first names that came, each once.
type names struct {
	list []string
	more bool
}

// add adds a name; "" is none.
func (n *names) add(name string) {
	switch {
	case name == "" || slices.Contains(n.list, name):
	case len(n.list) == mostNames:
		n.more = true
	default:
		n.list = append(n.list, name)
	}
}

// String is "have: A, B", or says that there is none.
func (n *names) String() string {
	switch text := strings.Join(n.list, ", "); {
	case text == "":
		return "the file names none"
	case n.more:
		return "have: " + text + " and more"
	default:
		return "have: " + text
	}
}
