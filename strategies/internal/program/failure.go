package program

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// Failure is what a test of an allocator panics with to end: [Try] returns its
// error.
type Failure struct{ Err error }

// Failf panics with a [Failure].
func Failf(format string, args ...any) { panic(Failure{fmt.Errorf(format, args...)}) }

// Try runs f and returns what it panicked with as an error: that of a [Failure], a
// [*strategies.Violation] or what wraps one as it is, an allocator's sentence about
// a wrong Free behind "panic: ". Anything else is a crash. A crash, and a violation
// that is one, come with the stack, from the line that panicked; that of a violation
// ends where the allocator was called.
func Try(f func()) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case Failure:
			err = v.Err
		case string:
			err = fmt.Errorf("panic: %s", v)
		default:
			err = crash(v)
		}
	}()
	f()
	return nil
}

// checked is how a frame of strategies.Checked begins: whoever called it plays no part
// in a crash of the allocator under it.
const checked = "github.com/vramlab/vramlab/strategies.(*checked)"

// crash is the error of a panic with v that is going on.
func crash(v any) error {
	e, _ := v.(error)
	violation := (*strategies.Violation)(nil)
	switch {
	case !errors.As(e, &violation):
		return fmt.Errorf("panic: %v\n%s", v, below(string(debug.Stack())))
	case violation.Stack != "":
		stack, _, _ := strings.Cut(below(violation.Stack), "\n"+checked)
		return fmt.Errorf("%w\n%s", e, stack)
	}
	return e
}

// below is the part of a stack below the panic: the frame that panicked, and those
// that called it.
func below(stack string) string {
	const frame = "\npanic("
	if i := strings.LastIndex(stack, frame); i >= 0 {
		_, stack, _ = strings.Cut(stack[i+1:], "\n") // the frame itself
		_, stack, _ = strings.Cut(stack, "\n")       // its file
	}
	return strings.TrimSuffix(stack, "\n")
}
