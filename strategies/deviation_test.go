package strategies

import (
	"fmt"
	"strings"
	"testing"
)

// TestMisalignedWindow holds what CapMisalignedWindow excuses, and nothing else.
func TestMisalignedWindow(t *testing.T) {
	window := Request{Size: 2 * p, Align: 8 * p, Lo: p, Hi: 32 * p, Flags: Range}
	for _, c := range []struct {
		what   string
		change func(r *Request)
		blocks []Block
		known  bool
	}{
		{"a small block in a window", func(*Request) {}, pages(2, 2), true},
		{"the same from the top", func(r *Request) { r.Flags |= TopDown }, pages(2, 2), true},
		{"not aligned to its size", func(*Request) {}, pages(3, 2), false},
		{"in two pieces", func(*Request) {}, pages(2, 1, 4, 1), false},
		{"larger than asked", func(*Request) {}, pages(4, 4), false},
		{"no window", func(r *Request) { *r = Request{Size: 2 * p, Align: 8 * p} }, pages(2, 2), false},
		{"no power of two", func(r *Request) { r.Size = 3 * p }, pages(4, 2, 6, 1), false},
		{"not smaller than the alignment", func(r *Request) { r.Size = 8 * p }, pages(4, 8), false},
	} {
		r := window
		c.change(&r)
		for _, caps := range []Caps{0, CapMisalignedWindow} {
			_, a := scripted(caps|CapScatter|CapWindow, Region{}, answer{blocks: c.blocks})
			var err error
			func() {
				defer Catch(&err)
				a.Alloc(nil, r)
			}()
			known := fmt.Sprint(a.(Deviator).Deviations())
			switch {
			case caps != 0 && c.known && (err != nil || known != "[misalignedwindow: 1 grants]"):
				t.Errorf("%s: %v, deviations %s", c.what, err, known)
			case (caps == 0 || !c.known) && (err == nil || !strings.Contains(err.Error(), ruleAlign) || known != "[]"):
				t.Errorf("%s, caps %v: %v, deviations %s, want a broken rule", c.what, caps, err, known)
			}
		}
	}
}
