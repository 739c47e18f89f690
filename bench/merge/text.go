package merge

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
)

// order makes the lists of lines, in the order in which an unsharded run has its first
// line of each benchmark. Those of one benchmark stay in their order.
func (m *merged) order() {
	crossings := (*shard)(nil)
	for _, s := range m.shards {
		for _, l := range s.lines {
			if l.bench == schema.Crossing {
				if crossings == nil {
					crossings = s
				}
				if s != crossings {
					continue
				}
			}
			m.lines[l.bench.File] = append(m.lines[l.bench.File], l)
		}
	}
	for _, lines := range m.lines {
		for i := range lines {
			lines[i].place = m.place(&lines[i])
		}
		slices.SortStableFunc(lines, func(a, b line) int { return slices.Compare(a.place[:], b.place[:]) })
	}
}

// place is where a line belongs: the stage of the run that writes it first, then the
// benchmark and the strategy where the stage goes by these, and the workload.
func (m *merged) place(l *line) [4]int {
	byBench := slices.Index(schema.Benches(), l.bench)
	byStrategy := slices.Index(m.shards[0].names(schema.FactStrategies), l.labels[schema.Strategy])
	workload := slices.Index(m.workloads, l.labels[schema.Workload])
	switch exact := !l.timed(); {
	case exact && workload < 0: // experiments are set up
		return [4]int{0, byBench, 0, 0}
	case l.bench == schema.KernelWork, l.bench == schema.FewestEntries, l.bench == schema.Distance, l.bench == schema.Defrag, l.bench == schema.Managed, l.bench == schema.ManagedFlow, l.bench == schema.HindsightBound, l.bench == schema.SmallestInOnePiece: // about the streams
		return [4]int{1, byBench, 0, workload}
	case l.bench == schema.SmallestRegion:
		return [4]int{1, byBench, byStrategy, workload}
	case exact: // replays are recorded
		return [4]int{2, 0, 0, workload}
	case l.bench == schema.Harness: // behind the other cells of a round
		return [4]int{4, 0, 0, workload}
	case workload >= 0 && l.bench != schema.ManagedLock && l.bench != schema.RegionLock:
		return [4]int{3, 0, 0, workload}
	}
	return [4]int{5, byBench, 0, max(0, workload)} // cells of experiments
}

// text is a file of the merged run.
func (m *merged) text(file schema.File) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", schema.Version)
	for _, f := range m.facts(file) {
		fmt.Fprintf(&b, "# %s: %s\n", f.key, f.value)
	}
	var now []fact // the configuration
	configure := func(next []fact) {
		for _, f := range next {
			if valueOf(now, f.key) != f.value {
				fmt.Fprintf(&b, "%s: %s\n", f.key, f.value)
			}
		}
		for _, f := range now {
			if valueOf(next, f.key) == "" {
				fmt.Fprintf(&b, "%s:\n", f.key)
			}
		}
		now = next
	}
	configure(m.shards[0].heads[file].config)
	declared := make(map[string]bool)
	for _, l := range m.lines[file] {
		h := l.shard.heads[file]
		configure(h.config)
		for _, v := range l.values {
			if u := v.unit.Name; !declared[u] && h.units[u] != "" {
				declared[u] = true
				b.WriteString(h.units[u] + "\n")
			}
		}
		b.WriteString(l.text + "\n")
	}
	for _, key := range m.keys(file, func(h *head) []fact { return h.notes }) {
		fmt.Fprintf(&b, "# %s: %s\n", key, m.perShard(func(s *shard) string { return valueOf(s.heads[file].notes, key) }))
	}
	return b.Bytes()
}

// keys are those of facts of all shards, in the order of the first that has them.
func (m *merged) keys(file schema.File, of func(*head) []fact) (keys []schema.Fact) {
	for _, s := range m.shards {
		for _, f := range of(s.heads[file]) {
			if !slices.Contains(keys, f.key) {
				keys = append(keys, f.key)
			}
		}
	}
	return keys
}

