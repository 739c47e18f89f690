package replay

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Verify replays the trace r on a and compares each result in the trace with the
// result on a: the blocks of a line "=" in the order granted, the refusal of a line
// "!", the table of a line "s", and what a trim left. It returns the number of lines compared, 0 if the
// trace has no results, and the first difference as one line: file and line, request,
// the result wanted and the result got.
//
// Tables are those of [sgtable.Append], or of each of the builders if any are given. a
// is new and was made for r's region. name is the name of the file that r reads.
func Verify(a strategies.Allocator, r *trace.Reader, name string, builders ...sgtable.Builder) (checked int, err error) {
	t := newTracer(a)
	var asked trace.Record
	for r.Scan() {
		rec := r.Record()
		var wanted, got string
		switch rec.Kind {
		case trace.Alloc:
			asked = *rec
			t.alloc(rec)
			continue
		case trace.Free:
			t.free(rec)
			continue
		case trace.Trim:
			asked = *rec
			t.trim(rec)
			continue
		case trace.Time:
			continue
		case trace.Reset:
			t.reset(rec)
			continue
		case trace.Live:
			if err := t.give(rec); err != nil {
				return checked, fmt.Errorf("%s:%d: the strategy %w", name, rec.Line, err)
			}
			continue
		case trace.Refused:
			wanted, got = t.diffRefusal(rec.Errno)
		case trace.Granted:
			wanted, got = t.diffGrant(rec.Extents)
		case trace.Table:
			wanted, got = t.diffTables(rec.Extents, builders)
		}
		if wanted != got {
			return checked, fmt.Errorf("%s:%d: %s: wanted %s, got %s%s", name, rec.Line, Describe(&asked), wanted, got, t.hint(&asked))
		}
		checked++
	}
	return checked, r.Err()
}

// hint is what may be wrong with a trim that was refused as invalid.
func (t *tracer) hint(asked *trace.Record) string {
	if asked.Kind == trace.Trim && asked.Keep.Start != 0 && errors.Is(t.err, strategies.ErrInvalid) {
		return " (start counts from the allocation's own first byte; the kernel's is an address)"
	}
	return ""
}

// Describe names an allocation or a trim of a trace, for messages.
func Describe(rec *trace.Record) string {
	if rec.Kind == trace.Trim {
		text := fmt.Sprintf("trim of %d to %d bytes", rec.ID, rec.Keep.Size)
		if rec.Keep.Start != 0 {
			text += fmt.Sprintf(" from byte %d on", rec.Keep.Start)
		}
		return text
	}
	return fmt.Sprintf("allocation %d of %v", rec.ID, rec.Req)
}

// diffRefusal compares the last result with a refusal. Like the others it returns two
// equal strings, or what was wanted and what was got.
func (t *tracer) diffRefusal(errno string) (wanted, got string) {
	switch {
	case t.err == nil:
		_, got = t.diffGrant(nil)
		return "! " + errno, got
	case errnoOf(t.err) == errno:
		return "", ""
	}
	return "! " + errno, "! " + errnoOf(t.err)
}

// diffGrant compares the last result with a grant.
func (t *tracer) diffGrant(want []trace.Extent) (wanted, got string) {
	if t.err != nil {
		return "= " + brief(want, 0), "! " + errnoOf(t.err)
	}
	t.got = t.got[:0]
	for _, b := range t.last {
		t.got = append(t.got, trace.Extent{Start: b.Start, Size: b.Size})
	}
	return diffExtents("= ", want, t.got)
}

// diffTables compares the table of the last grant, as each of the builders makes it.
// There is one: the grant was compared before.
func (t *tracer) diffTables(want []trace.Extent, builders []sgtable.Builder) (wanted, got string) {
	if len(builders) == 0 {
		return t.diffTable("s ", want, t.table())
	}
	for _, b := range builders {
		var table []sgtable.Segment
		if !sgtable.TooBig(t.req.Size) {
			table = b.Build(sgtable.NewPool(false), t.last, sgtable.OptionsFor(t.req))
		}
		if wanted, got = t.diffTable(b.Name+" s ", want, table); wanted != got {
			break
		}
	}
	return wanted, got
}

func (t *tracer) diffTable(kind string, want []trace.Extent, table []sgtable.Segment) (wanted, got string) {
	t.got = t.got[:0]
	for _, s := range table {
		t.got = append(t.got, trace.Extent{Start: s.Addr, Size: uint64(s.Len)})
	}
	return diffExtents(kind, want, t.got)
}

// errnoOf is the refusal as a trace has it, or the text of an error that traces do not
// know.
func errnoOf(err error) string {
	if s := strategies.Errno(err); s != "" {
		return s
	}
	return err.Error()
}

// diffExtents compares two lists, and shows where they begin to differ.
func diffExtents(kind string, want, have []trace.Extent) (wanted, got string) {
	same := 0
	for same < min(len(want), len(have)) && want[same] == have[same] {
		same++
	}
	if same == len(want) && same == len(have) {
		return "", ""
	}
	return kind + brief(want, same), kind + brief(have, same)
}

// brief is a few entries of a list from entry from on, and how many are left out on
// either side: a grant may have a hundred thousand.
func brief(list []trace.Extent, from int) string {
	const most = 4
	var b strings.Builder
	if from > 0 {
		fmt.Fprintf(&b, "(%d alike) ", from)
	}
	for i, e := range list[from:] {
		if i == most {
			fmt.Fprintf(&b, "(%d more) ", len(list)-from-most)
			break
		}
		fmt.Fprintf(&b, "%v ", e)
	}
	if from == len(list) {
		b.WriteString("the end ")
	}
	return strings.TrimSuffix(b.String(), " ")
}
