package report

import (
	"bufio"
	"bytes"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// Field is one fact about a run, as its file states it.
type Field struct{ Key, Value string }

// Facts are the lines "# key: value" of run.bench, then its config lines.
type Facts []Field

// value is the value of a key, empty when there is none.
func (f Facts) value(key string) string {
	for _, fact := range f {
		if fact.Key == key {
			return fact.Value
		}
	}
	return ""
}

// readMeta keeps the lines "# key: value".
func readMeta(data []byte) (out Facts) {
	sc := bufio.NewScanner(bytes.NewReader(data))
	for sc.Scan() {
		key, value, ok := strings.Cut(strings.TrimPrefix(sc.Text(), "# "), ": ")
		if !ok || !strings.HasPrefix(sc.Text(), "# ") || strings.ContainsAny(key, " \t") {
			continue
		}
		out = append(out, Field{clean(key), clean(strings.TrimSpace(value))})
	}
	return out
}

// readConfig keeps the file's configuration (goos, goarch, cpu).
func (f *Facts) readConfig(res *benchfmt.Result) {
	for _, c := range res.Config {
		if c.File && f.value(c.Key) == "" {
			*f = append(*f, Field{c.Key, clean(string(c.Value))})
		}
	}
}
