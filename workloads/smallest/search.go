package smallest

import "math/bits"

// The shares of the work, roughly, for progress.
const (
	shareAnyway = 0.1
	shareSearch = 0.6
)

// find finds a boundary, and then tries smaller regions as long as it may.
func (f *search) find() error {
	f.options.Progress(shareAnyway)
	top := f.Roomy / f.Page
	least := min(max(1, f.Bound/f.Page), top)
	lo, hi, err := f.gallop(least, top)
	if err != nil {
		return err
	}
	left := f.options.Smaller
	for {
		if err := f.bisect(lo, hi); err != nil {
			return err
		}
		f.options.Progress(shareAnyway + shareSearch)
		smaller, err := f.smaller(least, &left)
		f.conclude(least)
		if err != nil {
			return err
		}
		if smaller == 0 {
			f.options.Progress(1)
			return nil
		}
		lo, hi = least-1, smaller
	}
}

// conclude completes the result of a boundary.
func (f *search) conclude(least uint64) {
	f.Refusal = Refusal{Op: noRegion}
	if f.Pages > 1 {
		f.Refusal = f.tried[f.Pages-1]
	}
	f.Smaller = 0
	for pages := range f.tried {
		if pages >= least && pages < f.Pages {
			f.Smaller++
		}
	}
	f.All = f.Pages >= least && uint64(f.Smaller) == f.Pages-least
}

// gallop finds a region that serves and one that does not, between least, the
// bound, and top, which serves. Steps begin small and double, since most strategies come
// within percents of the bound.
func (f *search) gallop(least, top uint64) (lo, hi uint64, err error) {
	lo = least - 1
	for step := max(1, least/256); ; step *= 2 {
		hi = min(lo+1, top)
		if lo >= least {
			hi = min(lo+step, top)
		}
		ok, err := f.serves(hi)
		if ok || err != nil {
			return lo, hi, err
		}
		lo = hi
	}
}

// bisect sets Pages to a boundary above lo and not above hi, which serves. It ends only
// when a page less was replayed: lo need not have been.
func (f *search) bisect(lo, hi uint64) error {
	all := float64(bits.Len64(hi - lo))
	for {
		for hi-lo > 1 {
			f.options.Progress(shareAnyway + shareSearch*(1-float64(bits.Len64(hi-lo))/(all+1)))
			mid := lo + (hi-lo)/2
			ok, err := f.serves(mid)
			if err != nil {
				return err
			}
			if ok {
				hi = mid
			} else {
				lo = mid
			}
		}
		ok, err := false, error(nil)
		if lo > 0 {
			ok, err = f.serves(lo)
		}
		switch {
		case err != nil:
			return err
		case !ok:
			f.Pages = hi
			return nil
		}
		lo, hi = 0, lo // the bound is none for this strategy
	}
}

// smaller tries regions below Pages, from least on, and returns the first that serves, 0
// for none. Multiples of large powers of two come first: what a buddy makes of a region
// depends on them, and they lie far apart. left is the number that may still be tried,
// below 0 any.
func (f *search) smaller(least uint64, left *int) (uint64, error) {
	if f.Pages <= least {
		return 0, nil
	}
	total := f.Pages - least
	if *left >= 0 {
		total = min(total, uint64(*left))
	}
	done := uint64(0)
	for step := floorPow2(f.Pages); step > 0; step /= 2 {
		at := (least + step - 1) / step
		for ; at*step < f.Pages; at++ {
			if at%2 == 0 {
				continue // it was a multiple of the step before
			}
			if _, ok := f.tried[at*step]; ok {
				continue
			}
			if *left == 0 {
				return 0, nil
			}
			*left--
			ok, err := f.serves(at * step)
			if ok || err != nil {
				return at * step, err
			}
			if done++; total > 0 {
				f.options.Progress(shareAnyway + shareSearch + (1-shareAnyway-shareSearch)*min(1, float64(done)/float64(total)))
			}
		}
	}
	return 0, nil
}
