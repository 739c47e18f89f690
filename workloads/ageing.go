package workloads

import "github.com/vramlab/vramlab/strategies"

// ageing is a game session. It loads its assets, 256 KiB to 16 MiB each, until
// 4 GiB are 60 % full, and then plays: each step asks for an object of 4 KiB to
// 1 MiB. Four of five live for 8 to 8192 steps, the fifth stays (a cache entry,
// a pinned buffer). Once in eight steps an asset is streamed out and another
// one in. What stays was placed between what goes, so the holes that are left
// get shorter while the fill creeps up to 95 %, where the oldest of what stayed
// is let go. Look at how its curves change from left to right; the mean over
// the run says little.
func ageing() Workload {
	w := Workload{
		Name:   "ageing",
		Title:  "Ageing session",
		Doc:    "A game session on 4 GiB: assets stream, short-lived objects come and go, one in five stays between them, and the fill creeps from 60 to 95 %.",
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

// longestLife bounds the steps that a short-lived object stays.
const longestLife = 8192

// session is the state of an ageing run.
type session struct {
	*gen
	assets pool
	stay   []object              // what stayed, oldest first
	due    [longestLife + 1]pool // what dies at step now, modulo the length
	now    int
}

// load brings in an asset.
func (s *session) load() {
	s.assets.add(s.alloc(strategies.Request{Size: s.size(256*kib, 16*mib)}))
}

// step plays one step, holding the fill at or below top.
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
