package words

import (
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Stated is a number of the run's facts with its noun, empty when it is not
// stated or stated as the default.
func Stated(facts rundir.Facts, key schema.Fact, one, many string) string {
	n, err := strconv.Atoi(facts.Value(key))
	if err != nil {
		return ""
	}
	return text.Plural(float64(n), one, many)
}
