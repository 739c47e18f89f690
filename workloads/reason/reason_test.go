package reason

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

const mib = 1 << 20

// plain is what an explanation says, as a terminal has it.
func plain(x *Explanation) string {
	head, body := x.Sentences(func(name string) string { return name })
	return Plain(head + " " + body)
}

// Each kind has its sentence, and numbers that would read the same are told apart.
func TestSentences(t *testing.T) {
	pins := []Object{{Bytes: 4096, At: [][2]uint64{{0, 4096}}}, {Bytes: 8192, At: [][2]uint64{{64, 8192}}}}
	for _, tt := range []struct {
		x    Explanation
		want string
	}{
		{Explanation{Errno: "ENOSPC", Kind: TooLittle, Size: 10, Free: 5}, "Only 5 B was free, less than it asks for."},
		{Explanation{Errno: "ENOSPC", Kind: TooLittle, Size: 10}, "Nothing was free."},
		{Explanation{Errno: "ENOSPC", Kind: TooLittle, Size: 5, Free: 4, Flags: uint8(strategies.Range), Lo: 1, Managed: 9}, "in the addresses it allows"},
		{Explanation{Errno: "ENOSPC", Kind: Beyond, Size: 10}, "It is larger than the region;"},
		{Explanation{Errno: "ENOSPC", Kind: Beyond}, "operation 0. Its size is 0;"},
		{Explanation{Errno: "ENOSPC", Kind: Beyond, Size: 10, Flags: uint8(strategies.Range), Lo: 1}, "larger than the addresses it allows"},
		{Explanation{Errno: "ENOSPC", Kind: Outside, Size: 10}, "lie outside the region"},
		{Explanation{Errno: "E2BIG", Kind: TooBig, Size: 10, Managed: 4096}, "(E2BIG): the region has 4 KiB."},
		{Explanation{Errno: "EINVAL", Kind: Invalid, Condition: SizePage, Size: 5000, Page: 4096}, "Its size, 5,000 bytes, is no multiple of the page of 4 KiB."},
		{Explanation{Errno: "EINVAL", Kind: Invalid, Condition: ExactAlign, Size: 8192, Align: 8192}, "do not begin and end at its alignment, 8 KiB."},
		{Explanation{Errno: "ENOSPC", Kind: OneBlock, Size: 2 * mib, Free: 3 * mib, Largest: 2*mib - 4096, Unit: 2 * mib}, "hole had 2,044 KiB. This strategy"},
		{Explanation{Errno: "ENOSPC", Kind: OneBlock, Size: 2 * mib, Free: 3 * mib, Largest: 2 * mib, Unit: 2 * mib}, "in one piece. But this strategy"},
		{Explanation{Errno: "ENOSPC", Kind: OneBlock, Size: 2 * mib, Free: 3 * mib, Largest: 2 * mib, Unit: 2 * mib, Barred: true}, "only when the request allows all addresses."},
		{Explanation{Errno: "ENOSPC", Kind: OneBlock, Size: 2 * mib, Free: 3 * mib, Largest: 2 * mib, Unit: 2 * mib, Harder: true}, "found no run that it could take."},
		{Explanation{Errno: "ENOSPC", Kind: OwnRules, Size: 5, Free: 10, Largest: 7}, ", 7 B of it in one piece: the strategy's own rules"},
		{Explanation{Kind: Granted, Size: 5, Free: 10, Largest: 10}, "10 B was free, all of it in one piece."},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, Largest: 4}, "Nothing of that size begins at a m"},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, Largest: 6}, "nothing of that size begins at a m"},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, NPins: 2, Pins: pins, PinBytes: 12288}, "holds 2 objects of 12 KiB together, the largest 8 KiB at 0x40 (alloc"},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, NPins: 2, Pins: pins, Room: 96 * mib}, "without them 96 MiB would be free "},
		{Explanation{Errno: "ENOSPC", Kind: Several, Size: 5, Free: 10, Unit: 2 * mib, Need: 4, Have: 2, Lacking: [][2]uint64{{0, 2 * mib}, {2 * mib, 2 * mib}}, NPins: 2, Pins: pins}, "2 are lacking; the cheapest to get, at 0x0 and 0x200000, hold 2 objects"},
		{Explanation{Errno: "ENOSPC", Kind: Untold, Size: 5, Free: 10, Largest: 4}, "does not tell in which"},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, NPins: 1, Pins: pins[:1], Frees: []uint64{0}, NFrees: 1, Proven: true, Cheapest: true}, "Without it the request would fit: a replay that frees it just before grants it. No set of frees is cheaper."},
		{Explanation{Errno: "ENOSPC", Kind: TooLittle, Size: 5, Frees: []uint64{3, 4}, NFrees: 2, Freed: 8, Proven: true}, "Without allocations 3 and 4 (8 B together) the request would fit: a replay that frees them just before grants it. A cheaper set may exist."},
		{Explanation{Errno: "ENOSPC", Kind: OnePiece, Size: 5, Free: 10, Hopeless: true}, "A replay refuses it even with everything else freed"},
		{Explanation{Kind: Scattered, Segments: 2, Split: true, Size: 24 << 10, Page: 4096, Free: mib, Largest: mib}, "all of it in one piece. The strategy grants powers of two only, and the size is no power of two: a piece for each of 16 KiB + 8 KiB."},
		{Explanation{Kind: Scattered, Segments: 3, Size: 5, Free: 10, Largest: 4, AsOne: "ENOSPC"}, "Asked for one piece, the strategy refuses it (ENOSPC)"},
		{Explanation{Errno: "ENOSPC", Kind: OwnRules, Answers: []Answer{{"b", GrantedIt, 2, ""}, {"c", RefusedIt, 0, "EINVAL"}, {"d", GrantedIt, 2, ""}, {"e", NotAsked, 0, ""}}},
			"At this operation b and d granted it in 2 pieces; c refused it (EINVAL); e was not asked"},
	} {
		if got := plain(&tt.x); !strings.Contains(got, tt.want) {
			t.Errorf("got %q, want %q in it", got, tt.want)
		}
		if got := plain(&tt.x); strings.Contains(got, "would fit") != tt.x.Proven {
			t.Errorf("claims a fit: %q", got)
		}
	}
}

