package bench

import (
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/workloads"
)

// A Shard is one of N parts of a run, for as many machines: part I, counted from 1. The
// zero value is the whole run.
//
// What a report compares stays in one process: all strategies on a workload, with all
// their tables, curves and searches, are one [Unit], and so is each experiment that makes
// its own load. Crossings, which say what the times of a library contain, are measured in
// every shard.
//
// The units go round: the first to shard 1, the second to shard 2. On the default run,
// whose units took 1.0 to 10.7 s each, the longest shard of 2, 4 and 8 took 1.13, 1.28 and
// 1.83 times the mean. Longest first, by the number of operations, came to 1.14, 1.31 and
// 1.74: what an allocator does with an operation matters more than their number.
type Shard struct{ I, N int }

// ParseShard reads a shard like 2/4.
func ParseShard(text string) (Shard, error) {
	first, second, _ := strings.Cut(text, "/")
	i, err := strconv.ParseUint(first, 10, 31)
	n, err2 := strconv.ParseUint(second, 10, 31)
	s := Shard{int(i), int(n)}
	if err != nil || err2 != nil || s.N == 0 || s.check() != nil {
		return Shard{}, fmt.Errorf("%q is no shard: I/N is part I of N, where I is 1 to N, as in 2/4", text)
	}
	return s, nil
}

// String is the shard as [ParseShard] reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.I, s.N) }

func (s Shard) check() error {
	if s != (Shard{}) && (s.I < 1 || s.I > s.N) {
		return fmt.Errorf("shard %v: the parts are 1 to %d", s, s.N)
	}
	return nil
}

// has reports whether the shard has the unit of that index.
func (s Shard) has(unit int) bool { return s.N == 0 || unit%s.N == s.I-1 }

// A Unit is what a shard has as a whole or not at all.
type Unit struct {
	Name       string // of a workload or of an experiment
	Experiment bool
}

// of lists those of the units that the shard has.
func (s Shard) of(units []Unit) []Unit {
	var mine []Unit
	for i, u := range units {
		if s.has(i) {
			mine = append(mine, u)
		}
	}
	return mine
}

// unitNames are the names of the experiments among units, or of the workloads.
func unitNames(units []Unit, experiments bool) string {
	var names []string
	for _, u := range units {
		if u.Experiment == experiments {
			names = append(names, u.Name)
		}
	}
	return strings.Join(names, " ")
}

// digestOps writes operations to a digest.
func digestOps(h hash.Hash, ops []workloads.Op) {
	const atOnce = 4096
	buf := make([]byte, 0, atOnce+64)
	for i := range ops {
		op := &ops[i]
		for _, v := range [...]uint64{op.Req.Size, op.Req.Align, op.Req.Lo, op.Req.Hi, uint64(op.Req.Flags)<<40 | uint64(op.Kind)<<32 | uint64(op.Slot)} {
			buf = binary.LittleEndian.AppendUint64(buf, v)
		}
		if len(buf) >= atOnce {
			h.Write(buf)
			buf = buf[:0]
		}
	}
	h.Write(buf)
	io.WriteString(h, "\n")
}
