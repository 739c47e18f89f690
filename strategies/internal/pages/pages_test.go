package pages_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// TestQuery is what is rounded, and what is refused before any search, in a
// region of 16 pages of 64 KiB and a bit.
func TestQuery(t *testing.T) {
	const p = 64 << 10
	s, err := pages.Of(strategies.Region{Size: 16*p + 4096, Page: p})
	if err != nil || s.Pages != 16 || !s.Narrow() {
		t.Fatalf("%+v, %v", s, err)
	}
	window := strategies.Range
	for _, c := range []struct {
		r    strategies.Request
		want pages.Query
		err  error
	}{
		{r: strategies.Request{Size: 1}, want: pages.Query{Size: 1, Align: 1, Hi: 16}},
		{r: strategies.Request{Size: p + 1, Align: 3*p + 1}, want: pages.Query{Size: 2, Align: 3, Hi: 16}},
		{r: strategies.Request{Size: 16 * p, Align: p - 1, Flags: strategies.TopDown}, want: pages.Query{Size: 16, Align: 1, Hi: 16, Top: true}},
		{r: strategies.Request{Size: p, Lo: p + 1, Hi: 4*p - 1, Flags: window}, want: pages.Query{Size: 1, Align: 1, Lo: 2, Hi: 3}},
		{r: strategies.Request{Size: p, Lo: p, Flags: window}, want: pages.Query{Size: 1, Align: 1, Lo: 1, Hi: 16}},
		{r: strategies.Request{Size: p, Lo: p, Hi: 1<<64 - 1, Flags: window}, want: pages.Query{Size: 1, Align: 1, Lo: 1, Hi: 16}},
		{r: strategies.Request{Size: p, Lo: 9 * p, Hi: 2 * p}, want: pages.Query{Size: 1, Align: 1, Hi: 16}}, // no Range
		{r: strategies.Request{Size: p, Lo: 9 * p, Hi: 2 * p, Flags: window}, err: strategies.ErrNoSpace},
		{r: strategies.Request{Size: p, Lo: 1<<64 - 1, Flags: window}, err: strategies.ErrNoSpace},
		{r: strategies.Request{Size: 2 * p, Lo: p + 1, Hi: 4*p - 1, Flags: window}, err: strategies.ErrNoSpace},
		{r: strategies.Request{}, err: strategies.ErrInvalid},
		{r: strategies.Request{Size: 16*p + 1}, err: strategies.ErrTooBig},
	} {
		q, err := s.Query(&c.r)
		if err != c.err || err == nil && q != c.want {
			t.Errorf("%v: %+v, %v, want %+v, %v", c.r, q, err, c.want, c.err)
		}
		size, plain := s.Plain(&c.r)
		simple := c.r.Flags == 0 && c.r.Align == 0 && c.r.Size%p == 0 && c.err == nil
		if plain != simple || plain && size != c.want.Size {
			t.Errorf("%v: plain %v of %d pages, want %v", c.r, plain, size, simple)
		}
	}
}

// TestExtent wants a block of pages back as it went, and no other.
func TestExtent(t *testing.T) {
	s, err := pages.Of(strategies.Region{Size: 1 << 20, Page: 4096})
	if err != nil {
		t.Fatal(err)
	}
	b := s.Block(3, 5, 7)
	if b != (strategies.Block{Start: 3 * 4096, Size: 5 * 4096, Node: 7}) {
		t.Errorf("3+5 with node 7 is %v", b)
	}
	if start, size, ok := s.Extent(&b); start != 3 || size != 5 || !ok {
		t.Errorf("%v is %d+%d, %v", b, start, size, ok)
	}
	for _, b := range []strategies.Block{{Start: 1, Size: 4096}, {Size: 4095}, {Start: 4096, Size: 1<<64 - 1}} {
		if _, _, ok := s.Extent(&b); ok {
			t.Errorf("%v is of whole pages", b)
		}
	}
}
