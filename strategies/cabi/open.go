package cabi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// isName reports whether name can be that of a strategy in a library: what a C
// identifier and the name of a benchmark have in common.
func isName(name string) bool {
	return strategies.CheckName(name) == nil && !strings.Contains(name, ".")
}

// Split cuts PATH[:NAME], as it stands behind "so:" on a command line, in two. What
// follows the last colon is a name if it looks like one.
func Split(spec string) (path, name string) {
	if at := strings.LastIndexByte(spec, ':'); at >= 0 && isName(spec[at+1:]) {
		return spec[:at], spec[at+1:]
	}
	return spec, ""
}

// Open loads the library at path and returns the strategy of that name in it; an
// empty name stands for the only one there is. The library runs as you from this call
// on (its constructors do): load only code you trust. It stays loaded until the
// process ends. Every error is one line that names the library.
//
// All strategies of one library share a lock: it is never called by two threads at
// once, so that what it keeps for all its heaps needs none.
func Open(path, name string) (strategies.Strategy, error) {
	lib, err := open(path)
	if err != nil {
		return strategies.Strategy{}, err
	}
	if name == "" {
		if name, err = lib.only(); err != nil {
			return strategies.Strategy{}, err
		}
	}
	at := lookup(lib.handle, prefix+name)
	if at == 0 {
		return strategies.Strategy{}, lib.missing(name)
	}
	p, err := newProvider(lib, name, at)
	if err != nil {
		return strategies.Strategy{}, err
	}
	return strategies.Strategy{Name: name, Doc: p.doc, Caps: p.caps, New: p.newAllocator}, nil
}

// library is a shared library that was loaded.
type library struct {
	path   string // as it was given
	handle uintptr
	mu     sync.Mutex // held while any of its functions runs
	dead   graveyard
}

// libraries are those loaded so far, by handle: the loader gives the same one for
// the same file.
var libraries = struct {
	sync.Mutex
	byHandle map[uintptr]*library
}{byHandle: make(map[uintptr]*library)}

func open(path string) (*library, error) {
	// A path without a slash would be looked for where the system's libraries are.
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	switch info, err := os.Stat(abs); {
	case err != nil:
		return nil, fmt.Errorf("%s: cannot load the library: %w", path, errors.Unwrap(err))
	case info.IsDir():
		return nil, fmt.Errorf("%s: cannot load the library: it is a directory", path)
	}
	handle, err := load(abs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	libraries.Lock()
	defer libraries.Unlock()
	lib, ok := libraries.byHandle[handle]
	if !ok {
		lib = &library{path: path, handle: handle}
		libraries.byHandle[handle] = lib
	}
	return lib, nil
}

// only is the name of the only strategy of the library.
func (l *library) only() (string, error) {
	names, err := Names(l.path)
	switch {
	case err != nil:
		return "", err
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("%s: holds no strategy: it exports no symbol %sNAME (see VRAMLAB_STRATEGY in vramlab.h)", l.path, prefix)
	}
	return "", fmt.Errorf("%s: holds several strategies, name one with so:%s:NAME (have: %s)", l.path, l.path, strings.Join(names, ", "))
}

// missing is the error for a name that the library does not have.
func (l *library) missing(name string) error {
	have := "no other"
	if names, err := Names(l.path); err == nil && len(names) > 0 {
		have = strings.Join(names, ", ")
	}
	return fmt.Errorf("%s: no strategy %q: the symbol %s%s is missing (have: %s)", l.path, name, prefix, name, have)
}

// pointer is what C calls addr. Go has nothing at such addresses, so that the
// collector does not mind.
func pointer[T any](addr uintptr) *T { return *(**T)(unsafe.Pointer(&addr)) }

// text is the C string at addr, which may be at most most bytes long; false for a
// longer one and for NULL.
func text(addr uintptr, most int) (string, bool) {
	if addr == 0 {
		return "", false
	}
	for n := range most + 1 {
		if *pointer[byte](addr + uintptr(n)) == 0 {
			return strings.Clone(unsafe.String(pointer[byte](addr), n)), true
		}
	}
	return "", false
}
