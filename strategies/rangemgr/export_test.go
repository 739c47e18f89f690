package rangemgr

import "github.com/vramlab/vramlab/strategies"

// Eager is the strategy that builds an index once a search has visited one hole in
// vain, so that short tests exercise the indexes.
var Eager = strategies.Strategy{
	Name: "rangemgr.eager",
	Doc:  Strategy.Doc,
	Caps: Strategy.Caps,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		s, err := newAllocator(r)
		if err != nil {
			return nil, err
		}
		if a := s.(*allocator); a.narrow != nil {
			a.narrow.eager = true
		} else {
			a.wide.eager = true
		}
		return s, nil
	},
}

// Indexes is how many indexes for windows and alignments an allocator has, and how
// many of them are divided into zones.
func Indexes(s strategies.Allocator) (all, zoned int) {
	count := func(with bool) {
		all++
		if with {
			zoned++
		}
	}
	if a := s.(*allocator); a.narrow != nil {
		for _, x := range a.narrow.fits {
			count(x.zoned)
		}
	} else {
		for _, x := range a.wide.fits {
			count(x.zoned)
		}
	}
	return all, zoned
}
