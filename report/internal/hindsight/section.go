// Package hindsight is the section about how far the strategies are from the best that could
// be done if all lifetimes were known: what is above it no strategy can gain.
package hindsight

import (
	_ "embed"
	"fmt"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
)

//go:embed hindsight.html
var hindsightHTML string

// Section is how far from the best the strategies are.
var Section = section.Section{
	ID:       "hindsight",
	Title:    "How far from the best",
	Template: hindsightHTML,
	Optional: true,
	Make:     section.Maker(makeHindsight),
}

// hindsightSection is what a run says of it; each table has a file of its own.
type hindsightSection struct {
	section.Head
	Regions regions
}

func makeHindsight(in judge.Run) (s hindsightSection, err error) {
	s.Regions = regionsOf(in.Strategies, in.Workloads)
	if len(s.Regions.Rows) == 0 {
		s.Head = section.Head{Heading: "What could be done at best was not searched",
			Missing: section.Lacks("bounds", schema.HindsightBound) + "."}
		return s, nil
	}
	s.Head.Heading = s.Regions.heading(in.Strategies)
	return s, nil
}

// percent is a share with two decimals.
func percent(share float64) string {
	return fmt.Sprintf("%.2f\u00a0%%", 100*math.Max(0, share))
}
