package strace

import (
	"errors"
	"fmt"
	"strconv"
)

// machine runs steps: tasks, and the address spaces they run in.
//
// A process is a group of tasks, and is called by its first. A task is made where its
// parent calls clone, not where that returns: it may do something before. It ends at
// exit_group, which ends its process, or where strace says so. Memory ends with the last
// process of its space, and when execve gives a process a new one.
type machine struct {
	to    Recorder
	mem   *memory
	steps []step
	tasks map[uint32]*task
}

// process is a group of tasks.
type process struct {
	pid   uint32
	space *space // nil: it is over
	tasks int
}

// task is a thread of a process.
type task struct {
	pid     uint32
	process *process
	exited  bool   // strace has yet to say so
	taken   []area // by an mremap that has not returned
}

// maxTasks is the most tasks at once.
const maxTasks = 1 << 18

// newMachine is a machine that has run none of the steps.
func newMachine(to Recorder, steps []step) *machine {
	return &machine{to: to, steps: steps, tasks: make(map[uint32]*task), mem: &memory{to: to}}
}

func (m *machine) step(s *step) error {
	t, err := m.task(s)
	if t == nil {
		return err
	}
	m.to.By(name(t.process.pid), name(t.pid))
	call := s
	if s.what == returns {
		call = &m.steps[s.call]
	}
	switch {
	case s.what == ended:
		m.end(t)
		delete(m.tasks, t.pid)
		return nil
	case s.what == superseded:
		m.supersede(t, s)
		return nil
	case s.what == exit:
		m.end(t)
		return nil
	case s.what == exitGroup:
		m.over(t.process)
		return nil
	case call.is&done == 0:
		return nil
	case t.exited || t.process.space == nil:
		m.to.Drop("calls of tasks that have ended")
		return nil
	}
	lo, hi, err := call.span(call.size)
	if err != nil {
		return err
	}
	if s.what != returns {
		if err := m.called(t, s, lo, hi); err != nil {
			return err
		}
	}
	if s.is&interrupted == 0 {
		return m.returned(t, call, lo, hi)
	}
	return nil
}

// span is the range of whole pages at the address of a call.
func (s *step) span(size uint64) (lo, hi uint64, err error) {
	if s.what == mmap {
		return span(s.ret, size)
	}
	return span(s.addr, size)
}

func span(addr, size uint64) (lo, hi uint64, err error) {
	if addr > 1<<63 || size > 1<<62 {
		return 0, 0, fmt.Errorf("no program maps %d bytes at %#x", size, addr)
	}
	return addr &^ pageMask, (addr + size + pageMask) &^ pageMask, nil
}

// called does what a call does at once. What it unmaps may be mapped by another task
// before it returns.
func (m *machine) called(t *task, s *step, lo, hi uint64) error {
	switch s.what {
	case munmap:
		if !t.process.space.unmap(lo, hi) {
			m.to.Drop("unmappings of what nobody saw mapped")
		}
	case mremap:
		m.release(t)
		kept := s.kept(lo, hi)
		if kept < hi {
			t.process.space.unmap(kept, hi)
		}
		t.taken = t.process.space.take(lo, kept)
	case clone:
		return m.clone(t, s)
	}
	return nil
}

// returned does what a call has done when it returns.
func (m *machine) returned(t *task, s *step, lo, hi uint64) error {
	space := t.process.space
	switch s.what {
	case mmap:
		what := held
		switch {
		case s.is&anonymous == 0:
			what = filed
			m.to.Note("mappings of files (their memory is the file's)")
		case s.is&noAccess != 0:
			what = reserved
			m.to.Note("reservations of addresses (PROT_NONE: no memory before mprotect)")
		}
		if hi > lo {
			return space.mapAt(lo, hi, what)
		}
	case mprotect:
		if s.is&untilHole != 0 {
			hi = min(hi, space.hole(lo))
		}
		if hi > lo {
			return space.protect(lo, hi, s.is&noAccess == 0)
		}
	case mremap:
		return m.mremapped(t, s, lo, hi)
	case brk:
		if s.addr != 0 && s.ret < s.addr {
			m.to.Note("calls that failed")
			return nil
		}
		_, end, err := span(s.ret, 0)
		if err != nil {
			return err
		}
		return space.setBrk(end)
	case execve:
		m.over(t.process)
		t.process = &process{pid: t.process.pid, space: m.space(), tasks: 1}
	}
	return nil
}

