package managed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/workloads"
)

// rounds makes a long search of the comparison:
//
//	go test ./workloads/managed -run AgainstModel -timeout 0 -rounds 1000
var rounds = flag.Int("rounds", 25, "seeds of each comparison with the model")

// random is a stream on a region of 64 pages, with requests of all kinds.
func random(seed uint64, n int) (strategies.Region, []workloads.Op) {
	rng := rand.New(rand.NewPCG(seed, 1))
	region := strategies.Region{Size: 64 * page, Page: page}
	if seed%2 == 0 {
		region.Visible = 24 * page
	}
	var ops []workloads.Op
	live := make([]bool, 40)
	for len(ops) < n {
		slot := uint32(rng.IntN(len(live)))
		switch {
		case live[slot] && rng.IntN(8) == 0:
			ops = append(ops, workloads.Op{Kind: workloads.Trim, Slot: slot, Req: strategies.Request{Size: page}})
		case live[slot]:
			ops = append(ops, workloads.Op{Kind: workloads.Free + workloads.Kind(rng.IntN(2)), Slot: slot})
			live[slot] = false
		default:
			r := strategies.Request{Size: uint64(rng.IntN(6*page) + rng.IntN(2)), Flags: strategies.Flags(rng.IntN(16))}
			if rng.IntN(30) == 0 {
				r.Size *= 12 // more than the visible part, or the region
			}
			if r.Flags&strategies.Range != 0 {
				r.Hi = 24 * page
			}
			live[slot] = true
			ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: r})
			if rng.IntN(4) == 0 {
				r.Flags &^= strategies.Contiguous
				ops = append(ops, workloads.Op{Kind: workloads.Fallback, Slot: slot, Req: r})
			}
		}
	}
	return region, ops
}

// mixes are placements that differ in kind.
var mixes = []string{
	Default,
	"vram",
	"visible,vram+topdown,system",
	"bar=40%; mapped:visible; min=8KiB&share=50%:vram+desired,system; topdown:visible,vram; vram+contiguous",
	"contiguous:visible+desired,vram; share=10%:system; max=4096:vram+desired; visible,vram",
	"min=99GiB:vram; system",
	"min=12KiB:vram,priority=2; topdown:vram,priority=1,system; vram",
	"min=12KiB:vram,limit=30%,system; mapped:visible,limit=20%,priority=3; vram,limit=40%",
	"bar=40%; bad=12; mapped:visible; share=30%:vram,limit=10%,priority=1,system; vram",
	"share=40%:vram,bulk; share=40%:vram,bulk,priority=1; vram",
	"share=20%:vram,min=20%,system; share=40%:vram,low=30%,limit=50%; topdown:vram,min=10%,low=20%; vram,low=15%,system",
	"gtt=30%; mapped:visible,gtt; share=30%:gtt+topdown,system; share=30%:vram,gtt+fallback; vram",
	"bar=50%; tiles=2; mapped:visible; share=30%:tile1,tile0; share=20%:tile0+desired,system; vram",
	"tiles=3; bad=7; gtt=60%; mapped:visible,gtt,bulk; share=40%:vram,gtt+desired,limit=60%,min=30%; contiguous:tile2+topdown,gtt+fallback,bulk,priority=1; gtt,bulk,vram,low=40%",
	"gtt=40%; share=50%:gtt,vram+fallback,bulk; vram+fallback,limit=70%",
	"bar=40%; tiles=2; gtt=20%; share=40%:visible,vram+fallback,bulk; share=50%:gtt,visible,vram+fallback; visible,tile1+fallback,limit=60%",
}

