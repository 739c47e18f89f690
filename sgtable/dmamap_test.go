package sgtable_test

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// slowDMA is what the comment of DMA says, word by word: it places the segments one after
// the other, one page of the IOMMU further where one would cross the boundary, and then
// joins those that adjoin. ok is false where a segment breaks a limit. Numbers are small.
func slowDMA(d sgtable.DMA, table []sgtable.Segment) (device []sgtable.Segment, ok bool) {
	crosses := func(first, end uint64) bool { return d.Boundary != 0 && first/d.Boundary != (end-1)/d.Boundary }
	var at uint64
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		if d.Granule == 0 {
			device = append(device, s)
			continue
		}
		in := s.Addr % d.Granule
		pages := (in + uint64(s.Len) + d.Granule - 1) / d.Granule
		if pages*d.Granule <= d.Boundary {
			for crosses(at, at+pages*d.Granule) {
				at += d.Granule
			}
		} else if d.Boundary != 0 {
			at = (at + d.Boundary - 1) / d.Boundary * d.Boundary
		}
		device = append(device, sgtable.Segment{Addr: at + in, Len: s.Len})
		at += pages * d.Granule
	}
	for _, s := range device {
		if s.Len > d.MaxSegment || crosses(s.Addr, s.Addr+uint64(s.Len)) {
			return nil, false
		}
	}
	if d.Granule == 0 {
		return device, true
	}
	align := uint64(1)
	for align < at {
		align *= 2
	}
	base := (d.Base + align - 1) / align * align
	var joined []sgtable.Segment
	for _, s := range device {
		s.Addr += base
		if last := len(joined) - 1; last >= 0 && joined[last].Addr+uint64(joined[last].Len) == s.Addr &&
			s.Addr%d.Granule == 0 && (d.Boundary == 0 || s.Addr%d.Boundary != 0) && uint64(joined[last].Len)+uint64(s.Len) <= uint64(d.MaxSegment) {
			joined[last].Len += s.Len
			continue
		}
		joined = append(joined, s)
	}
	return joined, true
}

// checkDMA holds a mapping to the rules that every one keeps.
func checkDMA(t *testing.T, d sgtable.DMA, table []sgtable.Segment) {
	t.Helper()
	before := []sgtable.Segment{{Addr: 1, Len: 2}}
	got, err := d.Map(before, table)
	if len(got) == 0 || got[0] != before[0] {
		t.Fatalf("%+v of %v: what stood before is %v", d, table, got)
	}
	device := got[1:]
	if err != nil {
		if !errors.Is(err, strategies.ErrInvalid) || len(device) != 0 {
			t.Fatalf("%+v of %v: error %v, with %v", d, table, err, device)
		}
		return
	}
	segs := 0
	for segs < len(table) && table[segs].Len != 0 {
		segs++
	}
	if len(device) > segs || sgtable.Total(device) != sgtable.Total(table) {
		t.Fatalf("%+v of %v: %v has %d bytes", d, table, device, sgtable.Total(device))
	}
	for _, s := range device {
		last := s.Addr + uint64(s.Len) - 1
		if s.Len == 0 || s.Len > d.MaxSegment || last < s.Addr || d.Boundary != 0 && s.Addr/d.Boundary != last/d.Boundary || d.Granule != 0 && s.Addr < d.Base {
			t.Fatalf("%+v of %v: the segment %+v breaks a limit", d, table, s)
		}
	}
	var order []sgtable.Segment // the pieces, joined to segments of the CPU again
	left, i := uint32(0), 0
	for piece, io := range sgtable.Pieces(table, device) {
		if left == 0 {
			left = table[i].Len
			i++
			order = append(order, sgtable.Segment{Addr: piece.Addr})
		}
		order[len(order)-1].Len += piece.Len
		left -= piece.Len
		if d.Granule != 0 && piece.Addr%d.Granule != io%d.Granule || d.Granule == 0 && piece.Addr != io {
			t.Fatalf("%+v of %v: %+v is at %#x for the device", d, table, piece, io)
		}
	}
	if !slices.Equal(order, table[:segs]) {
		t.Fatalf("%+v of %v: in pieces it is %v", d, table, order)
	}
}

