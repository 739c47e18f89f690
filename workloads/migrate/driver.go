package migrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Most pieces of work in the queue before the driver waits.
const (
	mostQueued   = 64 // migrations
	mostCaptures = 16
)

// drive does the ops of the load until all are done, ctx is cancelled, or a check has
// failed.
func (e *engine) drive(ctx context.Context) error {
	for range e.config.Migrations {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !e.let() {
			return nil
		}
		if err := e.do(e.load.next()); err != nil {
			return err
		}
	}
	return nil
}

// do does one op. It returns when the work is queued, not when it is done. If the work
// that would recover the copy cannot be allocated, it waits for the migration; the
// kernel then waits and copies in the caller.
func (e *engine) do(q op) error {
	o := e.objects[q.object]
	e.prepare(o, q)
	if q.fault == noMemory {
		e.result.Refused++
		return nil
	}
	e.unbindSync(o)
	b, err := e.obtain(o, !o.memory.device, q.fault)
	if errors.Is(err, strategies.ErrNoSpace) {
		e.result.Refused++
		return nil
	}
	if err != nil {
		return fmt.Errorf("migrate: memory for object %d: %w", o.id, err)
	}
	m := e.newMigration(o, b)
	m.clear, m.fails = q.clear, q.copyFail
	e.move(m)
	if q.fault == noWork {
		e.waitFor(m.fence)
		e.result.Waited++
	}
	if q.bind {
		e.bind(o, q.view)
	}
	return nil
}

// prepare asks for the op's capture, if it has one, and waits until o may have one more
// migration in flight.
func (e *engine) prepare(o *object, q op) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q.capture >= 0 {
		add(e, &e.captures, &capture{obj: e.objects[q.capture]})
	}
	e.wait(func() bool {
		return o.inFlight < e.config.InFlight && e.pending < mostQueued && len(e.captures) < mostCaptures
	})
}

// waitFor waits until f is done.
func (e *engine) waitFor(f *fence) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wait(f.isDone)
}

// move changes the state of m's object to m.to at once and queues the copy. It never
// waits, since an eviction calls it too.
func (e *engine) move(m *migration) {
	o, from, to := m.obj, m.from, m.to
	if m.clear {
		o.version++
	}
	m.image = o.image()
	m.emit(e.rules)
	m.arm(e)
	o.memory, from.ghost = to, true
	e.rules.current(&to.owner)
	e.rules.ahead(e.store, &from.owner)
	m.after = [...]*fence{o.moving, e.unbindAsync(o), nil}
	if to.device || m.evicts {
		m.after[2] = e.room
	}
	o.moving = m.fence
	e.mu.Lock()
	defer e.mu.Unlock()
	o.inFlight++
	e.pending++
	e.result.Migrations++
	if m.clear {
		e.result.Clears++
	}
	e.result.InFlight = max(e.result.InFlight, o.inFlight)
	add(e, &e.queue, m)
}

// evict is the manager's callback: it moves the victim's object to system memory,
// asynchronously. The manager takes the memory at once, so a copy into memory that it
// grants next must wait for e.room. evict runs on the driver, in the middle of an
// allocation, and never waits.
func (e *engine) evict(victim *ttm.Resource) error {
	b := victim.Owner.(*backing)
	if b.ghost || !e.mayEvict(b.obj) {
		return ttm.ErrBusy
	}
	to := e.newBacking(b.obj, false)
	if e.allocate(to) != nil {
		e.spare = append(e.spare, to)
		return ttm.ErrBusy
	}
	e.describe(to)
	m := e.newMigration(b.obj, to)
	m.evicts, m.fails = true, chance(e.faults, e.config.CopyFaults)
	e.move(m)
	e.room = m.fence
	e.rules.freed(e.store, &b.owner)
	e.result.Evictions++
	return nil
}

// mayEvict reports whether o can be moved without waiting.
func (e *engine) mayEvict(o *object) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return o.inFlight < e.config.InFlight && (!o.vma.isBound() || o.vma.usesTableOf(o))
}
