package times

import (
	"fmt"
	"html/template"
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// evidencePart is what the verdicts on times stand on: the samples as they were taken, and
// what strategies differ by from themselves. Workloads whose times are called come first.
type evidencePart struct {
	How    string
	Called []section.Head
	Others []section.Head
}

// makeEvidence is empty for a run in which no two samples can be shown.
func makeEvidence(in judge.Run) (p evidencePart, err error) {
	for i, v := range in.Verdicts {
		of := evidenceOf(in, v)
		if len(of.lanes) == 0 {
			continue
		}
		id := fmt.Sprintf("samples-%d", i)
		h := section.Head{Heading: template.HTML(template.HTMLEscapeString(v.Workload.Title)), How: text.Plain(in.Strategies, words.ShortVerdict(in.Strategies, in.Times, v))}
		if h.Figure, err = of.figure(id, h.How); err != nil {
			return p, err
		}
		if v.Kind == judge.Win || v.Kind == judge.Tie {
			p.Called = append(p.Called, h)
		} else {
			p.Others = append(p.Others, h)
		}
	}
	if len(p.Called)+len(p.Others) > 0 {
		p.How = evidenceHow
	}
	return p, nil
}

const evidenceHow = "Above, every sample by the round in which it was taken: discs are the times that are compared, rings those of the same strategy measured a second time, " +
	"in a round in an order drawn anew; amber marks samples whose thread lost its core, and did so too when they were taken again, if there was time for that. Below, with 95 % intervals, what each strategy differs by from itself " +
	"and what the strategies differ by; within the grey no difference is called."

// lane is a strategy's samples of one of the two times it was measured.
type lane struct {
	strategy int
	again    bool
	samples  []float64
	away     []bool
}

// compared is a line of the lower plot: who is compared, and the difference.
type compared struct {
	label    string
	strategy int
	pair     judge.Pair
}

// evidence is what there is to show of a workload.
type evidence struct {
	in    judge.Run
	v     judge.Verdict
	lanes []lane
	self  []compared
	found []compared
	floor float64 // relative difference below which none is called
}

// evidenceOf finds the samples of the strategies whose times are compared, or of all that
// have times where none are.
func evidenceOf(in judge.Run, v judge.Verdict) evidence {
	w := v.Workload
	out := evidence{in: in, v: v, floor: math.Expm1(in.Times.Self.Floor(w.Name))}
	of := in.Times.Comparable(w)
	if len(of) == 0 {
		of = v.Present
	}
	for _, s := range of {
		for _, b := range []*schema.Bench{schema.AllocFree, schema.AA} {
			if c := w.OpTime(b, s); c != nil {
				out.lanes = append(out.lanes, lane{s, b == schema.AA, c.InOrder, w.Away(b, s)})
			}
		}
		if p, ok := judge.ComparePair(w.OpTime(schema.AllocFree, s), w.OpTime(schema.AA, s)); ok {
			out.self = append(out.self, compared{in.Strategies[s] + " to itself", s, p})
		}
	}
	for i := 1; i < len(of); i++ {
		if p, ok := in.Times.Pair(w, of[0], of[i]); ok {
			out.found = append(out.found, compared{in.Strategies[of[i]] + " to " + in.Strategies[of[0]], of[i], p})
		}
	}
	return out
}

// said is what the lower plot says, for who does not see it.
func (e evidence) said() string {
	var parts []string
	for _, c := range append(append([]compared(nil), e.self...), e.found...) {
		parts = append(parts, c.label+" "+c.text())
	}
	return text.List(parts)
}

// text is the difference with its interval.
func (c compared) text() string {
	out := text.Signed(c.pair.Delta)
	if c.pair.Bounded() {
		out += " (" + text.Signed(c.pair.Lo) + " to " + text.Signed(c.pair.Hi) + ")"
	}
	return out
}
