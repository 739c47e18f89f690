package migrate

import (
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// vma is a binding of an object into the GPU's address space: what the kernel calls
// a vma resource. Its snapshot of the table is all that the bind worker and
// captures read.
type vma struct {
	obj   *object
	image image
	snap  hold              // on the object's table
	used  *table            // which one that is: for comparison only, it may be gone
	view  []sgtable.Segment // not nil: a table of its own, and no snapshot
	after *fence            // the contents have arrived

	// Under the engine's lock.
	holds   int    // its own until it is taken down, that of the bind worker, captures
	closing bool   // its own hold is gone
	unbound *fence // done when it is taken down
	bound   bool   // the page table has been written
	known   bool   // and what it maps is the image

	entries []uint64 // the page table: a device address for each page
}

// isBound reports whether v exists and nobody has begun to take it down.
func (v *vma) isBound() bool { return v != nil && !v.closing }

// usesTableOf reports whether v maps o by exactly the table that is o's now, which
// is the rule for an asynchronous unbind. In this load only a view breaks it: the
// binding of any other is closed by the move that gives o another table.
func (v *vma) usesTableOf(o *object) bool { return v.view == nil && v.used == o.memory.own.t }

// page is the page of the object that entry i maps: a view has them backwards.
func (v *vma) page(i int) int {
	if v.view != nil {
		return v.obj.pages - 1 - i
	}
	return i
}

// bind binds o as it is now, asynchronously: the worker writes the page table when
// the contents have arrived, however far the object has moved by then. It does
// nothing if o is bound.
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

// viewOf is a table of o's pages backwards, as a rotated scan-out has one.
func (e *engine) viewOf(o *object) []sgtable.Segment {
	pages, _ := o.memory.own.pages(e.rules, make([]uint64, 0, o.pages), o.pages)
	slices.Reverse(pages)
	table := make([]sgtable.Segment, len(pages))
	for i, addr := range pages {
		table[i] = sgtable.Segment{Addr: addr, Len: strategies.MinPage}
	}
	return table
}

// unbindAsync begins to take o's binding down, if it has one, and returns the fence
// that is done when that is. Until then the memory stays as it is.
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

// unbindSync takes o's binding down and waits for it where it cannot be done
// asynchronously: the binding does not use the table that the object has now.
func (e *engine) unbindSync(o *object) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := o.vma
	if !v.isBound() || v.usesTableOf(o) {
		return // nothing to do, or a part of the move
	}
	e.closeVMA(v)
	e.result.SyncUnbinds++
	e.wait(v.unbound.isDone)
}

// closeVMA drops v's own hold. A capture can still begin while others have one, and
// keeps v up as they do.
func (e *engine) closeVMA(v *vma) {
	v.closing = true
	e.unhold(v)
}

// unhold drops a hold. After the last one v is taken down.
func (e *engine) unhold(v *vma) {
	if v.holds--; v.holds == 0 {
		add(e, &e.unbinds, v)
	}
}

// bindStep is the bind worker: it takes a binding down, or writes the page table of
// one whose contents have arrived.
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

// takeDown reads once more what v maps, as the last job of the GPU may have, and
// drops v's hold on its table.
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

// checkThrough verifies the contents that v's page table leads to.
func (e *engine) checkThrough(v *vma) error {
	for i, addr := range v.entries {
		if err := e.mem.check(addr, v.image, v.page(i)); err != nil {
			return fmt.Errorf("migrate: seen through a binding: %w", err)
		}
	}
	return nil
}
