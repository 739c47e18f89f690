// Package strace reads the calls by which programs map and unmap memory, and tells what they
// allocate and free.
//
// # Idea
//
// strace logs the calls that change address spaces, and those that make and end tasks:
//
//	strace -f -ttt -s 0 -o FILE -e trace=mmap,munmap,mremap,brk,mprotect,clone,clone3,fork,vfork,execve,exit,exit_group COMMAND
//
// A line is [PID] [TIME] CALL(ARGUMENTS) = RESULT, where PID may be "[pid N]", and TIME
// that of -ttt, -tt, -t or -r, or absent. When another task comes between, a line ends in
// <unfinished ...> and a later one of the same task begins with <... CALL resumed>.
//
// A log is read in two steps. The first makes a step of each call, or two of one that was
// interrupted: where it was called, and where it returned. A child may be in the log before
// the call that made it returns; since all calls are whole when the second step begins, it
// is known from the start. The second step (machine) runs them on address spaces (space).
//
// # What is memory
//
// Anonymous mappings that are not PROT_NONE, and what brk adds. All processes share one
// memory, as they share that of the machine. What a fork copies when it is written to is in
// no log: parent and child share what is mapped until the last unmaps it. Nor are the
// stack, and what execve maps itself.
//
// # Limits
//
// A call takes 56 bytes; a log has at most [MaxCalls], 262,144 tasks, as many interrupted
// calls and 1,048,576 mappings at once.
package strace

