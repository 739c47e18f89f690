package addrmap

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/tlsf"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/trace"
)

// abilities are those that a trace of a strategy states.
func abilities(t *testing.T, s strategies.Strategy) rundir.Abilities {
	t.Helper()
	able, ok := rundir.StatedAbilities([]string{"small: doc", "caps: " + s.Caps.String()})
	if !ok {
		t.Fatal("the comment is not found")
	}
	return able
}

// said is the reason in plain text.
func said(name string, x pinned) string {
	_, body := x.sentences(list.Names{name}, 0)
	return text.Plain(list.Names{name}, body)
}

// played is an allocator with the set of what it granted, as the report has it.
type played struct {
	t    *testing.T
	a    strategies.Allocator
	live *rundir.LiveSet
	held map[uint64][]strategies.Block
	ops  int
}

func play(t *testing.T, s strategies.Strategy, r strategies.Region) *played {
	a, err := s.New(r)
	fixture.Must(t, err)
	return &played{t, a, rundir.NewLiveSet(r.Managed()), make(map[uint64][]strategies.Block), 0}
}

// alloc makes a request, and returns the event and whether it was granted.
func (p *played) alloc(id uint64, r strategies.Request) (*rundir.Event, bool) {
	p.ops++
	blocks, err := p.a.Alloc(nil, r)
	e := &rundir.Event{Op: p.ops, ID: id, Req: r, Errno: strategies.Errno(err)}
	for _, b := range blocks {
		e.Blocks = append(e.Blocks, trace.Extent{Start: b.Start, Size: b.Size})
	}
	if err == nil {
		p.held[id] = blocks
		p.live.Apply(e)
	}
	return e, err == nil
}

func (p *played) free(id uint64) {
	p.ops++
	p.a.Free(p.held[id])
	delete(p.held, id)
	p.live.Release(id)
}

// What an explanation says would have to go is enough: when the allocations that it
// names are freed, the strategy grants the request. And it says nothing of the kind
// where the request could be granted.
func TestPinsAreEnough(t *testing.T) {
	const page = 4096
	checked := map[reason.Kind]int{}
	for _, s := range []strategies.Strategy{buddy.Strategy, buddy.LIFO, rangemgr.Strategy, tlsf.Strategy} {
		able := abilities(t, s)
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 3))
			region := strategies.Region{Size: page * (64 + r.Uint64N(200)), Page: page}
			p := play(t, s, region)
			for id := range uint64(400) {
				if len(p.held) > 0 && r.IntN(5) < 2 {
					p.free(anyOf(r, p.held))
					continue
				}
				e, ok := p.alloc(id, oddRequest(r, region))
				if ok || e.Errno != "ENOSPC" {
					continue
				}
				x := explain(e, p.live, page, able)
				if len(x.pins) == 0 {
					continue
				}
				checked[x.Kind]++
				for _, pin := range x.pins {
					if _, ok := p.held[pin.id]; ok {
						p.free(pin.id)
					}
				}
				if e, ok = p.alloc(id, e.Req); !ok && s.Name != "tlsf" {
					t.Fatalf("%s, seed %d: %v is refused with %s after %q", s.Name, seed, e.Req, e.Errno, said(s.Name, x))
				}
			}
		}
	}
	for _, want := range []reason.Kind{reason.OnePiece, reason.OneBlock, reason.Several, reason.TooLittle} {
		if checked[want] < 100 {
			t.Errorf("%d refusals of kind %s were checked", checked[want], want)
		}
	}
}