// kept is where what an mremap keeps of [lo, hi) ends.
func (s *step) kept(lo, hi uint64) uint64 {
	return lo + min(hi-lo, (s.to+pageMask)&^pageMask)
}

// mremapped puts what mremap took where it is now.
func (m *machine) mremapped(t *task, s *step, lo, hi uint64) error {
	addr, end, err := span(s.ret, s.to)
	if err != nil {
		return err
	}
	space := t.process.space
	taken := t.taken
	t.taken = nil
	if lo == hi { // a second view of shared memory
		return space.mapAt(addr, end, filed)
	}
	if len(taken) == 0 {
		m.to.Drop("mremaps of what nobody saw mapped")
		return nil
	}
	if err := space.give(taken, lo, addr, end); err != nil {
		return err
	}
	if s.is&leavesOld != 0 && taken[0].what == held {
		return space.mapAt(lo, hi, held)
	}
	return nil
}

// task is the task of a step, or nil if the step is of none.
func (m *machine) task(s *step) (*task, error) {
	if t := m.tasks[s.pid]; t != nil {
		return t, nil
	}
	if s.pid == 0 {
		// A log on a terminal names no task while there is only one.
		if t := m.only(); t != nil {
			return t, nil
		}
	} else if t := m.tasks[0]; t != nil && s.what != ended {
		// The first task has a number now that it is not alone.
		delete(m.tasks, 0)
		if t.process.pid == 0 {
			t.process.pid = s.pid
		}
		t.pid = s.pid
		m.tasks[s.pid] = t
		return t, nil
	}
	if s.what == ended {
		return nil, nil
	}
	if len(m.tasks) > 0 {
		m.to.Drop("tasks whose beginning is not in the file (each is taken as a process of its own)")
	}
	return m.add(s.pid, &process{pid: s.pid, space: m.space()})
}

// only is the task that lives, if it is the only one.
func (m *machine) only() *task {
	var one *task
	for _, t := range m.tasks {
		if t.exited || t.process.space == nil {
			continue
		}
		if one != nil {
			return nil
		}
		one = t
	}
	return one
}

// add enters a task of a process.
func (m *machine) add(pid uint32, p *process) (*task, error) {
	if old := m.tasks[pid]; old != nil { // its end is not in the file
		m.end(old)
	}
	p.tasks++
	t := &task{pid: pid, process: p}
	m.tasks[pid] = t
	if len(m.tasks) > maxTasks {
		return nil, fmt.Errorf("more than %d tasks at once", maxTasks)
	}
	return t, nil
}

// space is an empty address space for one process.
func (m *machine) space() *space { return &space{m: m.mem, users: 1} }

// clone makes the child of a task.
func (m *machine) clone(t *task, s *step) error {
	child := uint32(s.ret)
	if s.ret == 0 || s.ret > maxPid {
		return errors.New("the result is no pid")
	}
	if child == t.pid {
		return errors.New("a task that makes itself")
	}
	p := t.process
	if s.is&isThread == 0 {
		p = &process{pid: child, space: t.process.space}
		if s.is&sharesSpace != 0 {
			p.space.users++
		} else {
			var err error
			if p.space, err = t.process.space.fork(); err != nil {
				return err
			}
		}
	}
	_, err := m.add(child, p)
	return err
}

// supersede ends a task whose number another task of its process takes on.
func (m *machine) supersede(t *task, s *step) {
	by := m.tasks[uint32(s.to)]
	if by == nil || by == t {
		return
	}
	m.end(t)
	delete(m.tasks, by.pid)
	by.pid = t.pid
	m.tasks[t.pid] = by
}

// end ends a task, and with the last one its process.
func (m *machine) end(t *task) {
	if t.exited {
		return
	}
	t.exited = true
	m.release(t)
	if t.process.tasks--; t.process.tasks == 0 {
		m.over(t.process)
	}
}

// release ends what an mremap took that never returned.
func (m *machine) release(t *task) {
	for _, a := range t.taken {
		m.mem.drop(a)
	}
	t.taken = nil
}

// over ends a process.
func (m *machine) over(p *process) {
	if p.space != nil {
		p.space.leave()
		p.space = nil
	}
}

// name is a pid as text, "" if there is none.
func name(pid uint32) string {
	if pid == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(pid), 10)
}
