package sgtable_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

func mustPolicy(t *testing.T, name string) sgtable.Policy {
	t.Helper()
	list := sgtable.Policies()
	i := slices.IndexFunc(list, func(p sgtable.Policy) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("there is no policy %s", name)
	}
	return list[i]
}

func TestPolicyRequests(t *testing.T) {
	const kib, mib, contiguous = 1 << 10, 1 << 20, strategies.Contiguous
	tests := []struct {
		size, align      uint64
		flags            strategies.Flags
		i915, amdgpu, xe string // size/align, ! for contiguous
	}{
		{size: 4 * kib, i915: "4K/0!", amdgpu: "4K/0", xe: "64K/64K"},
		{size: 5000, i915: "8K/0", amdgpu: "8K/0", xe: "64K/64K"},
		{size: 5000, align: 512, i915: "8K/0K", amdgpu: "8K/0K", xe: "64K/64K"},
		{size: 12 * kib, i915: "12K/0", amdgpu: "12K/0", xe: "64K/64K"},
		{size: 68 * kib, align: 4 * kib, i915: "68K/4K", amdgpu: "68K/4K", xe: "128K/64K"},
		{size: 68 * kib, align: 64 * kib, i915: "128K/64K", amdgpu: "68K/64K", xe: "128K/64K"},
		{size: 40 * kib, align: 64 * kib, i915: "64K/64K!", amdgpu: "40K/64K", xe: "64K/64K"},
		{size: 2 * mib, i915: "2048K/0", amdgpu: "2048K/2048K", xe: "2048K/64K"},
		{size: 2*mib + 1, i915: "2052K/0", amdgpu: "2052K/0", xe: "2112K/64K"},
		{size: 6 * mib, align: 64 * kib, i915: "6144K/64K", amdgpu: "6144K/2048K", xe: "6144K/64K"},
		{size: 6 * mib, align: 4 * mib, i915: "8192K/4096K", amdgpu: "6144K/4096K", xe: "8192K/4096K"},
		{size: 4 * mib, flags: contiguous, i915: "4096K/0!", amdgpu: "4096K/0!", xe: "4096K/64K!"},
		{size: 0, i915: "0K/0", amdgpu: "0K/0", xe: "0K/64K"},
		{size: 8 * kib, align: 12 * kib, i915: "8K/12K", amdgpu: "8K/12K", xe: "64K/64K"},
		{size: 80 * kib, align: 80 * kib, i915: "80K/80K", amdgpu: "80K/80K", xe: "80K/80K"},
		{size: 1<<64 - 1, i915: "max/0", amdgpu: "max/0", xe: "max/64K"},
	}
	for _, tt := range tests {
		r := strategies.Request{Size: tt.size, Align: tt.align, Flags: tt.flags}
		for name, want := range map[string]string{"i915": tt.i915, "amdgpu": tt.amdgpu, "xe": tt.xe} {
			p := mustPolicy(t, name)
			got := p.Request(r, strategies.Region{Size: 1 << 30, Page: page})
			if s := requestText(got); s != want {
				t.Errorf("%s asks %s for %v, want %s", name, s, r, want)
			}
		}
	}
}

// TestPolicyRegionPage: in a region of 64 KiB pages i915 makes objects of 64 KiB, unless
// an alignment is asked for: that replaces the page, and may be smaller.
func TestPolicyRegionPage(t *testing.T) {
	const kib = 1 << 10
	for _, tt := range []struct {
		size, align      uint64
		i915, amdgpu, xe string
	}{
		{4 * kib, 0, "64K/0!", "64K/0", "64K/64K"},
		{4 * kib, 4 * kib, "4K/4K!", "64K/4K", "64K/64K"},
		{68 * kib, 0, "128K/0", "128K/0", "128K/64K"},
		{68 * kib, 4 * kib, "68K/4K", "128K/4K", "128K/64K"},
		{68 * kib, 128 * kib, "128K/128K!", "128K/128K", "128K/128K"},
	} {
		for name, want := range map[string]string{"i915": tt.i915, "amdgpu": tt.amdgpu, "xe": tt.xe} {
			r := strategies.Request{Size: tt.size, Align: tt.align}
			got := mustPolicy(t, name).Request(r, strategies.Region{Size: 1 << 30, Page: 64 * kib})
			if s := requestText(got); s != want {
				t.Errorf("%s asks %s for %v, want %s", name, s, r, want)
			}
		}
	}
}

