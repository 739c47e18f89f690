package result

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"

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

// ParseLines reads lines as [Line.Append] writes them.
func ParseLines(text string) (lines []Line, err error) {
	for row := range strings.Lines(text) {
		fields := strings.Fields(row)
		if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
			return nil, fmt.Errorf("%q is no line of a result", strings.TrimSpace(row))
		}
		b, labels := schema.Parse(fields[0])
		iters, err := strconv.Atoi(fields[1])
		if b == nil || b.Missing(labels) != "" || err != nil {
			return nil, fmt.Errorf("%q is no line of a result", strings.TrimSpace(row))
		}
		l := Line{Name: b.FullName(labels), Iters: iters}
		for i := 2; i < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			unit := schema.FindUnit(fields[i+1])
			if err != nil || unit == nil {
				return nil, fmt.Errorf("%s %s is no measurement", fields[i], fields[i+1])
			}
			l.Values = append(l.Values, Value{v, unit})
		}
		lines = append(lines, l)
	}
	return lines, nil
}
