package bench

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/pprof/profile"

	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestProfile takes profiles that are too short to show much, and looks at what
// is said of the samples.
func TestProfile(t *testing.T) {
	c := tiny(t)
	c.Profile = true
	last, steps := 0, 0
	c.Progress = func(p Progress) { last, steps = p.Done, p.Total }
	r := newRunner(c)
	r.profileFor = 100 * time.Millisecond
	err := r.run(context.Background())
	skipProfiled(t, err)
	if err != nil {
		t.Fatal(err)
	}
	if last != steps || steps != tinySteps+len(c.Strategies) {
		t.Errorf("step %d of %d, want %d in all", last, steps, tinySteps+len(c.Strategies))
	}
	for _, s := range c.Strategies {
		data, err := os.ReadFile(filepath.Join(c.Dir, schema.Profiles, schema.ProfileFile(s.Name)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.ParseData(data)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		for _, sample := range p.Sample {
			if got := sample.Label["strategy"]; len(got) > 0 && got[0] != s.Name {
				t.Errorf("the profile of %s has a sample of %v", s.Name, got)
			}
		}
	}
}

// skipProfiled skips a test that cannot have a profile because of go test -cpuprofile.
func skipProfiled(t *testing.T, err error) {
	if err != nil && strings.Contains(err.Error(), "already in use") {
		t.Skip(err)
	}
}

// watched sleeps 100 us in each request.
type watched struct {
	strategies.Allocator
	seen func()
}

func (w watched) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	w.seen()
	time.Sleep(100 * time.Microsecond)
	return w.Allocator.Alloc(dst, r)
}

// TestProfilePhases: four fifths of the time go into replays and one into tables, and
// the labels of either say so.
func TestProfilePhases(t *testing.T) {
	labels := func() string {
		var b strings.Builder
		pprof.Lookup("goroutine").WriteTo(&b, 1)
		return b.String()
	}
	began := make(map[string]time.Duration)
	ended := make(map[string]time.Duration)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		watch := false
		seen := func(phase string) {
			if !watch {
				return
			}
			if _, again := began[phase]; !again {
				began[phase] = time.Since(start)
				if want := `"phase":"` + phase + `", "strategy":"watched", "workload":"churn"`; !strings.Contains(labels(), want) {
					t.Errorf("no goroutine has the labels %s", want)
				}
			}
			ended[phase] = time.Since(start)
		}
		s := churn.FirstFit
		s.Name = "watched"
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := churn.FirstFit.New(r)
			return watched{a, func() { seen("replay") }}, err
		}
		b := sgtable.Builder{Name: "watched", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
			seen("sgtable")
			time.Sleep(100 * time.Microsecond)
			return p.Built(p.Take(1)[:1])
		}}
		load, err := subject.NewLoad(churn.Workload("churn", 20), 1, 60)
		if err != nil {
			t.Fatal(err)
		}
		pair := &subject.Subject{Strategy: s, Load: load}
		if err := pair.Prepare([]sgtable.Builder{b}); err != nil {
			t.Fatal(err)
		}
		watch, start = true, time.Now()
		if err := underProfile(context.Background(), pair, b, 10*time.Second); err != nil {
			t.Fatal(err)
		}
	})
	for phase, want := range map[string][2]time.Duration{"replay": {0, 8 * time.Second}, "sgtable": {8 * time.Second, 10 * time.Second}} {
		for i, got := range []time.Duration{began[phase], ended[phase]} {
			if got < want[i]-50*time.Millisecond || got > want[i]+50*time.Millisecond {
				t.Errorf("%s: from %v to %v, want %v to %v", phase, began[phase], ended[phase], want[0], want[1])
				break
			}
		}
	}
}

// TestProfileCollects: a profile begins with a collected heap.
func TestProfileCollects(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := profileOf(t.Context(), nil, sgtable.Builder{}, time.Second)
	skipProfiled(t, err)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.NumForcedGC - before.NumForcedGC; n != 1 {
		t.Errorf("the heap was collected %d times, want once", n)
	}
}

// TestProfileOfNoTime: in no time there is no replay and one batch of tables, which is one
// table of 100 us, behind one that warms up and one that finds out what a batch is.
func TestProfileOfNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests, tables := 0, 0
		s := churn.FirstFit
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := churn.FirstFit.New(r)
			return watched{a, func() { requests++ }}, err
		}
		b := sgtable.Builder{Name: "watched", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
			tables++
			time.Sleep(100 * time.Microsecond)
			return p.Built(p.Take(1)[:1])
		}}
		w := churn.Workload("one", 1)
		w.Ops = func(uint64, int) []workloads.Op { return []workloads.Op{{Req: strategies.Request{Size: 4096}}} }
		load, err := subject.NewLoad(w, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		pair := &subject.Subject{Strategy: s, Load: load}
		if err := pair.Prepare([]sgtable.Builder{b}); err != nil {
			t.Fatal(err)
		}
		requests, tables = 0, 0
		if err := underProfile(t.Context(), pair, b, 0); err != nil || requests != 0 || tables != 3 {
			t.Errorf("%d requests and %d tables, want 0 and 3; error %v", requests, tables, err)
		}
	})
}

// TestProfileShares: the subjects of a strategy share its time, a second each of two.
func TestProfileShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := churn.FirstFit
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			a, err := churn.FirstFit.New(r)
			return watched{a, func() {}}, err
		}
		b := sgtable.Builder{Name: "watched", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
			time.Sleep(100 * time.Microsecond)
			return p.Built(p.Take(1)[:1])
		}}
		load, err := subject.NewLoad(churn.Workload("churn", 20), 1, 60)
		if err != nil {
			t.Fatal(err)
		}
		pair := &subject.Subject{Strategy: s, Load: load}
		if err := pair.Prepare([]sgtable.Builder{b}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		err = inTurn(t.Context(), []*subject.Subject{pair, pair}, b, 2*time.Second)
		if took := time.Since(start); err != nil || took < 1950*time.Millisecond || took > 2300*time.Millisecond {
			t.Errorf("%v, want 2 s; error %v", took, err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if err := inTurn(ended, []*subject.Subject{pair}, b, time.Second); err != context.Canceled {
			t.Errorf("error %v, want that of the context", err)
		}
	})
}
