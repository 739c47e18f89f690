package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Own is the replay of the requests of a workload as they are. The other replays are
// those of the requests that a driver policy makes of them, and have its name.
const Own = ""

// Present are those of n strategies of which a run says anything about the workload.
func Present(w *rundir.Workload, n int) []int {
	var out []int
	for s := range n {
		if w.Placement(s) != nil || !math.IsNaN(w.Served(s)) || w.Cell(schema.AllocFree, schema.NsPerOp, s) != nil {
			out = append(out, s)
		}
	}
	return out
}

// Equal are those of n strategies that did the most work in a replay: the same work.
// The others did less and are compared in nothing but that. Every comparison of the
// report is among them: times, sg tables and free memory in the [Own] replay,
// page-table entries in those of the policies.
//
// It is empty when those that served the same share refused different requests or
// nobody knows which, when they all served nothing, when one of them does not say what
// it served, or when the files contradict each other.
func Equal(w *rundir.Workload, n int, replay string) []int {
	if len(Contradictions(w, n)) > 0 {
		return nil
	}
	if replay != Own {
		return servedAll(w, n, replay)
	}
	present := Present(w, n)
	same := schema.SameWork(len(present),
		func(i int) float64 { return w.Served(present[i]) },
		func(i, j int) bool { return sameRequests(w, present[i], present[j]) })
	for i, at := range same {
		same[i] = present[at]
	}
	return same
}

// servedAll are those of n strategies that served everything under a policy. Which
// requests the others refused is not recorded, so equal shares are not equal work.
func servedAll(w *rundir.Workload, n int, policy string) []int {
	var out []int
	for s := range n {
		if c, ok := w.Policy(s, policy); ok && c.Served == 100 {
			out = append(out, s)
		}
	}
	return out
}

// sameRequests reports whether two strategies granted the same requests, as far as
// the files tell: all of them, or those that the traces have as granted. To grant none
// is no work.
func sameRequests(w *rundir.Workload, a, b int) bool {
	if w.Served(a) == 0 {
		return false
	}
	if pa, pb := w.Placement(a), w.Placement(b); pa != nil && pb != nil {
		return pa.Requests == pb.Requests && pa.Refusals.N == pb.Refusals.N && pa.Refusals.Which == pb.Refusals.Which
	}
	return w.Served(a) == 100 && w.Served(b) == 100
}

// timed are those of n strategies that did the same work and have times of it.
func timed(w *rundir.Workload, n int) []int {
	return slices.DeleteFunc(Equal(w, n, Own), func(s int) bool {
		return !(w.OpTime(schema.AllocFree, s).Center() > 0)
	})
}

// noDriverAsks reports whether all that strategies refused of a workload were requests
// invalid to them, and they serve everything under every policy: then no driver makes
// such requests.
func noDriverAsks(w *rundir.Workload, present []int) bool {
	for _, s := range present {
		if p := w.Placement(s); p == nil || p.Refusals.N != p.Refusals.Invalid {
			return false
		}
	}
	policies := rundir.Policies(w)
	for _, policy := range policies {
		for _, s := range present {
			if c, ok := w.Policy(s, policy); !ok || c.Served != 100 {
				return false
			}
		}
	}
	return len(policies) > 0
}
