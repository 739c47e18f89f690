// Package field reads the parts of lines that programs write: numbers, times, cells of a
// table. A reader takes the whole of its text or none of it, and reports which.
package field

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Never is the time of what has no clock, where times are nanoseconds.
const Never = math.MinInt64

// Number is one of 64 bits: decimal, or hexadecimal behind 0x.
func Number(b []byte) (uint64, bool) {
	base := 10
	if hex, ok := bytes.CutPrefix(b, []byte("0x")); ok {
		b, base = hex, 16
	}
	n, err := strconv.ParseUint(string(b), base, 64)
	return n, err == nil
}

// Hex is a hexadecimal number of 64 bits, with or without 0x.
func Hex(b []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(bytes.TrimPrefix(b, []byte("0x"))), 16, 64)
	return n, err == nil
}

// Pointer is an address as C and C++ print it: as [Hex], or "(nil)" or "nullptr", which are 0.
func Pointer(b []byte) (uint64, bool) {
	switch string(b) {
	case "(nil)", "nullptr":
		return 0, true
	}
	return Hex(b)
}

// Seconds reads SECONDS.FRACTION as nanoseconds; what is finer is cut off. A fraction has at
// most 18 digits.
func Seconds(b []byte) (ns int64, ok bool) {
	whole, fraction, _ := bytes.Cut(b, []byte{'.'})
	s, err := strconv.ParseUint(string(whole), 10, 33)
	if err != nil || len(fraction) > 18 {
		return 0, false
	}
	unit := int64(1e9)
	for _, c := range fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
		unit /= 10
		ns += int64(c-'0') * unit
	}
	return int64(s)*1e9 + ns, true
}

// Columns are the places of names in the cells of a head; -1 for one that it lacks. Letters
// of either case are the same.
func Columns(head [][]byte, names ...string) []int {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = slices.IndexFunc(head, func(cell []byte) bool { return strings.EqualFold(string(cell), name) })
	}
	return at
}

// FirstCells are the cells of the first line of a file that is not empty.
func FirstCells(file []byte) [][]byte {
	line, _, _ := bytes.Cut(bytes.TrimLeft(file, "\r\n"), []byte{'\n'})
	return Cells(nil, line)
}

// Cells splits a line at its commas into cells, without the spaces around them. It uses the
// memory of the slice that it is given, and returns it.
func Cells(cells [][]byte, line []byte) [][]byte {
	cells = cells[:0]
	for len(line) > 0 || len(cells) == 0 {
		cell, rest, more := bytes.Cut(line, []byte{','})
		cells = append(cells, bytes.TrimSpace(cell))
		if line = rest; more && len(rest) == 0 {
			cells = append(cells, nil)
		}
	}
	return cells
}

// Digits cuts b behind its first digits.
func Digits(b []byte) (number, rest []byte) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return b[:n], b[n:]
}
