package replay

import (
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// Null is the strategy that does nothing: every request is granted as one
// block at address 0, every free is forgotten. Replayed, it measures the
// harness, which is the floor under every other figure. It keeps no contract
// but the signatures, and is in no list.
var Null = strategies.Strategy{
	Name: "null",
	Doc:  "Grants everything at address 0 without work: what is left is the cost of the harness.",
	New:  func(strategies.Region) (strategies.Allocator, error) { return new(null), nil },
}

// null has pointer receivers, as real allocators have: through an interface a
// value receiver goes by way of a wrapper that copies the request once more, 2 ns
// an operation.
type null struct{ _ byte }

func (*null) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Size: r.Size}), nil
}

func (*null) Free([]strategies.Block) {}

func (*null) FreeBlocks() iter.Seq[strategies.Block] {
	return func(func(strategies.Block) bool) {}
}
