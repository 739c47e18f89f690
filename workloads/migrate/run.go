package migrate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// Run runs the load. However it ends, Run returns only when all queued work is done,
// all bindings are taken down, the contents of all objects are verified, everything is
// freed and all goroutines have ended.
//
// If ctx is cancelled, the error wraps its cause, and the result counts what was done.
// The error wraps strategies.ErrInvalid if the configuration is invalid. Any other
// error is wrong contents, or a table, reference or memory that was not given back: a
// bug of the strategy or of this package. Hazards are not errors.
func Run(ctx context.Context, c Config) (Result, error) {
	c, err := c.withDefaults()
	if err != nil {
		return Result{}, err
	}
	e, err := newEngine(c)
	if err != nil {
		return Result{}, err
	}
	stop := e.start()
	since := time.Now()
	err = e.drive(ctx)
	e.drain()
	e.result.Elapsed = time.Since(since)
	stop()
	return e.summary(), errors.Join(err, e.err, e.close())
}

// newEngine makes the engine, with all objects and their contents in system memory.
func newEngine(c Config) (*engine, error) {
	seeded := func(stream uint64) *rand.PCG { return rand.NewPCG(c.Seed, stream) }
	_, collect := c.Lifetime.rules.(collected)
	e := &engine{config: c, rules: c.Lifetime.rules, store: newStore(c.Builder, c.Tracker, collect), faults: seeded(2), turns: seeded(3)}
	manager, err := ttm.New(c.Strategy, c.Region, ttm.Options{Evict: e.evict})
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	e.vram = manager
	e.changed.L = &e.mu
	e.steps = []func() bool{e.copyStep, e.finishStep, e.bindStep, e.captureStep}
	pages := 0
	for i, n := range sizes(seeded(0), &c) {
		o := &object{id: uint32(i), size: n * c.Region.Page, gpuOnly: c.smallBAR() && i%2 == 0}
		o.pages = int(o.size / strategies.MinPage)
		pages += o.pages
		e.objects = append(e.objects, o)
	}
	e.load = &load{rng: seeded(1), c: &e.config, n: len(e.objects)}
	for f := 2 * pages; f > 0; f-- { // an object may have two backings in system memory
		e.frames = append(e.frames, uint32(f-1))
	}
	e.mem = newMemory(c.PageBytes/8, c.Region.Managed(), uint64(2*pages)*strategies.MinPage)
	return e, e.populate()
}

// start starts the goroutines, if there are workers, and returns a function that ends
// them.
func (e *engine) start() (stop func()) {
	var running sync.WaitGroup
	serve := func(step func() bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		for !e.stopped {
			if step() {
				e.changed.Broadcast()
			} else {
				e.changed.Wait()
			}
		}
	}
	for range e.config.Workers {
		running.Go(func() { serve(e.finishStep) })
	}
	if e.config.Workers > 0 {
		for _, step := range []func() bool{e.copyStep, e.bindStep, e.captureStep} {
			running.Go(func() { serve(step) })
		}
	}
	return func() {
		e.mu.Lock()
		e.stopped = true
		e.mu.Unlock()
		e.changed.Broadcast()
		running.Wait()
	}
}

// populate gives all objects system memory and contents.
func (e *engine) populate() error {
	var pages []uint64
	for _, o := range e.objects {
		b := e.newBacking(o, false)
		if err := e.allocate(b); err != nil {
			return fmt.Errorf("migrate: setting up object %d: %w", o.id, err)
		}
		e.describe(b)
		e.rules.current(&b.owner)
		o.memory = b
		pages, _ = b.own.pages(e.rules, pages[:0], o.pages)
		e.mem.fill(pages, o.image())
	}
	return nil
}

// drain takes down all bindings and waits until no work is left.
func (e *engine) drain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, o := range e.objects {
		if o.vma.isBound() {
			e.closeVMA(o.vma)
			e.result.Unbinds++
		}
	}
	e.wait(func() bool { return e.jobs == 0 })
}

// close verifies the contents of every object and frees everything.
func (e *engine) close() error {
	var errs []error
	var pages []uint64
	for _, o := range e.objects {
		b := o.memory
		pages, _ = b.own.pages(e.rules, pages[:0], o.pages)
		if !o.unknown {
			if err := e.mem.checkAll(pages, o.image()); err != nil {
				errs = append(errs, fmt.Errorf("migrate: at the end: %w", err))
			}
		}
		e.rules.ahead(e.store, &b.owner)
		e.rules.freed(e.store, &b.owner)
		e.giveBack(b)
	}
	if err := e.vram.Close(); err != nil {
		errs = append(errs, err)
	}
	if e.store.live != 0 || e.store.bytes != 0 {
		errs = append(errs, fmt.Errorf("migrate: %d tables of %d bytes were not released", e.store.live, e.store.bytes))
	}
	if e.config.Tracker != nil {
		errs = append(errs, e.config.Tracker.Leaks())
	}
	return errors.Join(errs...)
}

// summary completes the result.
func (e *engine) summary() Result {
	r := e.result
	r.Hazards = r.CaptureHazards + r.RecoveryHazards + r.BindHazards
	r.PeakTables, r.PeakBytes = e.store.peak, e.store.peakBytes
	if n := len(e.samples); n > 0 {
		slices.Sort(e.samples)
		r.CaptureP50, r.CaptureP99 = e.samples[n/2], e.samples[n-1-n/100]
	}
	return r
}
