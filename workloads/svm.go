package workloads

import "github.com/vramlab/vramlab/strategies"

// Granules of migration in bytes: the sizes of large page-table entries of GPUs, which
// shared virtual memory migrates where its ranges allow (64 KiB and 2 MiB in xe).
const (
	smallGranule = 64 * kib
	largeGranule = 2 * mib
)

// svm is shared virtual memory beside a model: half of 4 GiB are weights and activations
// of 16 to 128 MiB, one of which is replaced every 4,000 operations. In the rest page
// faults move memory in and out, at 92 % full:
//
//   - A fault of the GPU migrates a run of 8 neighbours of 64 KiB (six of ten), or one
//     granule of 2 MiB (four of ten), each at a multiple of its size.
//   - When the level is reached, the oldest granules are evicted, 16 at a time.
//   - Before one fault in four the CPU touches a part of a granule of 2 MiB, or the program
//     unmaps it: the first or the last part stays, in steps of 64 KiB, and the rest is
//     trimmed away. What is left is evicted in its turn.
//
// It stresses many short lives between few long ones: what is given back in 64 KiB must
// become 2 MiB again, at an aligned place, or the next large fault is refused. The part
// that a trim leaves pins its 2 MiB. A strategy that cannot trim keeps the whole granule
// until its eviction, so it holds more than the level says.
func svm() Workload {
	w := Workload{
		Name:   "svm",
		Title:  "Shared virtual memory",
		Doc:    "Page faults migrate 64 KiB and 2 MiB in and out of 4 GiB that is 92 % full, parts of granules are given back, and half of it is held by old objects of 16 to 128 MiB.",
		Region: strategies.Region{Size: 4 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		s := shared{gen: g, level: percent(92, w.Region.Size)}
		for old := percent(50, w.Region.Size); g.more() && g.used < old; {
			s.load()
		}
		for next := 4000; g.more(); {
			if g.made() >= next {
				g.free(s.large.pick(g))
				s.load()
				next += 4000
			}
			s.fault()
		}
	})
}

// shared is the state of a run of svm.
type shared struct {
	*gen
	level    uint64   // bytes requested from which on granules are evicted
	large    pool     // objects that stay long
	granules []object // oldest first
	whole    []int    // of the granules of 2 MiB that were not trimmed, the number counted from the first granule ever
	evicted  int      // granules so far
}

// load allocates an object that stays long.
func (s *shared) load() {
	size := roundUp(s.size(16*mib, 128*mib), largeGranule)
	s.large.add(s.alloc(strategies.Request{Size: size, Align: largeGranule}))
}

// fault makes room if need be, may trim a granule, and migrates one granule or a run.
func (s *shared) fault() {
	for s.used > s.level && len(s.granules) > 0 {
		s.evict(min(16, len(s.granules)))
	}
	if s.oneIn(4) {
		s.giveBack()
	}
	if s.below(10) < 4 {
		s.whole = append(s.whole, s.evicted+len(s.granules))
		s.migrate(largeGranule)
		return
	}
	for range 8 {
		s.migrate(smallGranule)
	}
}

// migrate brings one granule in.
func (s *shared) migrate(size uint64) {
	s.granules = append(s.granules, s.alloc(strategies.Request{Size: size, Align: size}))
}

// evict frees the n oldest granules.
func (s *shared) evict(n int) {
	for _, o := range s.granules[:n] {
		s.free(o)
	}
	s.granules = s.granules[n:]
	s.evicted += n
	for len(s.whole) > 0 && s.whole[0] < s.evicted {
		s.whole = s.whole[1:]
	}
}

// giveBack trims a granule of 2 MiB that is whole, if there is one, to its first or last
// part.
func (s *shared) giveBack() {
	if len(s.whole) == 0 {
		return
	}
	i := s.below(uint64(len(s.whole)))
	o := &s.granules[s.whole[i]-s.evicted]
	s.whole = append(s.whole[:i], s.whole[i+1:]...)
	keep := (1 + s.below(largeGranule/smallGranule-1)) * smallGranule
	var from uint64
	if s.oneIn(2) {
		from = largeGranule - keep
	}
	s.trim(o, from, keep)
}
