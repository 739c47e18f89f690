package cabi

import "fmt"

// Fault is a library that broke its contract: what it did, in one sentence that
// names the library and the strategy. An allocator panics with a *Fault, since
// whatever the library holds is not to be trusted any more; New, Open and a batch
// return it as an error.
type Fault struct {
	Library  string // the path it was loaded from
	Strategy string // the name inside it
	What     string // what it did
}

// Error is the sentence.
func (f *Fault) Error() string {
	return fmt.Sprintf("%s: %s %s", f.Library, f.Strategy, f.What)
}

// Broken marks the error as one of an allocator and not of its caller: [bench.Run]
// ends with it instead of crashing.
//
// [bench.Run]: https://pkg.go.dev/github.com/vramlab/vramlab/bench#Run
func (f *Fault) Broken() {}

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
	return fmt.Sprintf("%d, which is no code of vramlab.h", code)
}
