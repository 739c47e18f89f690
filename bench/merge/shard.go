package merge

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
)

// mostBytes of a file of results are read.
const mostBytes = 1 << 30

// fact is a line "# key: value", or a line of the configuration "key: value".
type fact struct {
	key   schema.Fact
	value string
}

// A shard is one run directory.
type shard struct {
	bench.Shard
	dir   string
	heads map[schema.File]*head
	lines []line // of all files
}

// A head is what a file of results holds beside results.
type head struct {
	facts  []fact            // before the results, in their order; of some keys there are several
	notes  []fact            // behind the results
	config []fact            // goos, cpu and so on
	units  map[string]string // Unit lines, by unit
}

// value of a fact, empty if there is none.
func (h *head) value(key schema.Fact) string { return valueOf(h.facts, key) }

// read reads a line of the file that is no result.
func (h *head) read(text string, behind bool) {
	if comment, ok := strings.CutPrefix(text, "# "); ok {
		key, v, ok := strings.Cut(comment, ": ")
		switch {
		case !ok || strings.Contains(key, " "):
		case behind:
			h.notes = append(h.notes, fact{schema.Fact(key), v})
		default:
			h.facts = append(h.facts, fact{schema.Fact(key), v})
		}
		return
	}
	if unit, ok := strings.CutPrefix(text, "Unit "); ok {
		unit, _, _ = strings.Cut(unit, " ")
		h.units[unit] = text
		return
	}
	if key, v, ok := strings.Cut(text, ": "); ok && !behind && !strings.Contains(key, " ") {
		h.config = append(h.config, fact{schema.Fact(key), v})
	}
}

// A line is a result.
type line struct {
	text   string // as it stands in the file, without its end
	at     string // FILE:LINE
	shard  *shard
	bench  *schema.Bench
	labels schema.Labels
	name   string // in full, without the number of processors
	values []value
	place  [4]int // in the merged run
}

type value struct {
	unit *schema.Unit
	v    float64
}

// timed reports whether the line has a sample: a value that is not exact.
func (l *line) timed() bool {
	return slices.ContainsFunc(l.values, func(v value) bool { return !v.unit.Exact })
}

// value of a fact of run.bench, empty if there is none.
func (s *shard) value(key schema.Fact) string { return s.heads[schema.Results].value(key) }

func valueOf(facts []fact, key schema.Fact) string {
	for _, f := range facts {
		if f.key == key {
			return f.value
		}
	}
	return ""
}

// names are those of a fact that lists names.
func (s *shard) names(key schema.Fact) []string { return strings.Fields(s.value(key)) }

func (s *shard) path(file schema.File) string { return filepath.Join(s.dir, string(file)) }

// readShard reads the files of results in dir. What cannot be read, or is torn, is an error
// with file and line.
func readShard(dir string) (*shard, error) {
	s := &shard{dir: dir, heads: make(map[schema.File]*head)}
	for _, file := range schema.Files() {
		h, err := s.read(file)
		if err != nil {
			return nil, err
		}
		s.heads[file] = h
		if file == schema.Results {
			if s.value(schema.FactShard) == "" {
				return nil, fmt.Errorf("%s: is no shard of a run: it has no line %q", s.path(file), "# "+string(schema.FactShard)+": I/N")
			}
			if s.Shard, err = bench.ParseShard(s.value(schema.FactShard)); err != nil {
				return nil, fmt.Errorf("%s: %w", s.path(file), err)
			}
			continue
		}
		for _, key := range []schema.Fact{schema.FactShard, schema.FactMatrix, schema.FactDate, schema.FactCommand} {
			if here, there := s.value(key), h.value(key); here != there {
				return nil, fmt.Errorf("%s: is of another run: its %s is %q, that of %s %q", s.path(file), key, there, schema.Results, here)
			}
		}
	}
	return s, nil
}

// read reads a file: its head, and its results into s.lines.
func (s *shard) read(file schema.File) (*head, error) {
	path := s.path(file)
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	text := strings.Split(string(data), "\n")
	last := len(text) - 1
	if text[last] != "" {
		return nil, fmt.Errorf("%s:%d: the file ends within a line", path, last+1)
	}
	if !slices.Contains(text, "# "+schema.Version) {
		return nil, fmt.Errorf("%s: does not begin as a run of this version does, with %q", path, "# "+schema.Version)
	}
	h := &head{units: make(map[string]string)}
	behind := false
	for _, t := range text {
		if strings.HasPrefix(t, "Benchmark") {
			behind = true
		} else {
			h.read(t, behind)
		}
	}
	in := benchfmt.NewReader(bytes.NewReader(data), path)
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, rec
		case *benchfmt.Result:
			_, n := rec.Pos()
			l := line{text: text[n-1], at: fmt.Sprintf("%s:%d", path, n), shard: s}
			if err := l.parse(rec, file); err != nil {
				return nil, err
			}
			s.lines = append(s.lines, l)
		}
	}
	return h, in.Err()
}

// parse reads the name and the values of a line, which must be of the table of names.
func (l *line) parse(r *benchfmt.Result, file schema.File) error {
	if l.bench, l.labels = schema.Parse(string(r.Name)); l.bench == nil || l.bench.File != file || l.bench.Missing(l.labels) != "" {
		return fmt.Errorf("%s: %s is no result of a run", l.at, r.Name)
	}
	own := make(schema.Labels)
	for _, k := range l.bench.Keys {
		own[k] = l.labels[k]
	}
	l.name = l.bench.FullName(own)
	for _, v := range r.Values {
		u := schema.FindUnit(v.Unit)
		if u == nil {
			return fmt.Errorf("%s: the unit %s is none of a run", l.at, v.Unit)
		}
		if v.OrigUnit != "" {
			v.Value = v.OrigValue
		}
		l.values = append(l.values, value{u, v.Value})
	}
	return nil
}

func readBounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && len(data) > mostBytes {
		err = fmt.Errorf("%s: is larger than %d bytes", path, mostBytes)
	}
	return data, err
}
