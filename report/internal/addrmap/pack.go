package addrmap

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/vramlab/vramlab/workloads/trace"
)

// Tiles are what the page inflates when it needs them: base64 of a deflate stream.
//
// A layer has four bits a cell and frame, all frames of a cell together: a cell stays
// what it is for long, and of six maps of real runs that order was 8 to 35 % smaller than
// frame by frame. Differences between frames on top of it made five of the six larger.
//
// Objects and extents are columns of numbers in base 128, since the numbers of a column
// look alike.

// packLayer is the tile of every step-th frame of a layer, the last one among them; a
// layer has the cells of a frame together.
func packLayer(layer []uint8, cells, step int) (string, error) {
	frames := len(layer) / max(cells, 1)
	raw := make([]byte, (cells*((frames+step-1)/step)+1)/2)
	i := 0
	for c := range cells {
		for f := (frames - 1) % step; f < frames; f += step {
			raw[i/2] |= layer[f*cells+c] << (4 * (i % 2))
			i++
		}
	}
	return deflate(raw)
}

func deflate(raw []byte) (string, error) {
	var b bytes.Buffer
	text := base64.NewEncoder(base64.StdEncoding, &b)
	z, err := flate.NewWriter(text, 6)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(raw); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	if err := text.Close(); err != nil {
		return "", err
	}
	return b.String(), nil
}

// packedObjects are the tiles of the objects kept.
type packedObjects struct {
	tile    string
	extents []string // by lane
	kept    int
	all     bool
	base    uint64 // of the ids
	ordered bool   // ids are the order in the stream: those of the trace are too far apart
}

// bytes is the size of all tiles.
func (p *packedObjects) bytes() int {
	n := len(p.tile)
	for _, e := range p.extents {
		n += len(e)
	}
	return n
}

// mostExact is the largest number up to which a script counts exactly.
const mostExact = 1 << 53

// pack makes tiles of what is kept.
func (k *keeper) pack() (*packedObjects, error) {
	p := &packedObjects{kept: len(k.kept), all: k.all}
	lo, hi := ^uint64(0), uint64(0)
	for i := range k.kept {
		lo, hi = min(lo, k.kept[i].id), max(hi, k.kept[i].id)
	}
	if p.base = lo; hi < lo {
		p.base = 0
	} else if hi-lo >= mostExact {
		p.base, p.ordered = 0, true
	}
	var err error
	if p.tile, err = deflate(k.columns(p)); err != nil {
		return nil, err
	}
	for _, column := range k.lanesOfExtents() {
		tile, err := deflate(column)
		if err != nil {
			return nil, err
		}
		p.extents = append(p.extents, tile)
	}
	return p, nil
}

// columns are the numbers of the objects: operation, lifetime, pages, id and order.
func (k *keeper) columns(p *packedObjects) []byte {
	var out []byte
	put := func(v uint64) { out = binary.AppendUvarint(out, v) }
	before := 0
	for i := range k.kept {
		put(uint64(k.kept[i].op - before))
		before = k.kept[i].op
	}
	for i := range k.kept {
		put(uint64(k.kept[i].life))
	}
	for i := range k.kept {
		put(k.kept[i].pages)
	}
	for i := range k.kept {
		if p.ordered {
			put(uint64(k.kept[i].order))
		} else {
			put(k.kept[i].id - p.base)
		}
	}
	order := uint32(0)
	for i := range k.kept {
		put(uint64(k.kept[i].order - order)) // modulo 2^32: what a trim left has an earlier one
		order = k.kept[i].order
	}
	return out
}

// lanesOfExtents are the extents of the objects, each lane for itself.
func (k *keeper) lanesOfExtents() [][]byte {
	out := make([][]byte, k.lanes)
	end := make([]uint64, k.lanes)
	for i := range k.kept {
		o := &k.kept[i]
		in := k.extents[o.at : o.at+o.n]
		next := func() uint64 {
			v, n := binary.Uvarint(in)
			in = in[n:]
			return v
		}
		for l := range out {
			n := next()
			out[l] = binary.AppendUvarint(out[l], n)
			if n == 0 {
				continue
			}
			out[l] = binary.AppendUvarint(out[l], next())
			for range n {
				x := trace.Extent{Start: next(), Size: next()}
				out[l] = binary.AppendVarint(out[l], int64(x.Start-end[l])) // zigzag
				out[l] = binary.AppendUvarint(out[l], x.Size)
				end[l] = x.Start + x.Size
			}
		}
	}
	return out
}

// unpackLayer is what [packLayer] packed.
func unpackLayer(tile string, cells, frames int) ([]uint8, error) {
	raw, err := io.ReadAll(flate.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(tile))))
	if err != nil {
		return nil, err
	}
	layer := make([]uint8, cells*frames)
	i := 0
	for c := range cells {
		for f := range frames {
			layer[f*cells+c] = raw[i/2] >> (4 * (i % 2)) & 15
			i++
		}
	}
	return layer, nil
}
