package bench

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/vramlab/vramlab/sgtable"
)

// A refMode is a way to use one counted table: how many goroutines take and put
// references at the same time.
type refMode struct {
	name    string
	holders func() int
}

// refModes are alone, and as many as there are cores (two on a single one).
func refModes() []refMode {
	return []refMode{
		{"uncontended", func() int { return 1 }},
		{"contended", func() int { return max(2, runtime.GOMAXPROCS(0)) }},
	}
}

// A sample of a refMode is the median of so many batches of so many pairs of Get
// and Put: a batch is long enough for the start of the goroutines to be nothing
// beside it.
const (
	refBatches = 9
	refPairs   = 1 << 14
)

// refSample is a sample of what a Get and its Put cost together: the time of all
// pairs by their number, as go test has it, so that with n holders each one waits
// n times as long for his own.
func (r *runner) refSample(m refMode) (line, error) {
	table := newRef()
	ns := make([]float64, refBatches)
	for i := range ns {
		ns[i] = refBatch(table, m.holders())
	}
	slices.Sort(ns)
	return line{"Ref/mode=" + m.name, refBatches * refPairs, []value{{lowerMedian(ns), "ns/op"}}}, nil
}

// refBatch is the time of one of refPairs pairs, shared by n goroutines.
func refBatch(table *sgtable.Ref, n int) float64 {
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	for range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-begin
			getPut(table, refPairs/n)
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	done.Wait()
	return float64(time.Since(start).Nanoseconds()) / float64(refPairs/n*n)
}

// newRef is a table as small as they come, held by its owner for good.
func newRef() *sgtable.Ref {
	return sgtable.NewRef([]sgtable.Segment{{Len: 4096}}, 4096, nil)
}

// getPut takes a reference and puts it, n times.
func getPut(table *sgtable.Ref, n int) {
	for range n {
		table.Get("bench").Put("bench")
	}
}
