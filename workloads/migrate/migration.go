package migrate

import "fmt"

// migration is one move of an object, from the moment in which its state is
// ahead to the one in which the old memory is given back. Structs are used again.
type migration struct {
	obj    *object
	image  image // what the target shall hold
	clear  bool  // the target is filled, and the source not read
	evicts bool  // the manager took the source's memory already
	fails  bool  // the GPU copy, half way

	after [3]*fence // the move before, the unbind from the old memory, evictions of others from the new
	fence *fence    // done when the target holds the contents, recovered or not

	from, to     *backing
	source, dest []uint64 // page addresses, as they stand in the GPU's commands

	fromTable, toTable   hold     // of the recovery
	fromPages, destPages []uint64 // what it read there
}

// newMigration is one of o to memory that it does not have yet.
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

// emit writes the GPU's commands: an address for each page. From then on the GPU
// needs no table. The tables read are those of the owners, who still have them.
func (m *migration) emit(r rules) {
	m.source, _ = m.from.own.pages(r, m.source[:0], m.obj.pages)
	m.dest, _ = m.to.own.pages(r, m.dest[:0], m.obj.pages)
}

// arm takes what the recovery needs if the copy should fail: the target's table
// and, but for a clear, the source's.
func (m *migration) arm(e *engine) {
	m.toTable = e.rules.take(e.store, &m.to.own, "copy work, target")
	if !m.clear {
		m.fromTable = e.rules.take(e.store, &m.from.own, "copy work, source")
	}
}

// disarm is the opposite of arm.
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

// copyStep is the GPU's copy engine: it runs the oldest copy, if that is ready.
func (e *engine) copyStep() bool {
	if len(e.queue) == 0 || !e.queue[0].ready() {
		return false
	}
	m := take(&e.queue, 0)
	e.unlocked(func() { m.execute(e.mem) })
	e.copied = append(e.copied, m) // still the same job
	return true
}

// execute is the copy. One that fails leaves half of it and rubbish.
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

// outcome is what became of a copy.
type outcome uint8

const (
	wellDone outcome = iota
	recovered
	notAllowed // the CPU does not reach the memory
	tableGone
)

// finishStep does what follows the fence of a copy: nothing much if it went well,
// the recovery if not. Then the migration's own fence is done, the old memory goes
// back, and the tables held for the recovery with it.
func (e *engine) finishStep() bool {
	if len(e.copied) == 0 {
		return false
	}
	m := take(&e.copied, e.pick(len(e.copied)))
	unknown := m.obj.unknown && !m.clear // what was copied
	var how outcome
	var err error
	e.unlocked(func() {
		how, err = m.recover(e, unknown)
		e.mem.scribble(m.source) // so that nobody reads the old contents and finds them right
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

// count enters an outcome into the result.
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

// recover makes a failed copy good by the CPU, with the tables held, and verifies
// what came of it. A copy that went well needs neither.
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