// facts are those at the head of a file of the merged run.
func (m *merged) facts(file schema.File) (all []fact) {
	add := func(key schema.Fact, values ...string) {
		for _, v := range values {
			if v != "" {
				all = append(all, fact{key, v})
			}
		}
	}
	for _, key := range m.keys(file, func(h *head) []fact { return h.facts }) {
		switch key {
		case schema.FactShard, schema.FactShardWorkloads, schema.FactShardExperiments:
		default:
			add(key, m.whole(file, key)...)
		}
	}
	add(schema.FactShards, strconv.Itoa(m.shards[0].N))
	for _, s := range m.shards {
		add(schema.FactPart, s.part())
	}
	for _, s := range m.shards {
		add(schema.FactPartCommand, s.value(schema.FactCommand))
	}
	add(schema.FactMissing, m.missing())
	return all
}

// whole is the fact of the whole run: what all shards say. Where they say several things
// it is the earliest date, of steps and costs of clocks the longest, a line for each
// workload where the lines are about workloads, a list of names, or what each shard says.
func (m *merged) whole(file schema.File, key schema.Fact) []string {
	var values []string // all, each once
	same := true
	for _, s := range m.shards {
		var own []string
		for _, f := range s.heads[file].facts {
			if f.key == key {
				own = append(own, f.value)
			}
		}
		same = same && (s == m.shards[0] || slices.Equal(own, values))
		for _, v := range own {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	switch {
	case key == schema.FactCommand && m.Command != "":
		return []string{m.Command}
	case same:
		return values
	case key == schema.FactDate: // in UTC, so texts compare like dates
		return []string{slices.Min(values)}
	case key == schema.FactKernel || key == schema.FactCores || key == schema.FactHost:
		return []string{strings.Join(values, ", ")}
	case key == schema.FactLeftOut:
		var parts []string
		for _, v := range values {
			parts = append(parts, strings.Split(v, "; ")...)
		}
		m.byWorkload(parts)
		return []string{strings.Join(parts, "; ")}
	case !slices.ContainsFunc(values, func(v string) bool { return m.about(v) < 0 }):
		m.byWorkload(values)
		return values
	}
	if v := longest(values); v != "" {
		return []string{v}
	}
	return []string{m.perShard(func(s *shard) string { return s.heads[file].value(key) })}
}

// about is the workload, as its place in the matrix, that a text is about which begins
// "workload NAME: "; -1 if it is about none.
func (m *merged) about(text string) int {
	rest, _ := strings.CutPrefix(text, "workload ")
	name, _, _ := strings.Cut(rest, ": ")
	return slices.Index(m.workloads, name)
}

// byWorkload sorts texts about workloads.
func (m *merged) byWorkload(texts []string) {
	slices.SortStableFunc(texts, func(a, b string) int { return m.about(a) - m.about(b) })
}

// longest is the longest of durations, "" if one is none.
func longest(values []string) (text string) {
	most := time.Duration(-1)
	for _, v := range values {
		d, err := time.ParseDuration(v)
		if err != nil {
			return ""
		}
		if d > most {
			most, text = d, v
		}
	}
	return text
}

// perShard is what each shard says: "1/2: VALUE; 2/2: VALUE".
func (m *merged) perShard(says func(*shard) string) string {
	var parts []string
	for _, s := range m.shards {
		if v := says(s); v != "" {
			parts = append(parts, s.Shard.String()+": "+v)
		}
	}
	return strings.Join(parts, "; ")
}

// part says when and where a shard was measured.
func (s *shard) part() string {
	parts := []string{s.Shard.String(), s.value(schema.FactDate), "machine " + cmp.Or(s.value(schema.FactHost), "unknown")}
	if cpu := valueOf(s.heads[schema.Results].config, schema.ConfigCPU); cpu != "" {
		parts = append(parts, cpu)
	}
	if cores := s.value(schema.FactCores); cores != "" {
		parts = append(parts, cores+" cores")
	}
	if kernel := s.value(schema.FactKernel); kernel != "" {
		parts = append(parts, kernel)
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "; ")
}
