package replay_test

import (
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// kept is a trace with everything that is neither an allocation nor a free, with the
// results of first fit.
const kept = `vramlab trace 1
region 65536 page 4096
l 1 0+4096 8192+12288
l 9 24576+4096
r dirty
a 4 16384
= 28672+16384
t 4 8192 start=4096
= 32768+8192
t 4 4096 start=18446744073709551615
! EINVAL
f 1
a 5 65536
! ENOSPC
t 5 4096
f 5
r clear
t 2 4096 start=4096
= 12288+4096
f 2 cleared
f 4
`

func reader(t testing.TB, text string) *trace.Reader {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader(text), "t")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func allocator(t testing.TB, s strategies.Strategy, r strategies.Region) strategies.Allocator {
	t.Helper()
	a, err := s.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestTranscribeState: the operations come out as they were, with the results of the
// strategy, and equal themselves.
func TestTranscribeState(t *testing.T) {
	r := reader(t, kept)
	var out strings.Builder
	if err := replay.Transcribe(allocator(t, strategies.Checked(strategytest.Reference), r.Region()), r, trace.NewWriter(&out, r.Region())); err != nil {
		t.Fatal(err)
	}
	if out.String() != kept {
		t.Errorf("got\n%s", out.String())
	}
	r = reader(t, kept)
	if n, err := replay.Verify(allocator(t, strategytest.Reference, r.Region()), r, "t"); n != 5 || err != nil {
		t.Errorf("%d results compared, want 5: %v", n, err)
	}
	r = reader(t, strings.Replace(kept, "= 32768+8192", "= 28672+8192", 1))
	_, err := replay.Verify(allocator(t, strategytest.Reference, r.Region()), r, "t")
	if want := "t:9: trim of 4 to 8192 bytes from byte 4096 on: wanted = 28672+8192, got = 32768+8192"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// cannot is the reference without what only some strategies can do: an interface value
// has the methods of the contract and no more.
func cannot(wrong func(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)) strategies.Strategy {
	s := strategytest.Reference
	inner := s.New
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := inner(r)
		return plain{a, wrong}, err
	}
	return s
}

type plain struct {
	inner strategies.Allocator
	wrong func(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error)
}

func (p plain) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if p.wrong != nil {
		return p.wrong(dst, r)
	}
	return p.inner.Alloc(dst, r)
}
func (p plain) Free(blocks []strategies.Block) {
	if p.wrong == nil {
		p.inner.Free(blocks)
	}
}
func (p plain) FreeBlocks() iter.Seq[strategies.Block] { return p.inner.FreeBlocks() }

// TestCannotBegin: one line says which extent a strategy does not grant as it lies.
func TestCannotBegin(t *testing.T) {
	grant := func(blocks ...strategies.Block) func([]strategies.Block, strategies.Request) ([]strategies.Block, error) {
		return func(dst []strategies.Block, _ strategies.Request) ([]strategies.Block, error) {
			return append(dst, blocks...), nil
		}
	}
	windowless := strategytest.Reference
	windowless.Caps &^= strategies.CapWindow
	ops, err := workloads.FromTrace(reader(t, kept))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    strategies.Strategy
		want string // behind the name of the strategy
	}{
		{cannot(grant(strategies.Block{Start: 8192, Size: 4096})), " cannot begin in the given state: it grants 8192+4096 for 0+4096"},
		{cannot(grant(strategies.Block{Size: 8192})), " cannot begin in the given state: it grants 0+8192 for 0+4096"},
		{cannot(grant(strategies.Block{Size: 1024})), " cannot begin in the given state: it grants 1024 bytes for 0+4096"},
		{cannot(func(dst []strategies.Block, _ strategies.Request) ([]strategies.Block, error) {
			return dst, strategies.ErrNoSpace
		}), " cannot begin in the given state: it refuses 0+4096: no space"},
	} {
		region := strategies.Region{Size: 65536, Page: 4096}
		if err := replay.Begins(c.s, region, ops); err == nil || err.Error() != c.s.Name+c.want {
			t.Errorf("got  %v\nwant %s", err, c.s.Name+c.want)
		}
		r := reader(t, kept)
		_, err := replay.Verify(allocator(t, c.s, region), r, "t")
		if err == nil || err.Error() != "t:3: the strategy"+c.want {
			t.Errorf("Verify: %v", err)
		}
		r = reader(t, kept)
		if e := replay.Transcribe(allocator(t, c.s, region), r, trace.NewWriter(new(strings.Builder), region)); e == nil || e.Error() != err.Error() {
			t.Errorf("Transcribe: %v", e)
		}
	}
	if err := replay.Begins(windowless, strategies.Region{Size: 65536, Page: 4096}, ops); err == nil || err.Error() != "reference has no windows, and cannot begin in the given state" {
		t.Error(err)
	}
	if err := replay.Begins(windowless, strategies.Region{Size: 65536, Page: 4096}, ops[4:]); err != nil {
		t.Errorf("without a state: %v", err)
	}
}

