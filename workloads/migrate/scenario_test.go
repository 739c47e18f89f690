package migrate

import (
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// scene is an engine whose steps work only when the test says so.
func scene(t *testing.T) *engine {
	t.Helper()
	c, err := Config{Strategy: buddy.Strategy, Objects: 8, Seed: 5}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	e.mu.Lock() // steps are called with the lock held
	t.Cleanup(func() {
		e.mu.Unlock()
		e.drain()
		if e.err != nil {
			t.Error(e.err)
		}
		if err := e.close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// drives lets the driver do q with object 1.
func (e *engine) drives(t *testing.T, q op) *object {
	t.Helper()
	q.object, q.capture = 1, -1
	e.mu.Unlock()
	defer e.mu.Lock()
	if err := e.do(q); err != nil {
		t.Fatal(err)
	}
	return e.objects[1]
}

// expect checks whether a step found work.
func expect(t *testing.T, what string, got, want bool) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v", what, got)
	}
}

// TestAhead: the object is three migrations ahead when the first copy fails; it is
// recovered with the tables of memory that the object left long ago.
func TestAhead(t *testing.T) {
	e := scene(t)
	o := e.objects[1]
	first := o.memory.own.t
	e.drives(t, op{copyFail: true})
	second := o.memory.own.t
	e.drives(t, op{})
	e.drives(t, op{})
	if o.inFlight != 3 || !o.memory.device || o.memory.own.t == second {
		t.Fatalf("%d in flight, in device memory: %v", o.inFlight, o.memory.device)
	}
	if first.ref.Count() != 2 || second.ref.Count() != 2 {
		t.Fatalf("%d references on the first table (pages and their copy work), %d on the second (the work of two copies)",
			first.ref.Count(), second.ref.Count())
	}
	expect(t, "the first copy runs", e.copyStep(), true)
	expect(t, "the second copy runs before the first is recovered", e.copyStep(), false)
	expect(t, "the first is recovered", e.finishStep(), true)
	if e.result.Recovered != 1 || !first.ref.Released() || second.ref.Count() != 1 {
		t.Fatalf("%d recovered, %d and %d references", e.result.Recovered, first.ref.Count(), second.ref.Count())
	}
	expect(t, "the second copy runs", e.copyStep(), true)
}

// TestBindLate: a binding is written when the contents have arrived, with the table of
// that time, though the object has moved on.
func TestBindLate(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{bind: true})
	v := o.vma
	want, _ := o.memory.own.pages(e.rules, nil, o.pages)
	e.drives(t, op{})
	e.drives(t, op{})
	expect(t, "the bind is written before its contents are there", e.bindStep(), false)
	expect(t, "the first copy runs", e.copyStep(), true)
	expect(t, "the bind is written before the fence", e.bindStep(), false)
	expect(t, "the first is finished", e.finishStep(), true)
	expect(t, "the second copy runs with the memory bound", e.copyStep(), false)
	expect(t, "the bind is written", e.bindStep(), true)
	if !slices.Equal(v.entries, want) {
		t.Fatalf("the page table has %x, want %x", v.entries, want)
	}
	expect(t, "the binding is taken down", e.bindStep(), true)
	expect(t, "the second copy runs", e.copyStep(), true)
	if e.result.Binds != 1 || e.result.Unbinds != 1 || e.result.SyncUnbinds != 0 {
		t.Errorf("%+v", e.result)
	}
}

// settle runs all steps until no work is left.
func (e *engine) settle() { e.wait(func() bool { return e.jobs == 0 }) }

// TestCaptureHoldsUnbind: while a capture holds a binding, the binding is not taken
// down, the memory is not overwritten and the table is not released. A capture that
// begins after the last hold is left out.
func TestCaptureHoldsUnbind(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{bind: true})
	e.settle()
	table := o.memory.own.t
	add(e, &e.captures, &capture{obj: o})
	expect(t, "the capture begins", e.captureStep(), true)
	e.drives(t, op{clear: true})
	expect(t, "the binding is taken down under the capture", e.bindStep(), false)
	expect(t, "the memory is copied away under the capture", e.copyStep(), false)
	if n := table.ref.Count(); n != 2 {
		t.Fatalf("%d references, want those of the binding and of the capture", n)
	}
	another := &capture{obj: o}
	expect(t, "another begins while the first holds the binding", e.begin(another), true)
	add(e, &e.captures, another)
	if n := table.ref.Count(); n != 3 {
		t.Fatalf("%d references, want those of the binding and of two captures", n)
	}
	for len(e.captures) > 0 {
		expect(t, "the binding is taken down under a capture", e.bindStep(), false)
		e.captureStep()
	}
	if n := table.ref.Count(); n != 1 {
		t.Fatalf("%d references, want that of the binding", n)
	}
	add(e, &e.captures, &capture{obj: o})
	expect(t, "a late capture is looked at", e.captureStep(), true)
	expect(t, "the binding is taken down", e.bindStep(), true)
	expect(t, "the copy runs", e.copyStep(), true)
	if !table.ref.Released() || e.result.Captures != 2 || e.result.CapturesLeftOut != 1 {
		t.Errorf("released: %v, %+v", table.ref.Released(), e.result)
	}
}

