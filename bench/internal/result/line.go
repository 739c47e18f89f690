package result

import (
	"runtime"
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
)

// A Line is one result in the Go benchmark format. A line without values is not
// written.
type Line struct {
	Name   string // as [schema.Bench.FullName] makes it
	Iters  int
	Values []Value
}

// Value is a measurement.
type Value struct {
	V    float64
	Unit *schema.Unit
}

// Append appends the line as it stands in a file. Numbers have enough digits to read
// the same float64 back, so that exact values can be compared.
func (l Line) Append(dst []byte) []byte {
	dst = append(dst, "Benchmark"...)
	dst = append(dst, l.Name...)
	if n := runtime.GOMAXPROCS(0); n != 1 {
		dst = strconv.AppendInt(append(dst, '-'), int64(n), 10)
	}
	dst = strconv.AppendInt(append(dst, ' '), int64(l.Iters), 10)
	for _, v := range l.Values {
		dst = strconv.AppendFloat(append(dst, ' '), v.V, 'f', -1, 64)
		dst = append(append(dst, ' '), v.Unit.Name...)
	}
	return append(dst, '\n')
}
