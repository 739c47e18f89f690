package rundir

import (
	"bufio"
	"bytes"
	"strings"

	"golang.org/x/perf/benchfmt"

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

// readConfig keeps the file's configuration (goos, goarch, cpu).
func (f *Facts) readConfig(res *benchfmt.Result) {
	if len(res.Config) > mostFacts {
		return
	}
	for _, c := range res.Config {
		if c.File && f.Value(schema.Fact(c.Key)) == "" {
			*f = append(*f, Field{c.Key, text.Clean(string(c.Value))})
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
