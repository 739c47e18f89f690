package program

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/internal/shrink"
)

// Shrink leaves operations out for as long as what is left still fails. It gives up after
// some thousand tries.
func Shrink(ops []Op, fails func([]Op) bool) []Op { return shrink.List(ops, 5000, fails) }

// Reduced is a program that fails, as short as it could be made.
type Reduced struct {
	Program          // the last operation is where it fails
	From    int      // operations before
	Origin  string   // where it came from, "" for nothing to say
	Answers []Answer // of an allocator that is right; nil if there is none
	Err     error    // how it fails
}

// ErrOnce is how a program fails that fails no more.
var ErrOnce = errors.New("a program failed, and did not when it was run again: the strategy is not deterministic")

// Reduce shrinks p, which fails. The function runs operations on a new allocator
// and returns those that were done with the error. A program that fails no more fails
// with [ErrOnce].
func Reduce(p Program, origin string, run func([]Op) ([]Op, error)) *Reduced {
	r := &Reduced{Program: p, From: len(p.Ops), Origin: origin}
	done, err := run(p.Ops)
	if err != nil {
		ops := Shrink(p.Ops[:min(len(done), len(p.Ops))], func(ops []Op) bool {
			_, err := run(ops)
			return err != nil
		})
		done, err = run(ops)
	}
	if err == nil {
		err = ErrOnce
	}
	r.Ops, r.Err = done, err
	return r
}

// Error is how the program fails, and its text.
func (r *Reduced) Error() string { return r.Err.Error() + "\n" + r.Listing() }

// Unwrap is how the program fails.
func (r *Reduced) Unwrap() error { return r.Err }

// Listing is the text of the program under a line that says what it is.
func (r *Reduced) Listing() string {
	if len(r.Ops) == 0 {
		return "It fails with an empty program:\n" + r.Text(nil)
	}
	origin := r.Origin
	if origin != "" {
		origin = " (" + origin + ")"
	}
	return fmt.Sprintf("The program%s, reduced from %d operations; it fails at the last line:\n%s", origin, r.From, r.Text(r.Answers))
}
