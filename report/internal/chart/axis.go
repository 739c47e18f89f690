package chart

import (
	"math"

	"gonum.org/v1/plot"

	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Axes are made from ticks, never the other way round: each figure decides
// which values carry a label, since powers of two suit bytes, decades suit
// time, and the library's own choices suit neither.

// LinearAxis runs from 0 to a round value with head room above top, and has
// about n labelled ticks.
func LinearAxis(top, room float64, n int, label func(float64) string) (plot.Axis, []plot.Tick) {
	if !(top > 0) || math.IsInf(top, 0) {
		top = 1
	}
	step := niceStep(top / float64(n))
	var ticks []plot.Tick
	last := 0.0
	for v := 0.0; v <= top*(1+1e-9); v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
		last = v
	}
	return plot.Axis{Min: 0, Max: max(top*(1+room), last), Scale: plot.LinearScale{}}, ticks
}

// SignedAxis covers values on either side of 0, and 0, with about n labelled ticks at round
// values: from the tick below the least to the one above the greatest.
func SignedAxis(lo, hi float64, n int, label func(float64) string) (plot.Axis, []plot.Tick) {
	lo, hi = min(lo, 0), max(hi, 0)
	if !(hi > lo) || math.IsInf(hi-lo, 0) {
		lo, hi = -1, 1
	}
	step := niceStep((hi - lo) / float64(n))
	var ticks []plot.Tick
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	for k := first; k <= last; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: label(k * step)})
	}
	return plot.Axis{Min: first * step, Max: last * step, Scale: plot.LinearScale{}}, ticks
}

// niceStep is 1, 2 or 5 times a power of ten, at least v.
func niceStep(v float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*p >= v*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// Decades is a logarithmic axis of whole decades around the values, in
// seconds, each decade labelled.
func Decades(lo, hi float64) (plot.Axis, []plot.Tick) {
	if !(lo > 0) || math.IsInf(lo, 0) {
		lo = 1e-9
	}
	if !(hi >= lo) || math.IsInf(hi, 0) {
		hi = lo
	}
	first, last := int(math.Floor(math.Log10(lo)+1e-9)), int(math.Ceil(math.Log10(hi)-1e-9))
	if last <= first {
		last = first + 1
	}
	var ticks []plot.Tick
	for e := first; e <= last; e += 1 + (last-first)/15 { // damaged lines span hundreds
		v := math.Pow10(e)
		ticks = append(ticks, plot.Tick{Value: v, Label: text.Duration(v)})
	}
	return plot.Axis{Min: math.Pow10(first), Max: math.Pow10(last), Scale: plot.LogScale{}}, ticks
}

// TimeAxis is a logarithmic axis of seconds: of whole decades, or where the
// values span less than one and a half from the step of 1, 2, 5 below them to
// the one above, so that curves that hardly rise do not lie flat in a corner.
func TimeAxis(lo, hi float64) (plot.Axis, []plot.Tick) {
	if !(lo > 0) || !(hi >= lo) || math.IsInf(hi, 0) || hi > lo*30 {
		return Decades(lo, hi)
	}
	first, last := math.Pow10(int(math.Floor(math.Log10(lo)+1e-9))), 0.0
	var ticks []plot.Tick
	for e := first; last < hi*(1-1e-9); e *= 10 {
		for _, m := range []float64{1, 2, 5} {
			v := e * m
			if v <= lo*(1+1e-9) {
				ticks = ticks[:0] // only the step below the values is needed
			}
			if last < hi*(1-1e-9) {
				ticks = append(ticks, plot.Tick{Value: v, Label: text.Duration(v)})
				last = v
			}
		}
	}
	if len(ticks) == 1 {
		ticks = append(ticks, plot.Tick{Value: 2 * last, Label: text.Duration(2 * last)})
	}
	return plot.Axis{Min: ticks[0].Value, Max: ticks[len(ticks)-1].Value, Scale: plot.LogScale{}}, ticks
}

// TightTimeAxis has the values from edge to edge, so that samples that lie close are told
// apart: linear between round values, or a [TimeAxis] where they differ by more than four times.
func TightTimeAxis(lo, hi float64) (plot.Axis, []plot.Tick) {
	if !(lo > 0) || !(hi >= lo) || math.IsInf(hi, 0) || hi > 4*lo {
		return TimeAxis(lo, hi)
	}
	if hi < lo*1.01 { // 1 % is what three digits can name
		mid := (lo + hi) / 2
		lo, hi = mid*0.99, mid*1.01
	}
	step := niceStep((hi - lo) / 4)
	var ticks []plot.Tick
	first, last := math.Floor(lo/step+1e-9), math.Ceil(hi/step-1e-9)
	for k := first; k <= last; k++ {
		ticks = append(ticks, plot.Tick{Value: k * step, Label: text.Duration(k * step)})
	}
	return plot.Axis{Min: first * step, Max: last * step, Scale: plot.LinearScale{}}, ticks
}

// Powers is a logarithmic axis of bytes, powers of two, with a label on every
// nth power and room above the highest value for a title.
func Powers(lo, hi uint64, n int, room float64) (plot.Axis, []plot.Tick) {
	first, last := stat.Class2(max(lo, 1)), stat.Class2(max(hi, lo, 1))
	if uint64(1)<<last < hi {
		last++
	}
	if last <= first {
		last = first + 1
	}
	ticks := powerTicks(first, last, n)
	top := math.Exp2(float64(last) + room*float64(last-first))
	return plot.Axis{Min: math.Exp2(float64(first)), Max: top, Scale: plot.LogScale{}}, ticks
}

// powerTicks has a tick for each power of two, with a label on every nth
// counted from the last.
func powerTicks(first, last, n int) []plot.Tick {
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		t := plot.Tick{Value: math.Exp2(float64(e))}
		if (last-e)%max(n, 1) == 0 {
			t.Label = text.Size(uint64(1) << min(e, 63))
		}
		ticks = append(ticks, t)
	}
	return ticks
}
