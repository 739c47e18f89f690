package strategies

import (
	"errors"
	"fmt"
)

// Violation is a broken rule of the contract of [Allocator]. An allocator under
// [Checked] panics with a *Violation, since neither it nor its caller can go on;
// its Check returns one as an error. An allocator that finds itself broken (one
// that calls a foreign library, say) panics with an error that wraps one.
//
// [Catch] turns such a panic into an error again. Package bench does so where it
// replays, the command where it opens a strategy of a library.
type Violation struct {
	Strategy string
	Rule     string  // the promise, as a clause: "a block lies inside the window"
	Call     string  // "New", "Alloc", "Free", "FreeCleared", "ResetClear", "Trim", or "Check" for a walk over everything
	Op       uint64  // the number of that call, or of the last before a Check; from 1, 0 before the first
	Request  Request // of an Alloc
	Detail   string  // what happened; of a crash, the value that the allocator panicked with
	Stack    string  // of a crash, as [runtime/debug.Stack] gives it; otherwise empty
}

// Error is one line: strategy, rule, call and what happened.
func (v *Violation) Error() (line string) {
	// What a library wrote over can be a text without an end.
	defer func() {
		if recover() != nil {
			line = "a strategy destroyed memory that is not its own, so that the rule it broke cannot be told"
		}
	}()
	return fmt.Sprintf("%s broke the rule that %s: %s: %s", v.Strategy, v.Rule, v.where(), v.Detail)
}

func (v *Violation) where() string {
	switch v.Call {
	case "New":
		return v.Call
	case "Check":
		return fmt.Sprintf("after call %d", v.Op)
	case "Alloc":
		return fmt.Sprintf("call %d, %s of %v", v.Op, v.Call, v.Request)
	}
	return fmt.Sprintf("call %d, %s", v.Op, v.Call)
}

// Catch, deferred, stores in *err the error that a broken allocator panics with:
// one that is or wraps a [*Violation]. Any other panic goes on.
func Catch(err *error) {
	broken := recover()
	if broken == nil {
		return
	}
	e, _ := broken.(error)
	if v := (*Violation)(nil); !errors.As(e, &v) {
		panic(broken)
	}
	*err = e
}
