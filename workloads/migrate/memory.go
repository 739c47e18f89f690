package migrate

import (
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// deviceBase is the address of the device region. Addresses below it are system memory
// as the device sees it.
const deviceBase = 1 << 40

// memory is the contents of the device region and of system memory: some words of 8
// bytes for each page of 4 KiB. It has no lock: the order of fences decides who may
// access a page, so the race detector finds every mistake in that order. Words rather
// than bytes keep the detector fast, since it checks each access.
type memory struct {
	perPage        int // words
	device, system []uint64
}

func newMemory(perPage int, device, system uint64) *memory {
	words := func(size uint64) []uint64 { return make([]uint64, size/strategies.MinPage*uint64(perPage)) }
	return &memory{perPage: perPage, device: words(device), system: words(system)}
}

// page returns the contents of the page at addr.
func (m *memory) page(addr uint64) []uint64 {
	words := m.system
	if addr >= deviceBase {
		words, addr = m.device, addr-deviceBase
	}
	at := int(addr/strategies.MinPage) * m.perPage
	return words[at : at+m.perPage]
}

// move copies pages.
func (m *memory) move(to, from []uint64) {
	for i := range to {
		copy(m.page(to[i]), m.page(from[i]))
	}
}

// rubbish fills pages without contents.
const rubbish = 0xdbdbdbdbdbdbdbdb

// scribble overwrites pages with rubbish.
func (m *memory) scribble(pages []uint64) {
	for _, addr := range pages {
		words := m.page(addr)
		for i := range words {
			words[i] = rubbish
		}
	}
}

// An image is the contents that an object should have: a pattern whose words very
// likely differ from each other and from those of other pages, objects and versions.
type image struct{ object, version uint32 }

// word is the first word of a page; each word after it adds stride.
func (im image) word(page int) uint64 {
	x := uint64(im.object)<<32 ^ uint64(im.version)<<12 ^ uint64(page)
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15
	return (x ^ x>>29) * 0xbf58476d1ce4e5b9
}

const stride = 0x9e3779b97f4a7c15

// fill writes the image into pages.
func (m *memory) fill(pages []uint64, im image) {
	for i, addr := range pages {
		words, w := m.page(addr), im.word(i)
		for j := range words {
			words[j] = w
			w += stride
		}
	}
}

// check compares all words of the page at addr with page number page of the image.
func (m *memory) check(addr uint64, im image, page int) error {
	words, want := m.page(addr), im.word(page)
	for j, got := range words {
		if got != want {
			return fmt.Errorf("object %d, version %d: word %d of page %d, at address %#x, is %#016x, want %#016x",
				im.object, im.version, j, page, addr, got, want)
		}
		want += stride
	}
	return nil
}

// checkAll compares all pages of an object with its image.
func (m *memory) checkAll(pages []uint64, im image) error {
	for i, addr := range pages {
		if err := m.check(addr, im, i); err != nil {
			return err
		}
	}
	return nil
}

// appendPages appends the addresses of the pages of s to dst until it has n.
func appendPages(dst []uint64, s sgtable.Segment, n int) []uint64 {
	for at := uint64(0); at < uint64(s.Len) && len(dst) < n; at += strategies.MinPage {
		dst = append(dst, s.Addr+at)
	}
	return dst
}
