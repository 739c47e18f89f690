package workloads

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// FromFile makes a workload of the trace file at path, read at once. Its name is
// that of the file without directory and without the endings .trace, .gz and
// .zst, in small letters, with an underscore for each character that a name must
// not hold; two files may give the same name. Title and Doc come from the
// trace's first comment, "TITLE: DOC", and from a comment "title: TITLE" if there
// is one. Result lines are skipped: a workload has requests, not answers. Errors
// name the file, and the line if there is one.
func FromFile(path string) (Workload, error) {
	r, err := trace.Open(path)
	if err != nil {
		return Workload{}, err
	}
	w := fromHeader(nameOf(path), r)
	ops, err := FromTrace(r)
	closing := r.Close()
	switch {
	case err != nil:
		return Workload{}, err
	case closing != nil:
		return Workload{}, closing
	case len(ops) == State(ops):
		return Workload{}, fmt.Errorf("%s: holds no operations", path)
	}
	w.Ops = func(uint64, int) []Op { return ops }
	return w, nil
}

// FromTrace reads all operations of a trace. Ids become slots; the slot that was
// freed last is reused first. The error is that of the reader.
func FromTrace(r *trace.Reader) ([]Op, error) {
	var g gen
	live := make(map[uint64]object)
	for r.Scan() {
		switch rec := r.Record(); rec.Kind {
		case trace.Alloc:
			live[rec.ID] = g.alloc(rec.Req)
		case trace.Free:
			g.free(live[rec.ID])
			delete(live, rec.ID)
			if rec.Cleared {
				g.last().Kind = FreeCleared
			}
		case trace.Live:
			for i, e := range rec.Extents {
				live[rec.ID+uint64(i)] = g.alloc(e.Window())
				g.last().Kind = Live
			}
		case trace.Trim:
			keep := strategies.Request{Size: rec.Keep.Size, Lo: rec.Keep.Start}
			g.ops = append(g.ops, Op{Kind: Trim, Slot: live[rec.ID].slot, Req: keep})
		case trace.Reset:
			g.ops = append(g.ops, Op{Kind: ResetDirty})
			if rec.Cleared {
				g.last().Kind = ResetClear
			}
		}
	}
	return g.ops, r.Err()
}

// nameOf is the name of a workload loaded from path.
func nameOf(path string) string {
	s := strings.ToLower(filepath.Base(path))
	for _, ending := range []string{".gz", ".zst", ".trace"} {
		s = strings.TrimSuffix(s, ending)
	}
	s = strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '.' {
			return c
		}
		return '_'
	}, s)
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		s = "trace_" + strings.TrimLeft(s, "_.")
	}
	return s
}

// fromHeader is the workload that a trace's header describes, without operations.
func fromHeader(name string, r *trace.Reader) Workload {
	const longest = 40 // bytes of a title; anything longer is a sentence that has a colon
	w := Workload{Name: name, Title: name, Doc: "a recorded trace", Region: r.Region()}
	for i, c := range r.Comments() {
		c = printable(c)
		key, value, ok := strings.Cut(c, ": ")
		ok = ok && key != "" && len(key) <= longest
		switch {
		case ok && key == "title":
			w.Title = value
		case i == 0 && ok:
			w.Title, w.Doc = key, value
		case i == 0 && c != "":
			w.Doc = c
		}
	}
	return w
}

// printable replaces control characters and invalid UTF-8 in s, which would
// garble a terminal or a report.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || 0x7f <= c && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	return strings.TrimSpace(s)
}
