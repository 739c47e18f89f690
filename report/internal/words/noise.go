package words

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// NoiseText is the noise part of the trust line. It counts only comparisons that had
// samples enough to differ.
func NoiseText(t *judge.SelfTest) string {
	n := t.Able
	if n == 0 {
		return "unknown: " + noLanes(t)
	}
	against := "each strategy against itself"
	if b := basis(t.Basis); b != "" {
		against += " in " + b
	}
	phrase := against + ": " + fmt.Sprintf("%s of %s differed", text.Count(t.Differ), text.Plural(float64(n), "comparison", "comparisons"))
	if rest := len(t.Lanes) - n; rest > 0 {
		phrase += fmt.Sprintf(" (%s more with too few samples to differ)", text.Count(rest))
	}
	if t.Short > 0 {
		phrase += fmt.Sprintf(" (%s more with replays too short to time)", text.Count(t.Short))
	}
	if t.Excess {
		phrase += fmt.Sprintf(", where chance explains %s, typically by %s", text.Short3(math.Round(stat.Alpha*float64(n)*10)/10), difference(t.Typical))
	}
	if t.Failed {
		phrase = "failed: " + phrase + "; half of the second medians are off by at least " + difference(t.Median)
	}
	return phrase + "; the largest difference is " + difference(t.Largest)
}

// NoiseBrief is the noise in a line of a terminal.
func NoiseBrief(t *judge.SelfTest) string {
	switch {
	case t.Able == 0:
		return "Noise unknown: " + noLanesBrief(t)
	case t.Failed:
		return "Too noisy: a strategy differs from itself by up to " + difference(t.Largest)
	}
	return fmt.Sprintf("Noise up to %s (%s of %s A/A lanes differ)", difference(t.Largest), text.Count(t.Differ), text.Count(t.Able))
}

// noLanesBrief is noLanes in a line of a terminal.
func noLanesBrief(t *judge.SelfTest) string {
	if len(t.Lanes) > 0 {
		return fmt.Sprintf("fewer than %s samples of each A/A lane", text.Count(stat.SamplesFor(1)))
	}
	return noLanes(t)
}

// noLanes says why nothing is known of the noise.
func noLanes(t *judge.SelfTest) string {
	switch {
	case len(t.Lanes) > 0:
		return fmt.Sprintf("no strategy has samples enough to differ from itself (%s or more a lane)", text.Count(stat.SamplesFor(1)))
	case t.Short > 0:
		return "replays are too short to time a strategy against itself"
	}
	if t.Unused > 0 {
		return "only strategies whose times are not compared were measured against themselves"
	}
	return "this run has no lane of a strategy against itself"
}
