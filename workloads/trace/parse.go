package trace

import (
	"bytes"
	"math/bits"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// parse reads the record in b, which is not empty.
func (r *Reader) parse(b []byte) bool {
	last := r.rec.Kind
	r.rec = Record{Line: r.line, Kind: Kind(b[0])}
	if k := r.rec.Kind; last != 0 && last != Live && k == Live {
		return r.fail("live extents after an operation: the state in which a trace begins comes first")
	}
	if len(b) > 1 && b[1] != ' ' {
		return r.unknown(b)
	}
	switch r.rec.Kind {
	case Alloc:
		return r.alloc(b[1:])
	case Free:
		return r.free(b[1:])
	case Trim:
		return r.trim(b[1:])
	case Reset:
		return r.reset(b[1:])
	case Time:
		return r.time(b[1:])
	case Live:
		return r.given(b[1:])
	case Granted:
		if last != Alloc && last != Trim {
			return r.fail("a result line = comes only right after an allocation or a trim")
		}
		r.trimmed = last == Trim
		return r.extents(b[1:], r.region.Size)
	case Refused:
		if last != Alloc && last != Trim {
			return r.fail("a result line ! comes only right after an allocation or a trim")
		}
		return r.refused(b[1:])
	case Table:
		if last != Granted || r.trimmed {
			return r.fail("a table line s comes only right after a grant (=) of an allocation")
		}
		return r.extents(b[1:], 1<<64-1)
	}
	return r.unknown(b)
}

func (r *Reader) unknown(b []byte) bool {
	first, _, _ := bytes.Cut(b, []byte{' '})
	switch first := string(first); {
	case first == "region":
		return r.fail("a second region line: a trace is of one region")
	case strings.HasPrefix(version, first+" "):
		return r.fail("a second version line: files of traces cannot be joined")
	}
	return r.fail("unknown line %s: a line begins with a, f, t, r, l, @, =, !, s or #", quote(first))
}

// alloc reads " ID SIZE FIELDS".
func (r *Reader) alloc(b []byte) (ok bool) {
	if r.rec.ID, b, ok = r.number(b, "id"); !ok {
		return false
	}
	if r.rec.Req.Size, b, ok = r.number(b, "size"); !ok {
		return false
	}
	if len(b) > 0 && !r.fields(b) {
		return false
	}
	if r.rec.Slot, ok = r.live.add(r.rec.ID); !ok {
		return r.fail("allocation of id %d, which is live: an id is unique until it is freed", r.rec.ID)
	}
	return true
}

// The fields of an allocation, as bits, to find repeated ones.
const (
	sawAlign = 1 << iota
	sawLo
	sawHi
	sawTopDown
	sawContiguous
	sawClear
)

// fields reads " FIELD FIELD ...", the optional part of an allocation.
func (r *Reader) fields(b []byte) bool {
	req := &r.rec.Req
	seen := 0
	for len(b) > 0 {
		var field []byte
		if field, b = word(b); field == nil {
			return r.separator()
		}
		key, value, _ := bytes.Cut(field, []byte{'='})
		ok, bit := true, 0
		switch string(key) {
		case "align":
			bit = sawAlign
			req.Align, ok = r.value(field, value)
		case "lo":
			bit = sawLo
			req.Lo, ok = r.value(field, value)
		case "hi":
			bit = sawHi
			req.Hi, ok = r.value(field, value)
		default:
			bit = r.flag(field)
			ok = bit != 0
		}
		if !ok {
			return false
		}
		if seen&bit != 0 {
			return r.fail("field %s appears twice", quote(key))
		}
		seen |= bit
	}
	switch seen & (sawLo | sawHi) {
	case sawLo:
		return r.fail("lo without hi: a window has both")
	case sawHi:
		return r.fail("hi without lo: a window has both")
	case sawLo | sawHi:
		req.Flags |= strategies.Range
	}
	return true
}

// flag sets the flag of a field without value and returns its bit, 0 if there is
// no such field.
func (r *Reader) flag(field []byte) int {
	switch string(field) {
	case "topdown":
		r.rec.Req.Flags |= strategies.TopDown
		return sawTopDown
	case "contiguous":
		r.rec.Req.Flags |= strategies.Contiguous
		return sawContiguous
	case "clear":
		r.rec.Req.Flags |= strategies.Clear
		return sawClear
	}
	r.fail("unknown field %s: an allocation has align=, lo=, hi=, topdown, contiguous and clear", quote(field))
	return 0
}

// free reads " ID" or " ID cleared".
func (r *Reader) free(b []byte) (ok bool) {
	if r.rec.ID, b, ok = r.number(b, "id"); !ok {
		return false
	}
	if len(b) > 0 {
		field, rest := word(b)
		switch {
		case field == nil:
			return r.separator()
		case string(field) != "cleared":
			return r.fail("unknown field %s: the only field of a free is cleared", quote(field))
		case !r.end(rest):
			return false
		}
		r.rec.Cleared = true
	}
	if r.rec.Slot, ok = r.live.remove(r.rec.ID); !ok {
		return r.fail("free of id %d, which is not live", r.rec.ID)
	}
	return true
}

// refused reads " ERRNO".
func (r *Reader) refused(b []byte) bool {
	if len(b) > 0 {
		for _, e := range errnos {
			if string(b[1:]) == e {
				r.rec.Errno = e
				return true
			}
		}
		b = b[1:]
	}
	return r.fail("unknown refusal %s: a refusal is ENOSPC, EINVAL or E2BIG", quote(b))
}

// extents reads " START+SIZE ..."; no extent may end past limit.
func (r *Reader) extents(b []byte, limit uint64) bool {
	r.buf = r.buf[:0]
	for ok := true; len(b) > 0; {
		var e Extent
		if b[0] != ' ' {
			return r.fail("%s where the next START+SIZE is expected", quote(b))
		}
		if e.Start, b, ok = r.digits(b[1:], "start"); !ok {
			return false
		}
		if len(b) == 0 || b[0] != '+' {
			return r.fail("%s after the start %d: an extent is START+SIZE", quote(b), e.Start)
		}
		if e.Size, b, ok = r.digits(b[1:], "size"); !ok {
			return false
		}
		if e.Size == 0 {
			return r.fail("extent %v is empty", e)
		}
		if e.Start > limit || e.Size > limit-e.Start {
			return r.outside(e, limit)
		}
		r.buf = append(r.buf, e)
	}
	if len(r.buf) == 0 {
		return r.fail("no extent: %v is followed by one START+SIZE or more", r.rec.Kind)
	}
	r.rec.Extents = r.buf
	return true
}

func (r *Reader) outside(e Extent, limit uint64) bool {
	if r.rec.Kind == Table {
		return r.fail("segment %v ends past 2^64-1", e)
	}
	return r.fail("block %v ends past the region of %d bytes", e, limit)
}

// number reads " N" and returns the rest of the line, which is empty or begins
// with a space.
func (r *Reader) number(b []byte, what string) (uint64, []byte, bool) {
	if len(b) == 0 {
		return 0, nil, r.fail("the %s is missing", what)
	}
	if b[0] != ' ' {
		return 0, nil, r.fail("%s where a space and the %s are expected", quote(b), what)
	}
	v, rest, ok := r.digits(b[1:], what)
	if ok && len(rest) > 0 && rest[0] != ' ' {
		return 0, nil, r.badNumber(b[1:], what)
	}
	return v, rest, ok
}

// value reads all of b as the number in field KEY=N.
func (r *Reader) value(field, b []byte) (uint64, bool) {
	if len(b) == 0 {
		return 0, r.fail("field %s has no number", quote(field))
	}
	v, rest, ok := r.digits(b, "number")
	if ok && len(rest) > 0 {
		return 0, r.fail("field %s is not a decimal number", quote(field))
	}
	return v, ok
}

// digits reads a decimal number of at least one digit and at most 64 bits.
func (r *Reader) digits(b []byte, what string) (uint64, []byte, bool) {
	var v uint64
	for i, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			if i == 0 {
				break
			}
			return v, b[i:], true
		}
		if v >= 1<<64/10-1 { // the next digit may overflow
			hi, lo := bits.Mul64(v, 10)
			lo, carry := bits.Add64(lo, d, 0)
			if hi+carry != 0 {
				return 0, nil, r.badNumber(b, what)
			}
			v = lo
			continue
		}
		v = v*10 + d
	}
	if len(b) == 0 || b[0]-'0' > 9 {
		return 0, nil, r.badNumber(b, what)
	}
	return v, nil, true
}

// badNumber fails with what is wrong with the number at the start of b.
func (r *Reader) badNumber(b []byte, what string) bool {
	b, _, more := bytes.Cut(b, []byte{' '})
	if len(b) == 0 && more {
		return r.separator()
	}
	if len(b) == 0 {
		return r.fail("the %s is missing", what)
	}
	for _, c := range b {
		if c-'0' > 9 {
			return r.fail("the %s %s is not a decimal number", what, quote(b))
		}
	}
	return r.fail("the %s %s is over 64 bits", what, quote(b))
}

// word splits " WORD REST" into WORD and " REST"; WORD is nil if there is none.
func word(b []byte) (field, rest []byte) {
	if b[0] != ' ' || len(b) == 1 || b[1] == ' ' {
		return nil, b
	}
	if i := bytes.IndexByte(b[1:], ' '); i >= 0 {
		return b[1 : 1+i], b[1+i:]
	}
	return b[1:], nil
}

// separator fails for an empty field.
func (r *Reader) separator() bool {
	return r.fail("empty field: fields are separated by one space, and no space ends the line")
}

// end fails if b, the rest of a line, is not empty.
func (r *Reader) end(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	return r.fail("%s after the last field of the line", quote(b))
}
