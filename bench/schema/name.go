package schema

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// FullName is the name of a result line of b, without "Benchmark" and without the
// suffix for GOMAXPROCS:
//
//	schema.SGTable.FullName(schema.Labels{
//		schema.Strategy: "buddy", schema.Workload: "gfx", schema.Builder: "counted",
//	})
//
// l has a value for each key of b and for no other. A value is not empty and
// contains no slash and no white space. Anything else is a bug of the caller, and
// panics.
func (b *Bench) FullName(l Labels) string {
	name := make([]byte, 0, 64)
	name = append(name, b.Name...)
	for _, k := range b.Keys {
		v, ok := l[k]
		if !ok {
			panic(fmt.Sprintf("schema: the name of a %s needs a value for the key %s", b.Name, k))
		}
		if v == "" || strings.ContainsAny(v, "/ \t\n") {
			panic(fmt.Sprintf("schema: %q is no value for the key %s of %s: a value is not empty and has no slash or space", v, k, b.Name))
		}
		name = append(append(append(append(name, '/'), k...), '='), v...)
	}
	if len(l) != len(b.Keys) {
		panic(fmt.Sprintf("schema: the name of a %s has %d keys, not %d", b.Name, len(b.Keys), len(l)))
	}
	return string(name)
}

// Parse reads the full name of a result line, with or without "Benchmark" and
// the suffix for GOMAXPROCS. b is nil for a benchmark that is not in the table.
// l has all labels of the name, in any order; see [Bench.Missing]. Parts that are not
// key=value are skipped.
func Parse(name string) (b *Bench, l Labels) {
	name = strings.TrimPrefix(name, "Benchmark")
	if at := strings.LastIndexByte(name, '-'); at >= 0 {
		if _, err := strconv.ParseUint(name[at+1:], 10, 31); err == nil {
			name = name[:at]
		}
	}
	bench, rest, _ := strings.Cut(name, "/")
	return FindBench(bench), parseLabels(strings.Split(rest, "/"))
}

// parseLabels reads parts key=value. Of a key that occurs twice the first counts.
func parseLabels(parts []string) Labels {
	l := make(Labels, len(parts))
	for _, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		if _, twice := l[Key(key)]; ok && !twice {
			l[Key(key)] = value
		}
	}
	return l
}

// Missing is the first key of b without a value in l, "" if there is none.
func (b *Bench) Missing(l Labels) Key {
	for _, k := range b.Keys {
		if l[k] == "" {
			return k
		}
	}
	return ""
}

var sizeUnits = [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// FormatSize is a number of bytes as it stands in names, in the largest unit that
// leaves a whole number: 64KiB.
func FormatSize(n uint64) string {
	i := 0
	if n != 0 {
		i = bits.TrailingZeros64(n) / 10
	}
	return strconv.FormatUint(n>>(10*i), 10) + sizeUnits[i]
}

// ParseSize reads a number of bytes as it stands in names, 1 to 2^64-1; false if
// it is none.
func ParseSize(text string) (n uint64, ok bool) {
	digits := strings.TrimRight(text, "BKMGTPEi")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 {
		return 0, false
	}
	for i, unit := range sizeUnits {
		if unit == text[len(digits):] {
			return n << (10 * i), bits.Len64(n)+10*i <= 64
		}
	}
	return 0, false
}
