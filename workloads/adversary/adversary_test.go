package adversary

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/fit"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/radix"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

const page = strategies.MinPage

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// target is a small one.
func target(s strategies.Strategy, aim Objective, live, largest uint64) Target {
	return Target{Strategy: s, Aim: aim, Page: page, Live: live * page, Largest: largest * page}
}

// searched is a search of so many evaluations.
func searched(t *testing.T, of Target, seed uint64, evaluations int) *Search {
	t.Helper()
	s := must(NewSearch(of, seed))
	if err := s.Run(context.Background(), evaluations, nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// playLess ends the growths of a test early.
func playLess(t *testing.T) {
	most := growthWork
	t.Cleanup(func() { growthWork = most })
	growthWork = 1 << 21
}

// TestSame wants the same search twice, and after a stop anywhere. Each goes on behind the
// programs with which it begins.
func TestSame(t *testing.T) {
	playLess(t)
	for _, aim := range Objectives() {
		of := target(must(one("buddy_next")), aim, 64, 16)
		if aim == Visits {
			of = target(must(one("buddy_next")), aim, 512, 4) // with fewer pages nothing grows
		}
		first := len(of.First())
		most, stop := first+40, first+11
		whole := searched(t, of, 7, most)
		if len(whole.Best) == 0 {
			t.Fatalf("%s: nothing is found", aim)
		}
		dir := t.TempDir()
		if err := searched(t, of, 7, stop).Save(dir); err != nil {
			t.Fatal(err)
		}
		resumed := must(Load(dir, of, 7))
		if err := resumed.Run(context.Background(), most, nil); err != nil {
			t.Fatal(err)
		}
		if text(t, resumed) != text(t, whole) {
			t.Errorf("%s: a search that was resumed finds something else", aim)
		}
		if other := searched(t, of, 8, most); text(t, other) == text(t, whole) {
			t.Errorf("%s: another seed finds the same", aim)
		}
		var traces [2]bytes.Buffer
		for i, s := range []*Search{whole, resumed} {
			if err := must(of.Prove(context.Background(), s.Best[0])).Write(&traces[i]); err != nil {
				t.Fatal(err)
			}
		}
		if traces[0].String() != traces[1].String() {
			t.Errorf("%s: the traces differ", aim)
		}
	}
}

func one(name string) (strategies.Strategy, error) {
	s, ok := all.Lookup(name)
	if !ok {
		return s, errors.New("no strategy " + name)
	}
	return s, nil
}

func text(t *testing.T, s *Search) string {
	t.Helper()
	return string(must(json.Marshal(struct {
		Done int
		Best []Attack
	}{s.Done, s.Best})))
}

// TestInterrupted keeps what was done.
func TestInterrupted(t *testing.T) {
	of := target(radix.Strategy, Space, 32, 8)
	s := must(NewSearch(of, 1))
	ctx, cancel := context.WithCancel(context.Background())
	err := s.Run(ctx, 1000, func(s *Search) {
		if s.Done == 25 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || s.Done != 25 || text(t, s) != text(t, searched(t, of, 1, 25)) {
		t.Errorf("stopped after %d: %v", s.Done, err)
	}
	p := must(of.Prove(ctx, s.Best[0]))
	if p.From != len(p.Ops) {
		t.Errorf("shrunk from %d to %d though the search was stopped", p.From, len(p.Ops))
	}
	if err := p.Check(context.Background(), radix.Strategy); err != nil {
		t.Error(err)
	}
}

// TestBeatsRandom gives chance as many programs as the search.
func TestBeatsRandom(t *testing.T) {
	of := target(strategytest.Reference, Space, 64, 16)
	const evaluations = 300
	found := searched(t, of, 1, evaluations).Best[0].Value
	b := breeder{top: 4}
	best := 0.0
	for i := range evaluations {
		b.dice = diceFor(1, i)
		best = max(best, must(of.Evaluate(b.random())).Value)
	}
	if found <= best {
		t.Errorf("the search needs %.3f of what is live, chance %.3f", found, best)
	}
}

// slow counts the live objects as visits of each request: a walk along a list.
type slow struct {
	strategies.Allocator
	live, visits uint64
}

func (s *slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	s.visits += s.live
	blocks, err := s.Allocator.Alloc(dst, r)
	if err == nil {
		s.live++
	}
	return blocks, err
}
func (s *slow) Free(b []strategies.Block)     { s.live--; s.Allocator.Free(b) }
func (s *slow) Counters() strategies.Counters { return strategies.Counters{Visits: s.visits} }

// TestGrowth finds a walk that is planted, and none in a constant.
func TestGrowth(t *testing.T) {
	planted := strategytest.Reference
	planted.Name = "slow"
	planted.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := strategytest.Reference.New(r)
		return &slow{Allocator: a}, err
	}
	of := target(planted, Visits, 1024, 8)
	s := searched(t, of, 1, 4)
	if len(s.Best) == 0 || s.Best[0].Value < 0.8 {
		t.Fatalf("the walk is not found: %v", s.Best)
	}
	playLess(t)
	worst, _, err := s.Worst(context.Background())
	p := must(of.Prove(context.Background(), must(worst, err)))
	if l, ok := p.Growth.Law(); !ok || l.Kind != fit.PowerLaw || l.Exponent < 0.8 {
		t.Errorf("growth %v", p.Growth)
	}
	read := reread(t, p)
	if err := errors.Join(read.Check(context.Background(), planted), read.CheckGrowth(context.Background(), planted)); err != nil {
		t.Error(err)
	}
	last := len(p.Growth.Visits) - 1
	p.Growth.Visits[last]++
	if err := p.CheckGrowth(context.Background(), planted); err == nil || !strings.Contains(err.Error(), "the claim is false") {
		t.Errorf("a false growth: %v", err)
	}
	if a := must(target(strategytest.Reference, Visits, 1024, 8).Evaluate(s.Best[0].Program)); a.Value != 0 || a.Seen != 0 {
		t.Errorf("growth %v, %v visits of a strategy that counts nothing", a.Value, a.Seen)
	}
}

// reread writes a proof and reads it.
func reread(t *testing.T, p Proof) Proof {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b, "an attack"); err != nil {
		t.Fatal(err)
	}
	return must(ReadProof(must(trace.NewReader(&b, "x.trace")), "x.trace"))
}

// TestProofs shrinks traces, writes them and checks their claims; none that was changed
// passes.
func TestProofs(t *testing.T) {
	ctx := context.Background()
	for _, aim := range []Objective{Space, Refusal, Segments} {
		s := must(one("buddy"))
		of := target(s, aim, 64, 16)
		best := searched(t, of, 3, 120).Best[0]
		p := must(of.Prove(ctx, best))
		_, ops, err := of.Trace(best)
		whole := must(Measure(s, p.Region, must(ops, err), aim, 1))
		if !p.Claim.holds(whole) || len(p.Ops) > p.From || p.From != len(ops) {
			t.Errorf("%s: shrunk from %d to %d operations: %v is less than %v", aim, p.From, len(p.Ops), p.Claim, whole)
		}
		read := reread(t, p)
		if read.Claim.String() != p.Claim.String() {
			t.Errorf("%v is read as %v", p.Claim, read.Claim)
		}
		if err := read.Check(ctx, s); err != nil {
			t.Error(err)
		}
		_, values := read.Claim.fields()
		for _, v := range values {
			*v++
			if err := read.Check(ctx, s); err == nil {
				t.Errorf("the false claim %v passes", read.Claim)
			}
			*v--
		}
		if err := read.Check(ctx, radix.Strategy); err == nil {
			t.Error("a claim about another strategy passes")
		}
		read.Ops = read.Ops[:len(read.Ops)-1]
		if err := read.Check(ctx, s); err == nil {
			t.Errorf("%s: the claim passes without the last operation", aim)
		}
	}
}

// TestShrink leaves out the objects that do not matter, and keeps the end.
func TestShrink(t *testing.T) {
	var ops []workloads.Op
	for i := range uint32(200) {
		ops = append(ops, workloads.Op{Slot: i, Req: strategies.Request{Size: page * uint64(i+1)}})
		if i%2 == 0 {
			ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: i})
		}
	}
	ops = append(ops, workloads.Op{Slot: 200, Req: strategies.Request{Size: page}})
	got := Shrink(ops, 1, func(ops []workloads.Op) bool {
		sum, last := uint64(0), ops[len(ops)-1]
		for _, op := range ops {
			if op.Kind == workloads.Alloc && (op.Req.Size == 7*page || op.Req.Size == 90*page) {
				sum++
			}
		}
		return sum == 2 && last.Req.Size == page
	})
	var sizes []uint64
	for i, op := range got {
		sizes = append(sizes, op.Req.Size/page)
		if op.Slot != uint32(i) {
			t.Errorf("slot %d of operation %d", op.Slot, i)
		}
	}
	if !slices.Equal(sizes, []uint64{7, 90, 1}) {
		t.Errorf("shrunk to %v", sizes)
	}
}

