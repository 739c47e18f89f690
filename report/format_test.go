package report

import (
	"math"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	check := func(got, want string) {
		t.Helper()
		if got = strings.ReplaceAll(got, nbsp, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(digits3(0), "0")
	check(digits3(741.9), "742")
	check(digits3(85.94), "85.9")
	check(digits3(9.999), "10.0")
	check(digits3(99.96), "100")
	check(digits3(999.7), "1,000")
	check(digits3(13767), "13,800")
	check(digits3(-0.05684), minus+"0.0568")
	check(digits3(math.NaN()), none)
	check(digits3(math.Inf(-1)), minus+"∞")
	check(short3(2.8000001), "2.8")
	check(short3(100), "100")
	check(count(1234567), "1,234,567")
	check(plural(16384, "entry", "entries"), "16,384 entries")
	check(plural(1, "entry", "entries"), "1 entry")
	check(duration(3.5e-9), "3.5 ns")
	check(duration(999.9e-9), "1 µs")
	check(duration(14.8e-6), "14.8 µs")
	check(duration(2), "2 s")
	check(size(0), "0 B")
	check(size(4096), "4 KiB")
	check(size(1023<<20), "1,023 MiB")
	check(size(math.MaxUint64), "16 EiB")
	check(sizeRange(4096, 64<<20), "4 KiB to 64 MiB")
	check(sizeRange(1<<30, 1<<30+1), "1 GiB")
	check(moreRange(9.41, 9.42), "10.4 times the time")
	check(moreRange(9.4, 30), "10.4 to 31 times the time")
	check(lessRange(0.578, 0.581), "58 % less time")
	check(boundsText(9.41, 9.42), "10.4 times")
	check(boundsText(-0.5711, -0.5709), "57.1 %")
	check(boundsText(0.571, 0.586), "57.1 to 58.6 %")
	check(boundsText(-0.98, -0.98), "1/50")
	check(requests(1), "1 request")
	check(requests(1080), "1,080 requests")
	check(shortSize(64<<10), "64K")
	check(percent(57.8), "58 %")
	check(percent(0.92), "0.9 %")
	check(percent(0.012), "0.01 %")
	check(percent(0), "0 %")
	check(signed(-0.578), minus+"57.8 %")
	check(signed(0.0001), "0.0 %")
	check(signed(-0.98), "1/50")
	check(signed(49), "50×")
	check(signed(math.NaN()), none)
	check(amount(-0.58), "58 % less time")
	check(amount(0.42), "42 % more time")
	check(amount(-0.98), "1/50 of the time")
	check(against(277e-9, 13767e-9), "277 against 13,800 ns")
	check(against(288e-9, 682e-9), "288 against 682 ns")
	check(against(2e-3, 3e-9), "2 ms against 3 ns")
	check(timeRange(85.9e-9, 742e-9), "85.9 to 742 ns")
	check(timeRange(900e-9, 2e-6), "900 ns to 2.00 µs")
	check(list([]string{"a", "b", "c"}), "a, b and c")
	check(opsLabel(250000), "250k")
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]uint64{"4KiB": 4 << 10, "2MiB": 2 << 20, "4GiB": 4 << 30, "512B": 512, "7": 7} {
		if got, ok := parseSize(s); !ok || got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "KiB", "0KiB", "4XiB", "99999999999GiB", "-1KiB", "4KiBx"} {
		if got, ok := parseSize(s); ok {
			t.Errorf("parseSize(%q) = %d, want a refusal", s, got)
		}
	}
}

func TestProse(t *testing.T) {
	r := In{Run: &Run{strategies: []string{"buddy", "<b>evil"}}, times: &Times{Self: &SelfTest{}}}
	p := prose("the buddy " + mark(0) + " beats" + nbsp + mark(1) + "'s & co")
	if got, want := r.strategies.plain(p), "the buddy buddy beats <b>evil's & co"; got != want {
		t.Errorf("plain: got %q, want %q", got, want)
	}
	want := `the buddy <b class="s0">buddy</b> beats` + nbsp + `<b class="s1">&lt;b&gt;evil</b>&#39;s &amp; co`
	if got := string(markup(r.strategies, p)); got != want {
		t.Errorf("html: got %q, want %q", got, want)
	}
	if got := clean("a" + mark(0) + "b"); got != "ab" {
		t.Errorf("clean: got %q", got)
	}
}