// TestAgainstModel replays random streams on both reference strategies and on the model. All
// that is counted is the same.
func TestAgainstModel(t *testing.T) {
	seen, flows := Result{}, make(map[string]int)
	for seed := range uint64(*rounds) {
		region, ops := random(seed, 300)
		for i, text := range mixes {
			placements, err := ParsePlacements(text)
			if err != nil {
				t.Fatal(err)
			}
			behind := []strategies.Strategy{strategytest.Reference, strategytest.Scattering}[seed/2%2]
			c := Config{placements, []Pressure{25, 60, 80, 100, 130}[(seed+uint64(i))%5], seed, behind}
			p, err := NewPlan(region, ops, c)
			if strings.HasPrefix(text, "min=99GiB") {
				if err == nil {
					t.Fatal("a plan of a region for nothing")
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []strategies.Strategy{strategytest.Reference, strategytest.Scattering} {
				got, err := p.Run(t.Context(), strategies.Checked(s), Options{Check: 1})
				if err != nil {
					t.Fatal(err)
				}
				if want := replay(p, s); !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, %q at %v, %s on %v:\n%+v, the model\n%+v", seed, text, c.Pressure, s.Name, p.Region, got, want)
				}
				for cause := range seen.Out {
					seen.Out[cause].Objects += got.Out[cause].Objects
				}
				for _, f := range got.Flows {
					flows[f.From+" "+f.To] += f.Moves.Objects
				}
				seen.In.Objects, seen.System, seen.Missed, seen.Refused = seen.In.Objects+got.In.Objects, seen.System+got.System, seen.Missed+got.Missed, seen.Refused+got.Refused
			}
		}
	}
	for cause, m := range seen.Out {
		if m.Objects == 0 && Cause(cause) != Rounded { // first fit grants what was asked for
			t.Errorf("nothing was evicted for %v", Cause(cause))
		}
	}
	for _, pair := range []string{"vram system", "system vram", "vram gtt", "gtt vram", "gtt system", "system gtt", "tile0 system", "system tile1", "tile2 gtt", "gtt tile2", "tile0 tile0", "tile1 tile0"} {
		if flows[pair] == 0 {
			t.Errorf("nothing moved from %s: %v", strings.Replace(pair, " ", " to ", 1), flows)
		}
	}
	if seen.In.Objects == 0 || seen.System == 0 || seen.Missed == 0 || seen.Refused == 0 {
		t.Errorf("the streams never had %+v", seen)
	}
}

// FuzzAgainstModel compares with the model under any placements.
func FuzzAgainstModel(f *testing.F) {
	for i, text := range mixes {
		f.Add(text, uint64(i), uint16(70))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64, pressure uint16) {
		placements, err := ParsePlacements(text)
		if err != nil {
			return
		}
		region, ops := random(seed, 100)
		p, err := NewPlan(region, ops, Config{placements, Pressure(pressure%150 + 1), seed, strategytest.Reference})
		if err != nil {
			return
		}
		got, err := p.Run(t.Context(), strategytest.Scattering, Options{Check: 1})
		if err != nil {
			t.Fatal(err)
		}
		if want := replay(p, strategytest.Scattering); !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, the model\n%+v", got, want)
		}
	})
}

// TestLaws holds the conservation of objects and bytes on real workloads, and that a replay
// is the same again.
func TestLaws(t *testing.T) {
	for _, name := range []string{"gfx", "window", "contigfirst", "vk_chromegpu_resource"} {
		w, ok := workloads.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		ops, _ := workloads.Served(w.Ops(3, 4000), w.Denied)
		for _, pressure := range []Pressure{50, 100} {
			plan := func() *Plan {
				p, err := NewPlan(w.Region, ops, Config{Pressure: pressure, Seed: 7})
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			p := plan()
			for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
				r, err := p.Run(t.Context(), s, Options{Check: 500})
				if err != nil {
					t.Fatal(err)
				}
				again, err := plan().Run(t.Context(), s, Options{})
				if !reflect.DeepEqual(r, again) || err != nil {
					t.Errorf("%s at %v on %s: %+v, and again %+v, %v", name, pressure, s.Name, r, again, err)
				}
				all, what := r.Evicted(), fmt.Sprintf("%s at %v on %s: %+v", name, pressure, s.Name, r)
				if r.Requests != r.First+r.Evicting+r.System+r.Refused {
					t.Error(what + ": the requests are not the sum of their outcomes")
				}
				if r.In.Bytes > all.Bytes || r.In.Objects > all.Objects || r.Left.Bytes > all.Bytes-r.In.Bytes || r.Left.Objects > all.Objects-r.In.Objects {
					t.Error(what + ": more came back, or is left in system memory, than was evicted")
				}
				if uint64(all.Objects) > r.Looked || r.Evicting > all.Objects {
					t.Error(what + ": evictions without a look")
				}
				if spared := r.Spared(); pressure == 100 && spared != all {
					t.Error(what + ": an eviction for capacity in a region of the peak")
				}
				if pressure == 50 && r.Out[Capacity].Objects+r.Out[Broken].Objects == 0 {
					t.Error(what + ": half of the peak evicts nothing")
				}
			}
		}
	}
}