// TestText reads claims and programs, and no others.
func TestText(t *testing.T) {
	for _, text := range []string{
		"buddy refuses 262144 bytes with 2031616 of 2097152 free, at most 1048576 live",
		"buddy grants 262144 bytes in 10 segments with 1310720 of 2097152 free, at most 1048576 live",
		"tlsf visits 4128768 places in the last 2048 operations, at most 8388608 live",
	} {
		if c, err := ParseClaim(text); err != nil || c.String() != text {
			t.Errorf("%q is read as %v (%v)", text, c, err)
		}
		for _, bad := range []string{text + " ", text[:len(text)-1], "B" + text, strings.Replace(text, "8", "-8", 1)} {
			if c, err := ParseClaim(bad); err == nil {
				t.Errorf("%q is read as %v", bad, c)
			}
		}
	}
	for _, p := range target(radix.Strategy, Space, 64, 16).Constructions() {
		if q, err := ParseProgram(string(must(json.Marshal(p)))); err != nil || q.String() != p.String() {
			t.Errorf("%v is read as %v (%v)", p, q, err)
		}
	}
	for _, bad := range []string{"", "[]", "[{}", `[{"rule":"eat"}]`, `[{"from":31}]`, `[{"share":17}]`, "[" + strings.Repeat("{},", mostPhases) + "{}]"} {
		if p, err := ParseProgram(bad); err == nil {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
	const growth = "n^1.00; visits an operation 16.00 33.00 67.00 135.00 271.00 543.00 1087.00, from 512 pages live on, requests of at most 64"
	if g, err := parseGrowth(growth); err != nil || g.String() != growth {
		t.Errorf("%q is read as %v (%v)", growth, g, err)
	}
	for _, bad := range []string{"", growth[1:], growth + "4", growth[:len(growth)-3], strings.Replace(growth, "512", "0", 1),
		strings.Replace(growth, "512", "99999999", 1), strings.Replace(growth, "16.00", "16.001", 1), strings.Replace(growth, "n^1.00", "n^1.01", 1),
		strings.Replace(growth, " 33.00", "", 1), strings.Replace(growth, "33.00", "x", 1)} {
		if g, err := parseGrowth(bad); err == nil {
			t.Errorf("%q is read as %v", bad, g)
		}
	}
}

// TestLoad refuses what is no search, or another one.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	of := target(radix.Strategy, Space, 32, 8)
	if _, err := Load(dir, of, 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if err := searched(t, of, 1, 20).Save(dir); err != nil {
		t.Fatal(err)
	}
	other := of
	other.Live *= 2
	if _, err := Load(dir, other, 1); err == nil || !strings.Contains(err.Error(), "live 131072, not 262144") {
		t.Errorf("another limit: %v", err)
	}
	if _, err := Load(dir, of, 2); err == nil {
		t.Error("another seed is taken")
	}
	path := filepath.Join(dir, StateFile)
	whole := must(os.ReadFile(path))
	for _, change := range [][2]string{{`"done": 20`, `"done": -1`}, {`"rule": "occupy"`, `"rule": "eat"`}, {`"region": `, `"region": 9`}, {"{", "["}} {
		bad := strings.Replace(string(whole), change[0], change[1], 1)
		if bad == string(whole) {
			t.Fatalf("no %s in it", change[0])
		}
		if err := os.WriteFile(path, []byte(bad), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, of, 1); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
}

// TestTargets refuses what no game can be played with.
func TestTargets(t *testing.T) {
	good := target(radix.Strategy, Space, 32, 8)
	for what, change := range map[string]func(t *Target){
		"a page of 1":          func(t *Target) { t.Page = 1 },
		"no live bytes":        func(t *Target) { t.Live = 0 },
		"live no multiple":     func(t *Target) { t.Live += page },
		"too much":             func(t *Target) { t.Live = 1 << 60 },
		"no request":           func(t *Target) { t.Largest = 0 },
		"a request above":      func(t *Target) { t.Largest = t.Live + page },
		"an unknown objective": func(t *Target) { t.Aim = "fame" },
	} {
		bad := good
		change(&bad)
		if _, err := NewSearch(bad, 1); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// TestClearMemory plays the worst programs for buddy again, without requests for clear memory
// and without frees of cleared memory: most of what they do comes from these.
func TestClearMemory(t *testing.T) {
	buddy := must(one("buddy"))
	for _, p := range must(Corpus()) {
		var aim Objective
		switch p.Name {
		case "buddy_region_16.trace.gz", "buddy_region_64.trace.gz":
			aim = Space
		case "buddy_segments_64.trace.gz":
			aim = Segments
		default:
			continue
		}
		plain := slices.Clone(p.Program)
		for i := range plain {
			plain[i].Flags &^= Clear | Cleared | Mixed
		}
		of := UsualTarget(buddy, aim, 64)
		if strings.Contains(p.Name, "_16") {
			of.Largest = 16 * worstPage
		}
		with, without := must(of.Evaluate(p.Program)), must(of.Evaluate(plain))
		t.Logf("%s: %.3g, and %.3g without clear memory", p.Name, with.Value, without.Value)
		if with.Value < 3*without.Value {
			t.Errorf("%s: %.3g, and %.3g without clear memory: say so in doc/attack.md", p.Name, with.Value, without.Value)
		}
	}
}
