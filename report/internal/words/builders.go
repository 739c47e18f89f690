package words

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// LayoutWords say what the layouts of the comparison are, and builderWords
// what the builders do and which driver does so. Others go by their name.
var (
	LayoutWords = map[string]string{
		schema.LayoutWhole:    "One block",
		schema.LayoutPieces:   "Separate blocks of 64" + text.NBSP + "KiB",
		schema.LayoutShuffled: "Blocks of 64" + text.NBSP + "KiB out of order, some adjoining",
	}
	BuilderWords = map[string]string{
		"counted":   "two passes: count, then fill",
		"grow":      "one pass, the table grows",
		"nomerge":   "neighbours stay apart, 2" + text.NBSP + "GiB at most (amdgpu, xe)",
		"sorted":    "blocks by address first",
		"worstcase": "an entry for every page, then trimmed (i915)",
	}
)

// WordsFor are the words for a name, the name itself if there are none.
func WordsFor(name string, words map[string]string) string {
	if w, ok := words[name]; ok {
		return w
	}
	return name
}

// LayoutHow says how to read the figure of a layout. Where the object is one
// block its table stays small; any other table grows with the object, and a
// line that climbs says nothing by that.
func LayoutHow(layout string) string {
	words := WordsFor(layout, LayoutWords)
	if layout == schema.LayoutWhole {
		return words + " for each object. A flat line does not depend on the size of the object; one that climbs pays for each page."
	}
	return words + ", for each object. The table grows with the object, so every line climbs; the distance between two lines is what one builder costs more."
}

// BuildersHeading states what the lines of a layout show: who takes memory
// that the table does not need, and what that costs in time; or that nobody
// does.
func BuildersHeading(self *judge.SelfTest, layout string, lines []judge.BuilderLine) text.Prose {
	f, ok := judge.FindBuilders(layout, lines)
	if !ok {
		return text.Prose(rangeOfTimes(lines))
	}
	object := "To describe " + text.Size(f.Size) + " in " + text.Plural(f.Hi, "entry", "entries")
	if f.Lo < f.Hi {
		object = "To describe " + text.Size(f.Size) + " in " + text.Span(text.Exact(f.Lo), text.Exact(f.Hi), text.NBSP+"entries")
	}
	if f.Most.Peak < 2*f.Least.Peak {
		return text.Prose(object + " no builder takes twice the memory of another")
	}
	more, less := text.Size(stat.ToBytes(f.Most.Peak)), text.Size(stat.ToBytes(f.Least.Peak))
	if self.Calls(f.Least.Table, f.Most.Table) && f.Most.Median >= 2*f.Least.Median {
		return text.Prose(fmt.Sprintf("%s, %s briefly takes %s and runs for %s; %s takes %s and runs for %s", object,
			f.MostName, more, text.Duration(f.Most.Median), f.LeastName, less, text.Duration(f.Least.Median)))
	}
	return text.Prose(fmt.Sprintf("%s, %s briefly takes %s; %s takes %s", object, f.MostName, more, f.LeastName, less))
}

// rangeOfTimes is the heading where there is nothing to compare.
func rangeOfTimes(lines []judge.BuilderLine) string {
	lo, hi := math.Inf(1), 0.0
	var small, large uint64 = math.MaxUint64, 0
	for _, l := range lines {
		for _, p := range l.Points {
			if p.Median > 0 {
				lo, hi = min(lo, p.Median), max(hi, p.Median)
			}
			small, large = min(small, p.Size), max(large, p.Size)
		}
	}
	if hi == 0 {
		return "This run has no times of builders"
	}
	return "A table of " + text.SizeRange(small, large) + " takes " + TimeRange(lo, hi)
}

// BuildersDots explains the dots of a figure, behind how to read it.
func BuildersDots(layout string, lines []judge.BuilderLine) string {
	f, ok := judge.FindBuilders(layout, lines)
	if !ok {
		return ""
	}
	return " Dots: " + text.Size(f.Size) + ", the size of the heading."
}

// BuildersNote says what limits the comparison.
func BuildersNote(layout string, lines []judge.BuilderLine) string {
	note := "Times are medians with a pool that reuses freed tables; memory is of one build without the pool and includes what is held only until the table is trimmed. Entries and bytes are exact."
	f, ok := judge.FindBuilders(layout, lines)
	if !ok || f.Most.Peak < 2*f.Least.Peak {
		return note
	}
	points := judge.LineOf(lines, f.MostName).Points
	last := points[len(points)-1]
	if !(last.Peak > 0) || !(last.Segs > 0) {
		return note
	}
	return note + fmt.Sprintf(" At %s %s holds %s, %s of the object, to describe it in %s.", text.Size(last.Size), f.MostName,
		text.Size(stat.ToBytes(last.Peak)), text.Percent(100*last.Peak/float64(last.Size)), text.Plural(last.Segs, "entry", "entries"))
}
