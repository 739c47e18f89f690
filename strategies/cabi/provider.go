package cabi

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// provider is one strategy of a library: its descriptor, checked.
type provider struct {
	lib  *library
	name string
	doc  string
	caps strategies.Caps
	cStrategy

	// What create is called with. Guarded by lib.mu; here, since a function of C
	// must not be handed addresses on a stack, which moves.
	region cRegion
	heap   uintptr
}

// newProvider reads the descriptor at addr and reports what is wrong with it.
func newProvider(lib *library, name string, addr uintptr) (p *provider, err error) {
	p = &provider{lib: lib, name: name}
	lib.mu.Lock()
	defer lib.mu.Unlock()
	lib.use(p)
	lib.slot.enter(fnDescriptor)
	defer lib.slot.leave()
	head, err := p.read(addr)
	if err != nil {
		return nil, p.fault("has no descriptor to be read: %v", err)
	}
	switch want := sizeOf(head[0]); {
	case want == 0:
		return nil, p.fault("speaks version %d of vramlab.h, and this program speaks 1 to %d: build it with the header that \"vramlab list -header\" prints", head[0], abi)
	case head[1] != want:
		return nil, p.fault("has a descriptor of %d bytes, and version %d has %d: fill in size with sizeof(vramlab_strategy)", head[1], head[0], want)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	p.doc, _ = text(p.cStrategy.doc, longestDoc)
	p.doc = strings.Join(strings.Fields(printable(p.doc)), " ")
	p.caps = strategies.Caps(p.cStrategy.caps)
	return p, nil
}

// read copies the descriptor at addr if its first two words, the version and the
// size, are right: behind them may be nothing.
func (p *provider) read(addr uintptr) (head [2]uint32, err error) {
	defer wrongPointer(&err, debug.SetPanicOnFault(true))
	head = *pointer[[2]uint32](addr)
	if size := sizeOf(head[0]); size != 0 && head[1] == size {
		to := unsafe.Slice((*byte)(unsafe.Pointer(&p.cStrategy)), size)
		copy(to, unsafe.Slice(pointer[byte](addr), size)) // an older one is shorter
	}
	return head, nil
}

// printable is text with a mark for what is no printable character: a terminal would
// obey it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return '?'
	}, text)
}

// longestDoc is the most bytes of a sentence.
const longestDoc = 1000

// check holds the descriptor to what the header says of it.
func (p *provider) check() error {
	own, err := text(p.cStrategy.name, 100)
	switch {
	case err != nil:
		return p.fault("has no name (%v)", err)
	case own != p.name:
		return p.fault("calls itself %q: the name and the symbol must agree", own)
	case !isName(p.name):
		return p.fault("has a name with other characters than a-z, 0-9 and _, or that begins with none of a-z")
	case p.cStrategy.caps&^knownCaps != 0:
		return p.fault("has unknown bits in caps: %#x", p.cStrategy.caps&^knownCaps)
	case p.cStrategy.reserved != 0:
		return p.fault("has %#x as its word reserved, which must be 0", p.cStrategy.reserved)
	}
	switch doc, err := text(p.cStrategy.doc, longestDoc); {
	case err != nil:
		return p.fault("has no doc, a sentence of at most %d bytes (%v)", longestDoc, err)
	case strings.TrimSpace(doc) == "":
		return p.fault("has no doc, a sentence of at most %d bytes", longestDoc)
	}
	must := []uintptr{p.create, p.destroy, p.alloc, p.free, p.freeBlocks}
	batch := []uintptr{p.tableOpen, p.tableRun, p.tableDrain, p.tableCounts, p.tableClose, p.clockPS}
	code := executable()
	for i, at := range slices.Concat(must, []uintptr{p.counters, p.footprint}, batch, []uintptr{p.cStrategy.trim, p.cStrategy.resetClear}) {
		name := functionNames[int(fnCreate)+i]
		switch {
		case at == 0 && i < len(must):
			return p.fault("has no function %s (NULL)", name)
		case at != 0 && !code.holds(at):
			return p.fault("has a wrong pointer for %s: there is no code at %#x", name, at)
		}
	}
	some, all := false, true
	for _, at := range batch {
		some, all = some || at != 0, all && at != 0
	}
	if some != all {
		return p.fault("has only some of the functions for batches: all or none must be NULL")
	}
	return nil
}

// fault is a Fault of this strategy.
func (p *provider) fault(format string, args ...any) *Fault {
	return &Fault{p.lib.path, strategies.Violation{Strategy: p.name, Rule: ruleHeader, Detail: fmt.Sprintf(format, args...)}}
}

// newAllocator is the New of the strategy.
func (p *provider) newAllocator(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	heap, code := p.makeHeap(cRegion{r.Managed(), r.Page, min(r.Visible, r.Managed())})
	switch {
	case code == 0 && heap == 0:
		return nil, p.fault("created no heap (NULL) and returned 0")
	case code == 0:
		return p.wrap(heap, r), nil
	case code == invalid || code == tooBig:
		return nil, fmt.Errorf("%w region: %s: %s does not take %d bytes with pages of %d",
			strategies.ErrInvalid, p.lib.path, p.name, r.Size, r.Page)
	}
	return nil, p.fault("created no heap for %d bytes with pages of %d: %s", r.Size, r.Page, codeName(code))
}

// makeHeap calls create, after it has destroyed what became garbage.
func (p *provider) makeHeap(r cRegion) (heap uintptr, code int64) {
	p.lib.mu.Lock()
	defer p.lib.mu.Unlock()
	p.lib.dead.bury()
	p.region, p.heap = r, 0
	p.lib.slot.requests = 0
	code = int64(int32(p.lib.cross(p, fnCreate, p.create, []uintptr{uintptr(unsafe.Pointer(&p.region)), uintptr(unsafe.Pointer(&p.heap))})))
	return p.heap, code
}

// graveyard holds what nobody refers to any more until the library can be called:
// the collector finds it at any time, while the library works or a replay is timed,
// so it may only note it.
//
// Tried and rejected: destroying a heap from its finalizer, which runs on a thread of
// its own in the middle of a timed replay.
type graveyard struct {
	mu     sync.Mutex
	graves []grave
}

// grave is what ends a heap or a table: a function of the library for a strategy, and
// its one argument.
type grave struct {
	p    *provider
	name function
	end  uintptr
	what uintptr
}

func (y *graveyard) add(g grave) {
	y.mu.Lock()
	y.graves = append(y.graves, g)
	y.mu.Unlock()
}

// bury ends what was noted. The library must be locked.
func (y *graveyard) bury() {
	y.mu.Lock()
	graves := y.graves
	y.graves = nil
	y.mu.Unlock()
	for _, g := range graves {
		g.p.lib.cross(g.p, g.name, g.end, []uintptr{g.what})
	}
}
