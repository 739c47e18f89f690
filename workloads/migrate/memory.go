package migrate

import (
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Device addresses begin at deviceBase; what lies below is system memory, as the
// device sees it. An address says whose it is.
const deviceBase = 1 << 40

// memory are the contents of the device region and of system memory: some words
// of 8 bytes for each page of 4 KiB. Nothing here is locked. A page belongs to who
// owns it by the order of fences, so that the race detector sees every mistake in
// that order. (Words and not bytes: the detector looks at each access, and these
// are an eighth as many.)
type memory struct {
	perPage        int // words
	device, system []uint64
}

func newMemory(perPage int, device, system uint64) *memory {
	words := func(size uint64) []uint64 { return make([]uint64, size/strategies.MinPage*uint64(perPage)) }
	return &memory{perPage: perPage, device: words(device), system: words(system)}
}

// page is the contents of the page at addr.
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

// rubbish is what a page without contents is full of.
const rubbish = 0xdbdbdbdbdbdbdbdb

// scribble makes the contents of pages worthless.
func (m *memory) scribble(pages []uint64) {
	for _, addr := range pages {
		words := m.page(addr)
		for i := range words {
			words[i] = rubbish
		}
	}
}

// An image is the contents of an object as they should be: a pattern in which no
// two words are likely to be the same, not in other pages, objects or versions
// either.
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

// check compares a page with its part of the image, all bytes of it.
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

// checkAll compares all pages of an object.
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
