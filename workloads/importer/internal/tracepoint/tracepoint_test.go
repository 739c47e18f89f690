package tracepoint

import (
	"fmt"
	"testing"
)

func TestTracepoint(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		// The three printers.
		{"            init-1       [000] .N...     7.049778: i915_vma_bind: obj=00000000ba546f0b, offset=0x1 size=0x1000 vm=2",
			`"init" "1" "" 7049778000 "i915_vma_bind" "obj=00000000ba546f0b, offset=0x1 size=0x1000 vm=2"`},
		{"            init-1     [000]    11.476564: vram_free:            (ffffffff8131d944) mm=0x1", `"init" "1" "" 11476564000 "vram_free" "(ffffffff8131d944) mm=0x1"`},
		{"             gcc  8158 [000]  2417.144467:        kmem:mm_page_alloc: page=0x11d860 pfn=0x11d860 order=0", `"gcc" "8158" "" 2417144467000 "mm_page_alloc" "page=0x11d860 pfn=0x11d860 order=0"`},
		// Commands of odd names, a thread with its process, no flags, a period, nanoseconds.
		{" Web [0] Co-n: 1.5: x-12 (   7) [013] d..2. 5.000000001: a_b: c", `"Web [0] Co-n: 1.5: x" "12" "7" 5000000001 "a_b" "c"`},
		{"<...>-12 (-----) [000] 5.5: a: ", `"<...>" "12" "-----" 5500000000 "a" ""`},
		{"kworker/u4:1-22    [000]     8.1: a: b=1", `"kworker/u4:1" "22" "" 8100000000 "a" "b=1"`},
		{"a b 9/10 [001] 1.0:          1 probe:gpu_buddy_free_list: (ffff) mm=0x1", `"a b" "10" "9" 1000000000 "gpu_buddy_free_list" "(ffff) mm=0x1"`},
		{"init-1 [000] 123456789: a: b", `"init" "1" "" -9223372036854775808 "a" "b"`},
		// No events.
		{"", ""},
		{"# tracer: nop", ""},
		{"CPU:1 [LOST 5393 EVENTS]", ""},
		{"init-1 [000] .N...", ""},
		{"init-1 [000] 1.5 a: b", ""},
		{"init-1 [000] 1.5: function <- caller", ""},
		{"init [000] 1.5: a: b", ""},
		{"-1 [00", ""},
		{"1 [000] 1.5: a: b", ""},
	} {
		var e Event
		got := ""
		if e.Parse([]byte(c.line)) {
			got = fmt.Sprintf("%q %q %q %d %q %q", e.Command, e.Pid, e.Group, e.At, e.Name, e.Args)
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.line, got, c.want)
		}
	}
}

func TestTracepointFields(t *testing.T) {
	e := Event{Args: []byte("(f+0x4) bo=0xff, size=10 xsize=11 ret=-28 big=0xffffffffffffffe4 word=(null)")}
	if a, b, c, d := e.Hex("bo"), e.Hex("size"), e.Number("size"), e.Number("xsize"); a != 255 || b != 16 || c != 10 || d != 11 {
		t.Errorf("got %d %d %d %d", a, b, c, d)
	}
	if a, b := e.Signed("ret"), e.Signed("big"); a != -28 || b != -28 || e.lacks != "" {
		t.Errorf("got %d %d, lacking %q", a, b, e.lacks)
	}
	for _, name := range []string{"word", "ize", "none"} {
		if e.lacks = ""; e.Number(name) != 0 || e.lacks != name {
			t.Errorf("%s: lacking %q", name, e.lacks)
		}
	}
}

func TestLostEvents(t *testing.T) {
	for line, want := range map[string]int{
		"CPU:1 [LOST 5393 EVENTS]":                                 5393,
		"CPU:1 [17 EVENTS DROPPED]":                                17,
		"CPU:1 [EVENTS DROPPED]":                                   1,
		"LOST 4 EVENTS":                                            4,
		" perf 0 [000] 1.5: PERF_RECORD_LOST lost 12":              12,
		"# entries-in-buffer/entries-written: 8000/8724   #P:1":    724,
		"# entries-in-buffer/entries-written: 8724/8724   #P:1":    0,
		"# tracer: nop":                                            0,
		"init-1 [000] 1.5: i915_gem_object_destroy: obj=0xff11000": 0,
	} {
		if n, ok := Lost([]byte(line)); max(n, 0) != want || ok != (want > 0) {
			t.Errorf("%q: got %d %v, want %d", line, n, ok, want)
		}
	}
}