// TestBeginsPlaced: a strategy without windows that places extents begins in a state, with
// the loop, a player and a trace alike.
func TestBeginsPlaced(t *testing.T) {
	const state = "vramlab trace 1\nregion 65536 page 4096\nl 1 4096+4096 8192+12288\nl 9 32768+32768\n"
	text := state + "a 4 4096\n= 20480+4096\na 5 4096\n= 0+4096\nf 2\na 6 8192\n= 8192+8192\n"
	ops, err := workloads.FromTrace(reader(t, text))
	if err != nil {
		t.Fatal(err)
	}
	region := strategies.Region{Size: 65536, Page: 4096}
	if err := replay.Begins(buddy.LIFO, region, ops); err != nil {
		t.Error(err)
	}
	if n, err := replay.Verify(allocator(t, strategies.Checked(buddy.LIFO), region), reader(t, text), "t"); n != 3 || err != nil {
		t.Errorf("%d results compared, want 3: %v", n, err)
	}
	a, live := allocator(t, buddy.LIFO, region), replay.NewLive(ops)
	if got, want := replay.Replay(a, ops, live), (replay.Counts{Requests: 3, Frees: 1, Blocks: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	live.Drain(a)
	if free := freeBytes(a); free != region.Size {
		t.Errorf("after everything was freed %d bytes are free", free)
	}
}

// TestReplayState: the loop, the player and a session count alike; the state is no
// request and has no time.
func TestReplayState(t *testing.T) {
	ops, err := workloads.FromTrace(reader(t, kept))
	if err != nil {
		t.Fatal(err)
	}
	if err := replay.Check(ops); err != nil {
		t.Fatal(err)
	}
	region := strategies.Region{Size: 65536, Page: 4096}
	want := replay.Counts{Requests: 2, Refused: 1, Frees: 3, Blocks: 1, Trims: 3, Untrimmed: 1, Resets: 2}
	for _, s := range []strategies.Strategy{strategytest.Reference, strategies.Checked(strategytest.Reference), cannot(nil)} {
		if s.New != nil {
			if _, trims := strategies.As[strategies.Trimmer](allocator(t, s, region)); !trims {
				want.Untrimmed = want.Trims
			}
		}
		live := replay.NewLive(ops)
		a := allocator(t, s, region)
		if got := replay.Replay(a, ops, live); got != want {
			t.Errorf("Replay: %+v, want %+v", got, want)
		}
		live.Drain(a)
		var noted replay.Counts
		p := replay.NewPlayer(a, live)
		for i := range ops {
			what, _ := p.Do(&ops[i])
			noted.Note(&ops[i], what, live.Held(ops[i].Slot))
		}
		if noted != want {
			t.Errorf("noted %+v, want %+v", noted, want)
		}
		live.Drain(a)
		session, err := replay.NewSession(a, ops, live)
		if err != nil {
			t.Fatal(err)
		}
		if got, took := session.Timed(); got != want || took <= 0 {
			t.Errorf("a session: %+v in %v, want %+v", got, took, want)
		}
		ns := make([]uint32, len(ops))
		for i := range ns {
			ns[i] = 1 << 31
		}
		session.TimedEach(ns)
		for i, n := range ns {
			skipped := i < workloads.State(ops) || i == 9 || i == 10 // trim and free of what was refused
			if (n == 0) != skipped {
				t.Errorf("operation %d, %+v, took %d ns", i, ops[i], n)
			}
		}
		if free := fmt.Sprint(freeBytes(a)); free != "65536" {
			t.Errorf("after the session %s bytes are free", free)
		}
	}
}

func freeBytes(a strategies.Allocator) (n uint64) {
	for b := range a.FreeBlocks() {
		n += b.Size
	}
	return n
}

// TestReplayStateTakesNothingFromTheHeap: nor do trims.
func TestReplayStateTakesNothingFromTheHeap(t *testing.T) {
	var ops []workloads.Op
	for range 100 {
		ops = append(ops, workloads.Op{Req: strategies.Request{Size: 16384}},
			workloads.Op{Kind: workloads.Trim, Req: strategies.Request{Size: 4096, Lo: 4096}},
			workloads.Op{Kind: workloads.ResetClear}, workloads.Op{Kind: workloads.Free})
	}
	a, live := allocator(t, strategytest.Reference, strategies.Region{Size: 65536, Page: 4096}), replay.NewLive(ops)
	if n := testing.AllocsPerRun(5, func() { replay.Replay(a, ops, live) }); n != 0 {
		t.Errorf("%v heap allocations in a replay, want none", n)
	}
}

// TestCheckState: a stream that breaks the rules of a state or a trim is found.
func TestCheckState(t *testing.T) {
	live := func(slot uint32) workloads.Op { return workloads.Op{Kind: workloads.Live, Slot: slot} }
	of := func(k workloads.Kind) workloads.Op { return workloads.Op{Kind: k} }
	for _, c := range []struct {
		ops  []workloads.Op
		want string
	}{
		{[]workloads.Op{live(0), live(1), of(workloads.ResetDirty), of(workloads.Trim), of(workloads.Free)}, ""},
		{[]workloads.Op{live(0), live(0)}, "operation 1: live extent in slot 0, which is in use"},
		{[]workloads.Op{of(workloads.ResetClear), live(0)}, "operation 1: a live extent after other operations: a state to begin in comes first"},
		{[]workloads.Op{of(workloads.Trim)}, "operation 0: trim of slot 0, which is empty"},
		{[]workloads.Op{live(0), of(workloads.Alloc)}, "operation 1: allocation into slot 0, which was not freed"},
	} {
		err := replay.Check(c.ops)
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// slow waits in every window, as a state has.
type slow struct{ strategies.Allocator }

func (s slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Flags&strategies.Range != 0 {
		time.Sleep(20 * time.Millisecond)
	}
	return s.Allocator.Alloc(dst, r)
}

// TestStateTakesNoTime: what lays out the state is outside the time of a session.
func TestStateTakesNoTime(t *testing.T) {
	ops, err := workloads.FromTrace(reader(t, kept))
	if err != nil {
		t.Fatal(err)
	}
	a := slow{allocator(t, strategytest.Reference, strategies.Region{Size: 65536, Page: 4096})}
	session, err := replay.NewSession(a, ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, took := session.Timed()
	if all := time.Since(start); took > all-50*time.Millisecond {
		t.Errorf("the time is %v of %v, of which three extents took 20 ms each", took, all)
	}
}

// calling counts its calls.
type calling struct {
	strategies.Allocator
	calls *int
}

func (c calling) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	*c.calls++
	return c.Allocator.Alloc(dst, r)
}

func (c calling) Free(b []strategies.Block) {
	*c.calls++
	c.Allocator.Free(b)
}

// TestTimedBy: a second clock is read behind what lays out the state and before what is
// live is freed. Here it counts calls: one for the state, three of the stream, two drained.
func TestTimedBy(t *testing.T) {
	ops, err := workloads.FromTrace(reader(t, "vramlab trace 1\nregion 65536 page 4096\nl 0 0+4096\na 1 4096\na 2 4096\nf 0\n"))
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	session, err := replay.NewSession(calling{allocator(t, strategytest.Reference, strategies.Region{Size: 65536, Page: 4096}), &calls}, ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	c, took, from, to := session.TimedBy(func() time.Duration { return time.Duration(calls) })
	if from != 1 || to != 4 || calls != 6 || took <= 0 || c.Requests != 2 || c.Frees != 1 {
		t.Errorf("%+v in %v, read after %d and %d of %d calls; want 2 requests and 1 free, after 1 and 4 of 6", c, took, from, to, calls)
	}
}

// TestTrimHint: a trim by an address, as the kernel has it, is told what start means here.
func TestTrimHint(t *testing.T) {
	r := reader(t, "vramlab trace 1\nregion 65536 page 4096\nl 0 32768+8192\nt 0 4096 start=36864\n= 36864+4096\n")
	_, err := replay.Verify(allocator(t, strategytest.Reference, r.Region()), r, "t")
	const want = "t:5: trim of 0 to 4096 bytes from byte 36864 on: wanted = 36864+4096, got ! EINVAL (start counts from the allocation's own first byte; the kernel's is an address)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
