package text

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	check := func(got, want string) {
		t.Helper()
		if got = strings.ReplaceAll(got, NBSP, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(Digits3(0), "0")
	check(Digits3(741.9), "742")
	check(Digits3(85.94), "85.9")
	check(Digits3(9.999), "10.0")
	check(Digits3(99.96), "100")
	check(Digits3(999.7), "1,000")
	check(Digits3(13767), "13,800")
	check(Digits3(-0.05684), Minus+"0.0568")
	check(Digits3(math.NaN()), None)
	check(Digits3(math.Inf(-1)), Minus+"∞")
	check(Short3(2.8000001), "2.8")
	check(Short3(100), "100")
	check(Short3(2049), "2,049") // an exact count is printed exactly
	check(Short3(999999), "999,999")
	check(Short3(1234567), "1,234,567")
	check(Short3(-2049), Minus+"2,049")
	check(Short3(1234.5), "1,234.5")
	check(Short3(123456.7), "123,457")
	check(Short3(99.96), "100")
	check(Short3(12.345), "12.3")
	check(strings.Join(Apart([]float64{5.647, 5.647, 5.64962, 5.2}), " "), "5.647 5.647 5.650 5.2")
	check(strings.Join(Apart([]float64{9.1712, 9.1743, 0}), " "), "9.171 9.174 0")
	check(strings.Join(Apart([]float64{9.1712, 9.1712, math.NaN()}), " "), "9.17 9.17 "+None)
	check(strings.Join(Apart([]float64{2049.44, 2049.41}), " "), "2,049.44 2,049.41")
	check(Count(1234567), "1,234,567")
	check(Plural(16384, "entry", "entries"), "16,384 entries")
	check(Plural(1, "entry", "entries"), "1 entry")
	check(Duration(3.5e-9), "3.5 ns")
	check(Duration(999.9e-9), "1 µs")
	check(Duration(14.8e-6), "14.8 µs")
	check(Duration(2), "2 s")
	check(Size(0), "0 B")
	check(Size(4096), "4 KiB")
	check(Size(1023<<20), "1,023 MiB")
	check(Size(math.MaxUint64), "16 EiB")
	check(SizeRange(4096, 64<<20), "4 KiB to 64 MiB")
	check(SizeRange(1<<30, 1<<30+1), "1 GiB")
	check(Requests(1), "1 request")
	check(Requests(1080), "1,080 requests")
	check(ShortSize(64<<10), "64K")
	check(Percent(57.8), "58 %")
	check(Percent(0.92), "0.9 %")
	check(Percent(0.012), "0.01 %")
	check(Percent(0), "0 %")
	check(Signed(-0.578), Minus+"57.8 %")
	check(Signed(0.0001), "0.0 %")
	check(Signed(-0.98), "1/50")
	check(Signed(49), "50×")
	check(Signed(math.NaN()), None)
	check(Amount(-0.58, "b"), "58 % less time than b")
	check(Amount(0.42, "b"), "42 % more time than b")
	check(Amount(-0.98, "b"), "1/50 of the time of b")
	check(List([]string{"a", "b", "c"}), "a, b and c")
}

func TestProse(t *testing.T) {
	names := []string{"buddy", "<b>evil"}
	p := Prose("the buddy " + Mark(0) + " beats" + NBSP + Mark(1) + "'s & co")
	if got, want := Plain(names, p), "the buddy buddy beats <b>evil's & co"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Clean("a" + Mark(0) + "b"); got != "ab" {
		t.Errorf("clean: got %q", got)
	}
}

// Numbers are told apart with as many digits as that takes.
func TestApart(t *testing.T) {
	if got := Apart([]float64{83.2365, 83.245, 1.19116, 1.192}); fmt.Sprint(got) != "[83.24 83.25 1.191 1.192]" {
		t.Errorf("more digits than it takes to tell apart: %v", got)
	}
	if got, unit := Times([]float64{288e-9, 682e-9, 14e-6}); fmt.Sprint(got, unit) != "[288 682 14,000]ns" {
		t.Errorf("%v %s", got, unit)
	}
}
