package ttm

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Dump writes the state of the manager as text, for people and for comparisons:
// sizes, visible bytes, free blocks by power of two, reservations by address, what is
// retired and what is pending, groups in the order made, resources from the lowest
// priority and the least recently used one on, pinned ones last. The same calls
// give the same text, byte for byte. Dump makes the text under the lock and writes it
// without.
func (m *Manager) Dump(w io.Writer) error {
	_, err := w.Write(m.dump())
	return err
}

func (m *Manager) dump() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: size %d, page %d, default page %d\n", m.strategy.Name, m.managed, m.region.Page, m.align)
	fmt.Fprintf(&b, "avail %d\n", m.avail)
	fmt.Fprintf(&b, "visible %d, avail %d, reserved %d\n", m.visible, m.visibleAvail, m.visibleReserved)
	m.dumpFree(&b)
	m.dumpReserved(&b)
	m.dumpGroups(&b)
	for r := range m.live {
		dumpResource(&b, r)
	}
	return b.Bytes()
}

// dumpFree counts the free blocks by power of two, the largest first.
func (m *Manager) dumpFree(b *bytes.Buffer) {
	var count, sum [64]uint64
	for f := range m.allocator.FreeBlocks() {
		k := bits.Len64(f.Size) - 1
		count[k]++
		sum[k] += f.Size
	}
	for k := 63; k >= 0; k-- {
		if count[k] != 0 {
			fmt.Fprintf(b, "free from %d on: %d blocks, %d bytes\n", uint64(1)<<k, count[k], sum[k])
		}
	}
}

// dumpReserved writes the reservations by address.
func (m *Manager) dumpReserved(b *bytes.Buffer) {
	sorted := slices.SortedFunc(slices.Values(m.reserved), func(x, y *Resource) int {
		return cmp.Compare(x.place.Lo, y.place.Lo)
	})
	for _, r := range sorted {
		what := "reserved"
		if r.state == retired {
			what = "retired"
		}
		fmt.Fprintf(b, "%s %d+%d\n", what, r.place.Lo, r.size)
	}
	for _, s := range m.pending {
		fmt.Fprintf(b, "pending %d+%d\n", s.lo, s.hi-s.lo)
	}
}

// dumpGroups writes the groups.
func (m *Manager) dumpGroups(b *bytes.Buffer) {
	for _, g := range m.groups {
		fmt.Fprintf(b, "group %s", g.name)
		if g.parent != nil {
			fmt.Fprintf(b, " below %s", g.parent.name)
		}
		fmt.Fprintf(b, ": %d bytes, min %d, low %d, max %d\n", g.usage, g.limits.Min, g.limits.Low, g.limits.Max)
	}
}

func dumpResource(b *bytes.Buffer, r *Resource) {
	fmt.Fprintf(b, "%s: %d bytes, %d visible", r.name(), r.size, r.visible)
	if r.priority != 0 {
		fmt.Fprintf(b, ", priority %d", r.priority)
	}
	if r.group != nil {
		fmt.Fprintf(b, ", of group %s", r.group.name)
	}
	switch {
	case r.pins != 0:
		fmt.Fprintf(b, ", pinned %d times", r.pins)
	case r.state == evicting:
		fmt.Fprint(b, ", being evicted")
	}
	fmt.Fprint(b, ", at")
	dumpBlocks(b, r.blocks)
	fmt.Fprintln(b)
}

// dumpBlocks writes blocks as in a trace, the first few of a long list.
func dumpBlocks(b *bytes.Buffer, blocks []strategies.Block) {
	const most = 8
	for _, x := range blocks[:min(most, len(blocks))] {
		fmt.Fprintf(b, " %d+%d", x.Start, x.Size)
	}
	if len(blocks) > most {
		fmt.Fprintf(b, " and %d more", len(blocks)-most)
	}
}
