package report

import (
	"fmt"
	"math"
)

// sentence is the noise part of the trust line.
func (t *SelfTest) sentence() string {
	n := len(t.Lanes)
	if n == 0 {
		return "not measured: this run has no lane of a strategy against itself"
	}
	text := fmt.Sprintf("each strategy against itself, %s of %s differed", count(t.Differ), plural(float64(n), "comparison", "comparisons"))
	if t.Excess {
		text += fmt.Sprintf(" where chance gives %s, typically by %s", short3(math.Round(alpha*float64(n)*10)/10), percent(100*t.Typical))
	}
	if t.Failed {
		text = "failed: " + text + ", half of all are off by " + percent(100*t.Median) + " and more"
	}
	return text + ", largest " + percent(100*t.Largest)
}
