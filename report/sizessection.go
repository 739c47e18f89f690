package report

import _ "embed"

//go:embed page/sizes.html
var sizesHTML string

// SizesSection is the sizes of requests and of blocks.
var SizesSection = Section{
	ID:       "sizes",
	Title:    "Sizes",
	Template: sizesHTML,
	Make:     maker(makeSizes),
}

// sizesSection is what was asked for and in which blocks it was granted.
type sizesSection struct {
	Head
	Rows       []sizesRow
	Strategies []strategyHead
}

func makeSizes(in In) (p sizesSection, err error) {
	focus := focus(in.strategies, in.workloads)
	if focus == nil || focus.anyPlacement().requests == 0 {
		p.Head = Head{Heading: "Sizes were not recorded", Missing: "This run has no placement traces with requests."}
		return p, nil
	}
	p.Head = Head{
		Heading: markup(in.strategies, sizesHeading(in.strategies, focus)),
		How:     focus.title + withFacts(focus) + ". Classes are powers of two: a bar at 64K counts what is 64 KiB or more and less than 128 KiB.",
	}
	p.Strategies = heads(in.strategies)
	p.Rows = sizesTable(in.strategies, in.workloads)
	p.Figure, err = sizesFigure(in.strategies, focus)
	return p, err
}
