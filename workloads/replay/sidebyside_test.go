package replay_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestSideBySide replays a trace on first fit, and on one in which a page is live already.
func TestSideBySide(t *testing.T) {
	r := reader(t, kept)
	list := []strategies.Allocator{
		allocator(t, strategies.Checked(strategytest.Reference), r.Region()),
		allocator(t, strategies.Checked(strategytest.Reference), r.Region()),
	}
	if _, err := list[1].Alloc(nil, strategies.Request{Size: 4096, Lo: 28672, Hi: 32768, Flags: strategies.Range}); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	err := replay.SideBySide(r, list, func(rec *trace.Record, answers []replay.Answer) {
		if rec.Kind == trace.Live {
			return
		}
		fmt.Fprintf(&got, "%v %d: %v | %v | %v\n", rec.Kind, rec.ID, answers[0], answers[1], answers[0].Same(answers[1]))
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `a 4: = 28672+16384 | = 32768+16384 | false
t 4: = 32768+8192 | = 36864+8192 | false
t 4: ! EINVAL | ! EINVAL | true
a 5: ! ENOSPC | ! ENOSPC | true
t 5: nothing | nothing | true
t 2: = 12288+4096 | = 12288+4096 | true
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}
}

// TestSideBySideCannotBegin has an allocator in which what the trace begins with is live:
// the first ends the replay, another one answers nothing else.
func TestSideBySideCannotBegin(t *testing.T) {
	for full := range 2 {
		r := reader(t, kept)
		list := []strategies.Allocator{allocator(t, strategytest.Reference, r.Region()), allocator(t, strategytest.Reference, r.Region())}
		if _, err := list[full].Alloc(nil, strategies.Request{Size: 4096}); err != nil {
			t.Fatal(err)
		}
		shown := 0
		err := replay.SideBySide(r, list, func(rec *trace.Record, answers []replay.Answer) {
			shown++
			if errors.Is(answers[0].Err, replay.ErrState) || !errors.Is(answers[1].Err, replay.ErrState) {
				t.Errorf("%s: %v", replay.Describe(rec), answers)
			}
		})
		if full == 1 {
			if err != nil || shown < 3 {
				t.Errorf("%d lines were shown, error %v", shown, err)
			}
		} else if want := "t:3: the strategy cannot begin in the given state: it refuses 0+4096"; shown > 0 || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%d lines were shown; got  %v\nwant %s", shown, err, want)
		}
	}
}

func TestAnswerSame(t *testing.T) {
	blocks := func(b ...strategies.Block) replay.Answer { return replay.Answer{Blocks: b} }
	refused := func(err error) replay.Answer { return replay.Answer{Err: err} }
	a, b := strategies.Block{Start: 0, Size: 4096}, strategies.Block{Start: 4096, Size: 4096}
	for _, tt := range []struct {
		x, y replay.Answer
		same bool
	}{
		{blocks(a, b), blocks(a, b), true},
		{blocks(a, b), blocks(b, a), false},
		{blocks(a, b), blocks(strategies.Block{Start: 0, Size: 8192}), false},
		{blocks(a), blocks(strategies.Block{Start: 0, Size: 4096, Node: 7}), true},
		{blocks(a), refused(strategies.ErrNoSpace), false},
		{refused(strategies.ErrNoSpace), refused(strategies.ErrInvalid), false},
		{refused(strategies.ErrInvalid), refused(fmt.Errorf("why: %w", strategies.ErrInvalid)), true},
		{refused(errors.New("one")), refused(errors.New("two")), false},
	} {
		if tt.x.Same(tt.y) != tt.same || tt.y.Same(tt.x) != tt.same {
			t.Errorf("%v and %v: not %v", tt.x, tt.y, tt.same)
		}
	}
}
