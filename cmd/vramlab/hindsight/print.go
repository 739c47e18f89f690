// Package hindsight prints how far strategies are from the smallest region that could hold
// a trace, for the command bound.
//
// Bounds are of objects in one piece (package bound), so strategies are asked for one piece
// too: that is what they are compared in. What a strategy needs when it may scatter stands
// beside it, and is compared with nothing: it may be below both bounds.
package hindsight

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/vramlab/vramlab/workloads/bound"
	"github.com/vramlab/vramlab/workloads/census"
)

// A Row is a strategy with the smallest regions in which it serves the trace.
type Row struct {
	Strategy  string `json:"strategy"`
	Whole     uint64 `json:"region_bytes"`              // bytes, every request in one piece; 0 if it has none
	Scattered uint64 `json:"scattered_bytes,omitempty"` // bytes, as it is asked; 0 if that was not searched
	Never     int    `json:"never_served,omitempty"`    // requests that the bounds count and it refuses in any region
	Extra     int    `json:"left_out_served,omitempty"` // requests that it serves and the bounds leave out
	Unfit     string `json:"unfit,omitempty"`           // why it has none

	PeakPercent   float64 `json:"percent_of_peak,omitempty"`
	AtMostPercent float64 `json:"at_most_percent,omitempty"`  // above the optimum, since so far above the lower bound
	AtLeast       float64 `json:"at_least_percent,omitempty"` // above it, since so far above the upper bound
}

// complete computes the percentages of a row.
func (r *Row) complete(b bound.Result) {
	if r.Whole == 0 || b.Peak == 0 {
		return
	}
	r.PeakPercent = 100 * float64(r.Whole) / float64(b.Peak)
	if r.Never+r.Extra > 0 { // it serves other requests than the bounds are of
		return
	}
	r.AtMostPercent = above(r.Whole, b.Lower.Bytes)
	r.AtLeast = max(0, above(r.Whole, b.Upper))
}

// above is how many percent a size is above another.
func above(size, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return 100 * (float64(size)/float64(of) - 1)
}

// text is "102.00 % of peak, at most 1.90 % from optimal".
func (r *Row) text(optimal bool) string {
	switch {
	case r.Unfit != "":
		return r.Unfit
	case r.Whole == 0:
		return "it never serves any"
	case r.Never+r.Extra > 0:
		var s []string
		if r.PeakPercent > 0 {
			s = append(s, fmt.Sprintf("%.2f %% of peak", r.PeakPercent))
		}
		if r.Never > 0 {
			s = append(s, fmt.Sprintf("without %s that it never serves", requests(r.Never)))
		}
		if r.Extra > 0 {
			s = append(s, fmt.Sprintf("with %s left out of the bounds", requests(r.Extra)))
		}
		return strings.Join(s, ", ")
	case r.AtMostPercent <= 0:
		return fmt.Sprintf("%.2f %% of peak, optimal", r.PeakPercent)
	case optimal:
		return fmt.Sprintf("%.2f %% of peak, %.2f %% from optimal", r.PeakPercent, r.AtMostPercent)
	case r.AtLeast > 0:
		return fmt.Sprintf("%.2f %% of peak, %.2f to %.2f %% from optimal", r.PeakPercent, r.AtLeast, r.AtMostPercent)
	}
	return fmt.Sprintf("%.2f %% of peak, at most %.2f %% from optimal", r.PeakPercent, r.AtMostPercent)
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return census.Commas(uint64(n)) + " requests"
}

// Print prints bounds and rows as text. Sizes of a capture whose units are no bytes were
// multiplied by scale: if that is over 1, the bounds are printed as the capture counts too.
func Print(w io.Writer, b bound.Result, rows []Row, scale uint64) error {
	for i := range rows {
		rows[i].complete(b)
	}
	out := &printer{w: w}
	out.line("objects             %s, each in one piece", census.Commas(uint64(b.Objects)))
	if b.Impossible > 0 {
		out.line("left out            %s that no region can serve", requests(b.Impossible))
	}
	if b.Crowded > 0 {
		out.line("left out            %s without a place in their windows", requests(b.Crowded))
	}
	if b.Objects == 0 {
		out.line("bounds              none, since nothing is placed")
	} else {
		out.bounds(b, scale)
	}
	if len(rows) == 0 {
		return out.err
	}
	out.rows(b, rows)
	return out.err
}

