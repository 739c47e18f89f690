package strategies

import "fmt"

// Deviation is how often a strategy did what the contract of [Allocator] forbids and
// its Caps announce: a defect of the original that the strategy reproduces.
type Deviation struct {
	Cap    Caps   // the one bit that announces it; its String is the name
	Grants uint64 // affected
}

// String is the name of the cap and the number of grants.
func (d Deviation) String() string { return fmt.Sprintf("%v: %d grants", d.Cap, d.Grants) }

// Deviator is what [Checked] makes: it counts known deviations. A plain type assertion
// is enough to ask for it.
type Deviator interface {
	// Deviations are those met since New, none that was not met.
	Deviations() []Deviation
}

// MisalignedInWindow reports whether blocks, granted for r, are what
// [CapMisalignedWindow] announces: one block for a request inside a window that is
// smaller than its alignment, aligned to its own size only. Any other misalignment is
// a broken rule.
func MisalignedInWindow(r Request, blocks []Block) bool {
	return r.Flags&(Range|Contiguous) == Range && r.Size < r.Align && r.Size == floorPow2(r.Size) &&
		len(blocks) == 1 && blocks[0].Size == r.Size &&
		blocks[0].Start%r.Size == 0 && blocks[0].Start%r.Align != 0
}

// deviates counts a run of blocks that is misaligned as announced.
func (c *checked) deviates(r Request, blocks []Block) bool {
	if !c.strategy.Caps.Has(CapMisalignedWindow) || r.Size == 0 || !MisalignedInWindow(r, blocks) {
		return false
	}
	c.misaligned++
	return true
}

// Deviations are the known deviations met so far.
func (c *checked) Deviations() []Deviation {
	if c.misaligned == 0 {
		return nil
	}
	return []Deviation{{CapMisalignedWindow, c.misaligned}}
}
