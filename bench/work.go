package bench

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
)

// unequalWork says who served how much of a workload, empty if all did the same work.
func unequalWork(of []*subject.Subject) string {
	served := func(i int) float64 { return of[i].Counts.Served() }
	same := schema.SameWork(len(of), served, func(i, j int) bool { return of[i].SameRequests(of[j]) })
	if len(same) == len(of) {
		return ""
	}
	shares := make([]float64, len(of))
	for i := range of {
		shares[i] = served(i)
	}
	texts := sharesText(shares)
	var less, most []string
	for i, s := range of {
		if text := s.Strategy.Name + " served " + texts[i] + " %"; slices.Contains(same, i) {
			most = append(most, text)
		} else {
			less = append(less, text)
		}
	}
	text := strings.Join(append(less, most...), ", ")
	switch {
	case slices.Max(shares) == 0:
		return text + ": there is no work to compare"
	case same == nil:
		return text + "; those that served most did not serve the same requests"
	}
	return text
}

// sharesText are shares in percent with as many digits as it takes to tell them apart, and
// from all.
func sharesText(shares []float64) (texts []string) {
	for digits, apart := 3, false; !apart; digits++ { // 17 digits tell any two apart
		texts, apart = nil, true
		of := map[string]float64{"100": 100}
		for _, v := range shares {
			text := strconv.FormatFloat(v, 'g', digits, 64)
			was, ok := of[text]
			apart = apart && (!ok || was == v)
			of[text] = v
			texts = append(texts, text)
		}
	}
	return texts
}
