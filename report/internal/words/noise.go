package words

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// NoiseText is the noise part of the trust line.
func NoiseText(t *judge.SelfTest) string {
	n := len(t.Lanes)
	if n == 0 {
		return "not measured: this run has no lane of a strategy against itself"
	}
	phrase := fmt.Sprintf("each strategy against itself: %s of %s differed", text.Count(t.Differ), text.Plural(float64(n), "comparison", "comparisons"))
	if t.Excess {
		phrase += fmt.Sprintf(", where chance explains %s, typically by %s", text.Short3(math.Round(rundir.Alpha*float64(n)*10)/10), text.Percent(100*t.Typical))
	}
	if t.Failed {
		phrase = "failed: " + phrase + "; half of all differ by at least " + text.Percent(100*t.Median)
	}
	return phrase + "; the largest difference is " + text.Percent(100*t.Largest)
}
