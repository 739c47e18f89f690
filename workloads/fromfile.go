package workloads

import (
	"fmt"
	"math"
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
	w, err := FromReader(path, r)
	if e := r.Close(); err == nil {
		err = e
	}
	return w, err
}

// FromReader is FromFile for a trace that is open already; path gives the name.
func FromReader(path string, r *trace.Reader) (Workload, error) {
	w, _, err := Head(path, r, math.MaxInt)
	return w, err
}

// Head is FromReader for the first operations of a trace, most of them or all that there
// are; cut says that there are more, which are not read. A state to begin in is whole.
func Head(path string, r *trace.Reader, most int) (w Workload, cut bool, err error) {
	w = FromHeader(path, r)
	ops, cut, err := w.fromTrace(r, most)
	switch {
	case err != nil:
		return Workload{}, false, err
	case len(ops) > 0 && len(ops) == State(ops):
		return Workload{}, false, fmt.Errorf("%s: holds a state and no operations to run: replay -summary lays it out, inspect says what it is, and requests added to its trace ask what still fits", path)
	case len(ops) == 0:
		return Workload{}, false, fmt.Errorf("%s: holds no operations", path)
	}
	w.Ops = func(uint64, int) []Op { return ops }
	return w, cut, nil
}

// FromTrace reads all operations of a trace. Ids become slots; the slot that was
// freed last is reused first. The error is that of the reader.
func FromTrace(r *trace.Reader) ([]Op, error) {
	ops, _, err := new(Workload).fromTrace(r, math.MaxInt)
	return ops, err
}

// fromTrace reads operations, and what w says of them.
func (w *Workload) fromTrace(r *trace.Reader, most int) (ops []Op, cut bool, _ error) {
	for r.Scan() {
		rec, n := r.Record(), len(ops)
		switch {
		case rec.Kind == trace.Time:
			w.Times = append(w.Times, Time{n, rec.Time})
		case rec.Kind == trace.Refused && ops[n-1].Kind == Alloc:
			w.Denied = append(w.Denied, n-1)
		}
		if ops = appendOp(ops, rec); len(ops) > most && rec.Kind != trace.Live {
			return ops[:n], true, nil
		}
	}
	return ops, false, r.Err()
}

// appendOp appends the operations of a record, one for each extent of a state and none
// for a time or a result.
func appendOp(ops []Op, rec *trace.Record) []Op {
	switch rec.Kind {
	case trace.Alloc:
		return append(ops, Op{Kind: Alloc, Slot: rec.Slot, Req: rec.Req})
	case trace.Free:
		if rec.Cleared {
			return append(ops, Op{Kind: FreeCleared, Slot: rec.Slot})
		}
		return append(ops, Op{Kind: Free, Slot: rec.Slot})
	case trace.Live:
		for i, e := range rec.Extents {
			ops = append(ops, Op{Kind: Live, Slot: rec.Slot + uint32(i), Req: e.Window()})
		}
	case trace.Trim:
		return append(ops, Op{Kind: Trim, Slot: rec.Slot, Req: strategies.Request{Size: rec.Keep.Size, Lo: rec.Keep.Start}})
	case trace.Reset:
		if rec.Cleared {
			return append(ops, Op{Kind: ResetClear})
		}
		return append(ops, Op{Kind: ResetDirty})
	}
	return ops
}

// FromHeader is [FromFile] without the operations, for who reads them on.
func FromHeader(path string, r *trace.Reader) Workload { return fromHeader(NameOf(path), r) }

// NameOf is the name of a workload loaded from path: that of the file, without what a name
// must not hold.
func NameOf(path string) string {
	s := strings.ToLower(filepath.Base(path))
	for _, ending := range []string{".gz", ".zst", ".trace", ".model"} {
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
	w := Workload{Name: name, Title: name, Doc: "a recorded trace", Region: r.Region(), Recorded: true}
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
