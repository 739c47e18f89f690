package cabi

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Fault is a library that broke its contract. An allocator panics with a *Fault,
// since whatever the library holds is not to be trusted any more; New, Open and a
// batch return it as an error.
type Fault struct {
	Library string // the path it was loaded from
	// Violation has the strategy's name in the library and, as Detail, what it did.
	strategies.Violation
}

// ruleHeader is the rule that a Fault broke.
const ruleHeader = "a library does what vramlab.h says"

// Error is one line that names the library and the strategy.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s: %s %s", f.Library, f.Strategy, f.Detail)
}

// Unwrap is the violation: [strategies.Catch] knows the panic by it.
func (f *Fault) Unwrap() error { return &f.Violation }

// codeNames are the error codes of the header, for messages.
var codeNames = map[int64]string{
	noSpace: "VRAMLAB_ENOSPC", invalid: "VRAMLAB_EINVAL", tooBig: "VRAMLAB_E2BIG",
	noRoom: "VRAMLAB_EROOM (more blocks than there is room)",
	noMem:  "VRAMLAB_ENOMEM (no memory for its own use)",
	failed: "VRAMLAB_EFAIL (or a C++ exception)",
}

// codeName is an error code in words.
func codeName(code int64) string {
	if s, ok := codeNames[code]; ok {
		return s
	}
	return fmt.Sprintf("%d, which is not a code of vramlab.h", code)
}