import (
	"bytes"
	"fmt"
	"iter"
	"math"

	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// Recorder is told what happens, in the order of the log.
type Recorder interface {
	// At is the time of what follows, in nanoseconds on any clock.
	At(ns int64)
	// By says which process and thread do what follows; "" is one that has no number.
	By(process, thread string)
	// Alloc, Free and Trim are of whole pages. Of an object that is trimmed the bytes
	// [start, start+size) stay. An id is used once.
	Alloc(id, size uint64)
	Free(id uint64)
	Trim(id, start, size uint64)
	// Note counts what is worth knowing, and Drop what is missing. why stands before the
	// number.
	Note(why string)
	Drop(why string)
}

// Error is a line that breaks a rule.
type Error struct {
	Line int // from 1
	Msg  string
}

// Error is the line and the rule.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Detect reports whether a file that begins with head is a log of strace's.
func Detect(head []byte) bool {
	for _, text := range bytes.Split(head, []byte{'\n'}) {
		l, ok := parsePrefix(bytes.TrimSuffix(text, []byte{'\r'}))
		if !ok {
			continue
		}
		if i := bytes.IndexByte(l.rest, '('); i > 0 && calls[string(l.rest[:i])] != 0 &&
			(bytes.Contains(l.rest, []byte(" = ")) || bytes.HasSuffix(l.rest, unfinished)) {
			return true
		}
	}
	return false
}

// kind is what a step does.
type kind uint8

const (
	_ kind = iota
	mmap
	munmap
	mremap
	brk
	mprotect
	clone // also fork and vfork
	execve
	exit
	exitGroup
	ended      // the line in which a task ends
	superseded // a task ends whose number another one takes on by execve
	returns    // the return of an interrupted call
)

// calls are those that matter, by name.
var calls = map[string]kind{
	"mmap": mmap, "mmap2": mmap, "old_mmap": mmap, "munmap": munmap, "mremap": mremap, "brk": brk, "mprotect": mprotect,
	"pkey_mprotect": mprotect, "clone": clone, "clone2": clone, "clone3": clone, "fork": clone, "vfork": clone,
	"execve": execve, "execveat": execve, "exit": exit, "exit_group": exitGroup,
}

// step is a call, or the return of an interrupted one.
type step struct {
	at   int64
	line int32
	pid  uint32 // 0: the line names none
	what kind
	is   flags
	call int32  // of a return: the index of its call
	addr uint64 // the first argument
	size uint64
	to   uint64 // mremap: the new size; superseded: the task
	ret  uint64
}

// flags of a step.
type flags uint8

const (
	done        flags = 1 << iota // the call succeeded
	interrupted                   // it returns in a later step
	noAccess                      // PROT_NONE
	anonymous                     // MAP_ANONYMOUS
	sharesSpace                   // CLONE_VM
	isThread                      // CLONE_THREAD
	leavesOld                     // MREMAP_DONTUNMAP
	untilHole                     // an mprotect that failed where nothing is mapped
)

// MaxCalls is the most calls that a log holds.
const MaxCalls = 1 << 24

// reader makes the steps of a log.
type reader struct {
	to      Recorder
	n       int // lines so far
	clock   clock
	steps   []step
	pending map[uint32]pendingCall // by task
}

// pendingCall is an interrupted call.
type pendingCall struct {
	name, args string
	step       int32
}

// maxPending is the longest text of an interrupted call that is kept. The arguments that
// matter stand before that.
const maxPending = 1024

var (
	unfinished = []byte("<unfinished ...>")
	resumed    = []byte(" resumed>")
)

// Read reads a log. Its errors are of type [*Error]; what stands before one is told
// nevertheless.
func Read(lines iter.Seq[[]byte], to Recorder) error {
	r := &reader{to: to, pending: make(map[uint32]pendingCall)}
	err := r.lines(lines)
	for _, p := range r.pending {
		if s := &r.steps[p.step]; s.what != exit && s.what != exitGroup && s.what != execve {
			to.Drop("calls whose return is not in the file")
		}
	}
	m := newMachine(to, r.steps)
	for i := range r.steps {
		s := &r.steps[i]
		if s.at != field.Never {
			to.At(s.at)
		}
		if err := m.step(s); err != nil {
			return &Error{Line: int(s.line), Msg: err.Error()}
		}
	}
	return err
}

// lines makes the steps of all lines, up to a wrong one.
func (r *reader) lines(lines iter.Seq[[]byte]) error {
	var torn []byte // a line that a message of strace's cuts in two
	for text := range lines {
		r.n++
		if len(torn) > 0 {
			torn = append(torn, text...)
			text, torn = torn, nil
		}
		if before, isAttached := attached(text); isAttached {
			torn = append(torn, before...)
			continue
		}
		if err := r.line(text); err != nil {
			return err
		}
		if len(r.steps) > MaxCalls {
			return r.errorf("the file has more than %d calls", MaxCalls)
		}
	}
	return nil
}

// errorf is an error in the line last read.
func (r *reader) errorf(format string, args ...any) error {
	return &Error{Line: r.n, Msg: fmt.Sprintf(format, args...)}
}

// attached cuts off the message "strace: Process N attached", which has a line of its own
// or stands in the middle of a call.
func attached(line []byte) ([]byte, bool) {
	i := bytes.LastIndex(line, []byte("strace: Process "))
	if i < 0 || !bytes.HasSuffix(line, []byte("attached")) && !bytes.HasSuffix(line, []byte("detached")) || i > maxPending {
		return line, false
	}
	return line[:i], true
}

// line makes a step of a line, if it is one of the calls that matter.
func (r *reader) line(text []byte) error {
	l, ok := parsePrefix(text)
	if !ok {
		if !bytes.HasPrefix(text, []byte(" > ")) && len(bytes.TrimSpace(text)) > 0 { // a stack of -k
			r.to.Drop("lines that are no call, signal or end of a task")
		}
		return nil
	}
	at, ok := r.clock.read(l.time)
	if !ok {
		return r.errorf("%q is no time of strace's", l.time)
	}
	s := step{at: at, line: int32(min(r.n, math.MaxInt32)), pid: l.pid}
	switch rest := l.rest; {
	case bytes.HasPrefix(rest, []byte("+++ ")):
		return r.end(s, rest)
	case bytes.HasPrefix(rest, []byte("--- ")):
		return nil
	case bytes.HasPrefix(rest, []byte("<... ")):
		return r.resume(s, rest)
	default:
		name, args, _ := bytes.Cut(rest, []byte{'('})
		if s.what = calls[string(name)]; s.what == 0 {
			return nil
		}
		if before, isUnfinished := bytes.CutSuffix(args, unfinished); isUnfinished {
			s.is |= interrupted
			if len(r.pending) == maxTasks {
				return r.errorf("more than %d interrupted calls at once", maxTasks)
			}
			before = bytes.TrimRight(before[:min(len(before), maxPending)], " ")
			r.pending[s.pid] = pendingCall{name: string(name), args: string(before), step: int32(len(r.steps))}
			r.steps = append(r.steps, s)
			return nil
		}
		if err := r.arguments(&s, string(name), args); err != nil {
			return err
		}
		r.steps = append(r.steps, s)
		return nil
	}
}

// end is the line in which a task ends.
func (r *reader) end(s step, rest []byte) error {
	s.what = ended
	if by, ok := bytes.CutPrefix(rest, []byte("+++ superseded by execve in pid ")); ok {
		by, ok := pid(bytes.TrimSuffix(by, []byte(" +++")))
		if !ok {
			return r.errorf("no pid behind \"superseded by execve in pid\"")
		}
		// The other task's call returns under this number.
		s.what, s.to = superseded, uint64(by)
		if p, ok := r.pending[by]; ok {
			delete(r.pending, by)
			r.pending[s.pid] = p
		}
	}
	r.steps = append(r.steps, s)
	return nil
}

// resume is the end of an interrupted call.
func (r *reader) resume(s step, rest []byte) error {
	name, after, ok := bytes.Cut(rest[len("<... "):], resumed)
	if !ok {
		return r.errorf("<... without \"resumed>\"")
	}
	if calls[string(name)] == 0 {
		return nil
	}
	pid, p := r.interruptedBy(s.pid)
	if p.name != string(name) {
		r.to.Drop("returns of calls whose beginning is not in the file")
		return nil
	}
	delete(r.pending, pid)
	call := &r.steps[p.step]
	if err := r.arguments(call, p.name, append([]byte(p.args), after...)); err != nil {
		return err
	}
	s.what, s.call = returns, p.step
	r.steps = append(r.steps, s)
	return nil
}

// interruptedBy finds the interrupted call of a task. One task of a log on a terminal has
// its number only while there are others.
func (r *reader) interruptedBy(pid uint32) (uint32, pendingCall) {
	if p, ok := r.pending[pid]; ok || pid != 0 {
		if ok {
			return pid, p
		}
		return 0, r.pending[0]
	}
	if len(r.pending) == 1 {
		for pid, p := range r.pending {
			return pid, p
		}
	}
	return 0, pendingCall{}
}

// arguments reads "ARGUMENTS) = RESULT" into a step.
func (r *reader) arguments(s *step, name string, text []byte) error {
	i := bytes.LastIndex(text, []byte("= "))
	args, closed := bytes.CutSuffix(bytes.TrimRight(text[:max(i, 0)], " "), []byte{')'})
	if !closed {
		return r.errorf("%s without \") = RESULT\"", name)
	}
	result, _, _ := bytes.Cut(text[i+2:], []byte{' '})
	failed := bytes.HasPrefix(result, []byte{'-'}) || bytes.HasPrefix(result, []byte{'?'})
	if s.what == mprotect && bytes.HasPrefix(text[i+2:], []byte("-1 ENOMEM")) {
		s.is |= untilHole
		result, failed = []byte{'0'}, false
	}
	if failed {
		if s.what == mmap || s.what == mremap || s.what == munmap || s.what == brk {
			r.to.Note("calls that failed")
		}
		return nil
	}
	s.is |= done
	ok := true
	read := func(v *uint64, b []byte) {
		if string(b) == "NULL" {
			return
		}
		n, isNumber := field.Number(b)
		*v, ok = n, ok && isNumber
	}
	read(&s.ret, result)
	switch s.what {
	case mmap, munmap, mremap, mprotect:
		f := bytes.SplitN(args, []byte(", "), 5)
		if len(f) < map[kind]int{mmap: 5, munmap: 2, mremap: 4, mprotect: 3}[s.what] {
			return r.errorf("%s with %d arguments", name, len(f))
		}
		read(&s.addr, f[0])
		read(&s.size, f[1])
		switch s.what {
		case mmap:
			s.mark(noAccess, !flag(f[2], "PROT_READ", 1) && !flag(f[2], "PROT_WRITE", 2) && !flag(f[2], "PROT_EXEC", 4))
			s.mark(anonymous, flag(f[3], "MAP_ANON", 0x20))
		case mprotect:
			s.mark(noAccess, !flag(f[2], "PROT_READ", 1) && !flag(f[2], "PROT_WRITE", 2) && !flag(f[2], "PROT_EXEC", 4))
		case mremap:
			read(&s.to, f[2])
			s.mark(leavesOld, flag(f[3], "MREMAP_DONTUNMAP", 4))
		}
	case brk:
		read(&s.addr, args)
	case clone:
		_, f, _ := bytes.Cut(args, []byte("flags="))
		f, _, _ = bytes.Cut(f, []byte{','})
		s.mark(sharesSpace, name == "vfork" || flag(f, "CLONE_VM", 0x100))
		s.mark(isThread, flag(f, "CLONE_THREAD", 0x10000))
	}
	if !ok {
		return r.errorf("%s: an argument or the result is no number of 64 bits", name)
	}
	return nil
}

// mark sets a flag if on.
func (s *step) mark(f flags, on bool) {
	if on {
		s.is |= f
	}
}

// flag reports whether a flag is among those of an argument, which may be a number.
func flag(arg []byte, name string, bit uint64) bool {
	if n, ok := field.Number(bytes.TrimRight(arg, "})")); ok {
		return n&bit != 0
	}
	return bytes.Contains(arg, []byte(name))
}
