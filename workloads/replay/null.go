package replay

import (
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// Null is the strategy that does nothing: it grants every request as one block at
// address 0 and ignores every free. Its replay measures the loop itself, the lower
// bound of all other times. It breaks the contract, and is in no list.
var Null = strategies.Strategy{
	Name: "null",
	Doc:  "Grants everything at address 0 without work: what is left is the cost of the harness.",
	New:  func(strategies.Region) (strategies.Allocator, error) { return new(null), nil },
}

// null has pointer receivers, like real allocators. A value receiver is called through
// a wrapper that copies the request once more, which takes 2 ns an operation.
type null struct{ _ byte }

func (*null) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Size: r.Size}), nil
}

func (*null) Free([]strategies.Block) {}

func (*null) FreeBlocks() iter.Seq[strategies.Block] {
	return func(func(strategies.Block) bool) {}
}
