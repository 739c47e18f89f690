package cabi

import (
	"fmt"
	"strings"
	"sync"
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
func newProvider(lib *library, name string, addr uintptr) (*provider, error) {
	p := &provider{lib: lib, name: name}
	// The first two words first: behind them may be nothing.
	head := pointer[[2]uint32](addr)
	if head[0] != abi {
		return nil, p.fault("speaks version %d of vramlab.h, and this program speaks %d: build it with the header that \"vramlab list -header\" prints", head[0], abi)
	}
	if want := uint32(unsafe.Sizeof(p.cStrategy)); head[1] != want {
		return nil, p.fault("has a descriptor of %d bytes, and version %d has %d: fill in size with sizeof(vramlab_strategy)", head[1], abi, want)
	}
	p.cStrategy = *pointer[cStrategy](addr)
	if err := p.check(); err != nil {
		return nil, err
	}
	p.doc, _ = text(p.cStrategy.doc, longestDoc)
	p.doc = strings.Join(strings.Fields(strings.ToValidUTF8(p.doc, "?")), " ")
	p.caps = strategies.Caps(p.cStrategy.caps)
	return p, nil
}

// longestDoc is the most bytes of a sentence.
const longestDoc = 1000

// check holds the descriptor to what the header says of it.
func (p *provider) check() error {
	own, ok := text(p.cStrategy.name, 100)
	switch {
	case !ok:
		return p.fault("has no name (NULL, or without an end)")
	case own != p.name:
		return p.fault("calls itself %q: the name and the symbol must agree", own)
	case !isName(p.name):
		return p.fault("has a name with other characters than a-z, 0-9 and _, or that begins with none of a-z")
	case p.cStrategy.caps&^knownCaps != 0:
		return p.fault("has unknown bits in caps: %#x", p.cStrategy.caps&^knownCaps)
	}
	if doc, ok := text(p.cStrategy.doc, longestDoc); !ok || strings.TrimSpace(doc) == "" {
		return p.fault("has no doc, a sentence of at most %d bytes", longestDoc)
	}
	for _, f := range []struct {
		name string
		at   uintptr
	}{
		{"create", p.create}, {"destroy", p.destroy}, {"alloc", p.alloc}, {"free", p.free}, {"free_blocks", p.freeBlocks},
	} {
		if f.at == 0 {
			return p.fault("has no function %s (NULL)", f.name)
		}
	}
	some, all := false, true
	for _, at := range []uintptr{p.tableOpen, p.tableRun, p.tableDrain, p.tableCounts, p.tableClose, p.clockPS} {
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
	code = int64(int32(call(p.create, []uintptr{uintptr(unsafe.Pointer(&p.region)), uintptr(unsafe.Pointer(&p.heap))})))
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

// grave is a function of the library and its one argument.
type grave struct{ end, what uintptr }

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
		call(g.end, []uintptr{g.what})
	}
}
