package migrate

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
)

// TestBindHazard: a binding whose table was released before it was written is a hazard and
// is skipped; it is neither bound nor known.
func TestBindHazard(t *testing.T) {
	c, err := Config{Strategy: buddy.Strategy, Lifetime: Lifetime{"resource", "", withResource{}}, Objects: 2}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEngine(c)
	if err != nil {
		t.Fatal(err)
	}
	o := e.objects[1]
	bind := func(stale bool) *vma {
		v := &vma{obj: o, snap: e.rules.take(e.store, &o.memory.own, "vma")}
		if stale {
			v.snap.gen++ // as if the memory had been freed since
		}
		e.mu.Lock() // steps are called with the lock held
		defer e.mu.Unlock()
		e.writeEntries(v)
		return v
	}
	if v := bind(false); !v.bound || !v.known || e.result.Binds != 1 || e.result.BindsSkipped != 0 {
		t.Errorf("%s: bound %v, %+v", c.Lifetime.Name, v.bound, e.result)
	}
	if v := bind(true); v.bound || v.known || e.result.Binds != 1 || e.result.BindsSkipped != 1 || e.result.BindHazards != 1 {
		t.Errorf("%s, late: bound %v, %+v", c.Lifetime.Name, v.bound, e.result)
	}
	if err := e.close(); err != nil {
		t.Error(err)
	}
}