// TestSyncUnbind: a view has a table of its own, so the driver waits for its
// unbind, and the manager does not evict the object.
func TestSyncUnbind(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{bind: true, view: true})
	v := o.vma
	e.mu.Unlock()
	if e.mayEvict(o) {
		t.Error("an object with a view may be evicted without waiting")
	}
	e.mu.Lock()
	e.drives(t, op{})
	if e.result.SyncUnbinds != 1 || e.result.Unbinds != 0 || !v.unbound.isDone() {
		t.Errorf("taken down: %v, %+v", v.unbound.isDone(), e.result)
	}
}

// TestOtherTable: a binding that does not use the object's current table is treated
// like a view.
func TestOtherTable(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{bind: true})
	e.settle()
	o.vma.used = e.objects[2].memory.own.t
	e.mu.Unlock()
	if err := e.evict(&o.memory.res); err != ttm.ErrBusy {
		t.Errorf("evicted: %v, want it busy", err)
	}
	e.mu.Lock()
	v := o.vma
	e.drives(t, op{})
	if e.result.SyncUnbinds != 1 || e.result.Unbinds != 0 || !v.unbound.isDone() {
		t.Errorf("taken down: %v, %+v", v.unbound.isDone(), e.result)
	}
}

// TestTooManyInFlight: the manager does not evict an object that may have no more
// migrations in flight.
func TestTooManyInFlight(t *testing.T) {
	e := scene(t)
	e.config.InFlight = 3
	var o *object
	for range 3 {
		o = e.drives(t, op{})
	}
	may := func() bool {
		e.mu.Unlock()
		defer e.mu.Lock()
		return e.mayEvict(o)
	}
	expect(t, "may be evicted with 3 of 3 in flight", may(), false)
	expect(t, "the first copy runs", e.copyStep(), true)
	expect(t, "the first is finished", e.finishStep(), true)
	expect(t, "may be evicted with 2 of 3 in flight", may(), true)
}

// TestAtRest: an object with no migration in flight has two references on its table,
// and its old table is released.
func TestAtRest(t *testing.T) {
	e := scene(t)
	for _, holders := range []string{"tt and pages", "cache and pages"} {
		if n := e.objects[1].memory.own.t.ref.Count(); n != 2 {
			t.Errorf("%d references, want those of %s", n, holders)
		}
		before := e.objects[1].memory.own.t
		e.drives(t, op{})
		e.settle()
		if !before.ref.Released() {
			t.Errorf("%d references on the table of memory given back", before.ref.Count())
		}
	}
}

// TestRubbish: a failed copy leaves rubbish in half of the target, and old memory is
// rubbish before the fence is done.
func TestRubbish(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{copyFail: true})
	m := e.queue[0]
	half := o.pages / 2
	if half == 0 {
		t.Fatal("the object has one page")
	}
	isRubbish := func(pages []uint64) bool {
		return !slices.ContainsFunc(pages, func(addr uint64) bool {
			return slices.ContainsFunc(e.mem.page(addr), func(w uint64) bool { return w != rubbish })
		})
	}
	expect(t, "the copy runs", e.copyStep(), true)
	if err := e.mem.checkAll(m.dest[:half], m.image); err != nil {
		t.Error(err)
	}
	expect(t, "the second half of the target is rubbish", isRubbish(m.dest[half:]), true)
	expect(t, "the source is rubbish", isRubbish(m.source), false)
	expect(t, "it is recovered", e.finishStep(), true)
	if err := e.mem.checkAll(m.dest, m.image); err != nil {
		t.Error(err)
	}
	expect(t, "the source is rubbish", isRubbish(m.source), true)
}

