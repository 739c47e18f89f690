package strategies_test

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// A driver asks for a buffer at high addresses and gives it back.
func Example() {
	a, err := buddy.Strategy.New(strategies.Region{Size: 8 << 20, Page: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks, err := a.Alloc(nil, strategies.Request{Size: 3 << 20, Flags: strategies.TopDown})
	fmt.Println(strategies.Blocks(blocks), err)
	a.Free(blocks)
	all, _ := a.Alloc(nil, strategies.Request{Size: 8 << 20})
	_, err = a.Alloc(nil, strategies.Request{Size: 4096})
	fmt.Println(strategies.Blocks(all), strategies.Errno(err))
	// Output:
	// 6291456+2097152 5242880+1048576 <nil>
	// 0+8388608 ENOSPC
}

// forgetful grants address 0 to everybody.
type forgetful struct{ strategies.Allocator }

func (forgetful) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Size: r.Size}), nil
}

// The shadow model finds the second grant of the same memory.
func ExampleChecked() {
	s := strategies.Strategy{Name: "forgetful", New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := buddy.Strategy.New(r)
		return forgetful{a}, err
	}}
	use := func() (err error) {
		defer strategies.Catch(&err)
		a, err := strategies.Checked(s).New(strategies.Region{Size: 8 << 20, Page: 4096})
		if err != nil {
			return err
		}
		a.Alloc(nil, strategies.Request{Size: 4096})
		a.Alloc(nil, strategies.Request{Size: 8192})
		return nil
	}
	fmt.Println(use())
	// Output:
	// forgetful broke the rule that a block granted overlaps no live block: call 2, Alloc of 8192 bytes: granted 0+8192: 0+8192 overlaps 0+4096
}

// What only some allocators can do is asked for with As, also through wrappers.
func ExampleAs() {
	a, err := strategies.Checked(buddy.Strategy).New(strategies.Region{Size: 8 << 20, Page: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	a.Alloc(nil, strategies.Request{Size: 4096})
	if c, ok := strategies.As[strategies.Counter](a); ok {
		fmt.Println(c.Counters().Splits, "splits")
	}
	_, ok := strategies.As[interface{ Compact() }](a)
	fmt.Println("can compact:", ok)
	// Output:
	// 11 splits
	// can compact: false
}
