package migrate

import (
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// vma is a binding of an object into the GPU's address space, the kernel's vma
// resource. The bind worker and captures read the table only through its snapshot.
type vma struct {
	obj   *object
	image image
	snap  hold              // on the object's table
	used  *table            // that table: only to compare, it may be released
	view  []sgtable.Segment // not nil: a table of its own, and no snapshot
	after *fence            // done when the contents have arrived

	// Guarded by the engine's lock.
	holds   int    // of the binding itself until it closes, of the bind worker, of captures
	closing bool   // its own hold is dropped
	unbound *fence // done when it is taken down
	bound   bool   // the page table has been written
	known   bool   // the page table maps the image

	entries []uint64 // the page table: a device address for each page
}

// isBound reports whether v is a binding that nobody has begun to take down.
func (v *vma) isBound() bool { return v != nil && !v.closing }

// usesTableOf reports whether v maps o by o's current table, the condition for an
// asynchronous unbind. In this load only a view does not: a move that gives o another
// table closes the binding.
func (v *vma) usesTableOf(o *object) bool { return v.view == nil && v.used == o.memory.own.t }

// page is the page of the object that entry i maps. A view has the pages backwards.
func (v *vma) page(i int) int {
	if v.view != nil {
		return v.obj.pages - 1 - i
	}
	return i
}

// bind binds o in its current memory, asynchronously: the bind worker writes the page
// table when the contents have arrived there, even if the object has moved on by then.
// It does nothing if o is bound.
func (e *engine) bind(o *object, view bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if o.vma.isBound() {
		return
	}
	v := &vma{obj: o, image: o.image(), after: o.moving, unbound: new(fence), holds: 2}
	if view {
		v.view = e.viewOf(o)
	} else {
		v.snap = e.rules.take(e.store, &o.memory.own, "vma")
		v.used = o.memory.own.t
	}
	o.vma = v
	add(e, &e.binds, v)
}

// viewOf is a table of o's pages backwards, like that of a rotated scan-out.
func (e *engine) viewOf(o *object) []sgtable.Segment {
	pages, _ := o.memory.own.pages(e.rules, make([]uint64, 0, o.pages), o.pages)
	slices.Reverse(pages)
	table := make([]sgtable.Segment, len(pages))
	for i, addr := range pages {
		table[i] = sgtable.Segment{Addr: addr, Len: strategies.MinPage}
	}
	return table
}

// unbindAsync begins to take o's binding down and returns the fence of the unbind, nil
// if there is no binding. The memory does not change until the fence is done.
func (e *engine) unbindAsync(o *object) *fence {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := o.vma
	if !v.isBound() {
		return nil
	}
	e.captureNow(v)
	e.closeVMA(v)
	e.result.Unbinds++
	return v.unbound
}

// unbindSync takes o's binding down and waits for that if it cannot be done
// asynchronously, since the binding does not use the object's current table.
func (e *engine) unbindSync(o *object) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := o.vma
	if !v.isBound() || v.usesTableOf(o) {
		return // nothing to do, or the move does it
	}
	e.closeVMA(v)
	e.result.SyncUnbinds++
	e.wait(v.unbound.isDone)
}

// closeVMA drops v's own hold. While others hold v, a capture can still begin.
func (e *engine) closeVMA(v *vma) {
	v.closing = true
	e.unhold(v)
}

// unhold drops a hold on v. After the last one the bind worker takes v down.
func (e *engine) unhold(v *vma) {
	if v.holds--; v.holds == 0 {
		add(e, &e.unbinds, v)
	}
}

// bindStep is the bind worker: it takes a binding down, or writes the page table of a
// binding whose contents have arrived.
func (e *engine) bindStep() bool {
	if n := len(e.unbinds); n > 0 {
		e.takeDown(take(&e.unbinds, e.pick(n)))
		e.jobs--
		return true
	}
	i := slices.IndexFunc(e.binds, func(v *vma) bool { return v.after.isDone() })
	if i < 0 {
		return false
	}
	v := take(&e.binds, i)
	if v.obj.unknown {
		e.result.BindsSkipped++
	} else {
		e.writeEntries(v)
	}
	e.unhold(v)
	e.jobs--
	return true
}

// writeEntries writes v's page table from its snapshot.
func (e *engine) writeEntries(v *vma) {
	ok := true
	e.unlocked(func() {
		v.entries = make([]uint64, 0, v.obj.pages)
		if v.view == nil {
			v.entries, ok = v.snap.pages(e.rules, v.entries, v.obj.pages)
			return
		}
		for _, s := range v.view {
			v.entries = appendPages(v.entries, s, v.obj.pages)
		}
	})
	if !ok {
		e.result.BindHazards++
		e.result.BindsSkipped++
		return
	}
	v.bound, v.known = true, true
	e.result.Binds++
}

// takeDown verifies the contents that v maps, as the GPU's last job may have read them,
// and drops v's hold on the table.
func (e *engine) takeDown(v *vma) {
	var err error
	e.unlocked(func() {
		if v.known {
			err = e.checkThrough(v)
		}
		if v.view == nil {
			e.rules.drop(e.store, &v.snap)
		}
	})
	if err != nil {
		e.fail(err)
	}
	v.bound, v.entries = false, nil
	v.unbound.done = true
}

// checkThrough verifies the contents at the addresses in v's page table.
func (e *engine) checkThrough(v *vma) error {
	for i, addr := range v.entries {
		if err := e.mem.check(addr, v.image, v.page(i)); err != nil {
			return fmt.Errorf("migrate: seen through a binding: %w", err)
		}
	}
	return nil
}
