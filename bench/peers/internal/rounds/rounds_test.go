package rounds

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

func load(t *testing.T, name string) workloads.Workload {
	t.Helper()
	w, ok := workloads.Lookup(name)
	if !ok {
		t.Fatalf("no load %s", name)
	}
	return w
}

// spy is a strategy that notes in which order allocators are made.
func spy(s strategies.Strategy, made *[]string) strategies.Strategy {
	plain := s.New
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		*made = append(*made, s.Name)
		return plain(r)
	}
	return s
}

// TestRounds: counts and metadata are those of a plain replay, and in each round
// every strategy has its turn, another one first.
func TestRounds(t *testing.T) {
	const ops = 30_000
	var made []string
	list := []strategies.Strategy{spy(buddy.Strategy, &made), spy(rangemgr.Strategy, &made)}
	w := load(t, "page1g")
	b, err := New(w, ops, list)
	if err != nil {
		t.Fatal(err)
	}
	made = nil
	for range 3 {
		if err := b.Round(); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(made, " "), "buddy rangemgr rangemgr buddy buddy rangemgr"; got != want {
		t.Errorf("replayed in the order %s, want %s", got, want)
	}
	for i, e := range b.Entries {
		stream := w.Ops(1, ops)
		live := replay.NewLive(stream)
		a, err := list[i].New(w.Region)
		if err != nil {
			t.Fatal(err)
		}
		if want := replay.Replay(a, stream, live); e.Counts != want {
			t.Errorf("%s: counts %+v, want %+v", e.Strategy.Name, e.Counts, want)
		}
		if len(e.Times) != 3 || e.Served() != 100 || e.Live != e.Counts.Requests-e.Counts.Frees {
			t.Errorf("%s: %d times, %v %% served, %d live of %+v", e.Strategy.Name, len(e.Times), e.Served(), e.Live, e.Counts)
		}
	}
	// What the range manager reports itself is nearly all that it holds.
	e := b.Entries[1]
	if per := e.MetadataPerGrant(); per < 24 || per > 80 {
		t.Errorf("%s: %v bytes a grant", e.Strategy.Name, per)
	}
}

// TestTable: the table has the room that the replay needs, so that a replay
// with it takes nothing from the heap for it.
func TestTable(t *testing.T) {
	b, err := New(load(t, "small8g"), 20_000, []strategies.Strategy{replay.Null, buddy.Strategy})
	if err != nil {
		t.Fatal(err)
	}
	e := b.Entries[0]
	a, err := replay.Null.New(b.Load.Region)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(3, func() {
		replay.Replay(a, b.ops, e.table)
		e.table.Drain(a)
	}); n != 0 {
		t.Errorf("a replay took %v objects from the heap", n)
	}
}

// TestCountsDiffer: a strategy that does not do the same twice is found out.
func TestCountsDiffer(t *testing.T) {
	made := 0
	moody := strategies.Strategy{Name: "moody", Doc: "refuses from the third allocator on", New: func(r strategies.Region) (strategies.Allocator, error) {
		if made++; made > 2 {
			r.Size = r.Page
		}
		return buddy.Strategy.New(r)
	}}
	b, err := New(load(t, "page1g"), 2_000, []strategies.Strategy{moody})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Round(); err == nil || !strings.Contains(err.Error(), "page1g, strategy moody: counted") {
		t.Errorf("error %v", err)
	}
}

// TestRatios: each time is divided by the base's of the same round.
func TestRatios(t *testing.T) {
	base, e := &Entry{Times: []float64{10, 100}}, &Entry{Times: []float64{5, 10}}
	if got := e.Ratios(base); len(got) != 2 || got[0] != 0.5 || got[1] != 0.1 {
		t.Errorf("ratios %v, want 0.5 and 0.1", got)
	}
}

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		q, want float64
	}{
		{[]float64{7}, 0.5, 7},
		{[]float64{7}, 1, 7},
		{[]float64{3, 1, 2}, 0.5, 2},
		{[]float64{4, 1, 3, 2}, 0.5, 2.5},
		{[]float64{5, 1, 2, 4, 3}, 0.25, 2},
		{[]float64{5, 1, 2, 4, 3}, 1, 5},
		{[]float64{5, 1, 2, 4, 3}, 0, 1},
	} {
		if got := Quantile(c.values, c.q); got != c.want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", c.values, c.q, got, c.want)
		}
	}
}
