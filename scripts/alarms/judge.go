package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/report/change"
)

// tally is what was said of the pairs, or runs, of a kind.
type tally struct {
	n, found, backwards int       // pairs: any row for the worse, any for the better
	rows, worse, better int       // of the strategy
	others              int       // rows of other strategies that were called changed
	exact               int       // exact figures that were
	ratios              []float64 // of the rows
}

// judge compares the runs and prints the table.
func (d *driver) judge() error {
	var sides []*change.Side // of the runs as they are
	for i := range d.runs {
		s, err := change.Read(d.path(d.kinds[0], i))
		if err != nil {
			return err
		}
		sides = append(sides, s)
	}
	fmt.Fprintln(os.Stdout, "kind    planted   pairs  found  backwards  rows: worse  better    of  other rows  exact  ratio")
	for _, k := range d.kinds {
		var t tally
		for i := range d.runs {
			switch k.name {
			case "within":
				if err := d.verdicts(&t, d.path(k, i)); err != nil {
					return err
				}
			case "slow":
				s, err := change.Read(d.path(k, i))
				if err != nil {
					return err
				}
				for _, older := range sides {
					d.compare(&t, older, s)
				}
			default:
				for _, older := range sides[:i] {
					d.compare(&t, older, sides[i])
				}
			}
		}
		slices.Sort(t.ratios)
		ratio := math.NaN()
		if n := len(t.ratios); n > 0 {
			ratio = t.ratios[n/2]
		}
		fmt.Fprintf(os.Stdout, "%-6s  %5.3g %%  %6d  %5d  %9d  %11d  %6d  %4d  %10d  %5d  %.3f\n",
			k.name, k.percent, t.n, t.found, t.backwards, t.worse, t.better, t.rows, t.others, t.exact, ratio)
	}
	fmt.Fprintln(os.Stdout, "found and backwards: pairs with a row called so. In pairs of kind same both are false alarms.")
	return nil
}

// compare counts what compare says of two runs.
func (d *driver) compare(t *tally, older, newer *change.Side) {
	worse, better := 0, 0
	for _, r := range change.Compare(older, newer).Rows {
		bench, of := schema.Parse(r.Bench)
		called := r.Verdict == change.Worse || r.Verdict == change.Better || r.Verdict == change.Changed
		switch {
		case r.Exact && called:
			t.exact++
		case r.Exact || bench == nil || r.Unit != schema.NsPerOp.Name && r.Unit != schema.CPUNs.Name:
		case of[schema.Strategy] != d.strategy && called:
			t.others++
		case of[schema.Strategy] != d.strategy || bench != schema.AllocFree || r.Verdict == change.Unjudged:
		default:
			t.rows++
			t.ratios = append(t.ratios, 1+r.Delta)
			if r.Verdict == change.Worse {
				worse++
			} else if r.Verdict == change.Better {
				better++
			}
		}
	}
	t.n, t.worse, t.better = t.n+1, t.worse+worse, t.better+better
	if worse > 0 {
		t.found++
	}
	if better > 0 {
		t.backwards++
	}
}

// verdicts counts what the report says of the strategy and its slow copy.
func (d *driver) verdicts(t *tally, dir string) error {
	r, err := report.Load(dir)
	if err != nil {
		return err
	}
	worse, better := 0, 0
	for _, v := range r.Verdicts() {
		t.rows++
		before, _, said := strings.Cut(v, " less time")
		switch {
		case !said:
		case strings.Contains(before, d.strategy+"_slow takes"):
			better++
		default:
			worse++
		}
	}
	t.n, t.worse, t.better = t.n+1, t.worse+worse, t.better+better
	if worse > 0 {
		t.found++
	}
	if better > 0 {
		t.backwards++
	}
	return nil
}