// bounds prints both bounds, and where the optimum is.
func (out *printer) bounds(b bound.Result, scale uint64) {
	out.line("live at the peak    %s bytes", census.Commas(b.Peak))
	out.line("lower bound         %s bytes: %s", census.Commas(b.Lower.Bytes), b.Lower.Why)
	out.line("upper bound         %s bytes: %s", census.Commas(b.Upper), b.How)
	if b.Optimal() {
		out.line("                    They meet: that is the optimum.")
	} else {
		out.line("                    The optimum is between, at most %.2f %% below the upper one.", 100*(1-float64(b.Lower.Bytes)/float64(b.Upper)))
	}
	if scale > 1 {
		out.line("as the file counts  peak %s, lower bound %s, upper bound %s",
			inUnits(b.Peak, scale), inUnits(b.Lower.Bytes, scale), inUnits(b.Upper, scale))
	}
	out.line("proof               placed and replayed without a refusal under the shadow model")
}

// inUnits is a number of bytes in units of so many, with a fraction only if there is one.
func inUnits(bytes, unit uint64) string {
	if bytes%unit == 0 {
		return census.Commas(bytes / unit)
	}
	return fmt.Sprintf("%.2f", float64(bytes)/float64(unit))
}

// rows prints the strategies.
func (out *printer) rows(b bound.Result, rows []Row) {
	name := len("strategy")
	for _, r := range rows {
		name = max(name, len(r.Strategy))
	}
	out.line("\n%-*s  %22s  %s", name, "strategy", "smallest region, bytes", "in one piece")
	for i := range rows {
		region := "none"
		if rows[i].Whole > 0 {
			region = census.Commas(rows[i].Whole)
		}
		out.line("%-*s  %22s  %s", name, rows[i].Strategy, region, rows[i].text(b.Optimal()))
	}
	scatters := false
	for _, r := range rows {
		if r.Scattered == 0 || r.Scattered == r.Whole && r.Unfit == "" {
			continue
		}
		if !scatters {
			out.line("\nserved by scattering: requests as they are, which may be granted in pieces. The\nbounds are not for that, and it may need less.")
			scatters = true
		}
		out.line("%-*s  %22s  %.2f %% of peak", name, r.Strategy, census.Commas(r.Scattered), 100*float64(r.Scattered)/float64(max(1, b.Peak)))
	}
}

// A printer prints lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// PrintJSON prints bounds and rows as an object; scale is that of [Print].
func PrintJSON(w io.Writer, workload string, b bound.Result, rows []Row, scale uint64) error {
	for i := range rows {
		rows[i].complete(b)
	}
	return json.NewEncoder(w).Encode(struct {
		Workload   string `json:"workload"`
		Scale      uint64 `json:"bytes_per_unit,omitempty"` // of a unit that the file counts in
		Peak       uint64 `json:"peak_bytes"`
		Lower      uint64 `json:"lower_bound_bytes"`
		Why        string `json:"lower_bound_why"`
		Upper      uint64 `json:"upper_bound_bytes"`
		How        string `json:"upper_bound_how"`
		Optimal    bool   `json:"optimal"`
		Objects    int    `json:"objects"`
		Impossible int    `json:"impossible,omitempty"`
		Crowded    int    `json:"crowded,omitempty"`
		Strategies []Row  `json:"strategies"`
	}{workload, scale, b.Peak, b.Lower.Bytes, b.Lower.Why, b.Upper, b.How, b.Optimal(), b.Objects, b.Impossible, b.Crowded, rows})
}
