package kernelwork

// What the fit needs of the models.

// Features are how often each term of the model of a twin occurs in an operation.
func Features(twin string, s Steps, ops int) []float64 { return modelBy(twin).features(s, ops) }

// Terms are the names of the terms.
func Terms(twin string) (names []string) {
	for _, t := range modelBy(twin).terms {
		names = append(names, t.name)
	}
	return names
}

func modelBy(twin string) *model {
	if twin == "rangemgr" {
		return &drmMMModel
	}
	return &buddyModel
}

// LongLists is longLists.
const LongLists = longLists