// anyOf is a key, the same for the same random numbers.
func anyOf(r *rand.Rand, held map[uint64][]strategies.Block) uint64 {
	var ids []uint64
	for id := range uint64(400) {
		if held[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids[r.IntN(len(ids))]
}

func oddRequest(r *rand.Rand, region strategies.Region) strategies.Request {
	const page = 4096
	req := strategies.Request{Size: page * (1 + r.Uint64N(24))}
	if r.IntN(2) == 0 {
		req.Size = page
	}
	if r.IntN(3) == 0 {
		req.Align = page << r.IntN(4)
		req.Size = (req.Size + req.Align - 1) / req.Align * req.Align
	}
	if r.IntN(3) == 0 {
		req.Flags |= strategies.Contiguous
	}
	if r.IntN(4) == 0 {
		req.Flags |= strategies.Range
		req.Lo = page * r.Uint64N(region.Size/page/2)
		req.Hi = region.Managed() - page*r.Uint64N(region.Size/page/2)
	}
	return req
}

// Where blocks are wanted, the fewest bytes are named: trying every place is no better.
func TestBlocksAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	checked := 0
	for round := range 400 {
		const pages = 70
		l := rundir.NewLiveSet(pages)
		var blocks []strategies.Block
		for at := uint64(r.IntN(4)); at < pages; {
			n := min(1+r.Uint64N(9), pages-at)
			l.Apply(&rundir.Event{Op: 1, ID: at, Blocks: []trace.Extent{{Start: at, Size: n}}})
			blocks = append(blocks, strategies.Block{Start: at, Size: n})
			at += n + r.Uint64N(12)
		}
		unit := uint64(1) << r.IntN(4)
		lo, hi := r.Uint64N(8), pages-r.Uint64N(8)
		e := &rundir.Event{Op: 9, Errno: "ENOSPC", Req: strategies.Request{Size: unit, Lo: lo, Hi: hi, Flags: strategies.Range | strategies.Contiguous}}
		x := explain(e, l, 1, rundir.Abilities{Scatters: true, Powers: true})
		best := uint64(1 << 60)
		for at := uint64(0); at+unit <= hi; at += unit {
			n := uint64(0)
			for _, b := range blocks {
				if b.Start < at+unit && b.End() > at {
					n += b.Size
				}
			}
			if at >= lo {
				best = min(best, n)
			}
		}
		if x.Kind != reason.OneBlock || best == 0 {
			continue
		}
		checked++
		if x.PinBytes != best {
			t.Fatalf("round %d: objects of %d spoil the best place of %d in [%d,%d), brute force says %d", round, x.PinBytes, unit, lo, hi, best)
		}
	}
	if checked < 20 {
		t.Errorf("%d rounds were checked", checked)
	}
}

// last replays a trace file on a strategy and explains its last refusal.
func last(t *testing.T, path string, s strategies.Strategy, able rundir.Abilities) string {
	t.Helper()
	in, err := trace.Open(path)
	fixture.Must(t, err)
	defer in.Close()
	p := play(t, s, in.Region())
	why := ""
	for in.Scan() {
		switch rec := in.Record(); rec.Kind {
		case trace.Alloc:
			if e, ok := p.alloc(rec.ID, rec.Req); !ok {
				x := explain(e, p.live, in.Region().Page, able)
				why = said(s.Name, x)
			}
		case trace.Free:
			p.free(rec.ID)
		}
	}
	fixture.Must(t, in.Err())
	return strings.ReplaceAll(why, text.NBSP, " ")
}

// The right values of the two cases were worked out by hand.
func TestReasonsOfCases(t *testing.T) {
	able := abilities(t, buddy.Strategy)
	for path, want := range map[string]string{
		"testdata/scatter-explained-as-one-piece.trace": "63.9 MiB was free, but only in pieces: it needs 4 whole blocks of 2 MiB at multiples of that size, and 3 are free. " +
			"One is lacking; the cheapest to get, at 0x0, holds one 4 KiB object at 0x0 (allocation 0, alive for 35 operations). 28 other objects of that size spoil one each, too.",
		"testdata/stolen-56m.trace": "22 MiB was free in the addresses it allows, all of it in one piece. But this strategy grants blocks that are powers of two at multiples of their size, " +
			"and a contiguous request becomes one of 32 MiB, rounded up. The addresses it allows have no place for one. " +
			"Linux's buddy puts smaller blocks together for a contiguous request (it tries harder) only when the request allows all addresses.",
	} {
		if got := last(t, path, buddy.Strategy, able); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", path, got, want)
		}
	}
	// A trace from before the comment says less, and nothing false.
	if got := last(t, "testdata/scatter-explained-as-one-piece.trace", buddy.Strategy, rundir.Abilities{}); strings.Contains(got, "would") {
		t.Errorf("of an unknown strategy: %s", got)
	}
}

// What is wrong with an invalid request is named.
func TestInvalid(t *testing.T) {
	const page = 4096
	for _, tt := range []struct {
		s    strategies.Strategy
		req  strategies.Request
		want string
	}{
		{buddy.Strategy, strategies.Request{Size: 5000}, "Its size, 5,000 bytes, is no multiple of the page of 4 KiB"},
		{buddy.Strategy, strategies.Request{Size: page, Align: 12288}, "Its alignment, 12,288 bytes, is not a power of two"},
		{buddy.Strategy, strategies.Request{Size: 17 * page}, "It is larger than the region of 64 KiB"},
		{buddy.Strategy, strategies.Request{Size: page, Flags: strategies.Range, Lo: 0, Hi: 17 * page}, "The addresses it allows end above the region"},
		{buddy.Strategy, strategies.Request{Size: page, Flags: strategies.Range, Lo: 100, Hi: 8 * page}, "do not begin and end at a page of 4 KiB"},
		{buddy.LIFO, strategies.Request{Size: page, Flags: strategies.Range, Lo: page, Hi: 8 * page}, "takes no such windows"},
		{buddy.LIFO, strategies.Request{Size: 3 * page, Align: 2 * page}, "Its size is no multiple of its alignment, 8 KiB"},
		{buddy.LIFO, strategies.Request{Size: 9 * page, Align: 2 * page}, "Its size is no multiple of its alignment, 8 KiB"},
		{buddy.LIFO, strategies.Request{Size: 11 * page, Align: 4 * page, Flags: strategies.Contiguous}, "In blocks that are powers of two it takes 64 KiB, which is more than the region of 48 KiB"},
		{rangemgr.Strategy, strategies.Request{Size: 0}, ""},
	} {
		region := strategies.Region{Size: 16 * page, Page: page}
		if tt.req.Size > 8*page && tt.req.Size < region.Size {
			region.Size = 12 * page // where no power of two has room for the request
		}
		p := play(t, tt.s, region)
		e, ok := p.alloc(1, tt.req)
		if ok || e.Errno != "EINVAL" {
			if tt.want != "" {
				t.Errorf("%s: %v is no EINVAL but %q", tt.s.Name, tt.req, e.Errno)
			}
			continue
		}
		x := explain(e, p.live, page, abilities(t, tt.s))
		if got := said(tt.s.Name, x); !strings.Contains(got, "(EINVAL)") || !strings.Contains(got, tt.want) {
			t.Errorf("%s, %v: %q, want %q", tt.s.Name, tt.req, got, tt.want)
		}
	}
}

