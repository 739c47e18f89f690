package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/managed"
)

// Manager is what the experiment managed does: replays of the workloads under a memory
// manager. The zero value is brief, with the default placements and pressures.
type Manager struct {
	All        bool // all of each workload, and lock hold times on each, rather than of some the beginning
	Placements managed.Placements
	Pressures  []managed.Pressure // each once; none: [DefaultPressures]

	// GTT places in the GTT, if [managed.Placements.GTT] names its strategy.
	GTT strategies.Strategy
}

// DefaultPressures are those of a run that names none: one at which something has to leave,
// and one at which only what a strategy places badly does.
func DefaultPressures() []managed.Pressure { return experiment.DefaultPressures() }

// BriefOps is the number of operations of a workload that a run has under a memory manager,
// unless it has all of them.
const BriefOps = experiment.BriefOps

// String is the same for two that measure the same.
func (m Manager) String() string {
	return fmt.Sprint(m.All, " ", m.pressures(), " ", m.Placements)
}

func (m Manager) pressures() []managed.Pressure {
	if len(m.Pressures) == 0 {
		return DefaultPressures()
	}
	return m.Pressures
}

// ParsePressures reads pressures with commas between: 80%,100%. The error is one line.
func ParsePressures(text string) (list []managed.Pressure, err error) {
	for one := range strings.SplitSeq(text, ",") {
		p, err := managed.ParsePressure(strings.TrimSpace(one))
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(list, p):
			return nil, fmt.Errorf("pressure %v is named twice", p)
		}
		list = append(list, p)
	}
	return list, nil
}
