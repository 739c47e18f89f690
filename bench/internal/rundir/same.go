package rundir

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
)

// Keys of what must be the same, but for those that have a value which says something.
const (
	sameProgram = "program"
	sameStream  = "stream of "
	sameFile    = "file "
)

// facts are those at the head of the files that must be the same.
var facts = []schema.Fact{
	schema.FactSeed, schema.FactCount, schema.FactOps, schema.FactIsolation, schema.FactPinned, schema.FactThreadClock, schema.FactStrategies, schema.FactWorkloads, schema.FactShard, schema.FactMatrix,
	schema.FactLeftOut, schema.FactBuilders, schema.FactGo, schema.FactKernel, schema.FactCores, schema.FactRevision,
}

// Same is what must be the same where a run goes on: what decides what is measured, in
// which order and with what. head are the facts at the head of the files; beside them
// stand the program, this machine, the operations of loads and the contents of files.
func Same(head []result.Fact, loads []*subject.Load, files []string) (out []journal.Fact) {
	add := func(key, value string) { out = append(out, journal.Fact{Key: key, Value: value}) }
	for _, f := range head {
		if slices.Contains(facts, f.Key) {
			add(string(f.Key), f.Value)
		}
	}
	add(string(schema.ConfigOS), runtime.GOOS)
	add(string(schema.ConfigArch), runtime.GOARCH)
	add(string(schema.ConfigCPU), result.CPUModel())
	add("number of cores in use", strconv.Itoa(runtime.GOMAXPROCS(0)))
	for _, path := range files {
		add(sameFile+path, result.HashOf(path))
	}
	for _, l := range loads {
		add(sameStream+l.Name, l.Digest())
	}
	add(sameProgram, result.Program())
	return out
}

// isSame reports the first in which two runs differ. Samples of two programs, or of two
// machines, are not to be mixed.
func isSame(was, now []journal.Fact) error {
	value := func(of []journal.Fact, key string) string {
		for _, f := range of {
			if f.Key == key {
				return f.Value
			}
		}
		return ""
	}
	for _, f := range slices.Concat(was, now) {
		if a, b := value(was, f.Key), value(now, f.Key); a != b {
			return otherwise(f.Key, a, b)
		}
	}
	return nil
}

// otherwise says how a fact differs.
func otherwise(key, was, now string) error {
	if key == sameProgram {
		return fmt.Errorf("the program is not the one that began it, but was built from other files or in another way")
	}
	if workload, ok := strings.CutPrefix(key, sameStream); ok && was != "" && now != "" {
		return fmt.Errorf("the operations of the workload %s are not those it began with", workload)
	}
	if path, ok := strings.CutPrefix(key, sameFile); ok {
		return fmt.Errorf("%s was changed", path)
	}
	return fmt.Errorf("%s: %q when it began, and %q now", key, was, now)
}
