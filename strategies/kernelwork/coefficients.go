package kernelwork

// Made by TestModel with -update from testdata/counts.txt and the times measured.
var (
	buddyNs = []float64{134.32, 8.82, 3.01, 6.56, 10.99, 184.27}
	drmMMNs = []float64{3.15, 14.28}

	// Of a load left out of the fit, on average.
	relativeErrors = map[string]float64{
		"buddy_6.11": 0.31,
		"buddy_6.18": 0.22,
		"buddy_7.1":  0.23,
		"buddy_next": 0.87,
		"rangemgr":   0.21,
	}
)
