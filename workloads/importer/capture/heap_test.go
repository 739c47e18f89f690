package capture

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// TestBefore has objects come, go and be renamed before the window. Those that live when
// it begins are laid out by age, and the others take no room.
func TestBefore(t *testing.T) {
	c := newCapture(&Options{From: time.Second})
	c.At(0)
	h := c.Heap("")
	size := func(n uint64) strategies.Request { return strategies.Request{Size: n} }
	h.Alloc(Key{1}, size(1))
	h.Alloc(Key{2}, size(2))
	h.Alloc(Key{3}, size(3))
	h.Free(Key{1}, false)
	for range 100_000 {
		h.Alloc(Key{4}, size(9))
		h.Free(Key{4}, false)
	}
	h.Alloc(Key{1}, size(4)) // the youngest, at the key of the oldest
	h.Move(Key{2}, Key{5})
	h.Move(Key{3}, Key{2})
	h.Alloc(Key{6}, size(5))
	h.Move(Key{1}, Key{6}) // ends what was there
	if len(h.want) > 2000 || c.objects != 3 {
		t.Errorf("%d keys for %d objects", len(h.want), c.objects)
	}
	c.At(int64(2 * time.Second))
	h.Free(Key{2}, false)
	var got []uint64
	for _, op := range h.ops {
		got = append(got, op.req.Size)
	}
	if want := []uint64{2, 3, 4, 0}; !slices.Equal(got, want) || h.ops[3].id != h.ops[1].id {
		t.Errorf("got sizes %v, want %v; %v", got, want, h.ops)
	}
}

// TestFull has one live object more than fits: lines end, and nothing more is entered.
func TestFull(t *testing.T) {
	for _, window := range []time.Duration{0, time.Hour} {
		in, err := Open(strings.NewReader(strings.Repeat("x\n", 9)), "capture")
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		f := Format{Name: "x", Read: func(in *Input, c *Capture) error {
			c.At(0)
			h := c.Heap("")
			c.objects = MaxEvents - 4
			for range in.Lines() {
				n++
				h.Alloc(Key{n % 8}, strategies.Request{Size: 1})
			}
			if len(h.live) != 4 {
				t.Errorf("%d are live", len(h.live))
			}
			return nil
		}}
		_, err = Read(in, f, Options{From: window})
		if want := "capture:5: the file has more than 16777216 events"; n != 5 || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("after %d lines: got error %v, want %s", n, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	c := newCapture(&Options{})
	h := c.Heap("a\x1b[31m\n\x00é ")
	if want := "a?[31m??é "; h.name != want || c.Heap("a\x1b[31m\n\x00é ") != h {
		t.Errorf("got %q, want %q", h.name, want)
	}
}

func TestShortened(t *testing.T) {
	in := Input{name: "capture"}
	err := in.Errorf("%q is no number, %s", strings.Repeat("é", 1e6), "and no word")
	want := `capture:1: "` + strings.Repeat("é", 249) + " ... é"
	if s := err.Error(); len(s) > 1100 || !strings.HasPrefix(s, want) || !strings.HasSuffix(s, `é" is no number, and no word`) {
		t.Errorf("got %s", s)
	}
	if err := in.Errorf("%s", strings.Repeat("x", 1000)); err.Error() != "capture:1: "+strings.Repeat("x", 1000) {
		t.Errorf("got %v", err)
	}
}