// requestText is a request as written in the table above.
func requestText(r strategies.Request) string {
	s := fmt.Sprintf("%dK/%dK", r.Size>>10, r.Align>>10)
	if r.Size == 1<<64-1 {
		s = fmt.Sprintf("max/%dK", r.Align>>10)
	}
	if r.Align == 0 {
		s = strings.TrimSuffix(s, "K")
	}
	if r.Flags&strategies.Contiguous != 0 {
		s += "!"
	}
	return s
}

// TestPolicyOfRegion: the smallest block is at least the region's page.
func TestPolicyOfRegion(t *testing.T) {
	region := strategies.Region{Size: 1 << 30, Page: 128 << 10}
	for name, want := range map[string]string{"i915": "128K/0!", "amdgpu": "128K/0", "xe": "128K/128K"} {
		if got := requestText(mustPolicy(t, name).Request(strategies.Request{Size: 1}, region)); got != want {
			t.Errorf("%s asks %s of a region with pages of 128 KiB, want %s", name, got, want)
		}
	}
}

// TestPolicyPromises checks on random requests that a policy never asks for less than
// the request, keeps the window and the other flags, and does not change its own
// requests.
func TestPolicyPromises(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 5000 {
		asked := strategies.Request{Size: r.Uint64N(1 << r.IntN(40)), Flags: strategies.Flags(r.IntN(16)), Lo: r.Uint64(), Hi: r.Uint64()}
		if r.IntN(2) == 0 {
			asked.Align = 1 << r.IntN(26)
		}
		region := strategies.Region{Size: 1 << 40, Page: page << r.IntN(6)}
		for _, p := range sgtable.Policies() {
			got := p.Request(asked, region)
			again := p.Request(got, region)
			if got.Size < asked.Size || got.Align < asked.Align || got.Lo != asked.Lo || got.Hi != asked.Hi || got.Flags&^strategies.Contiguous != asked.Flags&^strategies.Contiguous {
				t.Fatalf("%s: asked %v, requested %v", p.Name, asked, got)
			}
			if again != got {
				t.Fatalf("%s: asked %v, requested %v, then of that %v", p.Name, asked, got, again)
			}
		}
	}
}

func TestPolicyOptions(t *testing.T) {
	const gib = 1 << 30
	for _, tt := range []struct {
		policy string
		align  uint64
		want   uint32
	}{
		{"i915", 0, 0xfffff000}, {"i915", 64 << 10, 0xffff0000}, {"i915", 3 << 30, 3 << 30}, {"amdgpu", 0, 2 * gib}, {"xe", 2 << 20, 2 * gib},
	} {
		o := mustPolicy(t, tt.policy).Options(strategies.Request{Size: 5*gib - 1, Align: tt.align})
		if o.MaxSegment != tt.want || o.Size != 5*gib || o.Base != 0 {
			t.Errorf("%s, align %d: %+v, want segments of %#x at most", tt.policy, tt.align, o, tt.want)
		}
	}
}

