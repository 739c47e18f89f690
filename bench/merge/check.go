package merge

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
)

// sameFacts are those that all shards of a run share. The digest comes last: it says that
// something differs, and not what.
var sameFacts = []schema.Fact{
	schema.FactRevision, schema.FactGo, schema.FactSeed, schema.FactCount, schema.FactOps, schema.FactOrder, schema.FactIsolation,
	schema.FactStrategies, schema.FactModels, schema.FactBuilders, schema.FactWorkloads, schema.FactExperiments,
	schema.FactSkipped, schema.FactBrought, schema.FactPlacements, schema.FactPressures, schema.FactMatrix,
}

// same reports in what the shards are of different runs.
func (m *merged) same() error {
	first := m.shards[0]
	for _, s := range m.shards[1:] {
		if s.N != first.N {
			return fmt.Errorf("%s is shard %v and %s is shard %v: they are of different runs", first.dir, first.Shard, s.dir, s.Shard)
		}
		for _, key := range sameFacts {
			a, b := first.value(key), s.value(key)
			switch {
			case a == b:
			case key == schema.FactMatrix:
				return fmt.Errorf("%s and %s are of different runs: the operations of a workload, -sweep, -cpu, -profile or -manager differ (%s is %s and %s)", first.dir, s.dir, key, a, b)
			default:
				return fmt.Errorf("%s and %s are of different runs: %s is %q and %q", first.dir, s.dir, key, a, b)
			}
		}
	}
	return nil
}

// complete sorts the shards, and reports one that is there twice or missing, and what of
// the matrix no shard, or more than one, has.
func (m *merged) complete() error {
	slices.SortStableFunc(m.shards, func(a, b *shard) int { return cmp.Compare(a.I, b.I) })
	for i, s := range m.shards[1:] {
		if before := m.shards[i]; before.I == s.I {
			return fmt.Errorf("shard %v is there twice: %s and %s", s.Shard, before.dir, s.dir)
		}
	}
	for _, kind := range kinds {
		has := make(map[string]*shard)
		for _, s := range m.shards {
			for _, name := range s.names(kind.share) {
				if other := has[name]; other != nil {
					return fmt.Errorf("the %s %s is in two shards: %s and %s", kind.word, name, other.dir, s.dir)
				}
				if !slices.Contains(s.names(kind.all), name) {
					return fmt.Errorf("%s: the %s %s of the shard is none of the run", s.path(schema.Results), kind.word, name)
				}
				has[name] = s
			}
		}
	}
	missing := m.missing()
	switch {
	case missing == "" && len(m.shards) == m.shards[0].N, m.Partial:
		return nil
	case missing == "":
		return fmt.Errorf("%d of %d shards are there", len(m.shards), m.shards[0].N)
	}
	return fmt.Errorf("not all of the run is there: %s (-partial merges what there is)", missing)
}

// kinds are the kinds of units, and the facts that list them.
var kinds = []struct {
	word       string
	all, share schema.Fact
}{
	{"workload", schema.FactWorkloads, schema.FactShardWorkloads},
	{"experiment", schema.FactExperiments, schema.FactShardExperiments},
}

// missing says which shards are not there, and what of the matrix is in none: "" if nothing.
func (m *merged) missing() string {
	var parts []string
	n := m.shards[0].N
	for i := 1; i <= n; i++ {
		if !slices.ContainsFunc(m.shards, func(s *shard) bool { return s.I == i }) {
			parts = append(parts, fmt.Sprintf("shard %d/%d", i, n))
		}
	}
	for _, kind := range kinds {
		var names []string
		for _, name := range m.shards[0].names(kind.all) {
			if !slices.ContainsFunc(m.shards, func(s *shard) bool { return slices.Contains(s.names(kind.share), name) }) {
				names = append(names, name)
			}
		}
		if names != nil {
			parts = append(parts, kind.word+" "+strings.Join(names, " "))
		}
	}
	return strings.Join(parts, ", ")
}

// finished reports a shard that did not come to its end, or whose lines are not all there.
func (m *merged) finished() error {
	for _, s := range m.shards {
		if err := s.finished(); err != nil {
			return err
		}
	}
	return nil
}

func (s *shard) finished() error {
	j, err := journal.ReadFile(filepath.Join(s.dir, schema.Journal))
	if err != nil {
		return err
	}
	if j.Last.Phase != journal.Ended {
		return fmt.Errorf("%s: the shard is not finished (run -resume goes on with it)", s.dir)
	}
	samples := make(map[string]int)
	for i := range s.lines {
		l := &s.lines[i]
		workload, bound := l.labels[schema.Workload]
		if bound && !slices.Contains(s.names(schema.FactShardWorkloads), workload) {
			return fmt.Errorf("%s: %s is no workload of shard %v", l.at, workload, s.Shard)
		}
		if l.timed() {
			samples[l.name]++
		}
	}
	count, err := strconv.Atoi(s.value(schema.FactCount))
	if err != nil {
		return fmt.Errorf("%s: %s %q is no number", s.path(schema.Results), schema.FactCount, s.value(schema.FactCount))
	}
	want := func(b *schema.Bench, labels schema.Labels) error {
		if n := samples[b.FullName(labels)]; n != count {
			return fmt.Errorf("%s: the shard is not whole: %d of %d samples of %s", s.path(b.File), n, count, b.FullName(labels))
		}
		return nil
	}
	for _, workload := range s.names(schema.FactShardWorkloads) {
		if err := want(schema.Harness, schema.Labels{schema.Workload: workload}); err != nil {
			return err
		}
		for _, strategy := range s.names(schema.FactStrategies) {
			for _, b := range []*schema.Bench{schema.AllocFree, schema.AA} {
				if err := want(b, schema.Labels{schema.Strategy: strategy, schema.Workload: workload}); err != nil && !s.leftOut(workload, strategy) {
					return err
				}
			}
		}
	}
	return nil
}

// leftOut reports whether the shard says that the strategy cannot begin in the state of the
// workload.
func (s *shard) leftOut(workload, strategy string) bool {
	for why := range strings.SplitSeq(s.value(schema.FactLeftOut), "; ") {
		if strings.HasPrefix(why, "workload "+workload+": "+strategy+" ") {
			return true
		}
	}
	return false
}

// agree reports an exact figure that is not the same wherever it stands, and a benchmark
// that stands in more than one shard.
func (m *merged) agree() error {
	type figure struct {
		name string
		unit *schema.Unit
	}
	type said struct {
		v  float64
		at string
	}
	exact := make(map[figure]said)
	owner := make(map[string]*line)
	for _, s := range m.shards {
		for i := range s.lines {
			l := &s.lines[i]
			for _, v := range l.values {
				f := figure{l.name, v.unit}
				before, ok := exact[f]
				switch {
				case !v.unit.Exact:
				case !ok:
					exact[f] = said{v.v, l.at}
				case before.v != v.v:
					return fmt.Errorf("%s: %s of %s is %v, and %v in %s: an exact figure must be the same", l.at, v.unit.Name, l.name, v.v, before.v, before.at)
				}
			}
			before := owner[l.name]
			if before == nil {
				owner[l.name] = l
			} else if before.shard != s && l.bench != schema.Crossing {
				return fmt.Errorf("%s: %s is also in another shard: %s", l.at, l.name, before.at)
			}
		}
	}
	return nil
}