// TestReach: the CPU must reach the source to recover a copy, but not to recover a
// clear, which changes the contents.
func TestReach(t *testing.T) {
	for _, clear := range []bool{false, true} {
		e := scene(t)
		o := e.drives(t, op{})
		e.settle()
		version := o.version
		o.memory.reachable = false
		e.drives(t, op{copyFail: true, clear: clear})
		e.settle()
		if o.unknown == clear || (e.result.Recovered == 1) != clear || (e.result.Lost == 0) != clear || e.result.Clears != e.result.Recovered {
			t.Errorf("clear: %v, unknown: %v, %+v", clear, o.unknown, e.result)
		}
		if (o.version != version) != clear {
			t.Errorf("clear: %v, version %d, then %d", clear, version, o.version)
		}
	}
}

// TestNoWork: if the work for a recovery cannot be allocated, the driver waits for the
// migration.
func TestNoWork(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{copyFail: true, fault: noWork})
	if !o.moving.isDone() || e.result.Waited != 1 || e.result.Recovered != 1 {
		t.Errorf("done: %v, %+v", o.moving.isDone(), e.result)
	}
}

// TestSamples: only the last samples are kept, in whatever order the captures began.
func TestSamples(t *testing.T) {
	var e engine
	for i := range mostSamples + 3 {
		e.sample(time.Duration(i))
	}
	slices.Sort(e.samples)
	if n := len(e.samples); n != mostSamples || e.samples[0] != 3 || e.samples[n-1] != mostSamples+2 {
		t.Errorf("%d samples from %d to %d", n, e.samples[0], e.samples[n-1])
	}
}

// TestUnknown: an object whose copy can be neither run nor recovered is in the unknown
// state and is not bound, until a clear.
func TestUnknown(t *testing.T) {
	e := scene(t)
	o := e.drives(t, op{copyFail: true, bind: true})
	o.memory.reachable = false
	e.settle()
	if !o.unknown || e.result.Lost != 1 || e.result.BindsSkipped != 1 {
		t.Fatalf("unknown: %v, %+v", o.unknown, e.result)
	}
	e.drives(t, op{})
	e.settle()
	expect(t, "unknown after a good copy of what is unknown", o.unknown, true)
	e.drives(t, op{clear: true, bind: true})
	e.settle()
	if o.unknown || e.result.Binds != 1 {
		t.Fatalf("unknown: %v, %+v", o.unknown, e.result)
	}
}

// TestCaptureQuantiles: of 1,000 captures that took 1 to 1,000, half took at most 500
// and 990 at most 990.
func TestCaptureQuantiles(t *testing.T) {
	e := &engine{store: newStore(sgtable.Builder{}, nil, false)}
	for i := range 1000 {
		e.samples = append(e.samples, time.Duration(i*7919%1000+1))
	}
	if r := e.summary(); r.CaptureP50 != 501 && r.CaptureP50 != 500 || r.CaptureP99 != 990 {
		t.Errorf("the median is %d and the 99th percentile %d", r.CaptureP50, r.CaptureP99)
	}
}

// TestPeaks: the peaks of tables and of bytes are the most at a time, which need not
// be the same time.
func TestPeaks(t *testing.T) {
	s := newStore(sgtable.Builder{}, nil, false)
	for _, c := range []struct{ tables, segments int }{{1, 100}, {-1, 100}, {1, 10}, {1, 10}, {1, 10}, {-1, 10}, {-1, 10}} {
		s.count(c.tables, c.segments)
	}
	e := &engine{store: s}
	if r := e.summary(); r.PeakTables != 3 || r.PeakBytes != 100*16 {
		t.Errorf("the peaks are %d tables and %d bytes, want 3 and 1600", r.PeakTables, r.PeakBytes)
	}
}
