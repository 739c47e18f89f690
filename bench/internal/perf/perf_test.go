package perf

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// fake is a group of made-up counters: each counts what was done, by a factor.
type fake struct {
	done   *uint64
	before uint64
	times  []uint64
	open   *int
	busy   bool
}

func (f *fake) start() error {
	f.before = *f.done
	return nil
}

func (f *fake) stop() ([]uint64, error) {
	if f.busy {
		return nil, ErrBusy
	}
	var out []uint64
	for _, t := range f.times {
		out = append(out, t*(*f.done-f.before))
	}
	return out, nil
}

func (f *fake) close() { *f.open-- }

// fakes opens groups of at most so many events, of which those with a config have a counter.
func fakes(done *uint64, open *int, most int, busy bool) opener {
	return func(events []Event) (group, error) {
		g := &fake{done: done, open: open, busy: busy}
		for _, e := range events {
			if e.config == 0 {
				return nil, fmt.Errorf("%s: none", e.Name)
			}
			g.times = append(g.times, e.config)
		}
		if len(events) > most {
			return nil, errors.New("too many")
		}
		*open++
		return g, nil
	}
}

// Only what happens within is counted, and the counters are closed whatever happens.
func TestCount(t *testing.T) {
	done, open := uint64(100), 0
	a, b, none := Event{Name: "a", config: 1}, Event{Name: "b", config: 10}, Event{Name: "c"}
	work := func() { done += 7 }
	got, err := count(fakes(&done, &open, 4, false), work, []Event{a, b})
	if err != nil || !slices.Equal(got, []uint64{7, 70}) || open != 0 {
		t.Errorf("%v, %v, %d groups open; want 7 and 70", got, err, open)
	}
	if _, err := count(fakes(&done, &open, 4, true), work, []Event{a}); !errors.Is(err, ErrBusy) || done != 114 || open != 0 {
		t.Errorf("busy: %v, %d done, %d groups open", err, done, open)
	}
	if _, err := count(fakes(&done, &open, 4, false), work, []Event{a, none}); err == nil || done != 114 {
		t.Errorf("without a counter: %v, %d done", err, done)
	}
	func() {
		defer func() { recover() }()
		count(fakes(&done, &open, 4, false), func() { panic("a broken rule") }, []Event{a})
	}()
	if open != 0 {
		t.Errorf("%d groups open after a panic", open)
	}
}

// What has no counter is left out, with a reason; what cannot be counted together is not.
func TestAvailable(t *testing.T) {
	a, b, none := Event{Name: "a", config: 1}, Event{Name: "b", config: 10}, Event{Name: "c"}
	for _, test := range []struct {
		events []Event
		most   int
		want   int
		err    string
	}{
		{[]Event{a, b}, 4, 2, ""}, {[]Event{a, none, b}, 4, 2, "c: none"}, {[]Event{none}, 4, 0, "c: none"},
		{[]Event{a, b}, 1, 0, "too many"}, {[]Event{a}, 1, 1, ""},
	} {
		done, open := uint64(0), 0
		got, err := available(fakes(&done, &open, test.most, false), test.events)
		if fmt.Sprint(err) != test.err && !(err == nil && test.err == "") || len(got) != test.want || open != 0 {
			t.Errorf("%v of at most %d: %v, %v, %d groups open", test.events, test.most, got, err, open)
		}
	}
}
