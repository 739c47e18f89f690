package adversary

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/internal/fit"
)

// MostLive is the largest live limit in pages: a game of more takes long.
const MostLive = 1 << 22

// A Growth is a claim about the program of a trace: the visits of an operation when it is
// played with ever twice as much live. It stands in a trace as "growth: ", the law that these
// visits follow, and
//
//	visits an operation 85.00 183.00 380.00, from 512 pages live on, requests of at most 64
type Growth struct {
	From    uint64    // pages that may be live at first
	Largest uint64    // pages of the largest request
	Visits  []float64 // of an operation at From, twice that and so on, in whole hundredths
}

// Law is the law that the visits follow. One is added to each, since fewer are none either.
// ok is false if there are too few of them to tell.
func (g Growth) Law() (l fit.Law, ok bool) {
	cost := make([]float64, len(g.Visits))
	for i, v := range g.Visits {
		cost[i] = v + 1
	}
	return fit.LawOf(cost)
}

// Limit is the live limit of visits i, in pages.
func (g Growth) Limit(i int) uint64 { return g.From << i }

const grows = "visits an operation%s, from %d pages live on, requests of at most %d"

// String is the claim as it stands in a trace behind "growth: ".
func (g Growth) String() string {
	law := "not known"
	if l, ok := g.Law(); ok {
		law = l.String()
	}
	var list strings.Builder
	for _, v := range g.Visits {
		fmt.Fprintf(&list, " %.2f", v)
	}
	return law + "; " + fmt.Sprintf(grows, list.String(), g.From, g.Largest)
}

// parseGrowth reads what String writes.
func parseGrowth(text string) (g Growth, err error) {
	bad := func() (Growth, error) {
		return Growth{}, fmt.Errorf("growth %q is not the law, \"; \" and %q", text, fmt.Sprintf(grows, " ...", 512, 64))
	}
	_, rest, _ := strings.Cut(text, "; ")
	rest, ok := strings.CutPrefix(rest, "visits an operation ")
	list, rest, also := strings.Cut(rest, ",")
	_, form, _ := strings.Cut(grows, ",")
	if _, err := fmt.Sscanf(rest, form, &g.From, &g.Largest); err != nil || !ok || !also {
		return bad()
	}
	for _, word := range strings.Fields(list) {
		v, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return bad()
		}
		g.Visits = append(g.Visits, v)
	}
	if g.From < 16 || g.From > MostLive || len(g.Visits) > 1 && g.Limit(len(g.Visits)-1) > MostLive || g.Largest < 1 || g.Largest > g.From {
		return Growth{}, fmt.Errorf("growth %q: 16 to %d pages, and requests of no more", text, MostLive)
	}
	if g.String() != text {
		return bad()
	}
	return g, nil
}