// TestPolicyTables builds the table of 5 GiB in blocks, two of them adjoining, under
// each policy.
func TestPolicyTables(t *testing.T) {
	const gib = 1 << 18 // pages
	list := blocks(8*gib, 2*gib, 10*gib, 2*gib, 4*gib, gib)
	merged := segments(8*gib, 4*gib-1, 12*gib-1, 1, 4*gib, gib)
	each := segments(8*gib, 2*gib, 10*gib, 2*gib, 4*gib, gib)
	for name, want := range map[string][]sgtable.Segment{"i915": merged, "amdgpu": each, "xe": each} {
		p := mustPolicy(t, name)
		pool := sgtable.NewPool(false)
		got := p.Builder.Build(pool, list, p.Options(strategies.Request{Size: 5 * gib * page}))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestPolicyXe611: what is not contiguous is requested as xe does today; what is, as one
// block of a power of two, of which the object is kept; over 2 GiB it is refused.
func TestPolicyXe611(t *testing.T) {
	const kib, gib = 1 << 10, 1 << 30
	old, now := mustPolicy(t, "xe_6.11"), mustPolicy(t, "xe")
	region := strategies.Region{Size: 8 * gib, Page: page}
	for _, tt := range []struct {
		size, align uint64
		want        string // of a contiguous request
		keeps       uint64
		refused     bool
	}{
		{4 * kib, 0, "64K/64K!", 64 * kib, false},
		{68 * kib, 0, "128K/128K!", 128 * kib, false},
		{192 * kib, 0, "256K/256K!", 192 * kib, false},
		{192 * kib, 512 * kib, "512K/512K!", 512 * kib, false},
		{2*gib - 4*kib, 0, "2097152K/2097152K!", 2 * gib, false},
		{2 * gib, 0, "2097152K/2097152K!", 2 * gib, false},
		{2*gib + 1, 0, "4194304K/4194304K!", 2*gib + 64*kib, true},
		{3 * gib, 0, "4194304K/4194304K!", 3 * gib, true},
		{0, 0, "0K/64K!", 0, false},
		{1<<64 - 1, 0, "max/64K!", 1<<64 - 1, true},
	} {
		r := strategies.Request{Size: tt.size, Align: tt.align}
		if got, want := old.Request(r, region), now.Request(r, region); got != want || old.Refuses(r) != nil {
			t.Errorf("%v: xe_6.11 asks %v, refuses %v, where xe asks %v", r, got, old.Refuses(r), want)
		}
		r.Flags = strategies.Contiguous
		if got := requestText(old.Request(r, region)); got != tt.want || old.Keeps(r, region) != tt.keeps {
			t.Errorf("%v: xe_6.11 asks %s and keeps %d, want %s and %d", r, got, old.Keeps(r, region), tt.want, tt.keeps)
		}
		if err := old.Refuses(r); (err != nil) != tt.refused || err != nil && !errors.Is(err, strategies.ErrInvalid) {
			t.Errorf("%v: xe_6.11 refuses with %v", r, err)
		}
		if now.Refuses != nil || now.Keeps != nil {
			t.Error("xe refuses or trims")
		}
	}
}

// TestPolicyNouveau: pages go by the size, and the object is whole pages.
func TestPolicyNouveau(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	for _, tt := range []struct {
		size, align, page uint64
		want              string
	}{
		{1, 0, page, "4K/4K"},
		{60 * kib, 0, page, "60K/4K"},
		{60*kib + 1, 0, page, "64K/64K"}, // which 4 KiB would round up to 64
		{64 * kib, 0, page, "64K/64K"},
		{100 * kib, 0, page, "128K/64K"},
		{100 * kib, 256 * kib, page, "128K/256K"},
		{1900 * kib, 0, page, "1920K/64K"},
		{2*mib - 1, 0, page, "2048K/2048K"},
		{3 * mib, 0, page, "4096K/2048K"},
		{3 * mib, 12 * kib, page, "4096K/12K"}, // senseless, and the allocator's to refuse
		{20 * kib, 0, 16 * kib, "32K/16K"},
		{100 * kib, 0, 128 * kib, "128K/128K"},
		{0, 0, page, "0K/4K"},
		{1<<64 - 1, 0, page, "max/2048K"},
	} {
		r := strategies.Request{Size: tt.size, Align: tt.align}
		if got := requestText(mustPolicy(t, "nouveau").Request(r, strategies.Region{Size: 1 << 30, Page: tt.page})); got != tt.want {
			t.Errorf("nouveau asks %s for %v with pages of %d, want %s", got, r, tt.page, tt.want)
		}
	}
}

func TestPoliciesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range sgtable.Policies() {
		if err := strategies.CheckName(p.Name); err != nil || seen[p.Name] {
			t.Errorf("policy %q is there twice, or its name is wrong: %v", p.Name, err)
		}
		seen[p.Name] = true
		if p.Doc == "" || p.Request == nil || p.Builder.Build == nil || p.MaxSegment == 0 || p.VAAlign == 0 {
			t.Errorf("policy %s is not complete: %+v", p.Name, p)
		}
	}
}

func ExamplePolicy() {
	// An object of 6 MiB under three drivers.
	region := strategies.Region{Size: 8 << 30, Page: 4096}
	for _, p := range sgtable.Policies() {
		r := p.Request(strategies.Request{Size: 6 << 20}, region)
		fmt.Printf("%s: %v, segments of %d MiB at most, built by %s\n", p.Name, r, p.Options(r).MaxSegment>>20, p.Builder.Name)
	}
	// Output:
	// i915: 6291456 bytes, segments of 4095 MiB at most, built by worstcase
	// amdgpu: 6291456 bytes align=2097152, segments of 2048 MiB at most, built by nomerge
	// xe_6.11: 6291456 bytes align=65536, segments of 2048 MiB at most, built by nomerge
	// xe: 6291456 bytes align=65536, segments of 2048 MiB at most, built by nomerge
	// nouveau: 6291456 bytes align=2097152, segments of 2048 MiB at most, built by nomerge
}
