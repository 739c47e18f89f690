package history

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// mostSteps bounds the steps of one point that are printed: one change of an allocator
// changes thousands of figures.
const mostSteps = 12

// Print writes the steps, point by point, and the first one for the worse. all writes
// every step of a point.
func (h *History) Print(w io.Writer, all bool) error {
	var b strings.Builder
	for _, n := range h.Notes {
		fmt.Fprintln(&b, n)
	}
	for at := range h.Points {
		var here []Step
		worse := 0
		for _, s := range h.Steps {
			if s.At == at {
				here = append(here, s)
				if s.Worse {
					worse++
				}
			}
		}
		if len(here) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s: %d figures change, %d for the worse\n", h.Points[at].Name, len(here), worse)
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for i, s := range here {
			if i == mostSteps && !all {
				fmt.Fprintf(t, "  and %d more\n", len(here)-i)
				break
			}
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", s.Bench, s.Unit, number(s.Old)+" to "+number(s.New), s.delta(), s.verdict())
		}
		t.Flush()
	}
	figure := "figure"
	if h.blind {
		figure = "exact figure"
	}
	switch bad := h.FirstBad(); {
	case len(h.Steps) == 0:
		fmt.Fprintf(&b, "no %s changes over %d runs\n", figure, len(h.Points))
	case bad < 0 && h.blind:
		fmt.Fprintln(&b, "no exact figure becomes worse")
	case bad < 0:
		fmt.Fprintln(&b, "nothing becomes worse")
	default:
		fmt.Fprintf(&b, "the first run with something worse is %s, after %s\n", h.Points[bad].Name, h.Points[bad-1].Name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Step) delta() string {
	d := s.Delta()
	if math.IsInf(d, 0) || math.IsNaN(d) {
		return "from 0"
	}
	return fmt.Sprintf("%+.3g %%", 100*d)
}

func (s *Step) verdict() string {
	v := "better"
	switch {
	case !s.Known:
		v = "changed"
	case s.Worse:
		v = "worse"
	}
	if s.Exact {
		return v
	}
	return v + ", by a time"
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
