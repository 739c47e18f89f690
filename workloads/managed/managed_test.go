package managed_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
)

const page = 4096

// stream is a stream of operations: "a0:3" allocates 3 pages into slot 0, "f0" frees it.
func stream(t testing.TB, text string) (ops []workloads.Op) {
	for _, f := range strings.Fields(text) {
		var op workloads.Op
		if f[0] == 'f' {
			op.Kind = workloads.Free
		}
		slot, pages, _ := strings.Cut(f[1:], ":")
		fmt.Sscan(slot, &op.Slot)
		if pages != "" {
			fmt.Sscan(pages, &op.Req.Size)
		}
		op.Req.Size *= page
		ops = append(ops, op)
	}
	return ops
}

// Two pages of eight are free, apart from each other, and two are asked for. The buddy
// grants both. The range manager, which needs two that adjoin, evicts the object used least
// recently and tries again, until there are two; one of those evicted is used again later.
func Example() {
	region := strategies.Region{Size: 8 * page, Page: page}
	var ops []workloads.Op
	for slot := range uint32(8) {
		ops = append(ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: strategies.Request{Size: page}})
	}
	ops = append(ops,
		workloads.Op{Kind: workloads.Free, Slot: 4},
		workloads.Op{Kind: workloads.Free, Slot: 6},
		workloads.Op{Kind: workloads.Alloc, Slot: 4, Req: strategies.Request{Size: 2 * page}})
	plan, err := managed.NewPlan(region, ops, managed.Config{Pressure: 100, Seed: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		r, err := plan.Run(context.Background(), s, managed.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %d requests, %d at once, %d after evictions\n", s.Name, r.Requests, r.First, r.Evicting)
		fmt.Printf("  evicted %d objects for broken memory and %d for capacity; %d came back\n", r.Out[managed.Broken].Objects, r.Out[managed.Capacity].Objects, r.In.Objects)
	}
	// Output:
	// buddy: 9 requests, 9 at once, 0 after evictions
	//   evicted 0 objects for broken memory and 0 for capacity; 0 came back
	// rangemgr: 9 requests, 8 at once, 1 after evictions
	//   evicted 2 objects for broken memory and 0 for capacity; 1 came back
}

// TestPlacements reads what is right, and says what is wrong in a line with the rule.
func TestPlacements(t *testing.T) {
	for _, text := range []string{managed.Default, "", "vram", " visible , vram+topdown+contiguous ; ", "bar=25%;visible,vram,system",
		"min=1&max=17GiB&share=1%&mapped&contiguous&topdown:system;vram", "vram+desired",
		"bad=1;vram", "bar=25%; bad=1000; mapped: visible, limit=1%,priority=3,system; priority=0,vram,limit=100%",
		"gtt=1000%:tlsf:bins=64; bad=3; tiles=8; bar=50%; mapped:visible,gtt+desired,bulk; tile7+fallback+topdown,min=1%,low=100%,limit=2%,gtt", "gtt=1%: tlsf;share=1%:vram;gtt"} {
		text = strings.TrimSuffix(text, " ; ")
		p, err := managed.ParsePlacements(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		again, err := managed.ParsePlacements(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q is %q, and that %q, %v", text, p, again, err)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{"vrm", `placements: rule 1, "vrm": "vrm" is no place (have: visible, vram, tile0, gtt, system)`},
		{"vram;", `placements: rule 1, "vram": it holds of every object, so the rules after it never count`},
		{"mapped:vram;", `placements: rule 2, "": "" is no place (have: visible, vram, tile0, gtt, system)`},
		{"mapped:visible", `placements: rule 1, "mapped:visible": the last rule must hold of every object, so it has no conditions`},
		{"big:vram; vram", `placements: rule 1, "big:vram": "big" is no condition (have: mapped, contiguous, topdown, min=SIZE, max=SIZE, share=N%)`},
		{"mapped=1:vram; vram", `"mapped=1" is no condition`},
		{"mapped&:vram; vram", `"" is no condition`},
		{"min:vram; vram", `"min" is no condition`},
		{"min=:vram; vram", `"" is no size, as 64KiB`},
		{"min=0:vram; vram", `"0" is no size, as 64KiB`},
		{"min=64KB:vram; vram", `"64KB" is no size, as 64KiB`},
		{"min=17179869184GiB:vram; vram", `"17179869184GiB" is no size`},
		{"min=99999999999999999999:vram; vram", `is no size`},
		{"share=0%:vram; vram", `"0%" is no share from 1% to 100%, as 25%`},
		{"share=101%:vram; vram", `"101%" is no share from 1% to 100%, as 25%`},
		{"share=5:vram; vram", `"5" is no share from 1% to 100%, as 25%`},
		{"system,vram", `system is never full, so vram after it never counts`},
		{"system,system", `system is never full, so system after it never counts`},
		{"vram,vram", `vram is named twice`},
		{"vram+", `"vram+": "" is nothing that a place can be (have: topdown, contiguous, desired, fallback)`},
		{"vram+topdown+topdown", `topdown is said twice`},
		{"system+topdown", `"system+topdown": system memory is as it is`},
		{"a:b:c; vram", `"a" is no condition`},
		{"bar=0%; vram", `placements: bar=0%: "0%" is no share from 1% to 100%, as 25%`},
		{"bar=25%", `placements: there is no rule after "bar=25%"`},
		{"bad=0; vram", `placements: bad=0: "0" is no whole number from 1 to 1000`},
		{"bad=1001; vram", `placements: bad=1001: "1001" is no whole number from 1 to 1000`},
		{"bad=9", `placements: there is no rule after "bad=9"`},
		{"bad=9; bad=9; vram", `placements: bad=9: bad is said twice`},
		{"bad=9; vram,bar=25%", `placements: rule 1, "vram,bar=25%": "bar=25%" is nothing that objects can have (have: priority=N, bulk, limit=N%, low=N%, min=N%)`},
		{"mapped:vram; gtt=200%:buddy; vram", `placements: rule 2, "gtt=200%:buddy": gtt stands before all rules`},
		{"gtt=0%; vram", `placements: gtt=0%: "0%" is no share from 1% to 1000%, as 25%`},
		{"gtt=1001%; vram", `placements: gtt=1001%: "1001%" is no share from 1% to 1000%, as 25%`},
		{"gtt=50%:; vram", `placements: gtt=50%:: behind the colon stands the name of a strategy`},
		{"gtt=50%; gtt=50%; vram", `placements: gtt=50%: gtt is said twice`},
		{"gtt=50%", `placements: there is no rule after "gtt=50%"`},
		{"tiles=1; vram", `placements: tiles=1: "1" is no whole number from 2 to 8`},
		{"tiles=9; vram", `placements: tiles=9: "9" is no whole number from 2 to 8`},
		{"vram,gtt", `placements: rule 1, "vram,gtt": there is no gtt: say how large it is before the rules, as gtt=200%`},
		{"tile1,vram", `placements: rule 1, "tile1,vram": there is no tile1: say how many there are before the rules, as tiles=2`},
		{"tiles=2; tile2", `placements: rule 1, "tile2": there is no tile2: the last is tile1`},
		{"tiles=2; tile01", `"tile01" is no place`},
		{"tiles=2; tile", `"tile" is no place`},
		{"vram+desired+fallback", `placements: rule 1, "vram+desired+fallback": "vram+desired+fallback": a place is desired or a fallback`},
		{"vram+fallback+fallback", `fallback is said twice`},
		{"vram,bulk,bulk", `bulk is said twice`},
		{"vram,bulk=1", `"bulk=1" is nothing that objects can have`},
		{"vram,bulk=", `"bulk=" is nothing that objects can have`},
		{"system,bulk", `bulk is about the region, in which its objects have no place`},
		{"gtt=50%; mapped:gtt,low=5%; vram", `low is about VRAM, in which its objects have no place`},
		{"vram,low=101%", `"101%" is no share from 1% to 100%, as 25%`},
		{"vram,min=64KiB", `"64KiB" is no share from 1% to 100%, as 25%`},
		{"vram,min=5%,min=6%", `min is said twice`},
		{"vram,priority=4", `placements: rule 1, "vram,priority=4": "4" is no whole number from 0 to 3`},
		{"vram,priority=-1", `"-1" is no whole number`},
		{"vram,limit=0%", `"0%" is no share from 1% to 100%, as 25%`},
		{"vram,limit=10%,limit=10%", `limit is said twice`},
		{"system,priority=1", `priority is about the region, in which its objects have no place`},
		{"min=4096:limit=10%; vram", `limit is about VRAM`},
		{"system", `placements: system: nothing has a place in VRAM, whose size goes by what does`},
		{"gtt=1%; mapped:gtt; gtt,system", `nothing has a place in VRAM`},
		{"vram; bar=25%", `it holds of every object`},
		{"mapped:vram; bar=25%", `placements: rule 2, "bar=25%": bar stands before all rules`},
		{strings.Repeat("mapped:vram;", 64) + "vram", `placements: 65 rules are more than 64`},
	} {
		_, err := managed.ParsePlacements(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %s", tt.text, err, tt.want)
		}
	}
}

// FuzzPlacements: what is read reads again as the same, and holds of every object; what is
// not is a line.
func FuzzPlacements(f *testing.F) {
	for _, s := range []string{managed.Default, "bar=25%;min=64KiB&share=5%:visible+desired,vram+topdown,system;vram", "a:b", ";;", "bar=50%;bad=3;share=40%:vram,limit=50%;visible,priority=2,system", "gtt=20%;tiles=3;share=60%:tile1,gtt+fallback,bulk;vram,low=30%,min=10%", "share=\n%:vram"} {
		f.Add(s)
	}
	ops := stream(f, "a0:3 a1:5 a2:1 f1 a1:2")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := managed.ParsePlacements(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\n") {
				t.Fatalf("%q: %q", text, err)
			}
			return
		}
		again, err := managed.ParsePlacements(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q is %q, and that %q, %v", text, p, again, err)
		}
		plan, err := managed.NewPlan(strategies.Region{Size: 16 * page, Page: page}, ops, managed.Config{Placements: p, Pressure: 70})
		if err != nil {
			return // all of it in system memory
		}
		if _, err := plan.Run(t.Context(), buddy.Strategy, managed.Options{Check: 1}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPressure reads shares of the peak.
func TestPressure(t *testing.T) {
	for _, text := range []string{"1%", "80%", "1000%"} {
		if p, err := managed.ParsePressure(text); err != nil || p.String() != text {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "80", "0%", "1001%", "-1%", "80.5%", "80%%", "99999999999999999999%"} {
		if _, err := managed.ParsePressure(text); err == nil || !strings.Contains(err.Error(), "is not a share of the peak from 1% to 1000%") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestRegion wants the region and its visible part in whole pages and at least one.
func TestRegion(t *testing.T) {
	big := strategies.Region{Size: 1 << 30, Page: page}
	bar := big
	bar.Visible = 1 << 28
	windowed := stream(t, "a0:100 a1:100")
	windowed[0].Req.Hi, windowed[0].Req.Flags = 1<<27, strategies.Range
	for _, tt := range []struct {
		name          string
		region        strategies.Region
		ops           []workloads.Op
		placements    string
		pressure      managed.Pressure
		size, visible uint64
	}{
		{"a share", big, stream(t, "a0:100 a1:100 f0"), "vram", 80, 160, 0},
		{"rounded down", big, stream(t, "a0:33"), "vram", 10, 3, 0},
		{"at least a page", big, stream(t, "a0:3"), "vram", 1, 1, 0},
		{"more than the peak", big, stream(t, "a0:3 f0 a0:2"), "vram", 1000, 30, 0},
		{"a quarter is visible", bar, stream(t, "a0:100"), "vram", 80, 80, 20},
		{"a page is visible", bar, stream(t, "a0:100"), "vram", 2, 2, 1},
		{"by the rules", bar, stream(t, "a0:100"), "bar=50%;vram", 80, 80, 40},
		{"all by the rules", bar, stream(t, "a0:100"), "bar=100%;vram", 80, 80, 0},
		{"a region of a page", bar, stream(t, "a0:1"), "vram", 100, 1, 0},
		{"by the windows", big, windowed, "vram", 100, 200, 25},
		{"without what is in system memory", big, windowed, "mapped:system;vram", 100, 100, 12},
	} {
		p, err := managed.ParsePlacements(tt.placements)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := managed.NewPlan(tt.region, tt.ops, managed.Config{Placements: p, Pressure: tt.pressure})
		if want := (strategies.Region{Size: tt.size * page, Page: page, Visible: tt.visible * page}); err != nil || plan.Region != want {
			t.Errorf("%s: %v, %v, want %v", tt.name, plan, err, want)
		}
	}
}

// TestHostile wants errors, refusals and no panic of streams that no program has.
func TestHostile(t *testing.T) {
	region := strategies.Region{Size: 1 << 63, Page: page}
	huge := func(n int, size uint64) (ops []workloads.Op) {
		for i := range n {
			ops = append(ops, workloads.Op{Slot: uint32(i), Req: strategies.Request{Size: size}})
		}
		return ops
	}
	for _, tt := range []struct {
		name string
		ops  []workloads.Op
		want string
	}{
		{"nothing", nil, "nothing is ever live"},
		{"no bytes", huge(3, 0), "nothing is ever live"},
		{"more than any region", huge(3, math.MaxUint64), "nothing is ever live"},
		{"more than 2^56", huge(300, 1<<48), "operation 257: more than 2^56 bytes are live"},
	} {
		if _, err := managed.NewPlan(region, tt.ops, managed.Config{Pressure: 80}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := managed.NewPlan(strategies.Region{Size: 1, Page: 1}, nil, managed.Config{Pressure: 80}); err == nil {
		t.Error("an invalid region is taken")
	}
	if _, err := managed.NewPlan(region, huge(1, page), managed.Config{}); err == nil {
		t.Error("no pressure is taken")
	}

	// Refused are: 0 bytes, more than the region, and an odd alignment.
	ops := stream(t, "a0:0 a1:9 a2:4 a3:4 a4:2 f2 f0 f1")
	ops[4].Req.Align = 12345
	ops = append(ops, workloads.Op{Kind: workloads.ResetClear}, workloads.Op{Kind: workloads.Trim, Slot: 3, Req: strategies.Request{Size: page}})
	plan, err := managed.NewPlan(strategies.Region{Size: 16 * page, Page: page}, ops, managed.Config{Pressure: 40})
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Run(t.Context(), buddy.Strategy, managed.Options{Check: 1})
	if err != nil || plan.Region.Size != 7*page || r.Requests != 5 || r.Refused != 3 || r.First != 1 || r.Evicting != 1 {
		t.Errorf("%v in %v, %v", r, plan.Region, err)
	}
}

// TestTraits works out by hand what limits and bad pages refuse, and evict for capacity.
func TestTraits(t *testing.T) {
	passing := strings.Repeat("a0:1 f0 ", 20)
	for _, tt := range []struct {
		name, placements, ops string
		want                  managed.Result
	}{
		{"two pages of eight for the small ones", "max=4KiB:vram,limit=25%; vram", "a0:1 a1:1 a2:1 a3:1 a4:4", managed.Result{Requests: 5, First: 3, Evicting: 2}},
		{"larger than the limit", "min=12KiB:vram,limit=25%,system; vram", "a0:3 a1:8", managed.Result{Requests: 2, System: 2}},
		{"refused", "min=12KiB:vram,limit=25%; vram", "a0:3 a1:8", managed.Result{Requests: 2, Refused: 2}},
		{"a page at least", "vram,limit=1%", "a0:1 a1:1 a2:6", managed.Result{Requests: 3, First: 1, Evicting: 1, Refused: 1}},
		{"four pages of eight go bad", "bad=4; vram", passing + "a1:8 f1 a2:5 f2 a3:4", managed.Result{Requests: 23, First: 21, Refused: 2}},
		{"all of them, the last at eight ninths of the way", "bad=1000; vram", passing + passing + "a1:8 f1 a2:1", managed.Result{Requests: 42, First: 36, Refused: 6}},
	} {
		p, err := managed.ParsePlacements(tt.placements)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := managed.NewPlan(strategies.Region{Size: 16 * page, Page: page}, stream(t, tt.ops), managed.Config{Placements: p, Pressure: 100})
		if err != nil {
			t.Fatal(err)
		}
		r, err := plan.Run(t.Context(), buddy.Strategy, managed.Options{Check: 1})
		got := managed.Result{Requests: r.Requests, First: r.First, Evicting: r.Evicting, System: r.System, Refused: r.Refused}
		if err != nil || !reflect.DeepEqual(got, tt.want) || r.Spared().Objects > 0 || r.Evicted().Objects < r.Evicting {
			t.Errorf("%s, in %v: %+v, %v, want %+v", tt.name, plan.Region, r, err, tt.want)
		}
	}
}

// TestState: the extents of a state are objects like others.
func TestState(t *testing.T) {
	ops := stream(t, "a0:4 a1:4 a2:4")
	for i := range 2 {
		r := &ops[i].Req
		ops[i].Kind, r.Lo, r.Hi, r.Flags = workloads.Live, uint64(8+4*i)*page, uint64(12+4*i)*page, strategies.Range
	}
	plan, err := managed.NewPlan(strategies.Region{Size: 16 * page, Page: page}, ops, managed.Config{Pressure: 70})
	if err != nil {
		t.Fatal(err)
	}
	r, err := plan.Run(t.Context(), buddy.Strategy, managed.Options{Check: 1})
	if err != nil || r.Requests != 3 || r.First != 2 || r.Evicting != 1 || r.Out[managed.Capacity] != r.Evicted() {
		t.Errorf("%+v in %v, %v", r, plan.Region, err)
	}
}
