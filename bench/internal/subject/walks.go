package subject

import (
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// walks sums up what it takes to find bytes in the tables of a replay, and what mapping
// them for another device makes of them.
type walks struct {
	lookups   sgtable.Lookups
	segs      uint64
	dma       [2]uint64 // segments for the device, by dmaUnits
	dmaTables [2]int    // of so many tables
	room      []sgtable.Segment
}

// dmaUnits are the devices that tables are mapped for: a GPU behind an IOMMU, with the
// usual pages, and with those of 64 KiB that some kernels for arm64 have.
var dmaUnits = [2]struct {
	unit *schema.Unit
	dma  sgtable.DMA
}{
	{schema.DMASegsPerTable, sgtable.DMA{Granule: strategies.MinPage, MaxSegment: sgtable.GPUDMASegment, Boundary: sgtable.DefaultDMABoundary}},
	{schema.DMA64KSegsPerTable, sgtable.DMA{Granule: sgtable.Page64K, MaxSegment: sgtable.GPUDMASegment, Boundary: sgtable.DefaultDMABoundary}},
}

// add counts a table. One that the device cannot take is in no count of segments for it.
func (w *walks) add(t []sgtable.Segment) {
	w.lookups.Add(t, strategies.MinPage)
	w.segs += uint64(len(t))
	for i, d := range dmaUnits {
		device, err := d.dma.Map(w.room[:0], t)
		w.room = device
		if err == nil {
			w.dma[i] += uint64(len(device))
			w.dmaTables[i]++
		}
	}
}

// values are the measurements of a replay that built so many tables, at least one.
func (w *walks) values(tables int) []result.Value {
	values := []result.Value{
		{V: float64(w.segs) / float64(tables), Unit: schema.SegsPerTable},
		{V: float64(w.lookups.Steps) / float64(w.lookups.Pages), Unit: schema.StepsPerLookup},
		{V: float64(w.lookups.IndexSteps) / float64(w.lookups.Pages), Unit: schema.IndexStepsPerLookup},
	}
	for i, d := range dmaUnits {
		if w.dmaTables[i] > 0 {
			values = append(values, result.Value{V: float64(w.dma[i]) / float64(w.dmaTables[i]), Unit: d.unit})
		}
	}
	return values
}
