// Package vmadump reads what is live from a dump of the Vulkan Memory Allocator.
//
// vmaBuildStatsString of versions 2.x and 3.x writes one when it is asked for a detailed map,
// and so does vmaBuildVirtualBlockStatsString. The versions nest their pools in different
// ways. In all, a block is an object with "TotalBytes" and "Suballocations", and each of
// these has a Type, an Offset and a Size:
//
//	{"DefaultPools": {"Type 0": {"Blocks": {"0": {"TotalBytes": 268435456, "Suballocations": [
//	  {"Offset": 0, "Type": "BUFFER", "Size": 65536, "Usage": 130},
//	  {"Offset": 65536, "Type": "FREE", "Size": 268369920}]}}}}}
//
// Numbers are exact in 64 bits. A dump holds at most 16,777,216 allocations
// in 65,536 blocks.
package vmadump

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Detect reports whether a file that begins with head is a dump.
func Detect(head []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte{'{'}) {
		return false
	}
	for _, name := range []string{`"Suballocations"`, `"DefaultPools"`, `"BlockCount"`, `"UnusedRanges"`} {
		if bytes.Contains(head, []byte(name)) {
			return true
		}
	}
	return false
}

// Dump is a dump with its blocks, in the order of the file.
type Dump struct {
	Blocks    []Block
	Dedicated int  // allocations that fill memory of their own
	Mapped    bool // it has a map of allocations, perhaps an empty one
}

// Block is a block with its live allocations, which ascend and do not overlap.
type Block struct {
	Name  string // from its place in the dump: "DefaultPools-Type0-block0"
	Total uint64 // bytes
	Live  []Extent
}

// Extent is the bytes [Start, Start+Size) of a block.
type Extent struct{ Start, Size uint64 }

// Unit is the largest power of two of which all offsets are multiples, at most most, which
// is one itself.
func (d *Dump) Unit(most uint64) uint64 {
	all := most
	for _, b := range d.Blocks {
		for _, e := range b.Live {
			all |= e.Start
		}
	}
	return 1 << bits.TrailingZeros64(all)
}

const (
	maxLive    = 1 << 24 // allocations
	maxBlocks  = 1 << 16
	maxDepth   = 100 // of nested values
	maxNesting = "deeper than 100 values in each other"
)

// Read reads a dump. Errors name the byte and the rule, or are those of src.
func Read(src io.Reader) (*Dump, error) {
	d := &dump{r: newJSONReader(src), names: make(map[string]bool)}
	err := d.value(nil)
	if err == nil {
		if _, e := d.r.dec.Token(); e != io.EOF {
			err = errors.New("something follows the value")
		}
	}
	if err != nil {
		return nil, d.r.at(err)
	}
	return &d.Dump, nil
}

// dump collects the blocks of a dump.
type dump struct {
	Dump
	r     *jsonReader
	names map[string]bool
	n     int // live allocations
}

// value reads a value that stands at path, and what is in it.
func (d *dump) value(path []string) error {
	t, err := d.r.token()
	switch {
	case err != nil:
		return err
	case len(path) > maxDepth:
		return errors.New(maxNesting)
	case t == json.Delim('['):
		for i := 0; d.r.dec.More(); i++ {
			if err := d.value(append(path, strconv.Itoa(i))); err != nil {
				return err
			}
		}
		_, err := d.r.token()
		return err
	case t == json.Delim('{'):
		return d.object(path)
	}
	return nil
}

// object reads the rest of an object, which may be a block.
func (d *dump) object(path []string) error {
	b := Block{Name: nameOf(path)}
	isBlock := false
	for d.r.dec.More() {
		key, err := d.r.text()
		if err != nil {
			return err
		}
		switch key {
		case "TotalBytes":
			b.Total, err = d.r.number(key)
		case "Suballocations":
			isBlock = true
			err = d.suballocations(&b)
		case "DedicatedAllocations":
			err = d.dedicated(0)
		case "DefaultPools", "Pools", "CustomPools":
			d.Mapped = true
			fallthrough
		default:
			err = d.value(append(path, key))
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.r.token(); err != nil {
		return err
	}
	if isBlock {
		return d.block(b)
	}
	return nil
}

// block checks a block and enters it.
func (d *dump) block(b Block) error {
	d.Mapped = true
	slices.SortFunc(b.Live, func(x, y Extent) int { return cmp.Compare(x.Start, y.Start) })
	end := uint64(0)
	for _, e := range b.Live {
		switch {
		case e.Start < end:
			return fmt.Errorf("the block has two allocations at %d", e.Start)
		case e.Size > b.Total || e.Start > b.Total-e.Size:
			return fmt.Errorf("the allocation %d+%d reaches out of its block of %d bytes", e.Start, e.Size, b.Total)
		}
		end = e.Start + e.Size
	}
	if len(d.Blocks) == maxBlocks {
		return fmt.Errorf("more than %d blocks", maxBlocks)
	}
	if d.names[b.Name] {
		return fmt.Errorf("there are two blocks %q", b.Name)
	}
	d.names[b.Name] = true
	d.Blocks = append(d.Blocks, b)
	return nil
}

// suballocations reads the list of a block.
func (d *dump) suballocations(b *Block) error {
	return d.r.list("Suballocations", func() error {
		var e Extent
		kind, has := "", 0
		err := d.r.fields(func(key string) (err error) {
			switch key {
			case "Offset":
				has |= 1
				e.Start, err = d.r.number(key)
			case "Size":
				has |= 2
				e.Size, err = d.r.number(key)
			case "Type":
				kind, err = d.r.text()
			default:
				err = d.r.skip()
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case kind == "" || has != 3:
			return errors.New("a suballocation without Type, Offset and Size")
		case kind == "FREE":
			return nil
		case e.Size == 0 || e.Size > 1<<62:
			return fmt.Errorf("an allocation of %d bytes", e.Size)
		}
		if d.n++; d.n > maxLive {
			return fmt.Errorf("more than %d allocations", maxLive)
		}
		b.Live = append(b.Live, e)
		return nil
	})
}

// dedicated counts the dedicated allocations in a value: the objects that have a Size.
func (d *dump) dedicated(depth int) error {
	d.Mapped = true
	t, err := d.r.token()
	if err != nil {
		return err
	}
	switch {
	case depth > maxDepth:
		return errors.New(maxNesting)
	case t == json.Delim('['):
		for d.r.dec.More() {
			if err := d.dedicated(depth + 1); err != nil {
				return err
			}
		}
	case t == json.Delim('{'):
		for d.r.dec.More() {
			key, err := d.r.text()
			if err != nil {
				return err
			}
			if key == "Size" {
				d.Dedicated++
			}
			if err := d.dedicated(depth + 1); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.r.token()
	return err
}

// nameOf is the name of a block at a path: "DefaultPools-Type0-block0".
func nameOf(path []string) string {
	var words []string
	for i, key := range path {
		if key == "Blocks" && i+1 < len(path) {
			continue
		}
		if i > 0 && path[i-1] == "Blocks" {
			key = "block" + key
		}
		words = append(words, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return -1
			case r == ',' || !strconv.IsPrint(r):
				return '?'
			}
			return r
		}, key[:min(len(key), 40)]))
	}
	return strings.Join(words, "-")
}
