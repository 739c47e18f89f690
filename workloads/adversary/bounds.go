package adversary

import "math"

// The bounds are in units of the smallest size: m is the most that is live at a time, n the
// largest size. They are about allocators that never move what is live.

// Robson is what the best allocator needs when all sizes are powers of two: m(1 + ½ log2 n)
// - n + 1. It is a lower bound for every allocator: for each there is a program that is
// refused in a region of less, and [Ladder] of [Occupy] is that program. And there is an
// allocator for which it suffices. J. M. Robson, "Bounds for Some Functions Concerning
// Dynamic Storage Allocation", JACM 21 (1974), quoted by sqlite.org/malloc.html.
func Robson(m, n uint64) float64 {
	return float64(m)*(1+math.Log2(float64(n))/2) - float64(n) + 1
}

// FirstFit is what address-ordered first fit needs at most, for sizes of any kind: m(1 +
// ceil(log2 n)). J. M. Robson, "Worst Case Fragmentation of First Fit and Best Fit Storage
// Allocation Strategies", The Computer Journal 20 (1977), about m log2 n; in this form as the
// README of o1heap quotes it.
func FirstFit(m, n uint64) float64 { return float64(m) * (1 + math.Ceil(math.Log2(float64(n)))) }

// HalfFit is what half fit (Ogasawara, "An Algorithm with Constant Execution Time for Dynamic
// Storage Allocation", RTCSA 1995) needs at most, which rounds sizes up to powers of two:
// twice [FirstFit], as the README of o1heap quotes it.
func HalfFit(m, n uint64) float64 { return 2 * FirstFit(m, n) }

// AnyFit is what any allocator needs at most that refuses nothing for which there is a hole:
// m·n. Where a request of s units is refused, each of the at most m-s objects has fewer than
// s free units before it, and there are fewer than s behind the last: with what is live that
// is less than (m-s)·s + s. It is by counting, and best fit comes close to it (Robson 1977).
func AnyFit(m, n uint64) float64 { return float64(m) * float64(n) }
