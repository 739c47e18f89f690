package program

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/vramlab/vramlab/strategies"
)

// Failure is what a test of an allocator panics with to end: [Try] returns its
// error.
type Failure struct{ Err error }

// Failf panics with a [Failure].
func Failf(format string, args ...any) { panic(Failure{fmt.Errorf(format, args...)}) }

// Try runs f and returns what it panicked with as an error: that of a [Failure], a
// [*strategies.Violation] or what wraps one as it is, an allocator's sentence about
// a wrong Free behind "panic: ". Anything else is a crash and comes with its stack.
func Try(f func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case Failure:
			err = v.Err
		case string:
			err = fmt.Errorf("panic: %s", v)
		default:
			e, _ := v.(error)
			if violation := (*strategies.Violation)(nil); errors.As(e, &violation) {
				err = e
				return
			}
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	f()
	return nil
}
