package rundir

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Field is one fact about a run, as its file states it.
type Field struct{ Key, Value string }

// Facts are the lines "# key: value" of run.bench, then its config lines.
type Facts []Field

// Value is the value of a key, empty when there is none.
func (f Facts) Value(key schema.Fact) string {
	for _, fact := range f {
		if fact.Key == string(key) {
			return fact.Value
		}
	}
	return ""
}

// Values are all values of a key: a run merged from shards has several of some.
func (f Facts) Values(key schema.Fact) (all []string) {
	for _, fact := range f {
		if fact.Key == string(key) {
			all = append(all, fact.Value)
		}
	}
	return all
}

// readMeta keeps the lines "# key: value".
func readMeta(data []byte) (out Facts) {
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() && len(out) < mostFacts {
		key, value, ok := strings.Cut(strings.TrimPrefix(sc.Text(), "# "), ": ")
		if !ok || !strings.HasPrefix(sc.Text(), "# ") || strings.ContainsAny(key, " \t") {
			continue
		}
		out = append(out, Field{text.Clean(key), text.Clean(strings.TrimSpace(value))})
	}
	return out
}

// readConfig keeps the file's configuration (goos, goarch, cpu). A run merged from shards
// may have been measured on several processors.
func (f *Facts) readConfig(res *benchfmt.Result) {
	if len(res.Config) > mostFacts {
		return
	}
	for _, c := range res.Config {
		if !c.File || len(*f) >= mostFacts {
			continue
		}
		if v := text.Clean(string(c.Value)); v != "" && !slices.Contains(f.Values(schema.Fact(c.Key)), v) {
			*f = append(*f, Field{c.Key, v})
		}
	}
}

// Kernels are the kernels whose placements strategies reproduce, by strategy, as the run
// states them: "Linux 7.1", or "".
func (f Facts) Kernels(names list.Names) []string {
	out := make([]string, len(names))
	for stated := range strings.SplitSeq(f.Value(schema.FactModels), ", ") {
		name, kernel, _ := strings.Cut(stated, " is ")
		if s := names.Index(name); s >= 0 {
			out[s] = text.Clean(kernel)
		}
	}
	return out
}

// Stopped is how far a run came that was ended before its end, or that is still going on.
type Stopped struct {
	Round   int // in which it was: 0 before the first one, Of + 1 behind the last
	Of      int
	Running bool // another process is at it; false where that cannot be told
}

// readJournal reads how far the run came. Runs of old versions have no journal, and say
// nothing of their end.
func (r *Run) readJournal(path string) {
	f, err := openRegular(path)
	if err != nil {
		if !IsMissing(err) {
			r.Warnings.leaveOut("%v", err)
		}
		return
	}
	defer f.Close()
	running := journal.Busy(f) // first: a run that ends then says so in what is read
	j, err := journal.Read(f)
	var facts Facts
	for _, fact := range j.Facts {
		facts = append(facts, Field{text.Clean(fact.Key), text.Clean(fact.Value)})
	}
	switch how := r.otherRun(facts); {
	case errors.Is(err, journal.ErrEmpty):
		r.Stopped = &Stopped{Running: running}
	case err != nil:
		r.Warnings.leaveOut("%s: %v", path, err)
	case how != "":
		r.Warnings.leaveOut("%s: is of another run and left out: %s", path, how)
	case j.Last.Phase != journal.Ended:
		r.journal, r.Stopped = &j, &Stopped{j.Where(), j.Rounds, running}
	}
}

// finished is what the steps that are done have written to a file of results: a run that
// was stopped may have been in the middle of another one.
func (r *Run) finished(name schema.File, data []byte) []byte {
	if r.journal == nil {
		return data
	}
	for i, file := range r.journal.Files {
		if i >= len(r.journal.Last.Sizes) || file != string(name) {
			continue
		}
		if size := r.journal.Last.Sizes[i]; 0 < size && size < int64(len(data)) && data[size-1] == '\n' {
			return data[:size]
		}
	}
	return data
}

// brought are the workloads that a run was given, as traces or models, of those that it
// states. Old runs do not say it: then as many of the last as the command line names, since
// a run puts them behind those that come with it.
func (f Facts) brought() []string {
	all := strings.Fields(f.Value(schema.FactWorkloads))
	if v := f.Value(schema.FactBrought); v != "" {
		return strings.Fields(v)
	}
	given, named := 0, false
	for _, word := range strings.Fields(f.Value(schema.FactCommand)) {
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case !strings.HasPrefix(word, "-"):
		case flag == "trace" || flag == "workload":
			given++
		case flag == "workloads":
			named = true
		}
	}
	switch {
	case given == 0:
		return nil
	case !named:
		return all
	}
	return all[max(0, len(all)-given):]
}

// bringFirst puts what the run is about before what comes with the lab: who brings a trace
// reads of it first.
func (r *Run) bringFirst() {
	brought := r.Facts.brought()
	for _, w := range r.Workloads {
		w.Brought = slices.Contains(brought, w.Name)
	}
	slices.SortStableFunc(r.Workloads, func(a, b *Workload) int {
		switch {
		case a.Brought == b.Brought:
			return 0
		case a.Brought:
			return -1
		}
		return 1
	})
}
