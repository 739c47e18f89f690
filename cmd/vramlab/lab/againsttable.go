package lab

import (
	"cmp"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
)

// printSides prints a table with a column for each side, without rows of zeros, and then
// the first answer of each that differs from that of the first side.
func printSides(w io.Writer, sides []*side) {
	columns := make([][]figure, len(sides))
	labels, numbers := 0, 0 // their widths
	for i, s := range sides {
		columns[i] = s.figures()
		numbers = max(numbers, len(s.name))
	}
	var rows []int
	for row := range columns[0] {
		most := uint64(0)
		for _, c := range columns {
			most = max(most, c[row].n)
		}
		if most > 0 {
			rows = append(rows, row)
			labels = max(labels, len(columns[0][row].what))
			numbers = max(numbers, len(fmt.Sprint(most)))
		}
	}
	fmt.Fprintf(w, "%*s", labels, "")
	for _, s := range sides {
		fmt.Fprintf(w, "  %*s", numbers, s.name)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%-*s", labels, columns[0][row].what)
		for _, c := range columns {
			fmt.Fprintf(w, "  %*d", numbers, c[row].n)
		}
		fmt.Fprintln(w)
	}
	for _, s := range sides[1:] {
		if s.otherwise == 0 {
			fmt.Fprintf(w, "\n%s answers as %s throughout\n", s.name, sides[0].name)
		} else {
			fmt.Fprintf(w, "\nfirst difference of %s: %s", s.name, s.first)
		}
	}
}

// A figure is an exact number and what it counts.
type figure struct {
	what string
	n    uint64
}

// figures are those of a side, the same ones in the same order for every side.
func (s *side) figures() (list []figure) {
	add := func(what string, n uint64) { list = append(list, figure{what, n}) }
	refused, known := uint64(0), []string{"ENOSPC", "EINVAL", "E2BIG"}
	for _, n := range s.refused {
		refused += n
	}
	add("requests", s.requests)
	add("served", s.requests-refused)
	for _, errno := range known {
		add("refused, "+errno, s.refused[errno])
		refused -= s.refused[errno]
	}
	add("refused, other", refused)
	add("trims refused", s.untrimmed)
	var asserted uint64
	if a, ok := strategies.As[strategies.Asserter](s.allocator); ok {
		asserted, _ = a.Assertions()
	}
	add("stops at an assertion", asserted)
	add("blocks granted", s.blocks)
	add("sg entries", s.entries)
	var c strategies.Counters
	if a, ok := strategies.As[strategies.Counter](s.allocator); ok {
		c = a.Counters()
	}
	add("splits", c.Splits)
	add("merges", c.Merges)
	var steps kernelwork.Steps
	if s.kernel != nil {
		steps = s.kernel.Steps()
	}
	add("kernel steps", steps.Total())
	for kind := range kernelwork.Far {
		add("  "+kind.String(), steps[kind])
	}
	add("answered otherwise", s.otherwise)
	return append(list, freeFigures(s.allocator)...)
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
	list = append(list, figure{"free, in KiB", sum >> 10}, figure{"free in one run, in KiB", longest >> 10})
	for order, n := range orders {
		list = append(list, figure{"free blocks, " + sizeName(order), n})
	}
	return list
}

// sizeName is 2^order bytes: "64 KiB".
func sizeName(order int) string {
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	return fmt.Sprint(uint64(1)<<(order%10), " ", units[order/10])
}
