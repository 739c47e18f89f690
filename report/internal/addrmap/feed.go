package addrmap

import (
	"fmt"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/trace"
)

// The placement traces of a workload hold the same operations, each with the answers of
// one strategy. They are read side by side, an event of each at a time, so that where a
// strategy put an object can be compared with where the others did while both are known.
//
// Each trace is read by a goroutine of its own, which hands over what it read in
// batches: a coroutine that hands over single events costs as much as reading them.

// batchEvents is the size of a batch; a feed has two of them on their way.
const batchEvents = 1024

// batch holds events with their blocks.
type batch struct {
	events []rundir.Event
	blocks []trace.Extent
}

// add copies an event, whose blocks are those of the reader.
func (b *batch) add(e *rundir.Event) {
	b.events = append(b.events, *e)
	if e.Blocks != nil {
		n := len(b.blocks)
		b.blocks = append(b.blocks, e.Blocks...)
		b.events[len(b.events)-1].Blocks = b.blocks[n:len(b.blocks):len(b.blocks)]
	}
}

// feed gives the events of one trace, one after the other.
type feed struct {
	path  string
	full  chan *batch
	empty chan *batch
	stop  chan struct{}
	now   *batch
	at    int
	err   error // of the reading, valid behind the last event
}

// openFeed begins to read a trace. The caller closes it.
func openFeed(p *rundir.Placement) (*feed, error) {
	t, err := rundir.OpenPlacement(p.Path)
	if err != nil {
		return nil, err
	}
	if t.Region() != p.Region {
		t.Close()
		return nil, fmt.Errorf("%s: changed while it was read", p.Path)
	}
	f := &feed{path: p.Path, full: make(chan *batch), empty: make(chan *batch, 2), stop: make(chan struct{}), now: new(batch)}
	f.empty <- new(batch)
	f.empty <- new(batch)
	go f.read(t)
	return f, nil
}

// read fills batches until the trace ends or nobody wants more.
func (f *feed) read(t *rundir.PlacementFile) {
	defer close(f.full)
	defer t.Close()
	b := <-f.empty
	send := func() bool {
		select {
		case f.full <- b:
		case <-f.stop:
			return false
		}
		select {
		case b = <-f.empty:
		case <-f.stop:
			return false
		}
		return true
	}
	stopped := false
	_, err := rundir.EachEvent(t.Reader, func(e *rundir.Event) {
		if stopped {
			return
		}
		if b.add(e); len(b.events) == batchEvents {
			stopped = !send()
		}
	})
	f.err = err
	if !stopped && len(b.events) > 0 {
		send()
	}
}

// next is the next event, nil behind the last. It is valid until the next call.
func (f *feed) next() *rundir.Event {
	if f.at == len(f.now.events) {
		f.now.events, f.now.blocks, f.at = f.now.events[:0], f.now.blocks[:0], 0
		select {
		case f.empty <- f.now:
		default: // the first one was made for nothing
		}
		b, ok := <-f.full
		if !ok {
			f.now = new(batch)
			return nil
		}
		f.now = b
	}
	f.at++
	return &f.now.events[f.at-1]
}

// close ends the reading.
func (f *feed) close() { close(f.stop) }

// disagreement is a trace that does not hold the operations of the others.
type disagreement struct {
	lane int
	err  error
}

// inStep calls f with every operation of the traces: an event of each, which are of one
// kind and one id. It returns the trace that parts from the others, if one does: the one
// that most others contradict, and of two the second.
func inStep(traces []*rundir.Placement, f func(events []*rundir.Event)) *disagreement {
	feeds := make([]*feed, len(traces))
	for i, p := range traces {
		in, err := openFeed(p)
		if err != nil {
			return &disagreement{i, err}
		}
		defer in.close()
		feeds[i] = in
	}
	events := make([]*rundir.Event, len(feeds))
	for {
		for i, in := range feeds {
			events[i] = in.next()
		}
		for i, in := range feeds {
			if events[i] == nil && in.err != nil {
				return &disagreement{i, in.err}
			}
		}
		if i := odd(events); i >= 0 {
			return &disagreement{i, fmt.Errorf("%s: %s", feeds[i].path, notTheSame)}
		}
		if events[0] == nil {
			return nil
		}
		f(events)
	}
}

// odd is the event that is not of the operation of most others, -1 if all are.
func odd(events []*rundir.Event) int {
	same := true
	for _, e := range events[1:] {
		same = same && alike(e, events[0])
	}
	if same {
		return -1
	}
	best, most := 0, 0
	for i, e := range events {
		n := 0
		for _, o := range events {
			if alike(e, o) {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	for i, e := range events {
		if !alike(e, events[best]) {
			return i
		}
	}
	return -1
}

// alike reports whether two events are of the same operation; nil is the end.
func alike(a, b *rundir.Event) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind() == b.Kind() && a.ID == b.ID
}
