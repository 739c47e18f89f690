package shared

import (
	"strconv"

	"github.com/vramlab/vramlab/strategies"
)

// WithLocks is s with one more parameter, locks: none, one around the allocator as
// [Locked] has, or a lock for each of so many shards as [Sharded] has. A strategy without
// windows has no shards.
//
// Locks decide no placement, shards do: what is in shards models no kernel.
func WithLocks(s strategies.Strategy) strategies.Strategy {
	p := strategies.Param{
		Name: "locks", Doc: "0 is none, 1 a lock around the allocator, more are parts of the region with a lock each",
		Values: []string{"0", "1", "2", "4", "8", "16", "32", "64"},
	}
	if !s.Caps.Has(strategies.CapWindow) {
		p.Values = p.Values[:2]
	}
	inner := s.Choose
	s.Params = append(s.Params[:len(s.Params):len(s.Params)], p)
	s.Choose = func(s *strategies.Strategy, values map[string]string) {
		if inner != nil {
			inner(s, values)
		}
		switch n, _ := strconv.Atoi(values[p.Name]); {
		case n == 1:
			*s = Locked(*s)
		case n > 1:
			*s = Sharded(*s, n)
			s.Models = ""
		}
	}
	return s
}
