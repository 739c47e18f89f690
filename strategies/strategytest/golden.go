package strategytest

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Golden runs the traces that match pattern through s, under
// [strategies.Checked], and compares every result line with what s does: the
// blocks of "=" in their order, the error of "!", the scatter-gather table of
// "s" (built with base 0 and the longest segment that keeps the request's
// alignment). One subtest a file; no file is a failure. It is for strategies
// that promise the placements of another allocator.
func Golden(t *testing.T, s strategies.Strategy, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden file matches %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			if err := compareFile(s, file); err != nil {
				t.Error(err)
			}
		})
	}
}

func compareFile(s strategies.Strategy, file string) error {
	r, err := trace.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := strategies.Checked(s).New(r.Region())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	c := comparison{a: a, live: make(map[uint64][]strategies.Block)}
	for r.Scan() {
		if err := c.record(r.Record()); err != nil {
			return fmt.Errorf("%s:%d: %w", file, r.Record().Line, err)
		}
	}
	return r.Err()
}

// comparison is a replay in progress.
type comparison struct {
	a    strategies.Allocator
	live map[uint64][]strategies.Block // by id; nothing for a refusal

	req    strategies.Request // the latest request and its result
	blocks []strategies.Block
	err    error
}

// record runs an operation or compares a result, and returns how it differs.
func (c *comparison) record(rec *trace.Record) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = asError(broken)
		}
	}()
	switch rec.Kind {
	case trace.Alloc:
		c.req = rec.Req
		c.blocks, c.err = c.a.Alloc(nil, rec.Req)
		c.live[rec.ID] = c.blocks
	case trace.Free:
		c.free(c.live[rec.ID], rec.Cleared)
		delete(c.live, rec.ID)
	case trace.Granted, trace.Refused:
		return c.differs(rec, c.placement())
	case trace.Table:
		return c.tables(rec)
	}
	return nil
}

// tables compares the table of the latest grant, as each builder makes it that
// goes by the kernel's rule.
func (c *comparison) tables(want *trace.Record) error {
	for _, b := range sgtable.Builders() {
		if b.Name == "nomerge" || b.Name == "sorted" {
			continue
		}
		if err := c.differs(want, c.table(b)); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	return nil
}

func (c *comparison) free(blocks []strategies.Block, cleared bool) {
	if len(blocks) == 0 {
		return // was refused
	}
	if clearer, ok := strategies.As[strategies.ClearFreer](c.a); ok && cleared {
		clearer.FreeCleared(blocks)
		return
	}
	c.a.Free(blocks)
}

// differs compares a result line with what happened.
func (c *comparison) differs(want, got *trace.Record) error {
	if want.Kind == got.Kind && want.Errno == got.Errno && slices.Equal(want.Extents, got.Extents) {
		return nil
	}
	return fmt.Errorf("%v: want %q, got %q", c.req, line(want), line(got))
}

// placement is the result of the latest request as a record.
func (c *comparison) placement() *trace.Record {
	if c.err != nil {
		return &trace.Record{Kind: trace.Refused, Errno: strategies.Errno(c.err)}
	}
	got := &trace.Record{Kind: trace.Granted}
	for _, b := range c.blocks {
		got.Extents = append(got.Extents, trace.Extent{Start: b.Start, Size: b.Size})
	}
	return got
}

// table is the scatter-gather table that b makes of the latest grant, as a record.
func (c *comparison) table(b sgtable.Builder) *trace.Record {
	got := &trace.Record{Kind: trace.Table}
	if sgtable.TooBig(c.req.Size) {
		return got
	}
	for _, seg := range b.Build(sgtable.NewPool(false), c.blocks, sgtable.OptionsFor(c.req)) {
		got.Extents = append(got.Extents, trace.Extent{Start: seg.Addr, Size: uint64(seg.Len)})
	}
	return got
}

// line is a result as it stands in a trace.
func line(rec *trace.Record) string {
	s := rec.Kind.String()
	if rec.Kind == trace.Refused {
		return s + " " + rec.Errno
	}
	for _, e := range rec.Extents {
		s += " " + e.String()
	}
	return s
}
