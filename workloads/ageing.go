package workloads

import "github.com/vramlab/vramlab/strategies"

// ageing is a game session. It loads assets of 256 KiB to 16 MiB until 4 GiB are
// 60 % full, and then plays: each step asks for an object of 4 KiB to 1 MiB. Four
// of five objects live for 8 to 8192 steps; the fifth stays (a cache entry, a
// pinned buffer). In one step of eight an asset is replaced by another one. The
// objects that stay lie between those that go, so the holes get shorter while
// the fill level rises to 95 %; from then on the oldest object that stayed is
// freed to make room. Read the curves over the run: their mean says little.
func ageing() Workload {
	w := Workload{
		Name:   "ageing",
		Title:  "Ageing session",
		Doc:    "A game session on 4 GiB: assets stream, short-lived objects come and go, one in five stays between them, and the fill level rises from 60 to 95 %.",
		Region: strategies.Region{Size: 4 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		s := session{gen: g}
		for g.more() && g.used < percent(60, w.Region.Size) {
			s.load()
		}
		for top := percent(95, w.Region.Size); g.more(); {
			s.step(top)
		}
	})
}

// longestLife is the longest life of a short-lived object, in steps.
const longestLife = 8192

// session is the state of an ageing run.
type session struct {
	*gen
	assets pool
	stay   []object              // objects that stayed, oldest first
	due    [longestLife + 1]pool // objects to free at a step, by the step modulo the length
	now    int                   // the step, modulo the length of due
}

// load allocates an asset.
func (s *session) load() {
	s.assets.add(s.alloc(strategies.Request{Size: s.size(256*kib, 16*mib)}))
}

// step plays one step and keeps the fill level at or below top bytes.
func (s *session) step(top uint64) {
	s.now = (s.now + 1) % len(s.due)
	for _, o := range s.due[s.now] {
		s.free(o)
	}
	s.due[s.now] = s.due[s.now][:0]
	if s.oneIn(8) {
		s.free(s.assets.pick(s.gen))
		s.load()
	}
	for s.used >= top && len(s.stay) > 0 {
		s.free(s.stay[0])
		s.stay = s.stay[1:]
	}
	o := s.alloc(strategies.Request{Size: s.size(4*kib, mib)})
	if s.oneIn(5) {
		s.stay = append(s.stay, o)
		return
	}
	life := 8 << s.below(10)
	life += int(s.below(uint64(life) + 1))
	dies := (s.now + life) % len(s.due)
	s.due[dies] = append(s.due[dies], o)
}
