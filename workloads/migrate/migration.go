package migrate

import "fmt"

// migration is a move of an object, from the change of its state until the old memory
// is given back. Structs are reused.
type migration struct {
	obj    *object
	image  image // the contents that the target will have
	clear  bool  // the target is filled, the source is not read
	evicts bool  // the manager has taken the source's memory already
	fails  bool  // the GPU copy fails half way

	after [3]*fence // of the move before, of the unbind from the old memory, of evictions from the new
	fence *fence    // done when the target has its contents, recovered or not

	from, to     *backing
	source, dest []uint64 // page addresses in the GPU's commands

	fromTable, toTable   hold     // of the recovery
	fromPages, destPages []uint64 // page addresses that the recovery read from the tables
}

// newMigration returns a migration of o from its memory to another.
func (e *engine) newMigration(o *object, to *backing) *migration {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := new(migration)
	if n := len(e.idle); n > 0 {
		m, e.idle = e.idle[n-1], e.idle[:n-1]
	}
	m.obj, m.from, m.to = o, o.memory, to
	m.clear, m.evicts, m.fails = false, false, false
	m.fence = new(fence)
	return m
}

// emit writes the GPU's commands, an address for each page, after which the GPU needs
// no table. It reads the owners' tables, which still live.
func (m *migration) emit(r rules) {
	m.source, _ = m.from.own.pages(r, m.source[:0], m.obj.pages)
	m.dest, _ = m.to.own.pages(r, m.dest[:0], m.obj.pages)
}

// arm takes the holds of the recovery: on the target's table and, except for a clear,
// on the source's.
func (m *migration) arm(e *engine) {
	m.toTable = e.rules.take(e.store, &m.to.own, "copy work, target")
	if !m.clear {
		m.fromTable = e.rules.take(e.store, &m.from.own, "copy work, source")
	}
}

// disarm drops the holds that arm took.
func (m *migration) disarm(e *engine) {
	e.rules.drop(e.store, &m.toTable)
	if !m.clear {
		e.rules.drop(e.store, &m.fromTable)
	}
}

// ready reports whether the copy may run.
func (m *migration) ready() bool {
	return m.after[0].isDone() && m.after[1].isDone() && m.after[2].isDone()
}

// copyStep is the GPU's copy engine: it runs the oldest copy in the queue, if that is
// ready.
func (e *engine) copyStep() bool {
	if len(e.queue) == 0 || !e.queue[0].ready() {
		return false
	}
	m := take(&e.queue, 0)
	e.unlocked(func() { m.execute(e.mem) })
	e.copied = append(e.copied, m) // the same job, so e.jobs stays
	return true
}

// execute copies or clears. If it fails, it does one half and leaves rubbish in the
// other. A clear fills the target with a new pattern: zeros would be the same in every
// object, and would hide mistakes.
func (m *migration) execute(mem *memory) {
	n := len(m.dest)
	if m.fails {
		n /= 2
	}
	if m.clear {
		mem.fill(m.dest[:n], m.image)
	} else {
		mem.move(m.dest[:n], m.source[:n])
	}
	mem.scribble(m.dest[n:])
}

// outcome is the outcome of a copy, with its recovery if it failed.
type outcome uint8

const (
	wellDone outcome = iota
	recovered
	notAllowed // the CPU does not reach the memory; the kernel wedges the GPU then
	tableGone  // a hazard: a table was released
)

// finishStep finishes a copy. It recovers the copy if that failed, marks the
// migration's fence as done, and gives back the old memory and the holds of the
// recovery.
func (e *engine) finishStep() bool {
	if len(e.copied) == 0 {
		return false
	}
	m := take(&e.copied, e.pick(len(e.copied)))
	unknown := m.obj.unknown && !m.clear // the contents that were copied
	var how outcome
	var err error
	e.unlocked(func() {
		how, err = m.recover(e, unknown)
		e.mem.scribble(m.source) // so that a late reader of the old contents finds them wrong
	})
	if err != nil {
		e.fail(fmt.Errorf("migrate: after a recovery: %w", err))
	}
	e.count(how)
	m.obj.unknown = unknown || how == notAllowed || how == tableGone
	m.obj.inFlight--
	m.fence.done = true
	e.changed.Broadcast()
	e.unlocked(func() {
		if !m.evicts {
			e.rules.freed(e.store, &m.from.owner)
			e.giveBack(m.from)
		}
		m.disarm(e)
	})
	e.empty, e.idle = append(e.empty, m.from), append(e.idle, m)
	e.pending--
	e.done++
	e.jobs--
	return true
}

// count adds an outcome to the result.
func (e *engine) count(how outcome) {
	switch how {
	case recovered:
		e.result.Recovered++
	case notAllowed:
		e.result.Lost++
	case tableGone:
		e.result.Lost++
		e.result.RecoveryHazards++
	}
}

// recover repeats a failed copy with the CPU, by the tables held, and verifies the
// contents. It does nothing for a copy that did not fail.
func (m *migration) recover(e *engine, unknown bool) (outcome, error) {
	switch {
	case !m.fails:
		return wellDone, nil
	case !m.to.reachable, !m.clear && !m.from.reachable:
		return notAllowed, nil
	}
	var ok bool
	if m.destPages, ok = m.toTable.pages(e.rules, m.destPages[:0], m.obj.pages); !ok {
		return tableGone, nil
	}
	if m.clear {
		e.mem.fill(m.destPages, m.image)
	} else {
		if m.fromPages, ok = m.fromTable.pages(e.rules, m.fromPages[:0], m.obj.pages); !ok {
			return tableGone, nil
		}
		e.mem.move(m.destPages, m.fromPages)
	}
	if unknown {
		return recovered, nil
	}
	return recovered, e.mem.checkAll(m.dest, m.image)
}
