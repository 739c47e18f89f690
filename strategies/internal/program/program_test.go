package program

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
)

// TestText writes and reads programs, and leaves out what frees nothing.
func TestText(t *testing.T) {
	p := Program{everything.Region, []Op{
		{Kind: Free, ID: 5},
		{ID: 0, Req: strategies.Request{Size: 4096, Align: 8192, Lo: 4096, Hi: 65536, Flags: strategies.Range | strategies.Clear}},
		{ID: 1 << 63, Req: strategies.Request{Size: 1, Flags: strategies.TopDown | strategies.Contiguous}},
		{Kind: Free, ID: 0, Cleared: true},
		{Kind: Free, ID: 0},
		{ID: 3},
		{Kind: Trim, ID: 3, Req: strategies.Request{Size: 4096, Lo: 8192}},
		{Kind: Trim, ID: 1 << 63, Req: strategies.Request{Size: 4096}},
		{Kind: Reset, Cleared: true},
		{Kind: Reset},
		{Kind: Trim, ID: 0},
	}}
	text := p.Text(nil)
	read, err := Parse(text)
	want := slices.Concat(p.Ops[1:4], p.Ops[5:10])
	if err != nil || read.Region != p.Region || !slices.Equal(read.Ops, want) {
		t.Errorf("%+v reads as %+v (%v)", p, read, err)
	}
	if again := read.Text(nil); again != text {
		t.Errorf("%q is written again as %q", text, again)
	}
	if _, err := Parse("vramlab trace 1\nregion 65536 page 4096\nf 1\n"); err == nil {
		t.Error("a free of nothing was read")
	}
	answers := []Answer{{}, {Blocks: []strategies.Block{{Start: 8192, Size: 4096}}}, {Err: strategies.ErrNoSpace}, {}, {}, {Blocks: []strategies.Block{{Size: 16384}}},
		{Blocks: []strategies.Block{{Start: 8192, Size: 4096}}}, {}, {}, {}, {}}
	tail := "a 3 0\n= 0+16384\nt 3 4096 start=8192\n= 8192+4096\nt 9223372036854775808 4096\nr clear\nr dirty\n"
	if text := p.Text(answers); !strings.Contains(text, "clear\n= 8192+4096\n") || !strings.Contains(text, "topdown contiguous\n! ENOSPC\n") || !strings.HasSuffix(text, tail) {
		t.Errorf("with answers:\n%s", text)
	}
	if read, err := Parse(p.Text(answers)); err != nil || !slices.Equal(read.Ops, want) {
		t.Errorf("with answers reads as %+v (%v)", read, err)
	}
}

// TestRun does a program with operations left out, and with a prefix.
func TestRun(t *testing.T) {
	a, err := firstfit.Single.New(everything.Region)
	if err != nil {
		t.Fatal(err)
	}
	r := &Run{Region: everything.Region, Allocator: a, Prefix: []strategies.Block{{Start: 1, Size: 2, Node: 3}}}
	check := func(o Op, want string, live ...uint64) {
		t.Helper()
		got, ids := "", []uint64(nil)
		if a := r.Do(o); a.Blocks != nil || a.Err != nil {
			got = a.String()
		}
		for _, g := range r.Live {
			ids = append(ids, g.ID)
		}
		if got != want || !slices.Equal(ids, live) {
			t.Errorf("%+v: %q, live %v, want %q, %v", o, got, ids, want, live)
		}
	}
	page := strategies.Request{Size: 4096}
	check(Op{Kind: Free, ID: 7}, "")
	check(Op{ID: 7, Req: page}, "= 0+4096", 7)
	check(Op{ID: 3, Req: page}, "= 4096+4096", 7, 3)
	check(Op{ID: 4}, "! EINVAL (invalid: 0 bytes)", 7, 3)
	check(Op{Kind: Free, ID: 4}, "", 7, 3)
	check(Op{Kind: Free, ID: 7, Cleared: true}, "", 3)
	check(Op{Kind: Free, ID: 7}, "", 3)
	check(Op{ID: 9, Req: page}, "= 0+4096", 3, 9)
	check(Op{Kind: Reset, Cleared: true}, "", 3, 9)
	check(Op{Kind: Trim, ID: 4, Req: page}, "", 3, 9)
	check(Op{ID: 5, Req: strategies.Request{Size: 4 * 4096}}, "= 8192+16384", 3, 9, 5)
	check(Op{Kind: Trim, ID: 5, Req: strategies.Request{Size: 2 * 4096, Lo: 4096}}, "= 12288+8192", 3, 9, 5)
	check(Op{Kind: Trim, ID: 5, Req: strategies.Request{Size: 4096, Lo: 1<<64 - 4096}}, "! EINVAL (invalid)", 3, 9, 5)
	check(Op{Kind: Trim, ID: 5, Req: strategies.Request{Size: 4 * 4096}}, "! EINVAL (invalid: trim of 12288+8192 to 12288+16384)", 3, 9, 5)
	check(Op{Kind: Free, ID: 5}, "", 3, 9)
	r.Drain()
	if len(r.Live) != 0 || len(r.Done) != 17 || r.Done[15] != (Op{Kind: Free, ID: 3}) {
		t.Errorf("drained: %+v", r)
	}
}

func TestTry(t *testing.T) {
	v := &strategies.Violation{Strategy: "mine"}
	check := func(want string, f func()) {
		t.Helper()
		err := Try(f)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	check("", func() {})
	check("7 is odd", func() { Failf("%d is odd", 7) })
	check("panic: a sentence", func() { panic("a sentence") })
	const here = "github.com/vramlab/vramlab/strategies/internal/program.TestTry.func"
	check("panic: out of memory\n"+here, func() { panic(errors.New("out of memory")) })
	check("panic: runtime error: index out of range [7] with length 0\n"+here, func() { _ = []int{}[len(t.Name())] })
	check("panic: runtime error: invalid memory address or nil pointer dereference\n"+here, func() { _ = *(*int)(nil) })
	check(v.Error(), func() { panic(v) })
	if err := Try(func() { panic(fmt.Errorf("library: %w", v)) }); !errors.Is(err, v) || !strings.HasPrefix(err.Error(), "library: ") {
		t.Errorf("a wrapped violation: %v", err)
	}

	crashes := strategies.Checked(strategies.Strategy{Name: "mine", New: func(strategies.Region) (strategies.Allocator, error) { panic("no luck") }})
	check("mine broke the rule that an allocator panics on a wrong Free only: New: no luck\n"+here, func() { crashes.New(strategies.Region{}) })
	if err := Try(func() { crashes.New(strategies.Region{}) }); !errors.As(err, &v) || v.Detail != "no luck" || strings.Contains(err.Error(), "checked") {
		t.Errorf("a violation that is a crash: %v", err)
	}
}

// TestBurst wants frees that follow each other.
func TestBurst(t *testing.T) {
	a, err := firstfit.Single.New(everything.Region)
	if err != nil {
		t.Fatal(err)
	}
	m := everything
	m.Burst = 32
	r := &Run{Region: m.Region, Allocator: a}
	author := NewAuthor(m, r, Seeded(1, 2), 2000)
	longest, length := 0, 0
	for range 2000 {
		o := author.Next()
		r.Do(o)
		if length++; o.Kind != Free {
			length = 0
		}
		longest = max(longest, length)
	}
	if longest < 8 {
		t.Errorf("at most %d frees follow each other", longest)
	}
	for len(r.Live) > 0 {
		if o := author.Next(); o.Kind != Free {
			t.Fatal("an allocation behind the end")
		} else {
			r.Do(o)
		}
	}
}
