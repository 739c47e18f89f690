package migrate

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// object is a buffer object. Only the driver uses the first fields, which are the state
// after all queued work.
type object struct {
	id      uint32
	size    uint64 // bytes
	pages   int    // of 4 KiB
	gpuOnly bool   // may lie where the CPU does not reach
	version uint32 // of the contents
	memory  *backing
	moving  *fence // of the last migration, nil before the first

	// Guarded by the engine's lock.
	inFlight int  // migrations queued and not done
	unknown  bool // the last completed migration left the unknown state
	vma      *vma // the latest binding, which may be taken down
}

func (o *object) image() image { return image{o.id, o.version} }

// backing is memory that an object has or had, with its table: the ttm_resource of
// device memory, the ttm_tt of system memory.
type backing struct {
	owner
	res       ttm.Resource // device
	frames    []uint32     // system
	reachable bool         // by the CPU, all of it
	ghost     bool         // driver: the object has moved on
	obj       *object
}

// String names the owner of the memory in messages of the manager.
func (b *backing) String() string { return fmt.Sprintf("object %d", b.obj.id) }

// obtain allocates memory for o and builds its table. If there is no room, it waits for
// migrations that give memory back; it returns ErrNoSpace if there are none.
func (e *engine) obtain(o *object, device bool, fault fault) (*backing, error) {
	b := e.newBacking(o, device)
	for {
		before := e.completed()
		err := e.allocate(b)
		if err == nil {
			break
		}
		if !errors.Is(err, strategies.ErrNoSpace) || !e.waitForMemory(before) {
			e.spare = append(e.spare, b)
			return nil, err
		}
	}
	if fault == noTable {
		e.giveBack(b)
		e.spare = append(e.spare, b)
		return nil, strategies.ErrNoSpace
	}
	e.describe(b)
	return b, nil
}

func (e *engine) completed() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

// waitForMemory waits until more migrations have given memory back than before,
// and reports whether any did.
func (e *engine) waitForMemory(before uint64) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wait(func() bool { return e.done != before || e.pending == 0 })
	return e.done != before
}

// newBacking returns a backing for o, without memory.
func (e *engine) newBacking(o *object, device bool) *backing {
	if len(e.spare) == 0 {
		e.mu.Lock()
		e.spare, e.empty = e.empty, e.spare
		e.mu.Unlock()
	}
	b := new(backing)
	if n := len(e.spare); n > 0 {
		b, e.spare = e.spare[n-1], e.spare[:n-1]
	}
	b.obj, b.reachable, b.ghost = o, true, false
	b.owner = owner{device: device, size: o.size}
	return b
}

// allocate allocates the memory of b. For device memory it may evict other objects.
func (e *engine) allocate(b *backing) error {
	if b.device {
		b.res.Owner = b
		err := e.vram.AllocObject(&b.res, ttm.Object{Size: b.obj.size, GPUOnly: b.obj.gpuOnly})
		b.reachable = b.res.Visible() >= b.obj.size
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	rest := len(e.frames) - b.obj.pages
	if rest < 0 {
		return strategies.ErrNoSpace
	}
	b.frames = append(b.frames[:0], e.frames[rest:]...)
	e.frames = e.frames[:rest]
	return nil
}

// giveBack frees the memory of b.
func (e *engine) giveBack(b *backing) {
	if b.device {
		e.vram.Free(&b.res)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames = append(e.frames, b.frames...)
}

// describe builds the table of b.
func (e *engine) describe(b *backing) {
	o := sgtable.OptionsFor(strategies.Request{Size: b.obj.size, Align: e.config.Region.Page})
	blocks := b.res.Blocks()
	if b.device {
		o.Base = deviceBase
	} else {
		o = sgtable.OptionsFor(strategies.Request{Size: b.obj.size})
		blocks = e.blocks[:0]
		for _, f := range b.frames {
			blocks = append(blocks, strategies.Block{Start: uint64(f) * strategies.MinPage, Size: strategies.MinPage})
		}
		e.blocks = blocks
	}
	t := e.store.build(blocks, o)
	b.own = hold{t: t, n: len(t.segs)}
	name := ""
	if e.config.Tracker != nil {
		name = fmt.Sprintf("object %d, %s", b.obj.id, b.name())
	}
	e.rules.begin(e.store, &b.owner, name)
}
