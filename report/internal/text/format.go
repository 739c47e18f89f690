// Package text writes numbers, sizes and times as a reader expects them, and holds
// sentences whose names are marks. It knows nothing of runs, HTML or figures.
package text

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// NBSP stands between a number and its unit, so that no line breaks there.
const NBSP = "\u00a0"

// Minus is the sign that has the width of a digit.
const Minus = "\u2212"

// None stands where a number is missing or is not one.
const None = "–"

// Digits3 is v with three significant digits, thousands separated by commas.
func Digits3(v float64) string {
	switch {
	case math.IsNaN(v):
		return None
	case math.IsInf(v, 0):
		return sign(v) + "∞"
	case v == 0:
		return "0"
	}
	a := math.Abs(v)
	decimals := 2 - int(math.Floor(math.Log10(a)))
	if decimals < 0 {
		f := math.Pow(10, float64(-decimals))
		return sign(v) + commas(strconv.FormatFloat(math.Round(a/f)*f, 'f', 0, 64))
	}
	if a >= 999.5 { // rounds to four digits
		return sign(v) + "1,000"
	}
	s := strconv.FormatFloat(a, 'f', decimals, 64)
	if r, err := strconv.ParseFloat(s, 64); err == nil && decimals > 0 && digitsBefore(r) > digitsBefore(a) {
		s = strconv.FormatFloat(a, 'f', decimals-1, 64) // 9.999 is 10.0, not 10.00
	}
	return sign(v) + s
}

func digitsBefore(v float64) int { return int(math.Floor(math.Log10(v))) }

func sign(v float64) string {
	if v < 0 {
		return Minus
	}
	return ""
}

// Short3 is for counts that are exact and for their means: three significant digits
// without trailing zeros; from 100 on all digits before the point, and one behind it
// where that makes no more than six in all.
func Short3(v float64) string {
	if a := math.Abs(v); a >= 99.95 && a < 1e15 {
		return whole(v)
	}
	return trimmed(v)
}

// trimmed is digits3 without trailing zeros: for what was measured.
func trimmed(v float64) string {
	s := Digits3(v)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == Minus+"0" {
		return "0"
	}
	return s
}

// whole has all digits before the point of a number.
func whole(v float64) string {
	a := math.Abs(v)
	if a < 99999.95 {
		a = math.Round(a*10) / 10
	} else {
		a = math.Round(a)
	}
	before, behind, _ := strings.Cut(strconv.FormatFloat(a, 'f', -1, 64), ".")
	if behind != "" {
		behind = "." + behind
	}
	return sign(v) + commas(before) + behind
}

// Apart writes exact values like [Short3], but those that would look equal with as many
// digits, six at most, as it takes to show that they differ.
func Apart(values []float64) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = Short3(v)
		alike := func(w float64) bool { return w != v && Short3(w) == out[i] }
		if math.IsNaN(v) || !slices.ContainsFunc(values, alike) {
			continue
		}
		for digits := 4; digits <= 6; digits++ {
			shown := significant(v, digits)
			if digits == 6 || !slices.ContainsFunc(values, func(w float64) bool { return w != v && significant(w, digits) == shown }) {
				out[i] = shown
				break
			}
		}
	}
	return out
}

// significant is a number with so many significant digits, all those before the point.
func significant(v float64, digits int) string {
	a := math.Abs(v)
	behind := 0
	if a > 0 {
		behind = max(0, digits-1-int(math.Floor(math.Log10(a))))
	}
	before, point, _ := strings.Cut(strconv.FormatFloat(a, 'f', behind, 64), ".")
	if point != "" {
		point = "." + point
	}
	return sign(v) + commas(before) + point
}

// commas separates the thousands of a string of digits.
func commas(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Count is a whole number with thousands separated.
func Count(n int) string {
	if n < 0 {
		return Minus + commas(strconv.Itoa(-n))
	}
	return commas(strconv.Itoa(n))
}

// Plural is "1 entry" or "3 entries".
func Plural(v float64, one, many string) string {
	s := Exact(v)
	if s == "1" {
		return "1" + NBSP + one
	}
	return s + NBSP + many
}

// Exact keeps all digits of a whole number, and three of any other.
func Exact(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return Count(int(v))
	}
	return Short3(v)
}

// Duration is a time in seconds with the unit that leaves one to three digits
// before the point.
func Duration(sec float64) string {
	v, unit := TimeUnit(sec)
	return trimmed(v) + NBSP + unit
}

