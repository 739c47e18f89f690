package schema

// A Quantile is a unit of times that a share of all calls does not exceed.
type Quantile struct {
	Share float64 // 0 to 1, both excluded but for the longest, which is 1
	Unit  *Unit
}

// quantiles go by nines at the upper end, where the tail is.
var quantiles = []Quantile{
	{0.01, P1Ns}, {0.05, P5Ns}, {0.1, P10Ns}, {0.25, P25Ns}, {0.5, P50Ns}, {0.75, P75Ns},
	{0.9, P90Ns}, {0.95, P95Ns}, {0.99, P99Ns}, {0.999, P999Ns}, {0.9999, P9999Ns}, {1, MaxNs},
}

// Quantiles are the units of [CallTimes], the shares ascending.
func Quantiles() []Quantile { return quantiles[:len(quantiles):len(quantiles)] }
