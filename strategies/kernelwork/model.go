package kernelwork

// model is time as a sum: a constant for each step of some kinds. The constants are fitted
// to what the kernel's C took on nine loads, with the least relative errors
// (coefficients.go); doc/kernel-work.md has the figures and says what is left out of the fit.
//
// Tried and rejected, because the fit gives them nothing beside the others: a constant for
// an operation, and for the buddies far visits. For drm_mm the number of nodes held, as a
// measure of cache misses, says less than far visits: loads that go through memory in order
// have few, whatever they hold.
type model struct {
	terms []term
	ns    []float64 // by term
}

// term is kinds of steps of one cost.
type term struct {
	name  string
	kinds []Kind
}

// The models: all generations of the buddy share one, drm_mm has its own.
var (
	buddyModel = model{[]term{
		{"block taken or given back", []Kind{BlockTaken, BlockGiven}},
		{"list step", []Kind{ListStep}},
		{"tree node", []Kind{TreeNode}},
		{"extent", []Kind{Extent}},
		{"walk node", []Kind{WalkNode}},
		{"split or merge", []Kind{Split, Merge}},
	}, buddyNs}
	drmMMModel = model{[]term{
		{"tree node", []Kind{TreeNode}},
		{"far visit", []Kind{Far}},
	}, drmMMNs}
)

// modelOf is the model for the twin of that name, nil for one that was never measured.
func modelOf(twin string) *model {
	switch {
	case relativeErrors[twin] == 0:
		return nil
	case twin == "rangemgr":
		return &drmMMModel
	}
	return &buddyModel
}

// More list steps an operation than longLists no load of the fit has; for the two that have
// them the model is off by so much, up and down.
const (
	longLists      = 1000
	longListsError = 0.88
)

// Predict is about how long an operation takes in the kernel's C where the twin of the
// strategy took these steps in so many operations, without locks, the driver and the slab's
// slow paths, on the machine of the measurement. relativeError is how far the model was off
// on average, for a load left out of its fit: 0.3 is 30 % of the time. ok is false for a
// strategy that was not measured.
//
// Where operations walk longer lists than in any load of the fit, which only those of 6.11
// do, the model says an eighth of what one load took (checkasc) and nearly twice what another
// did (align8k64k): relativeError is 0.88, as far as it is off in both. That of buddy_next is
// 0.87: too wide to put it before or behind another generation.
func Predict(strategy string, s Steps, ops int) (ns, relativeError float64, ok bool) {
	twin, ok := For(strategy)
	m := modelOf(twin.Name)
	if !ok || m == nil || ops <= 0 {
		return 0, 0, false
	}
	for i, x := range m.features(s, ops) {
		ns += m.ns[i] * x
	}
	relativeError = relativeErrors[twin.Name]
	if float64(s[ListStep]) > longLists*float64(ops) {
		relativeError = longListsError
	}
	return ns, relativeError, true
}

// features are how often each term occurs in an operation.
func (m *model) features(s Steps, ops int) []float64 {
	x := make([]float64, len(m.terms))
	for i, t := range m.terms {
		for _, k := range t.kinds {
			x[i] += float64(s[k]) / float64(ops)
		}
	}
	return x
}
