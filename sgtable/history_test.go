package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// The users of a table in these tests. Histories must contain their names.

func captureGets(r *sgtable.Ref) { r.Get("capture") }
func captureTries(r *sgtable.Ref) bool {
	return r.TryGet("capture")
}
func bindPuts(r *sgtable.Ref) { r.Put("bind") }

func tracked(t *sgtable.Tracker, name string) *sgtable.Ref {
	r := sgtable.NewRef(segments(1, 1), page, nil)
	r.Track(t, name)
	return r
}

func TestTrackerPanics(t *testing.T) {
	tests := []struct {
		name    string
		mistake func(r *sgtable.Ref)
		want    []string // in this order
	}{
		{"a put by who has none", func(r *sgtable.Ref) { captureGets(r); bindPuts(r) }, []string{
			`sgtable: "bind" puts a table that it does not hold: "object 5" of 4096 bytes`,
			`1: init "owner", 1 held, at sgtable_test.tracked (history_test.go:`,
			`2: get "capture", 2 held, at sgtable_test.captureGets (history_test.go:`,
			`3: put "bind", 2 held, at sgtable_test.bindPuts (history_test.go:`}},
		{"a second put", func(r *sgtable.Ref) { captureGets(r); r.Put("capture"); r.Put("capture") }, []string{
			`"capture" puts a table that it does not hold`, `3: put "capture", 1 held`, `4: put "capture", 1 held`}},
		{"a put after the release", func(r *sgtable.Ref) { r.Put(sgtable.Owner); bindPuts(r) }, []string{
			`"bind" puts a table that was released`, `2: put "owner", 0 held`, `3: put "bind", 0 held, at sgtable_test.bindPuts`}},
		{"a get after the release", func(r *sgtable.Ref) { r.Put(sgtable.Owner); captureGets(r) }, []string{
			`"capture" gets a table that was released`, `3: get "capture", 0 held, at sgtable_test.captureGets`}},
		{"a read after the release", func(r *sgtable.Ref) { r.Put(sgtable.Owner); r.Table() }, []string{
			`a table was read after its release: "object 5"`, `2: put "owner", 0 held`, `3: read, 0 held, at sgtable_test.TestTrackerPanics`}},
		{"handing on what one does not hold", func(r *sgtable.Ref) { r.Hand("bind", "capture") }, []string{
			`"bind" hands on a table that it does not hold`, `2: hand by "bind", 1 held`}},
		{"a put by who has handed it on", func(r *sgtable.Ref) { r.Hand(sgtable.Owner, "cache"); r.Put(sgtable.Owner) }, []string{
			`"owner" puts a table that it does not hold`, `2: hand by "owner", 0 held`, `3: hand to "cache", 1 held`}},
		{"tables set and taken", func(r *sgtable.Ref) { r.SetTable(nil); r.SetTable(segments(2, 1)); bindPuts(r) }, []string{
			`2: unset, 1 held`, `3: set, 1 held`, `4: put "bind"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := tracked(sgtable.NewTracker(), "object 5")
			got := panicOf(func() { tt.mistake(r) })
			rest := got
			for _, want := range tt.want {
				i := strings.Index(rest, want)
				if i < 0 {
					t.Fatalf("panics with\n%s\nwant, after what was found, %s", got, want)
				}
				rest = rest[i+len(want):]
			}
			if strings.Contains(got, "(*Ref)") || strings.Contains(got, "(*history)") {
				t.Errorf("the history shows this package itself:\n%s", got)
			}
		})
	}
}

// TestTrackerRefusalChangesNothing: a caller that recovers from a refused call can go
// on.
func TestTrackerRefusalChangesNothing(t *testing.T) {
	tracker := sgtable.NewTracker()
	r := tracked(tracker, "t")
	captureGets(r)
	for range 3 {
		if panicOf(func() { bindPuts(r) }) == "" || r.Count() != 2 {
			t.Fatalf("count %d after a refused put, want 2", r.Count())
		}
	}
	r.Put("capture")
	r.Put(sgtable.Owner)
	if err := tracker.Leaks(); err != nil || !r.Released() {
		t.Errorf("released %v, leaks: %v", r.Released(), err)
	}
}

func TestTrackerHistoryIsBounded(t *testing.T) {
	r := tracked(sgtable.NewTracker(), "t")
	for range 1000 {
		r.Get("capture")
		r.Put("capture")
	}
	got := panicOf(func() { bindPuts(r) })
	lines := strings.Split(got, "\n")
	if len(lines) != 1+64 {
		t.Errorf("%d events, want the last 64", len(lines)-1)
	}
	// One init, 2000 gets and puts, and the one that is refused.
	if want := fmt.Sprintf("(the first %d events are not kept)", 2002-64); !strings.Contains(lines[0], want) {
		t.Errorf("the sentence is %s, want %s in it", lines[0], want)
	}
	for i, line := range lines[1:] {
		if want := fmt.Sprintf("\t%d: ", 2002-64+i+1); !strings.HasPrefix(line, want) {
			t.Fatalf("line %d is %q, want event%s", i, line, want)
		}
	}
	if !strings.Contains(lines[64], `put "bind"`) {
		t.Errorf("the last event is %q", lines[64])
	}
}

func TestTrackerLeaks(t *testing.T) {
	tracker := sgtable.NewTracker()
	if err := tracker.Leaks(); err != nil {
		t.Errorf("a tracker without tables: %v", err)
	}
	b, second, a := tracked(tracker, "b"), tracked(tracker, "a"), tracked(tracker, "a")
	captureGets(b)
	b.Put(sgtable.Owner)
	a.Get("bind")
	captureTries(a)
	a.Hand(sgtable.Owner, "cache")
	tracked(tracker, "clean").Put(sgtable.Owner)

	want := []string{ // tables by name, then age; holders by name
		`sgtable: table "a" of 4096 bytes was not released: "owner" holds it, taken at sgtable_test.tracked (history_test.go:N) < sgtable_test.TestTrackerLeaks (history_test.go:N)`,
		`sgtable: table "a" of 4096 bytes was not released: "bind" holds it, taken at sgtable_test.TestTrackerLeaks (history_test.go:N)`,
		`sgtable: table "a" of 4096 bytes was not released: "cache" holds it, taken at sgtable_test.TestTrackerLeaks (history_test.go:N)`,
		`sgtable: table "a" of 4096 bytes was not released: "capture" holds it, taken at sgtable_test.captureTries (history_test.go:N) < sgtable_test.TestTrackerLeaks (history_test.go:N)`,
		`sgtable: table "b" of 4096 bytes was not released: "capture" holds it, taken at sgtable_test.captureGets (history_test.go:N) < sgtable_test.TestTrackerLeaks (history_test.go:N)`,
	}
	if got := tracker.Live(); got != 3 {
		t.Errorf("%d tables are live, want 3", got)
	}
	err := tracker.Leaks()
	if err == nil {
		t.Fatal("no leaks found")
	}
	text := regexp.MustCompile(`:\d+\)| < testing.*`).ReplaceAllStringFunc(err.Error(), func(s string) string {
		if strings.HasPrefix(s, ":") {
			return ":N)"
		}
		return ""
	})
	if text != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", text, strings.Join(want, "\n"))
	}
	for range 10 {
		if again := tracker.Leaks(); again.Error() != err.Error() {
			t.Fatalf("Leaks differ from call to call: %v\nand %v", again, err)
		}
	}
	b.Put("capture")
	second.Put(sgtable.Owner)
	for _, holder := range []string{"capture", "bind", "cache"} {
		a.Put(holder)
	}
	if err := tracker.Leaks(); err != nil || tracker.Live() != 0 {
		t.Errorf("after all was put: %d live, %v", tracker.Live(), err)
	}
}

// refModel is the slow model of a tracked table: the number of references by holder.
type refModel map[string]int

func (m refModel) total() (n int) {
	for _, have := range m {
		n += have
	}
	return n
}

// TestTrackerModel does random gets, puts and hands, right and wrong. A tracked table
// panics exactly if the model has no such reference, and agrees with the model about
// counts and leaks.
func TestTrackerModel(t *testing.T) {
	holders := []string{sgtable.Owner, "bind", "capture", "recovery"}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		tracker := sgtable.NewTracker()
		r, model := tracked(tracker, "t"), refModel{sgtable.Owner: 1}
		for step := range 40 {
			op, who, to := rng.IntN(5), holders[rng.IntN(4)], holders[rng.IntN(4)]
			panics := modelStep(t, r, model, op, who, to)
			if panics || r.Count() != model.total() || r.Released() != (model.total() == 0) {
				t.Fatalf("seed %d step %d op %d by %q: panics otherwise than the model: %v; count %d, want %d",
					seed, step, op, who, panics, r.Count(), model.total())
			}
		}
		n := 0
		if err := tracker.Leaks(); err != nil {
			n = strings.Count(err.Error(), "holds it")
		}
		if n != model.total() {
			t.Fatalf("seed %d: %d leaks, want %d", seed, n, model.total())
		}
	}
}

// modelStep does one operation on both and reports whether only one of them panicked.
func modelStep(t *testing.T, r *sgtable.Ref, model refModel, op int, who, to string) (differs bool) {
	var got string
	ok := model[who] > 0
	switch op {
	case 0:
		ok = model.total() > 0
		got = panicOf(func() { r.Get(who) })
		if ok {
			model[who]++
		}
	case 1:
		if r.TryGet(who) != (model.total() > 0) {
			t.Error("TryGet differs from the model")
		}
		if ok = model.total() > 0; ok {
			model[who]++
		}
		return false
	case 2:
		got = panicOf(func() { r.Hand(who, to) })
		if ok {
			model[who]--
			model[to]++
		}
	default:
		got = panicOf(func() { r.Put(who) })
		if ok {
			model[who]--
		}
	}
	return (got == "") != ok
}

// TestTrackerConcurrent has one tracker and tables on several goroutines, while Leaks
// runs.
func TestTrackerConcurrent(t *testing.T) {
	tracker := sgtable.NewTracker()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 200 {
				r := tracked(tracker, fmt.Sprint(i, j))
				r.Get("capture")
				r.Put(sgtable.Owner)
				r.Put("capture")
			}
		})
	}
	for range 20 {
		_ = tracker.Leaks()
	}
	wg.Wait()
	if err := tracker.Leaks(); err != nil {
		t.Error(err)
	}
}

// Two users of an object's table: an error capture that outlives the owner's reference,
// and one that forgets its Put.
func ExampleTracker() {
	tracker := sgtable.NewTracker()
	table := []sgtable.Segment{{Addr: 1 << 20, Len: 64 << 10}}
	r := sgtable.NewRef(table, 64<<10, func(*sgtable.Ref) { fmt.Println("released") })
	r.Track(tracker, "object 5")

	r.Get("capture")
	r.Put(sgtable.Owner) // the object has moved on
	fmt.Println("capture walks", r.Table())
	line, _, _ := strings.Cut(tracker.Leaks().Error(), ", taken at")
	fmt.Println(line)
	r.Put("capture")
	fmt.Println(tracker.Leaks())
	// Output:
	// capture walks [{1048576 65536}]
	// sgtable: table "object 5" of 65536 bytes was not released: "capture" holds it
	// released
	// <nil>
}
