// The debug side of Ref: who took and dropped references, and from where.
//
// A count can show a mistake, but not who made it. So a tracked table keeps two
// lists under a lock of its own: the references that are held, each with the call
// stack that took it, and the last events. The first one finds leaks and puts by the
// wrong holder, and grows only with the number of references; the second one
// explains them, and is bounded.
//
// Invariants: the count of a tracked table changes only under its history's lock,
// and equals len(holders) whenever the lock is free. A history is in its tracker
// from Track to the last Put. Locks are taken in the order tracker, history, and
// neither is held while a release runs. A mistake is refused before it changes
// anything, so a caller may recover from the panic.
//
// Limits: a read after the release is found only in Ref.Table, not in a slice that
// Ref.Table returned earlier.

package sgtable

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
)

const (
	keptEvents  = 64 // events kept of each table
	keptFrames  = 10 // frames kept of each call stack; up to 4 are in this file and ref.go
	shownFrames = 6  // frames shown of each call stack, without those
)

// A Tracker knows the tracked tables that are not released; see [Ref.Track]. Any
// number of goroutines may use it at once.
//
// A Get or Put of a tracked table takes a lock and records a call stack, which takes
// some hundred times as long as one that is not tracked:
//
//	go test -run '^$' -bench Ref ./sgtable
//
// A table keeps its last 64 events, and all references that are held, each with the
// 6 innermost frames of its call stack.
type Tracker struct {
	mu     sync.Mutex
	live   map[*history]struct{}
	opened uint64 // tables so far
}

// NewTracker returns a tracker that knows no table yet.
func NewTracker() *Tracker { return &Tracker{live: make(map[*history]struct{})} }

// open begins the history of a table with one reference.
func (t *Tracker) open(name string, size uint64) *history {
	h := &history{tracker: t, name: name, size: size}
	h.take("init", Owner)
	t.mu.Lock()
	defer t.mu.Unlock()
	h.order = t.opened
	t.opened++
	t.live[h] = struct{}{}
	return h
}

// forget removes the history of a table just before its release.
func (t *Tracker) forget(h *history) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.live, h)
}

// Live is the number of tracked tables that still have references.
func (t *Tracker) Live() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.live)
}

// Leaks returns nil if every tracked table has been released. Otherwise the error
// has a line for each reference that is held, with the table, the holder and the
// call that took it, ordered by the table's name, then its Track, then the holder,
// then the time it took the reference. References that are dropped while Leaks runs
// may or may not be among them.
func (t *Tracker) Leaks() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	tables := make([]*history, 0, len(t.live))
	for h := range t.live {
		tables = append(tables, h)
	}
	slices.SortFunc(tables, func(a, b *history) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.order, b.order))
	})
	var leaks []error
	for _, h := range tables {
		leaks = h.appendLeaks(leaks)
	}
	return errors.Join(leaks...)
}

// A history is the record of one tracked table.
type history struct {
	tracker *Tracker
	name    string
	size    uint64 // bytes
	order   uint64 // number of tables that the tracker opened before

	mu       sync.Mutex
	holders  []holding // references held, oldest first
	events   []event   // event i is at i%keptEvents
	total    int       // events so far
	released bool      // the release has returned
}

// A holding is one reference.
type holding struct {
	holder string
	from   stack
}

// An event is a change, or a refused attempt at one.
type event struct {
	what, holder string
	count        int // references after it
	from         stack
}

// get is Ref.Get of a tracked table.
func (h *history) get(r *Ref, holder string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.holders) == 0 {
		panic(h.refuse("get", holder, "gets a table that was released"))
	}
	h.take("get", holder)
	r.count.Store(int32(len(h.holders)))
}

// tryGet is Ref.TryGet of a tracked table.
func (h *history) tryGet(r *Ref, holder string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.holders) == 0 {
		return false
	}
	h.take("try-get", holder)
	r.count.Store(int32(len(h.holders)))
	return true
}

// put is Ref.Put of a tracked table. After the release r may belong to somebody
// else, but h still belongs to this table.
func (h *history) put(r *Ref, holder string) {
	if h.giveUp(r, holder) > 0 {
		return
	}
	h.tracker.forget(h)
	r.drop()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.released = true
}

// giveUp drops the youngest reference of holder and returns the number of references
// left.
func (h *history) giveUp(r *Ref, holder string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.find(holder)
	switch {
	case len(h.holders) == 0:
		panic(h.refuse("put", holder, "puts a table that was released"))
	case i < 0:
		panic(h.refuse("put", holder, "puts a table that it does not hold"))
	}
	h.holders = slices.Delete(h.holders, i, i+1)
	h.note("put", holder, callStack())
	r.count.Store(int32(len(h.holders)))
	return len(h.holders)
}