// TestStops: a replay ends with its context.
func TestStops(t *testing.T) {
	region, ops := random(1, 300)
	p, err := NewPlan(region, ops, Config{Pressure: 80})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Run(ctx, buddy.Strategy, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	r, err := p.Run(t.Context(), buddy.Strategy, Options{Holds: true})
	if err != nil || len(r.Holds) != 1 || r.Holds[0].Alloc.Count() == 0 || r.Holds[0].Free.Count() == 0 || r.Holds[0].Walk.Count() == 0 {
		t.Errorf("%v, hold times %v", err, r.Holds)
	}
}

// TestUses holds what the package says of uses: half of them at least are of the younger
// half of what is live, and old objects are used too.
func TestUses(t *testing.T) {
	w, _ := workloads.Lookup("steady")
	ops := w.Ops(1, 8000) // 6,144 MiB in objects of 690 KiB: none is freed yet
	p, err := NewPlan(w.Region, ops, Config{Pressure: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	born := make(map[uint32]int)
	n, uses, young := 0, 0, 0
	var ages [14]int
	for _, s := range p.steps {
		switch s.do {
		case create:
			born[s.slot] = n
			n++
		case use:
			uses++
			age := n - born[s.slot] // from 1 on
			ages[bits.Len(uint(age))]++
			if 2*age < n {
				young++
			}
		}
	}
	if uses < 3*len(ops) || 2*young < uses {
		t.Errorf("%d uses of %d operations, %d of the younger half", uses, len(ops), young)
	}
	if ages[12] == 0 || ages[12] > ages[6] {
		t.Errorf("uses by power of two of the age: %v", ages)
	}
}

// TestSplit works out by hand the regions, and what rules have of them.
func TestSplit(t *testing.T) {
	region := strategies.Region{Size: 1 << 30, Page: page, Visible: 1 << 28}
	ops := []workloads.Op{{Req: strategies.Request{Size: 103 * page}}}
	for _, tt := range []struct{ placements, want string }{
		{"vram", "vram 103 (25 visible)"},
		{"tiles=4; gtt=150%; vram", "tile0 25 (6 visible), tile1 25 (6 visible), tile2 25 (6 visible), tile3 25 (6 visible), gtt 150"},
		{"gtt=1%; bar=100%; vram,limit=1%,low=1%,min=50%", "vram 103, gtt 1; limits 1 1 51"},
		{"bar=50%; tiles=2; share=1%:vram,low=1%; vram,limit=100%", "tile0 51 (25 visible), tile1 51 (25 visible); limits 51 0 0"},
	} {
		placements, err := ParsePlacements(tt.placements)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(region, ops, Config{Placements: placements, Pressure: 100})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, r := range p.regions[:p.system()] {
			of := fmt.Sprint(p.Regions()[i], " ", r.Size/page)
			if r.Visible > 0 {
				of += fmt.Sprintf(" (%d visible)", r.Visible/page)
			}
			got = append(got, of)
		}
		text := strings.Join(got, ", ")
		if l := p.limits[len(p.limits)-1]; l != (ttm.Limits{}) {
			text += fmt.Sprintf("; limits %d %d %d", l.Max/page, l.Low/page, l.Min/page)
		}
		if text != tt.want || p.Regions()[p.system()] != "system" || p.Region.Size != p.regions[0].Size*uint64(p.Tiles()) {
			t.Errorf("%s: %s, want %s", tt.placements, text, tt.want)
		}
	}
}

// TestSuits: a plan whose GTT cannot have its region suits no strategy, and says which region.
func TestSuits(t *testing.T) {
	none := buddy.Strategy
	none.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	placements, err := ParsePlacements("gtt=50%:none; vram")
	if err != nil || placements.GTT() != "none" {
		t.Fatal(placements.GTT(), err)
	}
	region, ops := random(1, 100)
	p, err := NewPlan(region, ops, Config{Placements: placements, Pressure: 80, GTT: none})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Suits(buddy.Strategy); !errors.Is(err, strategies.ErrInvalid) || err.Error() != "region gtt: invalid" {
		t.Error(err)
	}
	if _, err := p.Run(t.Context(), buddy.Strategy, Options{}); !errors.Is(err, strategies.ErrInvalid) {
		t.Error(err)
	}
}
