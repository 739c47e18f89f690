package memory

import (
	_ "embed"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed sizes.html
var sizesHTML string

// Sizes is the sizes of requests and of blocks.
var Sizes = section.Section{
	ID:       "sizes",
	Title:    "Sizes",
	Template: sizesHTML,
	Make:     section.Maker(makeSizes),
}

// sizesSection is what was asked for and in which blocks it was granted.
type sizesSection struct {
	section.Head
	Rows       []sizesRow
	Strategies []section.StrategyHead
}

func makeSizes(in judge.Run) (p sizesSection, err error) {
	focus := judge.Focus(in.Strategies, in.Workloads)
	if focus == nil || focus.AnyPlacement().Requests == 0 {
		p.Head = section.Head{Heading: "Sizes were not recorded", Missing: "This run has no placement traces with requests."}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.SizesHeading(in.Strategies, focus)),
		How:     focus.Title + words.WithFacts(focus) + ". Classes are powers of two: a bar at 64K counts what is 64 KiB or more and less than 128 KiB.",
	}
	p.Strategies = section.Heads(in.Strategies)
	p.Rows = sizesTable(in.Strategies, in.Workloads)
	p.Figure, err = sizesFigure(in.Strategies, focus)
	return p, err
}
