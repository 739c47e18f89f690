package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Options change what a report says of a run. The zero value changes nothing.
type Options struct {
	// Cost are prices of what a driver pays, such as "pte=4ns,copy=12GB/s"; [Prices] lists
	// them. Those that are not named are the defaults.
	Cost string

	Maps     string // which workloads have address maps: names with commas between, all (as does "") or none
	MapBytes uint64 // that the data of the maps may take; 0: the usual 8 MiB
}

// Check says what is wrong with options, whatever the run is, in one line.
func (o Options) Check() error {
	_, err := o.prices()
	return err
}

func (o Options) prices() (cost.Prices, error) {
	if o.Cost == "" {
		return cost.Defaults(), nil
	}
	return cost.Parse(o.Cost)
}

// maps reads the choice of maps for a run.
func (o Options) maps(in judge.Run) (judge.MapChoice, error) {
	c := judge.MapChoice{Bytes: int(min(o.MapBytes, math.MaxInt32))}
	switch o.Maps {
	case "", "all":
		return c, nil
	case "none":
		c.None = true
		return c, nil
	}
	var there []string
	for _, w := range judge.MapOrder(in.Strategies, in.Workloads) {
		there = append(there, w.Name)
	}
	for name := range strings.SplitSeq(o.Maps, ",") {
		if name = strings.TrimSpace(name); !slices.Contains(there, name) {
			if len(there) == 0 {
				return c, fmt.Errorf("no map of %q: the run has no placements", name)
			}
			return c, fmt.Errorf("no map of %q: the run has placements of %s", name, strings.Join(there, ", "))
		}
		c.Names = append(c.Names, name)
	}
	return c, nil
}

// A Price is a part of what a driver pays whose price is given.
type Price struct{ Name, Default, Doc string }

// Prices are those that [Options] may change.
func Prices() (out []Price) {
	for _, p := range cost.Parts {
		if p.Given() {
			out = append(out, Price{p.Name, text.Short3(p.Default) + p.Unit, p.Doc})
		}
	}
	return out
}
