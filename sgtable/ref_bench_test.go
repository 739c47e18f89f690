package sgtable_test

import (
	"sync/atomic"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// BenchmarkRef times a Get and its Put, while the owner keeps its reference.
// mode=atomic is only the addition and the subtraction on the same kind of counter; the
// difference to it is the test whether the table is tracked. With several processors,
// contended makes them share one count.
func BenchmarkRef(b *testing.B) {
	r := sgtable.NewRef(nil, page, nil)
	tracked := sgtable.NewRef(nil, page, nil)
	tracked.Track(sgtable.NewTracker(), "t")
	b.Run("mode=atomic", func(b *testing.B) {
		var count atomic.Int32
		for b.Loop() {
			count.Add(1)
			count.Add(-1)
		}
	})
	b.Run("mode=uncontended", func(b *testing.B) { benchRef(b, r) })
	b.Run("mode=contended", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				r.Get("bench")
				r.Put("bench")
			}
		})
	})
	b.Run("mode=tracked", func(b *testing.B) { benchRef(b, tracked) })
	if r.Count() != 1 || tracked.Count() != 1 {
		b.Errorf("%d and %d references are left, want the owner's", r.Count(), tracked.Count())
	}
}

func benchRef(b *testing.B, r *sgtable.Ref) {
	b.ReportAllocs()
	for b.Loop() {
		r.Get("bench")
		r.Put("bench")
	}
}
