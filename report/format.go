package report

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// nbsp stands between a number and its unit, so that no line breaks there.
const nbsp = "\u00a0"

// minus is the sign that has the width of a digit.
const minus = "\u2212"

// none stands where a number is missing or is not one.
const none = "–"

// digits3 is v with three significant digits, thousands separated by commas.
func digits3(v float64) string {
	switch {
	case math.IsNaN(v):
		return none
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
		return minus
	}
	return ""
}

// short3 is digits3 without trailing zeros: for counts that are exact.
func short3(v float64) string {
	s := digits3(v)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == minus+"0" {
		return "0"
	}
	return s
}

// commas separates the thousands of a string of digits.
func commas(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count is a whole number with thousands separated.
func count(n int) string {
	if n < 0 {
		return minus + commas(strconv.Itoa(-n))
	}
	return commas(strconv.Itoa(n))
}

// plural is "1 entry" or "3 entries".
func plural(v float64, one, many string) string {
	s := exact(v)
	if s == "1" {
		return "1" + nbsp + one
	}
	return s + nbsp + many
}

// exact keeps all digits of a whole number, and three of any other.
func exact(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return count(int(v))
	}
	return short3(v)
}

// duration is a time in seconds with the unit that leaves one to three digits
// before the point.
func duration(sec float64) string {
	v, unit := timeUnit(sec)
	return short3(v) + nbsp + unit
}

func timeUnit(sec float64) (float64, string) {
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

// size is a number of bytes in binary units.
func size(b uint64) string {
	v, unit := sizeUnit(b)
	if v >= 1000 {
		return commas(strconv.FormatFloat(v, 'f', 0, 64)) + nbsp + unit
	}
	return short3(v) + nbsp + unit
}

var sizeUnits = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

func sizeUnit(b uint64) (float64, string) {
	i := max(0, bits.Len64(b)-1) / 10
	return float64(b) / math.Pow(1024, float64(i)), sizeUnits[i]
}

// sizeRange is "4 KiB to 2 MiB", or one size.
func sizeRange(lo, hi uint64) string { return span(size(lo), size(hi), "") }

// span is "24 to 58 %" with the unit behind both, or one end when they read
// the same.
func span(lo, hi, unit string) string {
	if lo == hi {
		return hi + unit
	}
	return lo + " to " + hi + unit
}

// shortSize is a power of two of bytes for the axis of a histogram: 4K, 64M.
func shortSize(b uint64) string {
	v, unit := sizeUnit(b)
	if unit == "B" {
		return short3(v)
	}
	return short3(v) + unit[:1]
}

// percent is a share in percent, for sentences: two digits are enough there.
func percent(p float64) string { return round2(p) + nbsp + "%" }

// round2 keeps two significant digits, and all digits before the point.
func round2(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return none
	case a >= 9.95:
		return sign(v) + strconv.FormatFloat(a, 'f', 0, 64)
	case a >= 0.05:
		return short3(math.Round(v*10) / 10)
	case a == 0:
		return "0"
	}
	return sign(v) + short3(math.Round(a*100)/100)
}

// signed is a relative difference for a table: −57.8 %, or from a tenth and
// from ten times on as a factor.
func signed(delta float64) string {
	switch {
	case math.IsNaN(delta) || math.IsInf(delta, 0):
		return none
	case delta <= -0.9:
		return "1/" + factor(1/(1+delta))
	case delta >= 9:
		return factor(1+delta) + "×"
	}
	s := strconv.FormatFloat(math.Abs(delta*100), 'f', 1, 64)
	if s == "0.0" {
		return "0.0" + nbsp + "%"
	}
	if delta < 0 {
		return minus + s + nbsp + "%"
	}
	return "+" + s + nbsp + "%"
}

// factor is a ratio of ten or more.
func factor(f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return "∞"
	}
	return commas(strconv.FormatFloat(math.Round(f), 'f', 0, 64))
}

// amount puts a relative difference of time into words: "58 % less time",
// "1/50 of the time".
func amount(delta float64) string {
	switch {
	case delta <= -0.9:
		return "1/" + factor(1/(1+delta)) + " of the time"
	case delta >= 9:
		return factor(1+delta) + " times the time"
	case delta < 0:
		return percent(-delta*100) + " less time"
	}
	return percent(delta*100) + " more time"
}

// list is "a", "a and b", "a, b and c".
func list(items []string) string {
	if n := len(items); n > 1 {
		return strings.Join(items[:n-1], ", ") + " and " + items[n-1]
	}
	return strings.Join(items, "")
}
