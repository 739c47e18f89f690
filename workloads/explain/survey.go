package explain

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Found is an operation that has something to explain.
type Found struct {
	Op       int // from 1
	Size     uint64
	Errno    string // of a refusal
	Segments int    // of a grant in pieces
	Weight   int    // of a refusal: what it tells, as [reason.Explanation.Weight]
}

// Survey replays the stream on s and returns the requests that were refused, each at its
// last attempt, and those that were granted in pieces, if scattered is set.
func Survey(st *Stream, s strategies.Strategy, scattered bool) (refused, pieces []Found, err error) {
	if err := replay.Begins(s, st.Region, st.Ops); err != nil {
		return nil, nil, err
	}
	a, err := s.New(st.Region)
	if err != nil {
		return nil, nil, err
	}
	live := replay.NewLive(st.Ops)
	p := replay.NewPlayer(a, live)
	managed, used := st.Region.Managed(), uint64(0)
	bytes := func(blocks []strategies.Block) (sum uint64) {
		for _, b := range blocks {
			sum += b.Size
		}
		return sum
	}
	for i := range st.Ops {
		op := &st.Ops[i]
		had := bytes(live.Held(op.Slot))
		what, err := p.Do(op)
		used += bytes(live.Held(op.Slot)) - had
		switch {
		case what == replay.Refused && op.Kind != workloads.Trim:
			if i+1 < len(st.Ops) && st.Ops[i+1].Kind == workloads.Fallback {
				continue // not the last word
			}
			f := Found{Op: i + 1, Size: op.Req.Size, Errno: strategies.Errno(err)}
			f.Weight = weight(f, managed, managed-min(used, managed))
			refused = append(refused, f)
		case scattered && what == replay.Granted && len(live.Held(op.Slot)) > 1:
			if n := Segments(live.Held(op.Slot)); n > 1 {
				pieces = append(pieces, Found{Op: i + 1, Size: op.Req.Size, Segments: n})
			}
		}
	}
	return refused, pieces, nil
}

// weight ranks a refusal without a look at its window.
func weight(f Found, managed, free uint64) int {
	switch {
	case f.Errno == "EINVAL":
		return 0
	case f.Errno != "ENOSPC" || f.Size > managed:
		return 1
	case f.Size > free:
		return 2
	}
	return 3
}

// Choose picks the operations that tell most: the first that is not invalid, and of each of
// n parts of a stream of so many operations the first of those that weigh most. Invalid
// requests are picked only where nothing else is.
func Choose(refused []Found, ops, n int) (chosen []int) {
	best := make([]int, n) // by part: index plus one
	first := -1
	for i, f := range refused {
		part := min((f.Op-1)*n/max(ops, 1), n-1)
		if b := best[part]; b == 0 || f.Weight > refused[b-1].Weight {
			best[part] = i + 1
		}
		if first < 0 && f.Weight > 0 {
			first = i
		}
	}
	for _, b := range best {
		if b == 0 || first >= 0 && refused[b-1].Weight == 0 {
			continue
		}
		if first >= 0 && first < b-1 {
			chosen = append(chosen, refused[first].Op)
		}
		if first >= 0 && first <= b-1 {
			first = len(refused)
		}
		chosen = append(chosen, refused[b-1].Op)
	}
	return chosen
}