// TestDMAAgainstSlow compares random mappings with the slow one.
func TestDMAAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	mapped, joined, refused := 0, 0, 0
	for range 20_000 {
		table := shortTable(r)
		for i := range table {
			if r.IntN(3) > 0 { // most begin and end at the edge of a page
				table[i].Addr, table[i].Len = table[i].Addr&^7, (table[i].Len+7)&^7
			}
		}
		d := sgtable.DMA{MaxSegment: 8 + r.Uint32N(60), Base: r.Uint64N(200)}
		if r.IntN(5) > 0 {
			d.Granule = 1 << r.IntN(5)
		}
		if r.IntN(2) > 0 {
			d.Boundary = max(d.Granule, 1<<(3+r.IntN(5)))
		}
		checkDMA(t, d, table)
		want, ok := slowDMA(d, table)
		got, err := d.Map(nil, table)
		if ok != (err == nil) || ok && !slices.Equal(got, want) {
			t.Fatalf("%+v of %v:\n got %v, error %v\nwant %v, %v", d, table, got, err, want, ok)
		}
		switch {
		case !ok:
			refused++
		case len(got) < len(table):
			joined++
			fallthrough
		default:
			mapped++
		}
	}
	if mapped < 5000 || joined < 2000 || refused < 500 {
		t.Errorf("%d mapped, %d of them joined, %d refused", mapped, joined, refused)
	}
}

// TestDMA maps tables by hand.
func TestDMA(t *testing.T) {
	const k = 1 << 10
	scattered := []sgtable.Segment{{Addr: 1 << 20, Len: 64 * k}, {Addr: 8 << 20, Len: 4 * k}, {Addr: 3 << 20, Len: 60 * k}}
	gpu := sgtable.DMA{Granule: 4 * k, MaxSegment: sgtable.GPUDMASegment, Boundary: sgtable.DefaultDMABoundary}
	other := gpu
	other.MaxSegment = sgtable.DefaultDMASegment
	for _, c := range []struct {
		name  string
		dma   sgtable.DMA
		table []sgtable.Segment
		want  []sgtable.Segment
	}{
		{"nothing", gpu, nil, nil},
		{"an empty segment ends it", gpu, []sgtable.Segment{{Len: 0}, {Len: 4096}}, nil},
		{"without an IOMMU all stay", sgtable.DMA{MaxSegment: 64 * k}, scattered, scattered},
		{"an IOMMU joins all", gpu, scattered, []sgtable.Segment{{Addr: 0, Len: 128 * k}}},
		{"as long as the device takes", other, scattered, []sgtable.Segment{{Addr: 0, Len: 64 * k}, {Addr: 64 * k, Len: 64 * k}}},
		{"at a multiple of the length", sgtable.DMA{Granule: 4 * k, MaxSegment: 64 * k, Base: 4 * k}, scattered[:1], []sgtable.Segment{{Addr: 64 * k, Len: 64 * k}}},
		{"not over half a page", sgtable.DMA{Granule: 64 * k, MaxSegment: 1 << 20}, []sgtable.Segment{{Addr: 1 << 20, Len: 64 * k}, {Addr: 8 << 20, Len: 4 * k}, {Addr: 3<<20 + 4*k, Len: 60 * k}},
			[]sgtable.Segment{{Addr: 0, Len: 68 * k}, {Addr: 132 * k, Len: 60 * k}}},
		{"the next boundary", sgtable.DMA{Granule: 4 * k, MaxSegment: 1 << 20, Boundary: 128 * k}, []sgtable.Segment{{Addr: 0, Len: 100 * k}, {Addr: 1 << 20, Len: 100 * k}},
			[]sgtable.Segment{{Addr: 0, Len: 100 * k}, {Addr: 128 * k, Len: 100 * k}}},
		{"up to the boundary", sgtable.DMA{Granule: 4 * k, MaxSegment: 1 << 20, Boundary: 128 * k}, []sgtable.Segment{{Addr: 0, Len: 100 * k}, {Addr: 1 << 20, Len: 28 * k}, {Addr: 2 << 20, Len: 4 * k}},
			[]sgtable.Segment{{Addr: 0, Len: 128 * k}, {Addr: 128 * k, Len: 4 * k}}},
	} {
		got, err := c.dma.Map(nil, c.table)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, error %v; want %+v", c.name, got, err, c.want)
		}
	}
}