// TimeUnit is a time in the unit that leaves one to three digits before the point.
func TimeUnit(sec float64) (float64, string) {
	switch a := math.Abs(sec); {
	case a < 999.5e-9:
		return sec * 1e9, "ns"
	case a < 999.5e-6:
		return sec * 1e6, "µs"
	case a < 0.9995:
		return sec * 1e3, "ms"
	}
	return sec, "s"
}

// Size is a number of bytes in binary units.
func Size(b uint64) string {
	v, unit := SizeUnit(b)
	if v >= 1000 {
		return commas(strconv.FormatFloat(v, 'f', 0, 64)) + NBSP + unit
	}
	return trimmed(v) + NBSP + unit
}

var sizeUnits = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// SizeUnit is a number of bytes in the largest binary unit that is not larger.
func SizeUnit(b uint64) (float64, string) {
	i := max(0, bits.Len64(b)-1) / 10
	return float64(b) / math.Pow(1024, float64(i)), sizeUnits[i]
}

// SizeRange is "4 KiB to 2 MiB", or one size.
func SizeRange(lo, hi uint64) string { return Span(Size(lo), Size(hi), "") }

// Span is "24 to 58 %" with the unit behind both, or one end when they read
// the same.
func Span(lo, hi, unit string) string {
	if lo == hi {
		return hi + unit
	}
	return lo + " to " + hi + unit
}

// ShortSize is a power of two of bytes for the axis of a histogram: 4K, 64M.
func ShortSize(b uint64) string {
	v, unit := SizeUnit(b)
	if unit == "B" {
		return Short3(v)
	}
	return Short3(v) + unit[:1]
}

// Percent is a share in percent, for sentences: two digits are enough there.
func Percent(p float64) string { return Round2(p) + NBSP + "%" }

// Round2 keeps two significant digits, and all digits before the point.
func Round2(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return None
	case a >= 9.95:
		return sign(v) + strconv.FormatFloat(a, 'f', 0, 64)
	case a >= 0.05:
		return Short3(math.Round(v*10) / 10)
	case a == 0:
		return "0"
	}
	return sign(v) + Short3(math.Round(a*100)/100)
}

// Signed is a relative difference for a table: −57.8 %, or from a tenth and
// from ten times on as a factor.
func Signed(delta float64) string {
	switch {
	case math.IsNaN(delta) || math.IsInf(delta, 0):
		return None
	case delta <= -0.9:
		return "1/" + Factor(1/(1+delta))
	case delta >= 9:
		return Factor(1+delta) + "×"
	}
	s := strconv.FormatFloat(math.Abs(delta*100), 'f', 1, 64)
	if s == "0.0" {
		return "0.0" + NBSP + "%"
	}
	if delta < 0 {
		return Minus + s + NBSP + "%"
	}
	return "+" + s + NBSP + "%"
}

// Factor is a ratio of ten or more.
func Factor(f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return "∞"
	}
	return commas(strconv.FormatFloat(math.Round(f), 'f', 0, 64))
}

// Amount puts a relative difference of time to that of another into words: "58 % less
// time than buddy", "1/50 of the time of buddy".
func Amount(delta float64, other string) string {
	switch {
	case delta <= -0.9:
		return "1/" + Factor(1/(1+delta)) + " of the time of " + other
	case delta >= 9:
		return Factor(1+delta) + " times the time of " + other
	case delta < 0:
		return Percent(-delta*100) + " less time than " + other
	}
	return Percent(delta*100) + " more time than " + other
}

// List is "a", "a and b", "a, b and c".
func List(items []string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}

// Operations is "1 operation" or "20 operations".
func Operations(n int) string { return Plural(float64(n), "operation", "operations") }

// UpperFirst begins a sentence, unless with a strategy: those are written as
// they are.
func UpperFirst(s string) string {
	if s == "" || s[0] >= utf8.RuneSelf {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Requests is "1 request" or "503,686 requests".
func Requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return Count(n) + " requests"
}

// LowerFirst continues a sentence with what could begin one.
func LowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// NonEmpty are the values that are not empty.
func NonEmpty(values ...string) []string {
	var out []string
	for _, v := range values {
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Labelled2 is a value behind its label, empty without a value.
func Labelled2(label, v string) string {
	if v == "" {
		return ""
	}
	return label + v
}
