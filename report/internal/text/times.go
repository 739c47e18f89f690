package text

import "math"

// Times writes times in seconds in one unit, that of the shortest, but for those that
// would be too long in it: 346 and 14,800 ns need no second unit.
func Times(sec []float64) (shown []string, unit string) {
	shortest := math.Inf(1)
	for _, v := range sec {
		shortest = min(shortest, v)
	}
	v, unit := TimeUnit(shortest)
	for _, s := range sec {
		shown = append(shown, Digits3(s*v/shortest))
	}
	return shown, unit
}

// Sentence makes one of a clause; of none it makes none.
func Sentence(clause string) string {
	if clause == "" {
		return ""
	}
	return UpperFirst(clause) + "."
}
