package bench

import (
	"fmt"

	"github.com/vramlab/vramlab/bench/internal/machine"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// root is where the files of this machine are.
const root = "/"

// warn tells what times depend on.
func warn(tell func(string), all []machine.Finding) {
	for _, f := range all {
		if f.Warns && tell != nil {
			tell(f.Text)
		}
	}
}

// A disturbance is what others took from the run, and what a quota did, since boot.
type disturbance struct {
	cpu       result.CPUTime
	throttled uint64
	limited   bool // there is a quota
}

func disturbedSoFar() disturbance {
	d := disturbance{cpu: result.ReadCPUTime()}
	d.throttled, d.limited = machine.Throttled(root)
	return d
}

// since says how the run was disturbed since then.
func (d disturbance) since(then disturbance) (facts []result.Fact) {
	if throttled, ok := d.throttledSince(then); ok {
		facts = append(facts, throttled)
	}
	if load, ok := result.LoadSince(then.cpu); ok {
		facts = append(facts, load)
	}
	return facts
}

// throttledSince says how often a quota stopped the run, if it did.
func (d disturbance) throttledSince(then disturbance) (result.Fact, bool) {
	if !d.limited || !then.limited || d.throttled <= then.throttled {
		return result.Fact{}, false
	}
	return result.Fact{Key: schema.FactThrottled, Value: fmt.Sprintf(
		"the quota of the control group stopped the run %d times", d.throttled-then.throttled)}, true
}
