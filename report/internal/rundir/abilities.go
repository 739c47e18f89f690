package rundir

import (
	"math/bits"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Abilities is what a placement trace tells of the strategy behind it. A trace states
// them in a comment. One that was written before there was that comment shows some of
// them, and of the rest nothing is known: both of a pair of opposites are false.
type Abilities struct {
	Scatters bool // grants a request as blocks that lie apart
	OnePiece bool // grants adjoining blocks only
	Powers   bool // grants powers of two at multiples of their size only
	AnyAlign bool // takes alignments that are no power of two at their word
	NoWindow bool // takes no windows
	Offset   bool // a power of two smaller than its alignment is one block at a multiple of that
}

// capsComment begins the comment that states them: the names of [strategies.Caps].
const capsComment = "caps"

// StatedAbilities reads the comments of a trace; ok is false if none states them.
func StatedAbilities(comments []string) (a Abilities, ok bool) {
	for _, c := range comments {
		value, found := strings.CutPrefix(c, capsComment+": ")
		if !found {
			continue
		}
		caps := make(map[string]bool)
		for name := range strings.SplitSeq(value, ",") {
			caps[name] = true
		}
		has := func(c strategies.Caps) bool { return caps[c.String()] }
		return Abilities{
			Scatters: has(strategies.CapScatter),
			OnePiece: !has(strategies.CapScatter),
			Powers:   has(strategies.CapPow2Blocks),
			AnyAlign: has(strategies.CapAnyAlign),
			NoWindow: !has(strategies.CapWindow),
			Offset:   has(strategies.CapMisalignedWindow),
		}, true
	}
	return Abilities{}, false
}

// witness collects what the grants and refusals of a trace prove.
type witness struct {
	apart  bool // one was granted as blocks apart
	odd    bool // a block was no power of two at a multiple of its size
	cut    bool // a size that is no power of two was granted in powers of two
	refuse bool // one was refused that any strategy that scatters must grant
	tries  int  // refusals looked at for that
}

func (w *witness) granted(r strategies.Request, blocks []trace.Extent) {
	for i, b := range blocks {
		if i > 0 && blocks[i-1].Start+blocks[i-1].Size != b.Start {
			w.apart = true
		}
		if bits.OnesCount64(b.Size) != 1 || b.Start%b.Size != 0 {
			w.odd = true
		}
	}
	w.cut = w.cut || bits.OnesCount64(r.Size) != 1
}

// refused takes the refusal of a request that fits into what is free; live is the state at
// it. A strategy that scatters refuses a request without conditions for lack of memory
// alone: of pages or, with an alignment, of whole free blocks of it.
func (w *witness) refused(r strategies.Request, page uint64, live *LiveSet) {
	const mostTries = 100 // each is a pass over what is live
	align := max(r.Align, page)
	if w.refuse || w.tries == mostTries || r.Flags&(strategies.Contiguous|strategies.Range) != 0 || bits.OnesCount64(align) != 1 {
		return
	}
	w.tries++
	var whole uint64
	for start, size := range live.Holes {
		skip := -start & (align - 1)
		if size > skip {
			whole += (size - skip) &^ (align - 1)
		}
	}
	w.refuse = whole >= r.Size && whole-r.Size >= -r.Size&(align-1)
}

func (w witness) abilities() Abilities {
	return Abilities{
		Scatters: w.apart,
		OnePiece: w.refuse && !w.apart && w.odd,
		Powers:   w.cut && !w.odd,
	}
}
