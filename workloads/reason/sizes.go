package reason

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Numbers as a report writes them. They are made here, since the command writes the same
// sentences without a report.

// nbsp stands between a number and its unit.
const nbsp = "\u00a0"

var units = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// Size is a number of bytes with three digits.
func Size(b uint64) string {
	i := max(0, bits.Len64(b)-1) / 10
	v := float64(b) / math.Pow(1024, float64(i))
	if v >= 1000 {
		return commas(strconv.FormatFloat(v, 'f', 0, 64)) + nbsp + units[i]
	}
	return three(v) + nbsp + units[i]
}

// three is a number below 1,000 with three digits, and without trailing zeros.
func three(v float64) string {
	decimals := 2
	if v >= 1 {
		decimals = max(0, 2-int(math.Log10(v)))
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// exactSize is a number of bytes in the largest unit in which three digits, or a whole
// number, say it exactly.
func exactSize(b uint64) string {
	for i := max(0, bits.Len64(b)-1) / 10; i > 0; i-- {
		v := float64(b) / math.Pow(1024, float64(i))
		if exact := strconv.FormatFloat(v, 'f', -1, 64); b%(1<<(10*i)) == 0 || v < 1000 && three(v) == exact {
			return commas(exact) + nbsp + units[i]
		}
	}
	return commas(strconv.FormatUint(b, 10)) + nbsp + units[0]
}

// commas separates the thousands of a number.
func commas(s string) string {
	whole, rest, point := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	return whole
}

func count(n uint64) string { return commas(strconv.FormatUint(n, 10)) }

// plural is "1 block" or "3 blocks".
func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1" + nbsp + one
	}
	return count(n) + nbsp + many
}
