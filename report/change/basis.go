package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Basis says by which clock the times of operations and tables were taken that are
// compared: wall time, or where the machine was busy in one of the runs processor time, if
// all of them have it. Other times are wall time in either case.
type Basis struct {
	Processor bool
	Why       string // of processor time, or of wall time in spite of a busy machine; else ""
}

// String is the basis in a sentence, "" where nothing is to be said: on a quiet machine.
func (b Basis) String() string {
	switch {
	case b.Why == "":
		return ""
	case b.Processor:
		return "times of operations and tables are processor time (" + schema.CPUNs.Name + "), " + b.Why
	}
	return "times are wall time, " + b.Why
}

// BasisOf finds by which clock runs are compared; names are what a sentence calls them.
func BasisOf(names []string, sides []*Side) Basis {
	var busy, lacking []string
	for i, s := range sides {
		if n := s.interrupted(); n.Busy() {
			busy = append(busy, fmt.Sprintf("%d of %d samples of %s", n.N, n.Of, names[i]))
		}
		if !s.complete() {
			lacking = append(lacking, names[i])
		}
	}
	switch {
	case len(busy) == 0:
		return Basis{}
	case len(lacking) > 0:
		lack := " do not have the processor time of every sample"
		if len(lacking) == 1 {
			lack = " does not have the processor time of every sample"
		}
		return Basis{Why: "though " + some(busy) + " were interrupted, since " + some(lacking) + lack}
	}
	return Basis{true, "since " + some(busy) + " were interrupted"}
}

// some is a list, of more than a few items only the first.
func some(items []string) string {
	const most = 3
	if n := len(items) - most; n > 0 {
		items = append(slices.Clone(items[:most]), fmt.Sprint(n, " more"))
	}
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// interrupted counts the samples of the two lanes of strategies that lost their core.
func (s *Side) interrupted() (n stat.Interrupted) {
	for _, k := range s.order {
		if b := benchOf(k); k.unit == schema.AwayPct.Name && (b == schema.AllocFree || b == schema.AA) {
			for _, away := range s.cells[k].values {
				n.Add(away)
			}
		}
	}
	return n
}

// complete reports whether every sample whose processor time can be compared has it.
func (s *Side) complete() bool {
	any := false
	for _, k := range s.order {
		cpu, ok := cpuKey(k)
		if !ok {
			continue
		}
		any = true
		if c := s.cells[cpu]; c == nil || len(c.values) != len(s.cells[k].values) || slices.Min(c.values) <= 0 {
			return false
		}
	}
	return any
}

// benchOf is the benchmark of a key, nil for one that is not of this lab.
func benchOf(k key) *schema.Bench {
	name, _, _ := strings.Cut(k.bench, "/")
	return schema.FindBench(name)
}

// wallKey is the wall time of which k is the processor time; ok is false of any other.
func wallKey(k key) (wall key, ok bool) {
	b := benchOf(k)
	if b == nil || k.unit != schema.CPUNs.Name || b.WallUnit() == nil {
		return key{}, false
	}
	return k.of(k.bench, b.WallUnit().Name), true
}

// cpuKey is the processor time of which k is the wall time; ok is false of any other.
func cpuKey(k key) (cpu key, ok bool) {
	b := benchOf(k)
	if b == nil || b.WallUnit() == nil || k.unit != b.WallUnit().Name {
		return key{}, false
	}
	return k.of(k.bench, schema.CPUNs.Name), true
}

// skips reports whether a cell is not compared: the time by the other clock, and how long
// the thread of a sample was without a core.
func (b Basis) skips(k key) bool {
	_, isCPU := wallKey(k)
	_, isWall := cpuKey(k)
	return k.unit == schema.AwayPct.Name || b.Processor && isWall || !b.Processor && isCPU
}

// twin is the unit of the same time by the other clock, "" of what has none.
func twin(k key) string {
	if wall, ok := wallKey(k); ok {
		return wall.unit
	}
	if cpu, ok := cpuKey(k); ok {
		return cpu.unit
	}
	return ""
}

// laneOf is the unit of the A/A lanes that say what a time differs from itself by: those by
// its own clock.
func laneOf(k key) string {
	if _, isCPU := wallKey(k); isCPU {
		return schema.CPUNs.Name
	}
	return schema.NsPerOp.Name
}

// lanes are the units of the lanes that are asked.
func (b Basis) lanes() []string {
	if b.Processor {
		return []string{schema.CPUNs.Name, schema.NsPerOp.Name}
	}
	return []string{schema.NsPerOp.Name}
}
