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
// sizes, visible bytes, free blocks by power of two, reservations by address,
// resources from the least recently used one on, pinned ones last. The same calls
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
		fmt.Fprintf(b, "reserved %d+%d\n", r.place.Lo, r.size)
	}
}

func dumpResource(b *bytes.Buffer, r *Resource) {
	fmt.Fprintf(b, "%s: %d bytes, %d visible", r.name(), r.size, r.visible)
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
