package strategytest

import (
	"iter"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// Fuzz is a native fuzz target: it looks for a program of allocations and frees
// that breaks a rule of s under [strategies.Checked], or leaves something
// behind when everything was freed. Without -fuzz it runs its seeds, as a test.
//
// The encoding is compact, so that a mutation of a byte is a small change of
// the program, and total, so that every input is one. The first byte is the
// region: the low six bits are its pages less one; bit 6 adds a part of a page
// behind the last, bit 7 makes pages of 64 KiB. Then each operation takes four
// bytes, and a rest is dropped:
//
//	byte 0   bits 0-1: 0, 1, 2 allocate, 3 another: bits 3-4: 0, 3 free, 1 trim, 2 reset
//	         free:     bit 2 as zero
//	         reset:    bit 2 to clear
//	         allocate: bit 2 TopDown, 3 Contiguous, 4 Clear, 5 Range, 6 window
//	                   without upper limit, 7 size a byte short of whole pages
//	byte 1   free, trim: which of the live grants; allocate: pages
//	byte 2   trim: pages in front of what stays
//	         allocate: alignment: low four bits n, 0 for none: n-1 times the page doubled
//	         (0 to 14); bit 4: three times that; bit 5: half a page more
//	byte 3   trim: pages that stay
//	         allocate: window in sixteenths of the region: low four bits Lo, high four Hi
//
// An allocator that cannot trim or reset is not asked to.
func Fuzz(f *testing.F, s strategies.Strategy) {
	f.Helper()
	if err := strategies.Validate(s); err != nil {
		f.Fatal(err)
	}
	for _, seed := range fuzzSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := runBytes(s, data); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzRule is what a failure quotes.
var fuzzRule = Rule{Name: "fuzz", Text: "any program keeps all rules, and in the end the region is empty and as good as new"}

// runBytes runs the program that data stands for. A region that s does not take
// is no failure.
func runBytes(s strategies.Strategy, data []byte) error {
	region, ops := decode(data)
	// Inputs are shorter than the calls from one walk of Checked to the next.
	y := probe.Play{Strategy: strategies.CheckedEvery(s, probe.Every(len(ops))), Region: region, Prefix: probe.Prefix}
	err := y.Run(resolved(ops))
	if err == nil || probe.RefusesRegion(err) {
		return nil
	}
	return fuzzRule.quote(y.Explain(s, err, ""), s, region)
}

// coded is an operation of a fuzz input: a free or trim chooses among what is live then.
type coded struct {
	program.Op
	pick int
}

// resolved are coded operations with the ids of a run.
func resolved(ops []coded) probe.Source {
	return func(r *program.Run) iter.Seq[program.Op] {
		return func(yield func(program.Op) bool) {
			_, trims := strategies.As[strategies.Trimmer](r.Allocator)
			for i, c := range ops {
				switch c.ID = uint64(i); {
				case c.Kind == program.Alloc, c.Kind == program.Reset:
				case len(r.Live) == 0, c.Kind == program.Trim && !trims:
					continue
				default:
					c.ID = r.Live[c.pick%len(r.Live)].ID
				}
				if !yield(c.Op) {
					return
				}
			}
		}
	}
}

// decode reads a program as documented at [Fuzz].
func decode(data []byte) (strategies.Region, []coded) {
	region := strategies.Region{Size: 4096, Page: 4096}
	if len(data) == 0 {
		return region, nil
	}
	head, data := data[0], data[1:]
	if head&0x80 != 0 {
		region.Page = 1 << 16
	}
	region.Size = region.Page * (1 + uint64(head&0x3f))
	if head&0x40 != 0 {
		region.Size += region.Page / 2
	}
	ops := make([]coded, 0, len(data)/4)
	for ; len(data) >= 4; data = data[4:] {
		ops = append(ops, decodeOp(region, [4]byte(data)))
	}
	return region, ops
}

func decodeOp(region strategies.Region, b [4]byte) coded {
	if b[0]&3 == 3 {
		return decodeRest(region, b)
	}
	r := strategies.Request{Size: uint64(b[1]) * region.Page, Align: decodeAlign(region, b[2])}
	for bit, flag := range opFlags {
		if b[0]&(4<<bit) != 0 {
			r.Flags |= flag
		}
	}
	if r.Flags&strategies.Range != 0 {
		sixteenth := region.Managed() / 16
		r.Lo = uint64(b[3]&15) * sixteenth &^ (region.Page - 1)
		r.Hi = uint64(b[3]>>4+1) * sixteenth &^ (region.Page - 1)
		if b[0]&0x40 != 0 {
			r.Hi = 0
		}
	}
	if b[0]&0x80 != 0 && r.Size > 0 {
		r.Size--
	}
	return coded{Op: program.Op{Req: r}}
}

// decodeRest reads an operation that is no allocation.
func decodeRest(region strategies.Region, b [4]byte) coded {
	switch cleared := b[0]&4 != 0; b[0] >> 3 & 3 {
	case 1:
		keep := strategies.Request{Lo: uint64(b[2]) * region.Page, Size: uint64(b[3]) * region.Page}
		return coded{program.Op{Kind: program.Trim, Req: keep}, int(b[1])}
	case 2:
		return coded{Op: program.Op{Kind: program.Reset, Cleared: cleared}}
	default:
		return coded{program.Op{Kind: program.Free, Cleared: cleared}, int(b[1])}
	}
}

// opFlags is the flag of each bit from bit 2 of an operation's first byte.
var opFlags = [...]strategies.Flags{strategies.TopDown, strategies.Contiguous, strategies.Clear, strategies.Range}

func decodeAlign(region strategies.Region, b byte) uint64 {
	if b&15 == 0 {
		return 0
	}
	align := region.Page << (b&15 - 1)
	if b&16 != 0 {
		align *= 3
	}
	if b&32 != 0 {
		align += region.Page / 2
	}
	return align
}

// fuzzSeeds are programs that reach the paths of common allocators: single
// pages until full, frees out of order, alignment, windows, odd sizes.
func fuzzSeeds() [][]byte {
	const alloc, free, trim, reset, top, contiguous, cleared, window, odd = 0, 3, 8, 16, 4, 8, 16, 32, 128
	pages := []byte{14} // 15 pages, one more than fit, every second back, two at once
	for range 16 {
		pages = append(pages, alloc, 1, 0, 0)
	}
	for i := range byte(7) {
		pages = append(pages, free, i, 0, 0)
	}
	pages = append(pages, alloc|contiguous, 2, 0, 0, alloc, 6, 0, 0, alloc, 1, 0, 0)
	return [][]byte{
		nil,
		pages,
		{63, alloc, 64, 0, 0, free, 0, 0, 0, alloc | contiguous, 33, 0, 0},
		{62, alloc | contiguous, 3, 0, 0, alloc, 5, 2, 0, alloc | top, 5, 3, 0, free, 1, 0, 0, alloc | contiguous, 7, 4, 0},
		{63 | 64, alloc | window, 4, 0, 0x21, alloc | window, 4, 0, 0x11, alloc | window | 64, 9, 0, 15, alloc | window, 1, 0, 0x0f},
		{20 | 128, alloc | odd, 3, 16 | 1, 0, alloc | odd | contiguous, 3, 32 | 1, 0, alloc, 0, 0, 0, alloc, 255, 0, 0},
		{31, alloc, 8, 0, 0, alloc, 2, 0, 0, free | trim, 0, 1, 5, free | trim, 0, 0, 1, alloc, 3, 0, 0, free | reset | 4, 0, 0, 0, free, 0, 0, 0, alloc | cleared, 8, 0, 0},
		{31, alloc, 1, 0, 0, alloc, 1, 0, 0, free | 4, 0, 0, 0, alloc | cleared, 2, 0, 0, free | 4, 0, 0, 0, free, 0, 0, 0, alloc | cleared | contiguous, 16, 0, 0},
	}
}
