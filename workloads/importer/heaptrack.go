package importer

import (
	"bytes"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// heaptrack is what heaptrack records, raw (heaptrack -r) or interpreted, as it is by
// default. All numbers are hexadecimal. Of the lines of both, "v VERSION" is the first,
// and "c MILLISECONDS" is the time of what follows. What is allocated is in a raw file
//
//   - SIZE TRACE POINTER
//   - POINTER
//
// and in an interpreted one, which knows only kinds of allocations, numbered from 0,
//
//	a SIZE TRACE    the next kind
//	+ KIND
//	- KIND
//
// There a free is of the youngest object of its kind.
var heaptrack = capture.Format{
	Name:    "heaptrack",
	Doc:     "heaptrack, raw or interpreted; an object is one malloc",
	Granule: 16,
	Detect: func(head []byte) bool {
		first, rest, _ := bytes.Cut(head, []byte{'\n'})
		_, ok := heaptrackNumbers(bytes.TrimSuffix(first, []byte{'\r'}))
		return ok && first[0] == 'v' && (bytes.HasPrefix(rest, []byte("X ")) || bytes.HasPrefix(rest, []byte("x ")))
	},
	Read: readHeaptrack,
}

// heaptrackKind is a kind of allocations of an interpreted file.
type heaptrackKind struct {
	size uint64
	live uint64
}

func readHeaptrack(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	c.At(0)
	var kinds []heaptrackKind
	for line := range in.Lines() {
		if len(line) < 2 || line[1] != ' ' || strings.IndexByte("ac+-", line[0]) < 0 {
			continue
		}
		n, ok := heaptrackNumbers(line)
		kind := uint64(len(kinds))
		if ok && len(n) == 1 {
			kind = n[0]
		}
		switch op := line[0]; {
		case ok && op == 'c' && len(n) == 1 && n[0] < 1<<40:
			c.At(int64(n[0]) * 1e6)
		case op == 'a' && len(kinds) == capture.MaxEvents:
			return in.Errorf("the file has more than %d kinds of allocations", capture.MaxEvents)
		case ok && op == 'a' && len(n) >= 2:
			kinds = append(kinds, heaptrackKind{size: n[0]})
		case ok && op == '+' && len(n) == 3:
			h.Alloc(capture.Key{n[2]}, strategies.Request{Size: n[0]})
		case op == '+' && kind < uint64(len(kinds)):
			k := &kinds[kind]
			k.live++
			h.Alloc(capture.Key{kind, k.live}, strategies.Request{Size: k.size})
		case op == '-' && kind < uint64(len(kinds)):
			k := &kinds[kind]
			h.Free(capture.Key{kind, k.live}, false)
			k.live -= min(k.live, 1)
		case ok && op == '-' && len(n) == 1 && len(kinds) == 0:
			h.Free(capture.Key{n[0]}, false)
		default:
			return in.Errorf("%.60q is none of \"a SIZE TRACE\", \"+ KIND\", \"- KIND\", \"+ SIZE TRACE POINTER\", \"- POINTER\", \"c MILLISECONDS\"", line)
		}
	}
	return nil
}

// heaptrackNumbers are the hexadecimal numbers behind the letter of a line.
func heaptrackNumbers(line []byte) ([]uint64, bool) {
	f := bytes.Fields(line)
	if len(f) < 2 || len(f) > 4 {
		return nil, false
	}
	var numbers []uint64
	for _, text := range f[1:] {
		n, ok := field.Hex(text)
		if !ok {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}
