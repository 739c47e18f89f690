package judge

import (
	"math"

	"github.com/vramlab/vramlab/report/internal/list"
)

// Lowest finds the strategies with the lowest and second lowest value, -1
// where there is none.
func Lowest(names list.Names, value func(int) float64) (best, next int) {
	best, next = -1, -1
	for s := range names {
		v := value(s)
		switch {
		case math.IsNaN(v):
		case best < 0 || v < value(best):
			best, next = s, best
		case next < 0 || v < value(next):
			next = s
		}
	}
	return best, next
}
