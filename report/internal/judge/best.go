package judge

// Lowest are those of the strategies with the lowest value, all of them when all are
// equal; none when a value is not known.
func Lowest(values []float64, of []int) []int {
	if !known(values, of) {
		return nil
	}
	lowest := least(values, of)
	var out []int
	for _, s := range of {
		if values[s] == lowest {
			out = append(out, s)
		}
	}
	return out
}
