package cabi

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
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
	if names, err := lib.names(); at == 0 || err == nil && !slices.Contains(names, name) {
		return strategies.Strategy{}, lib.missing(name, at)
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
	file   string // the same, whatever the working directory becomes
	handle uintptr
	slot   *slot      // where its calls are noted
	user   *provider  // the strategy that the slot names
	mu     sync.Mutex // held while any of its functions runs
	dead   graveyard
}

// libraries are those loaded so far, by handle: the loader gives the same one for
// the same file. One is loaded at a time.
var libraries = struct {
	sync.Mutex
	byHandle map[uintptr]*library
}{byHandle: make(map[uintptr]*library)}

func open(path string) (*library, error) {
	// A path without a slash would be looked for where the system's libraries are.
	abs, err := filepath.Abs(path)
	if err == nil {
		err = isFile(abs)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: cannot load the library: %w", path, err)
	}
	libraries.Lock()
	defer libraries.Unlock()
	slot := newSlot(path)
	slot.enter(fnLoad)
	handle, err := load(abs)
	slot.leave()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if fd, how := changed(); fd >= 0 {
		return nil, fmt.Errorf("%s: %s descriptor %d in a constructor", path, how, fd)
	}
	if lib, ok := libraries.byHandle[handle]; ok {
		slot.giveBack()
		return lib, nil
	}
	lib := &library{path: path, file: abs, handle: handle, slot: slot}
	libraries.byHandle[handle] = lib
	return lib, nil
}

// cross calls a function of the library for p, with the lock held. Everything goes
// this way, so that whoever watches knows what runs. It panics with a [Fault] if the
// call closed or replaced a descriptor that it must not.
func (l *library) cross(p *provider, f function, fn uintptr, args []uintptr) uintptr {
	l.use(p)
	l.slot.enter(f)
	r := call(fn, args)
	l.slot.leave()
	if watched.strict {
		if fd, how := changed(); fd >= 0 {
			panic(p.fault("%s descriptor %d in %s, at request %d of its heap", how, fd, functionNames[f], l.slot.requests))
		}
	}
	return r
}

// use names p in the slot, with the lock held.
func (l *library) use(p *provider) {
	if l.user != p {
		put(l.slot.strategy[:], p.name)
		l.user = p
	}
}

// names are those of the strategies in the library.
func (l *library) names() ([]string, error) { return namesIn(l.file, l.path) }

// only is the name of the only strategy of the library.
func (l *library) only() (string, error) {
	names, err := l.names()
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

// missing is the error for a name that the library does not have: there is nothing at
// its symbol, or a function.
func (l *library) missing(name string, at uintptr) error {
	have, how := "no other", "is missing"
	if at != 0 {
		how = "is a function and no descriptor"
	}
	if names, err := l.names(); err == nil && len(names) > 0 {
		have = strings.Join(names, ", ")
	}
	return fmt.Errorf("%s: no strategy %q: the symbol %s%s %s (have: %s)", l.path, name, prefix, name, how, have)
}

// pointer is what C calls addr. Go has nothing at such addresses, so that the
// collector does not mind.
func pointer[T any](addr uintptr) *T { return *(**T)(unsafe.Pointer(&addr)) }

// text is the C string at addr, which may be at most most bytes long.
func text(addr uintptr, most int) (s string, err error) {
	if addr == 0 {
		return "", errors.New("NULL")
	}
	defer wrongPointer(&err, debug.SetPanicOnFault(true))
	for n := range most + 1 {
		if *pointer[byte](addr + uintptr(n)) == 0 {
			return strings.Clone(unsafe.String(pointer[byte](addr), n)), nil
		}
	}
	return "", fmt.Errorf("no end in %d bytes", most)
}

// wrongPointer, deferred, makes an error of a fault in what a library says is memory;
// faults panicked before if before is set.
func wrongPointer(err *error, before bool) {
	debug.SetPanicOnFault(before)
	switch fault := recover().(type) {
	case nil:
	case interface {
		runtime.Error
		Addr() uintptr
	}:
		*err = fmt.Errorf("a wrong pointer, %#x", fault.Addr())
	case runtime.Error: // a nil dereference has no address
		*err = errors.New("a wrong pointer")
	default:
		panic(fault)
	}
}
