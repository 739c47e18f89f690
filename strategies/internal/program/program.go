// Package program is about random programs of allocations and frees, with trims and
// resets for allocators that can: it draws one, runs it on an allocator, writes and reads
// it as text, and reduces it when it fails.
// The conformance kit and the tests of every strategy use it.
//
// # Idea
//
// An [Op] names its grant by an id, and a free or trim of an id that is not live does
// nothing. So any part of a program is a program: [Shrink] leaves operations out for
// as long as what is left still fails. The text of a program is a trace, which
// "vramlab replay" runs.
//
// An [Author] decides each operation from the state of the [Run] it is for: sizes
// and addresses near what is live or was freed lately hit the edges that uniform
// ones miss. Its decisions come from a seed or from the bytes of a fuzz input, so
// both search with the same [Mix]. The result is a plain list of operations.
//
// [Compare] runs a program on two allocators that must place alike, a fast one and
// an obvious one, and reports the first difference.
//
// [Try] is the one place where a panic of an allocator, of its shadow model or of a
// test becomes an error.
package program

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Op allocates under an id, or frees or trims what was granted under one. A free or trim
// of an id that is not live, or was refused, does nothing.
type Op struct {
	Kind    Kind
	ID      uint64             // nothing names that of a reset
	Req     strategies.Request // of an allocation; of a trim the Size that stays, and Lo bytes before it
	Cleared bool               // free as zero, where the allocator can be told; reset to clear
}

// Kind is what an operation does.
type Kind uint8

// The kinds.
const (
	Alloc Kind = iota
	Free
	Trim  // refused by an allocator that cannot
	Reset // all free memory is clear, or dirty; nothing to an allocator that cannot
)

// String is the operation in words.
func (o Op) String() string {
	switch o.Kind {
	case Free:
		return fmt.Sprintf("free of %d", o.ID)
	case Trim:
		return fmt.Sprintf("trim of %d to %d bytes from byte %d on", o.ID, o.Req.Size, o.Req.Lo)
	case Reset:
		return fmt.Sprintf("reset, cleared %v", o.Cleared)
	}
	return o.Req.String()
}

// Program is operations on an allocator of a region. No id is allocated twice.
type Program struct {
	Region strategies.Region
	Ops    []Op
}

// Text is the program as a trace, without frees and trims of what is not live. With
// answers, one for each operation, a result line follows each allocation and each trim of
// what was granted.
func (p Program) Text(answers []Answer) string {
	var text bytes.Buffer
	w := trace.NewWriter(&text, p.Region)
	live := make(map[uint64]bool)
	for i, o := range p.Ops {
		switch {
		case o.Kind == Alloc:
			w.Alloc(o.ID, o.Req)
			live[o.ID] = true
		case o.Kind == Reset:
			w.Reset(o.Cleared)
		case live[o.ID] && o.Kind == Trim:
			w.Trim(o.ID, trace.Extent{Start: o.Req.Lo, Size: o.Req.Size})
		case live[o.ID]:
			w.Free(o.ID, o.Cleared)
			live[o.ID] = false
		}
		if answers != nil {
			answers[i].write(w)
		}
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}

// Parse reads the text of a program and skips result lines. A trace that begins in a
// given state is none.
func Parse(text string) (Program, error) {
	r, err := trace.NewReader(bytes.NewReader([]byte(text)), "program")
	if err != nil {
		return Program{}, err
	}
	p := Program{Region: r.Region()}
	for r.Scan() {
		switch rec := r.Record(); rec.Kind {
		case trace.Alloc:
			p.Ops = append(p.Ops, Op{ID: rec.ID, Req: rec.Req})
		case trace.Free:
			p.Ops = append(p.Ops, Op{Kind: Free, ID: rec.ID, Cleared: rec.Cleared})
		case trace.Trim:
			p.Ops = append(p.Ops, Op{Kind: Trim, ID: rec.ID, Req: strategies.Request{Size: rec.Keep.Size, Lo: rec.Keep.Start}})
		case trace.Reset:
			p.Ops = append(p.Ops, Op{Kind: Reset, Cleared: rec.Cleared})
		case trace.Live:
			return Program{}, fmt.Errorf("%s: a program begins with nothing live", r.Where())
		}
	}
	return p, r.Err()
}

// Answer is what an allocation or a trim returned, and nothing for other operations.
type Answer struct {
	Blocks []strategies.Block
	Err    error
}

// String is the answer as it stands in a trace, with the error in words.
func (a Answer) String() string {
	if a.Err != nil {
		return fmt.Sprintf("! %s (%v)", strategies.Errno(a.Err), a.Err)
	}
	return "= " + strategies.Blocks(a.Blocks).String()
}

// Same compares addresses and sizes, or the class of the error. Node is the
// allocator's own business.
func (a Answer) Same(b Answer) bool {
	return strategies.Errno(a.Err) == strategies.Errno(b.Err) && slices.EqualFunc(a.Blocks, b.Blocks, samePlace)
}

func samePlace(x, y strategies.Block) bool { return x.Start == y.Start && x.Size == y.Size }

func (a Answer) write(w *trace.Writer) {
	if a.Err != nil {
		w.Refused(a.Err)
	} else if len(a.Blocks) > 0 {
		w.Granted(a.Blocks)
	}
}
