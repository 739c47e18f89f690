package report

import "strings"

// facts describes the region of a workload: "16 GiB, 4 KiB–64 MiB, 85 %".
func (w *workload) facts(long bool) string {
	p := w.anyPlacement()
	if p == nil {
		return ""
	}
	parts := []string{size(p.region.Size)}
	if long && p.requests > 0 {
		span := size(p.smallest)
		if p.biggest > p.smallest {
			span += "–" + size(p.biggest)
		}
		parts = append(parts, span)
	}
	parts = append(parts, percent(100*float64(w.peak())/float64(managed(p.region)))+" full")
	return strings.Join(parts, ", ")
}

func withFacts(w *workload) string {
	if f := w.facts(true); f != "" {
		return ", " + f
	}
	return ""
}
