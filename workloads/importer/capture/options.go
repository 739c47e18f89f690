package capture

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// DefaultFill is the percentage of the region that the peak of live bytes fills, where
// neither the capture nor the user says how large the region is.
const DefaultFill = 85

// Options are what the user chooses. The zero value is the default.
type Options struct {
	Format string // name of the format; "": that which the content shows
	Page   uint64 // of the trace; 0: [strategies.MinPage]
	// Scale multiplies all sizes, offsets and alignments; 0: the page over the granule of
	// the format.
	Scale uint64
	// Whole refuses sizes that are no whole pages, instead of rounding them up.
	Whole    bool
	Region   uint64        // bytes of the region, after scaling; 0: see Fill
	Fill     float64       // percentage of the region that the peak of live bytes fills; 0: [DefaultFill]
	From, To time.Duration // the part of the capture that counts, from its first event on; To 0: to the end
	Process  string        // only objects that this process allocated
	Device   string        // only this heap
	Stream   string        // only objects that were allocated on this stream
	Strict   bool          // refuse a file of which something is dropped
}

func (o *Options) check() error {
	switch {
	case o.Page != 0 && (o.Page < strategies.MinPage || bits.OnesCount64(o.Page) != 1):
		return fmt.Errorf("a page of %d bytes: it is a power of two of at least %d", o.Page, strategies.MinPage)
	case o.Fill < 0 || o.Fill > 100:
		return fmt.Errorf("a fill of %v %%: it is above 0 and at most 100", o.Fill)
	case o.From < 0 || o.To < 0 || o.To > 0 && o.To <= o.From:
		return fmt.Errorf("a time window from %v to %v: it ends after it begins", o.From, o.To)
	}
	return nil
}

func (o *Options) page() uint64 {
	if o.Page == 0 {
		return strategies.MinPage
	}
	return o.Page
}

// scale is the factor for sizes of a format with a granule.
func (o *Options) scale(granule uint64) uint64 {
	switch {
	case o.Scale != 0:
		return o.Scale
	case granule == 0 || granule >= o.page():
		return 1
	}
	return o.page() / granule
}

func (o *Options) fill() float64 {
	if o.Fill == 0 {
		return DefaultFill
	}
	return o.Fill
}