// TestDMARefuses has a rule in each error.
func TestDMARefuses(t *testing.T) {
	table := segments(8, 2, 32, 1)
	good := sgtable.DMA{Granule: page, MaxSegment: 2 * page, Boundary: 2 * page}
	for want, change := range map[string]func(*sgtable.DMA){
		"longest segment has 0 bytes":      func(d *sgtable.DMA) { d.MaxSegment = 0 },
		"granule 12288 is not":             func(d *sgtable.DMA) { d.Granule = 3 * page },
		"granule 8589934592 is not":        func(d *sgtable.DMA) { d.Granule, d.Boundary = 1<<33, 0 },
		"boundary 2048 is not":             func(d *sgtable.DMA) { d.Boundary = page / 2 },
		"boundary 12288 is not":            func(d *sgtable.DMA) { d.Boundary = 3 * page },
		"has 8192 bytes":                   func(d *sgtable.DMA) { d.MaxSegment = 2*page - 1 },
		"crosses a multiple of 4096":       func(d *sgtable.DMA) { d.Boundary = page },
		"no I/O addresses from 0xffffffff": func(d *sgtable.DMA) { d.Base = math.MaxUint64 },
	} {
		d := good
		if _, err := d.Map(nil, table); err != nil {
			t.Fatal(err)
		}
		change(&d)
		if got, err := d.Map(nil, table); !errors.Is(err, strategies.ErrInvalid) || !strings.Contains(err.Error(), want) || len(got) != 0 {
			t.Errorf("%+v: %v, error %v; want one with %q", d, got, err, want)
		}
	}
	// A boundary of half the address space, of which each segment takes one.
	huge := sgtable.DMA{Granule: 1 << 32, MaxSegment: math.MaxUint32, Boundary: 1 << 63}
	checkDMA(t, huge, []sgtable.Segment{{Addr: math.MaxUint64 - 1, Len: 2}, {Addr: 1<<32 - 1, Len: math.MaxUint32}})
}

// TestDMAAllocs: a mapping takes no memory but that of its segments.
func TestDMAAllocs(t *testing.T) {
	table := segments(8, 64, 100, 3)
	d := sgtable.DMA{Granule: page, MaxSegment: math.MaxUint32}
	room := make([]sgtable.Segment, 0, len(table))
	if n := testing.AllocsPerRun(100, func() {
		device, _ := d.Map(room, table)
		for range sgtable.Pieces(table, device) {
		}
	}); n != 0 {
		t.Errorf("a mapping took %v heap allocations", n)
	}
}

// FuzzDMA maps any table of short segments and holds the result to the rules.
func FuzzDMA(f *testing.F) {
	f.Add([]byte{8, 8, 24, 8, 3, 5}, uint8(3), uint8(6), uint32(40), uint64(100))
	f.Add([]byte{8, 8, 24, 8, 3, 5}, uint8(0), uint8(0), uint32(5), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, b []byte, granule, boundary uint8, longest uint32, base uint64) {
		var table []sgtable.Segment
		for ; len(b) >= 2 && len(table) < 64; b = b[2:] {
			table = append(table, sgtable.Segment{Addr: uint64(binary.LittleEndian.Uint16(b)), Len: uint32(b[1] % 64)})
		}
		d := sgtable.DMA{MaxSegment: longest, Base: base}
		if granule > 0 {
			d.Granule = 1 << (granule % 40)
		}
		if boundary > 0 {
			d.Boundary = 1 << (boundary % 64)
		}
		checkDMA(t, d, table)
	})
}
