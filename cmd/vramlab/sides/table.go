package sides

import (
	"cmp"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
)

// Print prints a table with a column for each side, without rows of zeros.
func Print(w io.Writer, sides []*Side) {
	columns := make([][]figure, len(sides))
	labels, numbers := 0, 0 // their widths
	for i, s := range sides {
		columns[i] = s.figures()
		numbers = max(numbers, len(s.Name))
	}
	var rows []int
	for row := range columns[0] {
		most := uint64(0)
		for _, c := range columns {
			if !c[row].none {
				most = max(most, c[row].n)
			}
		}
		if most > 0 {
			rows = append(rows, row)
			labels = max(labels, len(columns[0][row].what))
			numbers = max(numbers, len(fmt.Sprint(most)))
		}
	}
	fmt.Fprintf(w, "%*s", labels, "")
	for _, s := range sides {
		fmt.Fprintf(w, "  %*s", numbers, s.Name)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%-*s", labels, columns[0][row].what)
		for _, c := range columns {
			fmt.Fprintf(w, "  %*v", numbers, c[row])
		}
		fmt.Fprintln(w)
	}
}

// PrintDifferences prints the first answer of each side that differs from that of the first
// side.
func PrintDifferences(w io.Writer, sides []*Side) {
	for _, s := range sides[1:] {
		switch {
		case s.Unfit != nil:
			fmt.Fprintf(w, "\n%s cannot begin in the state of the trace\n", s.Name)
		case s.otherwise == 0:
			fmt.Fprintf(w, "\n%s answers as %s throughout\n", s.Name, sides[0].Name)
		default:
			fmt.Fprintf(w, "\nfirst difference of %s: %s", s.Name, s.first)
		}
	}
}

// PrintTwins says in which sides no step of a kernel was counted, and why.
func PrintTwins(w io.Writer, sides []*Side) {
	twins := 0
	for _, s := range sides {
		if s.Kernel == nil {
			continue
		}
		if twins++; s.Unfit == nil && s.Kernel.Steps().Total() == 0 {
			fmt.Fprintf(w, "\n%s: the kernel searched and changed nothing, so it took no step\n", s.Name)
		}
	}
	if twins == 0 {
		fmt.Fprintln(w, "\nno kernel steps: none of these strategies is a kernel's")
	}
}

// A figure is an exact number and what it counts.
type figure struct {
	what string
	n    uint64
	none bool // nothing was counted
}

// Format writes the number, or "-".
func (f figure) Format(s fmt.State, _ rune) {
	text := fmt.Sprint(f.n)
	if f.none {
		text = "-"
	}
	width, _ := s.Width()
	fmt.Fprintf(s, "%*s", width, text)
}

// figures are those of a side, the same ones in the same order for every side.
func (s *Side) figures() (list []figure) {
	add := func(what string, n uint64) { list = append(list, figure{what, n, s.Unfit != nil}) }
	refused, known := uint64(0), []string{"ENOSPC", "EINVAL", "E2BIG"}
	for _, n := range s.refused {
		refused += n
	}
	add("operations", s.operations)
	add("requests", s.requests)
	add("served", s.requests-refused)
	for _, errno := range known {
		add("refused, "+errno, s.refused[errno])
		refused -= s.refused[errno]
	}
	add("refused, other", refused)
	add("trims refused", s.untrimmed)
	var asserted uint64
	if a, ok := strategies.As[strategies.Asserter](s.Allocator); ok {
		asserted, _ = a.Assertions()
	}
	add("stops at an assertion", asserted)
	add("blocks granted", s.blocks)
	add("sg entries", s.entries)
	var c strategies.Counters
	if a, ok := strategies.As[strategies.Counter](s.Allocator); ok {
		c = a.Counters()
	}
	add("splits", c.Splits)
	add("merges", c.Merges)
	var steps kernelwork.Steps
	if s.Kernel != nil {
		steps = s.Kernel.Steps()
	}
	addSteps := func(what string, n uint64) {
		list = append(list, figure{what, n, s.Unfit != nil || steps.Total() == 0})
	}
	addSteps("kernel steps", steps.Total())
	for kind := range kernelwork.Far {
		addSteps("  "+kind.String(), steps[kind])
	}
	add("answered otherwise", s.otherwise)
	add("live, in KiB", s.live>>10)
	add("live at most, in KiB", s.peak>>10)
	for _, f := range freeFigures(s.Allocator) {
		add(f.what, f.n)
	}
	add("time an operation, in ns", s.nanos)
	return list
}

// freeFigures are those of the free memory of a.
func freeFigures(a strategies.Allocator) (list []figure) {
	free := slices.SortedFunc(a.FreeBlocks(), func(x, y strategies.Block) int { return cmp.Compare(x.Start, y.Start) })
	var orders [64]uint64 // blocks by the logarithm of their size
	var sum, run, longest, end uint64
	for _, b := range free {
		orders[bits.Len64(b.Size)-1]++
		sum += b.Size
		if b.Start != end {
			run = 0
		}
		run, end = run+b.Size, b.End()
		longest = max(longest, run)
	}
	list = append(list, figure{what: "free, in KiB", n: sum >> 10}, figure{what: "free in one run, in KiB", n: longest >> 10})
	for order, n := range orders {
		list = append(list, figure{what: "free blocks, " + sizeName(order), n: n})
	}
	return list
}

// sizeName is 2^order bytes: "64 KiB".
func sizeName(order int) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	return fmt.Sprint(uint64(1)<<(order%10), " ", units[order/10])
}

// LeftOut is the error of sides of which one could not begin.
func LeftOut(sides []*Side, path string) error {
	for _, s := range sides {
		if s.Unfit != nil {
			return fmt.Errorf("%s: left out: %s %w", path, s.Name, s.Unfit)
		}
	}
	return nil
}
