package judge

import (
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/strategies"
)

// Kernel is what a run says of kernels on one workload: exact, but for the times of the
// model.
type Kernel struct {
	Names    []string // the kernel that a strategy reproduces, by strategy, "" for none
	Partings []Parting
	Counted  []int // strategies whose kernel steps can be compared: the same work in the same operations
	Others   []int // that have kernel steps, and are not compared
}

// Parting is how two generations of one allocator differ on a workload.
type Parting struct {
	Old, New int // strategies, in the order of the run
	Requests int // that the traces of both have
	Differ   int // of them, placed otherwise, or refused by one or otherwise
	First    int // operation of the first of those, 0 for none
	By       map[rundir.RequestKind]int
	Request  strategies.Request // the first of them
	Known    bool               // Request is
	Stops    bool               // one of the kernels would stop on the workload
}

// kernelOf finds what a run says of kernels on a workload.
func kernelOf(r *rundir.Run, w *rundir.Workload) Kernel {
	k := Kernel{Names: r.Facts.Kernels(r.Strategies)}
	for s := range r.Strategies {
		for old := range s {
			if generations(r, k.Names, old, s) {
				k.part(w, old, s)
				break
			}
		}
	}
	k.Counted, k.Others = kernelCounted(w, len(r.Strategies))
	return k
}

// generations reports whether two strategies are one allocator in two kernels: their
// names begin alike, as buddy_6.11 and buddy do.
func generations(r *rundir.Run, kernels []string, a, b int) bool {
	family := func(s int) string {
		f, _, _ := strings.Cut(r.Strategies[s], "_")
		return f
	}
	return kernels[a] != "" && kernels[b] != "" && kernels[a] != kernels[b] && family(a) == family(b)
}

// part compares the placements of two generations, if both are there.
func (k *Kernel) part(w *rundir.Workload, old, young int) {
	a, b := w.Placement(old), w.Placement(young)
	if a == nil || b == nil || len(Contradictions(w, len(k.Names))) > 0 {
		return
	}
	p := Parting{Old: old, New: young, Stops: w.Deviating[old].Stops > 0 || w.Deviating[young].Stops > 0}
	if p.compare(a, b); p.Requests > 0 {
		k.Partings = append(k.Partings, p)
	}
}

// compare goes through two traces of the same requests.
func (p *Parting) compare(a, b *rundir.Placement) {
	p.By = make(map[rundir.RequestKind]int)
	for i, j := 0, 0; i < len(a.Answers) && j < len(b.Answers); {
		switch x, y := a.Answers[i], b.Answers[j]; {
		case x.ID < y.ID:
			i++
		case x.ID > y.ID:
			j++
		default:
			if p.Requests++; x.What != y.What {
				p.differs(a, b, x, y)
			}
			i, j = i+1, j+1
		}
	}
}

// differs notes a request with two answers. Where one took two attempts, the other has it
// as it was asked for first.
func (p *Parting) differs(a, b *rundir.Placement, x, y rundir.Answer) {
	if y.Op < x.Op {
		a, x = b, y
	}
	if p.Differ == 0 {
		p.First = int(x.Op)
		p.Request, p.Known = requestOf(a.Path, uint64(x.ID))
	}
	p.Differ++
	p.By[x.Kind]++
}

// requestOf reads a trace again for one request.
func requestOf(path string, id uint64) (r strategies.Request, ok bool) {
	t, err := rundir.OpenPlacement(path)
	if err != nil {
		return r, false
	}
	defer t.Close()
	_, err = rundir.EachEvent(t.Reader, func(e *rundir.Event) {
		if e.ID == id && e.Req.Size > 0 {
			r, ok = e.Req, true
		}
	})
	return r, ok && err == nil
}

// Alike reports whether there are generations, and none of them does any request
// otherwise than another, or would stop at one.
func (k *Kernel) Alike() bool {
	return len(k.Partings) > 0 && !slices.ContainsFunc(k.Partings, func(p Parting) bool { return p.Differ > 0 || p.Stops })
}

// kernelCounted divides the strategies that have kernel steps. What is counted of other
// operations, or of other work, is not compared.
func kernelCounted(w *rundir.Workload, n int) (counted, others []int) {
	ops := 0
	same := Equal(w, n, Own)
	for s := range n {
		c, ok := w.Kernel[s]
		switch {
		case !ok || c.Differs > 0:
		case slices.Contains(same, s) && (len(counted) == 0 || c.Ops == ops):
			counted, ops = append(counted, s), c.Ops
		default:
			others = append(others, s)
		}
	}
	return counted, others
}

// KernelCounted are the strategies whose kernel steps can be compared.
func KernelCounted(w *rundir.Workload, n int) []int {
	counted, _ := kernelCounted(w, n)
	return counted
}

// Faster are those of the compared strategies to which the model gives less time than to
// s, by more than the errors of both.
func (k *Kernel) Faster(w *rundir.Workload, s int) (out []int) {
	least := func(o int) float64 { return w.Kernel[o].Model * (1 - w.Kernel[o].Error) }
	most := func(o int) float64 { return w.Kernel[o].Model * (1 + w.Kernel[o].Error) }
	for _, o := range k.Counted {
		if most(o) < least(s) { // false where there is no model
			out = append(out, o)
		}
	}
	return out
}

// Modelled are those of some strategies that have a time of the model with its error.
func Modelled(w *rundir.Workload, of []int) (out []int) {
	for _, s := range of {
		if c := w.Kernel[s]; c.Model > 0 && !math.IsNaN(c.Error) {
			out = append(out, s)
		}
	}
	return out
}