// An invalid request is not what a moment or a pair is chosen by.
func TestInvalidChoosesNothing(t *testing.T) {
	lines := "vramlab trace 1\n# small: doc\n# strategy: %s\n# caps: scatter,pow2blocks\nregion 65536 page 4096\na 0 5000\n! EINVAL\na 1 4096\n= 0+4096\na 2 8192\n= 8192+8192\na 3 65536\n! ENOSPC\n"
	p := placedAt(t, fmt.Sprintf(lines, "buddy"))
	w := rundir.NewWorkload("w")
	w.Placed = []*rundir.Placement{p}
	names := list.Names{"buddy"}
	f := shoot(names, func(format string, args ...any) { t.Errorf(format, args...) }, w, 240, 10)
	if got := f.lanes[0].first; got != 3 {
		t.Errorf("the first refusal is in frame %d of %d, want 3: the one of memory", got, len(f.at))
	}
	if len(p.Refusals.At) != 1 {
		t.Errorf("%d refusals say where to look, want 1", len(p.Refusals.At))
	}
	if why := f.lanes[0].whys(names, f.at); len(why) != 2 || !strings.Contains(string(why[1].Body), "less than it asks for") {
		t.Errorf("explanations %+v", why)
	}
}

// A grant in pieces that a run explained stands among the refusals, in the order of the
// operations.
func TestGrantInPieces(t *testing.T) {
	p := placedAt(t, "vramlab trace 1\n# small: doc\n# strategy: buddy\n# caps: scatter,pow2blocks\nregion 65536 page 4096\na 0 4096\n= 0+4096\na 1 12288\n= 4096+4096 8192+8192\na 2 65536\n! ENOSPC\n")
	p.Why = []*reason.Explanation{{Strategy: "buddy", Op: 2, ID: 1, Size: 12288, Kind: reason.Scattered, Segments: 2, Managed: 65536}}
	w := rundir.NewWorkload("w")
	w.Placed = []*rundir.Placement{p}
	names := list.Names{"buddy"}
	f := shoot(names, func(format string, args ...any) { t.Errorf(format, args...) }, w, 240, 10)
	why := f.lanes[0].whys(names, f.at)
	if len(why) != 2 || why[0].Op != 2 || why[1].Op != 3 || !strings.Contains(string(why[0].Head), "2\u00a0pieces") {
		t.Errorf("explanations %+v", why)
	}
}

// What a run recorded is shown as it has it, with names escaped.
func TestRecorded(t *testing.T) {
	x := reason.Explanation{Strategy: "any", Op: 5, Size: 4096, Errno: "ENOSPC", Kind: reason.OnePiece, Free: 8192, Largest: 4096, Managed: 65536,
		Place: [2]uint64{0, 8192}, NPins: 1, Pins: []reason.Object{{ID: 7, Op: 2, Bytes: 4096, At: [][2]uint64{{4096, 4096}}}}, Room: 12288,
		Frees: []uint64{7}, NFrees: 1, Freed: 4096, Proven: true,
		Answers: []reason.Answer{{Strategy: "buddy", What: reason.GrantedIt, Segments: 2}, {Strategy: "<b>x\uE000", What: reason.NotAsked}}}
	all := recorded(&rundir.Placement{Why: []*reason.Explanation{&x}})
	found := all[5]
	if len(all) != 1 || found == nil || len(found.pins) != 1 || found.pins[0] != (pin{4096, 4096, 7}) || found.hi != 8192 {
		t.Fatalf("%+v", all)
	}
	names := list.Names{"buddy", "rangemgr"}
	head, body := found.sentences(names, 1)
	if got := text.Plain(names, head); got != "Why rangemgr refused 4,096 B at operation 5." && got != "Why rangemgr refused 4 KiB at operation 5." {
		t.Error(got)
	}
	page := string(theme.Markup(names, body))
	for _, want := range []string{"Without it the request would fit", "buddy</b> granted it in 2\u00a0pieces; &lt;b&gt;x was not asked"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in %s", want, page)
		}
	}
}
