package bench

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"runtime"
	"strconv"
)

// A line is one result in the Go benchmark format.
type line struct {
	name   string // without "Benchmark" and the GOMAXPROCS suffix
	iters  int
	values []value
}

// value is a measurement with its unit as the benchmark format writes it.
type value struct {
	v    float64
	unit string
}

// append appends the line as it stands in a file. Numbers are written with as
// many digits as bring the same float64 back: a reader that finds two exact
// values different shall be right.
func (l line) append(dst []byte) []byte {
	dst = append(dst, "Benchmark"...)
	dst = append(dst, l.name...)
	if n := runtime.GOMAXPROCS(0); n != 1 {
		dst = strconv.AppendInt(append(dst, '-'), int64(n), 10)
	}
	dst = strconv.AppendInt(append(dst, ' '), int64(l.iters), 10)
	for _, v := range l.values {
		dst = strconv.AppendFloat(append(dst, ' '), v.v, 'f', -1, 64)
		dst = append(append(dst, ' '), v.unit...)
	}
	return append(dst, '\n')
}

// sizeName is a power of two of bytes as it stands in a benchmark's name:
// 64KiB.
func sizeName(n uint64) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	if n != 0 {
		i = bits.TrailingZeros64(n) / 10
	}
	return strconv.FormatUint(n>>(10*i), 10) + units[i]
}

// A unit is what a reader of a result file must know of one of our units.
type unit struct {
	name   string
	better string // "higher", "lower", or "" where neither is
	exact  bool   // deterministic: any difference is real, no sampling
}

// The units of run.bench. What is nanoseconds by name comes out of benchstat
// as seconds: p99-ns as p99-sec.
var comparisonUnits = []unit{
	{"ns/alloc", "lower", false},
	{"ns/free", "lower", false},
	{"p50-ns", "lower", false},
	{"p99-ns", "lower", false},
	{"p999-ns", "lower", false},
	{"max-ns", "lower", false},
	{"served-pct", "higher", true},
	{"metadata-B", "lower", true},
	{"ns/table", "lower", false},
	{"ns/seg", "lower", false},
	{"segs/table", "lower", true},
}

// The units of curves.bench.
var curveUnits = []unit{
	{"frag-pct", "lower", true},
	{"unusable64k-pct", "lower", true},
	{"unusable2m-pct", "lower", true},
	{"largest-B", "higher", true},
	{"free-B", "", true},
	{"live-B", "", true},
	{"segs/table", "lower", true},
	{"fail-pct", "lower", true},
	{"refused", "lower", true},
	{"splits/op", "lower", true},
	{"merges/op", "lower", true},
	{"visits/op", "lower", true},
	{"ns/table", "lower", false},
	{"ns/seg", "lower", false},
	{"ns/batched-op", "lower", false},
	{"p50-ns", "lower", false},
	{"p99-ns", "lower", false},
	{"p999-ns", "lower", false},
	{"entries/table", "lower", true},
	{"peak-B", "lower", true},
	{"capture-p50-ns", "lower", false},
	{"capture-p99-ns", "lower", false},
	{"hazards", "lower", true},
	{"peak-tables", "lower", true},
	{"recovered", "", true},
	{"served-pct", "higher", true},
	{"pte4k/table", "lower", true},
	{"pte64k/table", "", true},
	{"pte2m/table", "", true},
	{"cover64k-pct", "higher", true},
	{"cover2m-pct", "higher", true},
	{"reach-B", "higher", true},
	{"waste-pct", "lower", true},
}

// appendUnits appends the Unit lines: without them benchstat takes the exact
// for a sample and does not know which way is better.
func appendUnits(dst []byte, units []unit) []byte {
	for _, u := range units {
		dst = append(append(dst, "Unit "...), u.name...)
		if u.better != "" {
			dst = append(append(dst, " better="...), u.better...)
		}
		if u.exact {
			dst = append(dst, " assume=exact"...)
		}
		dst = append(dst, '\n')
	}
	return dst
}

// A resultFile is a file of results that grows line by line. Nothing is held
// back: what was added without an error is in the file, whatever happens next.
type resultFile struct {
	path string
	f    io.WriteCloser
	buf  []byte
}

// add writes lines at once. On a failure it takes a line written in part back
// out, as far as the file lets it, so that the file stays readable.
func (r *resultFile) add(lines ...line) error {
	r.buf = r.buf[:0]
	for _, l := range lines {
		r.buf = l.append(r.buf)
	}
	return r.write(r.buf)
}

func (r *resultFile) write(b []byte) error {
	n, err := r.f.Write(b)
	if err == nil {
		return nil
	}
	if f, ok := r.f.(*os.File); ok && n > 0 {
		if end, err := f.Seek(0, io.SeekCurrent); err == nil {
			f.Truncate(end - int64(n))
		}
	}
	return naming(r.path, err)
}

// naming makes sure that an error of the file system names the file: those of
// package os do, others may not.
func naming(path string, err error) error {
	var named *os.PathError
	if err == nil || errors.As(err, &named) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
