package ttm

import (
	"fmt"
	"math/bits"
	"time"
)

// Histogram counts durations in eight buckets for each power of two: exact below
// 16 ns, within 12.5 % above. It is a plain value of 4 KiB; the zero value is empty.
type Histogram struct {
	buckets [nBuckets]uint64
	count   uint64
	max     time.Duration
}

const (
	subBits  = 3 // 2^3 buckets for each power of two
	nBuckets = (63-subBits)<<subBits + 1<<subBits
)

// bucket is the bucket of a duration: the position of its highest bit, and the three
// bits below it.
func bucket(d time.Duration) int {
	shift := max(bits.Len64(uint64(d))-subBits-1, 0)
	return shift<<subBits + int(d>>shift)
}

// ceiling is the longest duration counted in bucket i.
func ceiling(i int) time.Duration {
	shift := max(i>>subBits-1, 0)
	return time.Duration(i-shift<<subBits+1)<<shift - 1
}

// record counts d. A negative d, which the correction for the clock can make, counts
// as 0.
func (h *Histogram) record(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucket(d)]++
	h.count++
	h.max = max(h.max, d)
}

// Add counts everything that other has counted.
func (h *Histogram) Add(other *Histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	h.max = max(h.max, other.max)
}

// Count is the number of durations.
func (h *Histogram) Count() uint64 { return h.count }

// Max is the longest duration, exactly.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile is the q-quantile, 0 <= q <= 1, as the upper end of its bucket: a share q
// of all durations is at most that long. It is 0 if nothing was counted.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(uint64(q*float64(h.count)+0.5), 1)
	seen := uint64(0)
	for i, n := range h.buckets {
		if seen += n; seen >= rank {
			return min(ceiling(i), h.max)
		}
	}
	return h.max
}

// String is a line with the count, two quantiles and the maximum.
func (h *Histogram) String() string {
	return fmt.Sprintf("%d times, p50 %v, p99 %v, max %v", h.count, h.Quantile(0.5), h.Quantile(0.99), h.max)
}
