// Package program is about random programs of allocations and frees: it draws one,
// runs it on an allocator, writes and reads it as text, and reduces it when it fails.
// The conformance kit and the tests of every strategy use it.
//
// # Idea
//
// An [Op] names its grant by an id, and a free of an id that is not live does
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

// Op allocates under an id, or frees what was granted under one. A free of an id
// that is not live, or was refused, does nothing.
type Op struct {
	ID      uint64
	Req     strategies.Request // of an allocation
	Free    bool
	Cleared bool // free as zero, where the allocator can be told
}

// Program is operations on an allocator of a region. No id is allocated twice.
type Program struct {
	Region strategies.Region
	Ops    []Op
}

// Text is the program as a trace, without frees that free nothing. With answers, one
// for each operation, a result line follows each allocation.
func (p Program) Text(answers []Answer) string {
	var text bytes.Buffer
	w := trace.NewWriter(&text, p.Region)
	live := make(map[uint64]bool)
	for i, o := range p.Ops {
		switch {
		case !o.Free:
			w.Alloc(o.ID, o.Req)
			if answers != nil {
				answers[i].write(w)
			}
		case live[o.ID]:
			w.Free(o.ID, o.Cleared)
		}
		live[o.ID] = !o.Free
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}

// Parse reads the text of a program and skips result lines. A trace that begins in a
// given state, trims or resets is none.
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
			p.Ops = append(p.Ops, Op{ID: rec.ID, Free: true, Cleared: rec.Cleared})
		case trace.Trim, trace.Reset, trace.Live:
			return Program{}, fmt.Errorf("%s: a program has allocations and frees only", r.Where())
		}
	}
	return p, r.Err()
}

// Answer is what an allocation returned.
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
	} else {
		w.Granted(a.Blocks)
	}
}
