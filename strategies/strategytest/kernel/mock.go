package kernel

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// The selftests of i915's memory regions, which ran on a mock device. i915 put
// the range manager under them for a while in 2021 and relaxed the tests that relied
// on scattering; so does the kit. Where memory is fragmented, a strategy that never
// scatters is asked for no more than the largest free run, and must refuse more.

const mockRegion = 2 << 30

// mockFill asks for 1, 2, 3, 5, 7, ... pages until the first refusal.
func (k *player) mockFill() {
	k.open(mockRegion, 4096)
	var held [][]strategies.Block
	for n := range primes {
		blocks, err := k.Allocator.Alloc(nil, k.Page(n, 0))
		if err == nil {
			held = append(held, blocks)
			continue
		}
		if room := k.room(0, k.Managed()); err != strategies.ErrNoSpace || k.TakesAll() && k.Bytes(n) <= room {
			program.Failf("%d pages were refused (%v) with room for %d bytes", n, err, room)
		}
		break
	}
	k.Release(held)
	k.close()
}

// mockReserve takes a random range out of every 32 MiB in random order, and
// then the rest in random sizes. The kernel draws each size from all that is
// left, which is granted in pieces.
func (k *player) mockReserve() {
	const cell = 32 << 20
	k.open(mockRegion, 4096)
	var held [][]strategies.Block
	left := k.Managed()
	for _, i := range k.rng.Perm(mockRegion / cell) {
		size := k.Bytes(k.rng.Uint64N(cell/k.Region.Page + 1)) // 0 leaves a big hole
		if size == 0 {
			continue
		}
		start := uint64(i)*cell + k.Bytes(k.rng.Uint64N((cell-size)/k.Region.Page+1))
		held = append(held, k.granted(within(size, start, start+size)))
		left -= size
	}
	for left > 0 {
		size := k.someOf(k.room(0, k.Managed()))
		held = append(held, k.granted(strategies.Request{Size: size}))
		left -= size
	}
	k.denied(k.Page(1, 0))
	k.Release(held)
	k.close()
}

// mockContiguous asks for contiguous objects of one page, of everything and of
// a random size; then it leaves every second 64 KiB of the region free. Half of
// the region is then granted in pieces; a strategy that never scatters must refuse
// it, as it refuses any run of more than 64 KiB.
func (k *player) mockContiguous() {
	const hole = 64 << 10
	k.open(k.scaled(mockRegion), 4096)
	for _, size := range []uint64{k.Region.Page, k.Managed(), k.someOf(k.Managed())} {
		k.Allocator.Free(k.granted(strategies.Request{Size: size, Flags: strategies.Contiguous}))
	}
	var held [][]strategies.Block
	for range k.Managed() / hole {
		held = append(held, k.granted(strategies.Request{Size: hole, Flags: strategies.Contiguous}))
	}
	held = k.freeEverySecond(held)

	half := strategies.Request{Size: k.Managed() / 2}
	if k.Can(strategies.CapScatter) {
		k.Allocator.Free(k.granted(half))
	} else {
		k.denied(half)
	}
	for size := half.Size; size >= k.Region.Page; size /= 2 {
		r := strategies.Request{Size: size, Flags: strategies.Contiguous}
		if size > hole {
			k.denied(r)
		} else {
			k.Allocator.Free(k.granted(r))
		}
	}
	k.Release(held)
	k.close()
}

// freeEverySecond frees every second of held by address, the lowest first, and
// returns the others.
func (k *player) freeEverySecond(held [][]strategies.Block) (kept [][]strategies.Block) {
	slices.SortFunc(held, func(a, b []strategies.Block) int { return cmp.Compare(a[0].Start, b[0].Start) })
	for i, blocks := range held {
		if i%2 == 0 {
			k.Allocator.Free(blocks)
		} else {
			kept = append(kept, blocks)
		}
	}
	return kept
}

// mockSplinteredRegion asks for all of a region that is a page short of a power
// of two. The contiguous request for it had to fail until the kernel's buddy learned
// exact windows; with CapRoundUp it still must, and half a power of two must succeed.
func (k *player) mockSplinteredRegion() {
	const power = 4 << 30
	k.open(power-4096, 4096)
	whole := strategies.Request{Size: k.Managed()}
	blocks := k.granted(whole)
	if largest := slices.MaxFunc(blocks, bySize).Size; k.Can(strategies.CapPow2Blocks) && largest != power/2 {
		program.Failf("%v was granted in blocks of which the largest has %d bytes, not %d", whole, largest, uint64(power/2))
	}
	k.Allocator.Free(blocks)
	k.Refuse(strategies.Request{Size: power, Flags: strategies.Contiguous})
	whole.Flags = strategies.Contiguous
	if k.Can(strategies.CapRoundUp) {
		k.Refuse(whole)
	} else {
		k.Allocator.Free(k.granted(whole))
	}
	k.Allocator.Free(k.granted(strategies.Request{Size: power / 2, Flags: strategies.Contiguous}))
	k.close()
}

func bySize(a, b strategies.Block) int { return cmp.Compare(a.Size, b.Size) }

// mockMaxSegment builds the scatter-gather table of one object of 8 GiB, which
// no segment can hold.
func (k *player) mockMaxSegment() {
	page := uint64(4096)
	if k.rng.IntN(2) == 1 {
		page = 64 << 10
	}
	k.open(8<<30, page)
	r := strategies.Request{Size: k.Managed()}
	blocks := k.granted(r)
	most := sgtable.MaxSegment(page)
	var sum uint64
	var longest uint32
	for _, s := range sgtable.Append(nil, blocks, sgtable.Options{MaxSegment: most, Size: r.Size}) {
		if s.Len > most || s.Addr%page != 0 {
			program.Failf("segment %d+%d of %s is longer than %d or not aligned to %d", s.Addr, s.Len, strategies.Blocks(blocks), most, page)
		}
		sum += uint64(s.Len)
		longest = max(longest, s.Len)
	}
	if longest < most {
		program.Failf("%v was granted as %s, of which no segment of %d can be made", r, strategies.Blocks(blocks), most)
	}
	if sum != r.Size {
		program.Failf("the table of %s has %d bytes, not %d", strategies.Blocks(blocks), sum, r.Size)
	}
	k.Allocator.Free(blocks)
	k.close()
}

// mockIOSize fills the part of a region that the CPU cannot reach with GPU-only
// objects, of which one as large as the reachable part must still fit; and then
// the reachable part, [0, io), with others, which must stay in there.
func (k *player) mockIOSize() {
	page := uint64(4096)
	if k.rng.IntN(2) == 1 {
		page = 64 << 10
	}
	size := 1<<30 + k.rng.Uint64N(7<<30+1)&^(page-1)
	k.open(size, page)
	io := 256<<20 + k.rng.Uint64N(size-256<<20)&^(page-1)

	var held [][]strategies.Block
	for left := size - io; left > 0; {
		n := k.someOf(min(left, k.room(0, size)))
		held = append(held, k.granted(strategies.Request{Size: n, Flags: strategies.TopDown}))
		left -= n
	}
	held = append(held, k.granted(strategies.Request{Size: min(io, k.room(0, size)), Flags: strategies.TopDown}))
	k.Release(held)
	k.Empty("after the GPU-only objects were given back")

	held = nil
	for left := io; left > 0; {
		n := k.someOf(min(left, k.room(0, io)))
		held = append(held, k.granted(within(n, 0, io)))
		left -= n
	}
	k.denied(within(page, 0, io))
	k.Release(held)
	k.close()
}