// What is written is read as the same.
func TestRoundTrip(t *testing.T) {
	x := &Explanation{Workload: "w", Strategy: "s", Op: 7, ID: 1<<64 - 1, Size: 4096, Errno: "ENOSPC", Kind: OnePiece, Page: 4096, Managed: 1 << 30,
		Place: [2]uint64{4096, 8192}, Pins: []Object{{ID: 3, Op: 2, Bytes: 4096, At: [][2]uint64{{4096, 4096}}}}, NPins: 1,
		Frees: []uint64{3}, NFrees: 1, Freed: 4096, Proven: true, Cheapest: true, Answers: []Answer{{"b", GrantedIt, 1, ""}}}
	var b bytes.Buffer
	if err := Write(&b, []*Explanation{x, x}); err != nil {
		t.Fatal(err)
	}
	got := read(&b, "f", func(format string, args ...any) { t.Errorf(format, args...) })
	if len(got) != 2 || !reflect.DeepEqual(got[1], x) {
		t.Errorf("got %+v", got)
	}
}

// A line that cannot be is left out with a warning, and the others are read.
func TestHostileLines(t *testing.T) {
	good := `{"workload":"w","strategy":"s","op":1,"kind":"own-rules","errno":"ENOSPC","managed":100}`
	for _, bad := range []string{
		`{`, `[]`, `"x"`, `{"op":1}`,
		strings.Replace(good, `"op":1`, `"op":0`, 1),
		strings.Replace(good, `"op":1`, `"op":-5`, 1),
		strings.Replace(good, "ENOSPC", "<script>", 1),
		strings.Replace(good, "own-rules", "<b>", 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"place":[50,200]`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"place":[50,20]`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"proven":true`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"frees":[1],"nfrees":1`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"npins":1,"pins":[{"at":[[99,2]]}]`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"npins":0,"pins":[{}]`, 1),
		strings.Replace(good, `"managed":100`, `"managed":100,"answers":[{"errno":"x"}]`, 1),
		strings.Replace(good, `"w"`, `"`+strings.Repeat("w", 300)+`"`, 1),
	} {
		warned := 0
		list := read(strings.NewReader(good+"\n"+bad+"\n"+good+"\n"), "f", func(format string, args ...any) {
			if warned++; !strings.HasPrefix(format, "%s:%d: ") || args[0] != "f" || args[1] != 2 {
				t.Errorf("%q warns %q %v", bad, format, args)
			}
		})
		if warned != 1 || len(list) != 2 {
			t.Errorf("%q: %d warnings, %d read", bad, warned, len(list))
		}
	}
}

// The slots that are free and the cheapest sets that free more are those that trying all
// sets of objects finds. The objects have several pieces each.
func TestSlotsAgainstAllSets(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for round := range 3000 {
		pages := 8 + r.Uint64N(24)
		s := &State{Region: strategies.Region{Size: pages, Page: 1}}
		n := 1 + r.IntN(7)
		for id := range n {
			s.Objects = append(s.Objects, Object{ID: uint64(id)})
		}
		for at := r.Uint64N(3); at < pages; {
			size := min(1+r.Uint64N(6), pages-at)
			o := r.IntN(n)
			s.Pieces = append(s.Pieces, Piece{at, size, o})
			s.Objects[o].Bytes += size
			at += size + r.Uint64N(4)
		}
		s.Sort()
		unit := 1 + r.Uint64N(5)
		lo := r.Uint64N(5)
		hi := pages - r.Uint64N(5)
		free := func(mask int) (slots uint64) {
			for at := roundUp(lo, unit); at+unit <= hi; at += unit {
				ok := true
				for _, p := range s.Pieces {
					ok = ok && (mask>>p.Of&1 != 0 || p.End() <= at || p.Start >= at+unit)
				}
				if ok {
					slots++
				}
			}
			return slots
		}
		got := s.slots(unit, lo, hi)
		if got.free != free(0) || got.all != free(1<<n-1) {
			t.Fatalf("round %d: %d of %d slots are free, want %d of %d", round, got.free, got.all, free(0), free(1<<n-1))
		}
		for k := uint64(1); k <= got.all-got.free; k++ {
			best := ^uint64(0)
			for mask := range 1 << n {
				sum := uint64(0)
				for o := range n {
					if mask>>o&1 != 0 {
						sum += s.Objects[o].Bytes
					}
				}
				if free(mask) >= got.free+k {
					best = min(best, sum)
				}
			}
			set, exact, ok := got.Cheapest(k)
			mask := 0
			for _, o := range set.Of {
				mask |= 1 << o
			}
			if !ok || !exact || set.Bytes != best || free(mask) < got.free+k {
				t.Fatalf("round %d: %d more slots of %d for %d bytes (%v), all sets say %d", round, k, unit, set.Bytes, set.Of, best)
			}
			if b := got.bound(k); b > best {
				t.Fatalf("round %d: bound %d for %d more slots, all sets say %d", round, b, k, best)
			}
		}
	}
}