// hand is Ref.Hand of a tracked table.
func (h *history) hand(from, to string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.find(from)
	if i < 0 {
		panic(h.refuse("hand by", from, "hands on a table that it does not hold"))
	}
	h.holders = slices.Delete(h.holders, i, i+1)
	h.note("hand by", from, callStack())
	h.take("hand to", to)
}

// read is Ref.Table of a tracked table. A release may still read.
func (h *history) read() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		panic(h.refuse("read", "", "a table was read after its release"))
	}
}

// set is Ref.SetTable of a tracked table.
func (h *history) set(table []Segment) {
	h.mu.Lock()
	defer h.mu.Unlock()
	what := "set"
	if table == nil {
		what = "unset"
	}
	h.note(what, "", callStack())
}

// find is the index of the youngest reference of holder, -1 if it has none.
func (h *history) find(holder string) int {
	for i := len(h.holders) - 1; i >= 0; i-- {
		if h.holders[i].holder == holder {
			return i
		}
	}
	return -1
}

// take records a new reference of holder.
func (h *history) take(what, holder string) {
	from := callStack()
	h.holders = append(h.holders, holding{holder, from})
	h.note(what, holder, from)
}

// note records an event, in place of the oldest one if there are keptEvents.
func (h *history) note(what, holder string, from stack) {
	e := event{what, holder, len(h.holders), from}
	if len(h.events) < keptEvents {
		h.events = append(h.events, e)
	} else {
		h.events[h.total%keptEvents] = e
	}
	h.total++
}

// refuse records an attempt that breaks a rule and returns the text to panic with:
// the sentence, then the history, with the attempt last.
func (h *history) refuse(what, holder, sentence string) string {
	h.note(what, holder, callStack())
	var b strings.Builder
	b.WriteString("sgtable: ")
	if holder != "" {
		fmt.Fprintf(&b, "%q ", holder)
	}
	fmt.Fprintf(&b, "%s: %q of %d bytes; its history, the last line was refused", sentence, h.name, h.size)
	if lost := h.total - len(h.events); lost > 0 {
		fmt.Fprintf(&b, " (the first %d events are not kept)", lost)
	}
	for i := h.total - len(h.events); i < h.total; i++ {
		e := &h.events[i%keptEvents]
		fmt.Fprintf(&b, "\n\t%d: %s", i+1, e.what)
		if e.holder != "" {
			fmt.Fprintf(&b, " %q", e.holder)
		}
		fmt.Fprintf(&b, ", %d held, at %s", e.count, e.from.text(shownFrames))
	}
	return b.String()
}

// appendLeaks appends an error for each reference that is held.
func (h *history) appendLeaks(leaks []error) []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := slices.Clone(h.holders)
	slices.SortStableFunc(left, func(a, b holding) int { return strings.Compare(a.holder, b.holder) })
	for i := range left {
		leaks = append(leaks, fmt.Errorf("sgtable: table %q of %d bytes was not released: %q holds it, taken at %s",
			h.name, h.size, left[i].holder, left[i].from.text(shownFrames)))
	}
	return leaks
}

// A stack is the innermost frames of a call stack; 0 stands after the last one.
type stack [keptFrames]uintptr

// callStack returns the stack above its caller.
func callStack() (s stack) {
	runtime.Callers(3, s[:])
	return s
}

// text writes at most limit frames in one line, innermost first. It begins with the
// caller of this package and leaves out the Go runtime.
func (s *stack) text(limit int) string {
	n := slices.Index(s[:], 0)
	if n < 0 {
		n = len(s)
	}
	frames := runtime.CallersFrames(s[:n])
	var calls []string
	for more := n > 0; more && len(calls) < limit; {
		var f runtime.Frame
		f, more = frames.Next()
		name := path.Base(f.Function)
		if strings.HasPrefix(name, "runtime.") || len(calls) == 0 && isOwn(name) {
			continue
		}
		calls = append(calls, fmt.Sprintf("%s (%s:%d)", name, path.Base(f.File), f.Line))
	}
	if len(calls) == 0 {
		return "an unknown place"
	}
	return strings.Join(calls, " < ")
}

// isOwn reports whether name is a function of this package between an exported
// method and callStack.
func isOwn(name string) bool {
	return name == "sgtable.NewRef" || strings.HasPrefix(name, "sgtable.(*Ref).") ||
		strings.HasPrefix(name, "sgtable.(*history).") || strings.HasPrefix(name, "sgtable.(*Tracker).")
}
