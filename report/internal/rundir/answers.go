package rundir

import (
	"github.com/vramlab/vramlab/strategies"
)

// Answers are the outcomes of the requests of a trace, in their order: enough to tell
// where two traces of the same requests part.
type Answers []answer

type answer struct {
	id   int32  // of the request: that of its first attempt
	op   int32  // of the stream, from 1, of its last attempt
	what uint32 // hash of the blocks, or of the name of the error
	kind RequestKind
}

// mostAnswers are kept of a trace.
const mostAnswers = 1 << 22

// RequestKind is the conditions of a request, as far as generations of an allocator part
// on them.
type RequestKind uint8

// The conditions.
const (
	InWindow     RequestKind = 1 << iota
	SmallAligned             // smaller than its alignment
	Aligned                  // to more than a page, otherwise
	InOnePiece
	FromTop
	Cleared
)

// KindOf are the conditions of a request in a region of that page.
func KindOf(r strategies.Request, page uint64) (k RequestKind) {
	for _, c := range []struct {
		holds bool
		kind  RequestKind
	}{
		{r.Flags&strategies.Range != 0, InWindow},
		{r.Size < r.Align && r.Align > page, SmallAligned},
		{r.Size >= r.Align && r.Align > page, Aligned},
		{r.Flags&strategies.Contiguous != 0, InOnePiece},
		{r.Flags&strategies.TopDown != 0, FromTop},
		{r.Flags&strategies.Clear != 0, Cleared},
	} {
		if c.holds {
			k |= c.kind
		}
	}
	return k
}

// add notes the outcome of a request.
func (a *Answers) add(e *Event, page uint64) {
	if len(*a) == mostAnswers {
		return
	}
	h := uint32(2166136261) // FNV
	mix := func(v uint64) {
		for ; v > 0; v >>= 8 {
			h = (h ^ uint32(v&0xff)) * 16777619
		}
		h = (h ^ 0x100) * 16777619
	}
	for _, b := range e.Blocks {
		mix(b.Start)
		mix(b.Size)
	}
	for _, c := range e.Errno {
		mix(uint64(c))
	}
	*a = append(*a, answer{int32(min(e.ID, 1<<31-1)), int32(min(e.Op, 1<<31-1)), h, KindOf(e.Req, page)})
}

// Parting is how two traces of the same requests differ.
type Parting struct {
	Requests int // that both have
	Differ   int // of them, placed otherwise, or refused by one or otherwise
	First    int // operation of the first of those
	By       map[RequestKind]int

	id uint64     // of the first
	in *Placement // which has it with the most conditions
}

// Part compares two traces.
func Part(a, b *Placement) Parting {
	p := Parting{By: make(map[RequestKind]int)}
	for i, j := 0, 0; i < len(a.answers) && j < len(b.answers); {
		switch x, y := a.answers[i], b.answers[j]; {
		case x.id < y.id:
			i++
		case x.id > y.id:
			j++
		default:
			p.Requests++
			if x.what != y.what {
				in := a
				if y.op < x.op { // there the first attempt was granted
					x, in = y, b
				}
				if p.Differ == 0 {
					p.First, p.id, p.in = int(x.op), uint64(x.id), in
				}
				p.Differ++
				p.By[x.kind]++
			}
			i, j = i+1, j+1
		}
	}
	return p
}

// Request reads a trace again, up to the first request that differs.
func (p *Parting) Request() (r strategies.Request, ok bool) {
	if p.in == nil {
		return r, false
	}
	t, err := OpenPlacement(p.in.Path)
	if err != nil {
		return r, false
	}
	defer t.Close()
	events := eventReader{f: func(e *Event) {
		if e.kind == 0 && e.ID == p.id {
			r, ok = e.Req, true
		}
	}}
	for !ok && t.Scan() {
		events.record(t.Record())
	}
	events.deliver()
	return r, ok
}
