package thread

import (
	"testing"

	"golang.org/x/sys/unix"
)

// cores are those that the calling thread may use.
func cores(t *testing.T) unix.CPUSet {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Skip(err)
	}
	return set
}

// TestHold: within the call the thread has one core, the last that it may use, and afterwards
// those it had; one hold within another is let go before it.
func TestHold(t *testing.T) {
	cores(t) // where the kernel says them, there is a pin
	p, err := NewPin()
	if err != nil {
		t.Fatal(err)
	}
	var none *Pin
	called := 0
	if err := none.Hold(func() { // so that all is seen on one thread
		before := cores(t)
		for core := p.Core() + 1; core < mostCores; core++ {
			if before.IsSet(core) {
				t.Errorf("core %d is not the last, %d may be used", p.Core(), core)
			}
		}
		held := func() {
			called++
			if now := cores(t); now.Count() != 1 || !now.IsSet(p.Core()) {
				t.Errorf("held on %v, want core %d", now, p.Core())
			}
		}
		if err := p.Hold(func() {
			held()
			if err := p.Hold(held); err != nil {
				t.Error(err)
			}
			held()
		}); err != nil {
			t.Error(err)
		}
		if cores(t) != before {
			t.Error("the thread may not use the cores that it had before")
		}
	}); err != nil {
		t.Error(err)
	}
	if called != 3 {
		t.Errorf("%d calls, want 3", called)
	}
}

// TestHoldPanic: a panic comes through, and the thread is let go.
func TestHoldPanic(t *testing.T) {
	cores(t) // where the kernel says them, there is a pin
	p, err := NewPin()
	if err != nil {
		t.Fatal(err)
	}
	(*Pin)(nil).Hold(func() {
		before := cores(t)
		func() {
			defer func() {
				if recover() != "fault" {
					t.Error("the panic is lost")
				}
			}()
			p.Hold(func() { panic("fault") })
		}()
		if cores(t) != before {
			t.Error("after a panic the thread is still held")
		}
	})
}

// TestHoldNowhere: a core that the process may not use is an error, and nothing is called.
func TestHoldNowhere(t *testing.T) {
	if may := cores(t); may.IsSet(mostCores - 1) {
		t.Skip("the core may be used")
	}
	err := (&Pin{mostCores - 1}).Hold(func() { t.Error("called") })
	if err == nil {
		t.Error("no error")
	}
}
