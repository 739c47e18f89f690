package bench

import (
	"fmt"
	"strconv"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/bench/schema"
)

// CanPin reports why [Config.Pin] cannot be used here; nil if it can.
func CanPin() error {
	_, err := thread.NewPin()
	return err
}

// A heldThread is what a run knows of the threads that measure.
type heldThread struct {
	clock   *thread.Clock // nil where there is none
	noClock error         // why
	pin     *thread.Pin   // nil if they wander
}

// newHeldThread finds out; pin says whether threads stay on a core, and that they can.
func newHeldThread(pin bool) (h heldThread) {
	if h.clock, h.noClock = thread.NewClock(); h.noClock != nil {
		h.clock = nil
	}
	if pin {
		h.pin, _ = thread.NewPin() // see CanPin
	}
	return h
}

// facts are those for the head of the files.
func (h heldThread) facts() (list []result.Fact) {
	if h.clock == nil {
		list = append(list, result.Fact{Key: schema.FactThreadClock, Value: fmt.Sprintf("none, so neither %s nor %s: %v", schema.CPUNs.Name, schema.AwayPct.Name, h.noClock)})
	}
	if h.pin != nil {
		list = append(list, result.Fact{Key: schema.FactPinned, Value: "core " + strconv.Itoa(h.pin.Core())})
	}
	return list
}

// held calls sample on the core of the pin, if there is one and the cell does not start
// goroutines that measure together.
func (c *cell) held(pin *thread.Pin) (lines []result.Line, err error) {
	if pin == nil || c.Crowd {
		return c.Sample()
	}
	if e := pin.Hold(func() { lines, err = c.Sample() }); e != nil {
		return nil, e
	}
	return lines, err
}
