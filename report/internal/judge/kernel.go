package judge

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/strategies"
)

// Kernel is what a run says of kernels on one workload: exact, but for the times of the
// model.
type Kernel struct {
	Names    []string  // the kernel that a strategy reproduces, by strategy, "" for none
	Partings []Parting // of each generation and the one before it
	Counted  []int     // strategies whose kernel steps can be compared: the same work in the same operations
	Others   []int     // that have kernel steps, and are not compared
}

// Parting is how two generations of one allocator differ on a workload.
type Parting struct {
	Old, New int // strategies: neighbours in the order of their kernels
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
	if len(Contradictions(w, len(k.Names))) == 0 {
		for _, line := range generations(r, w, k.Names) {
			for i := range line[1:] {
				k.part(w, line[i], line[i+1])
			}
		}
	}
	k.Counted, k.Others = kernelCounted(w, len(r.Strategies))
	return k
}

// generations are the strategies with placements on a workload that are one allocator in
// several kernels: their names begin alike, as buddy_6.11 and buddy do. Each kernel occurs
// once in a line, the oldest first; in the order of the run where that is not known.
func generations(r *rundir.Run, w *rundir.Workload, kernels []string) [][]int {
	var families []string
	lines := make(map[string][]int)
	for s, kernel := range kernels {
		family, _, _ := strings.Cut(r.Strategies[s], "_")
		line, seen := lines[family]
		known := slices.ContainsFunc(line, func(o int) bool { return kernels[o] == kernel })
		if kernel == "" || known || w.Placement(s) == nil {
			continue
		}
		if !seen {
			families = append(families, family)
		}
		lines[family] = append(line, s)
	}
	var out [][]int
	for _, f := range families {
		if line := lines[f]; !slices.ContainsFunc(line, func(s int) bool { return age(kernels[s]) < 0 }) {
			slices.SortStableFunc(line, func(a, b int) int { return age(kernels[a]) - age(kernels[b]) })
		}
		out = append(out, lines[f])
	}
	return out
}

// age orders kernels: "Linux of 2021" before "Linux 6.11", and "Linux after 7.1" behind
// "Linux 7.1". It is negative for other words.
func age(kernel string) int {
	var year, major, minor int
	if n, _ := fmt.Sscanf(kernel, "Linux of %d", &year); n == 1 {
		return year
	}
	version, after := strings.CutPrefix(strings.TrimPrefix(kernel, "Linux "), "after ")
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 || version != fmt.Sprintf("%d.%d", major, minor) {
		return -1
	}
	old := 10_000 + 2*(1000*major+minor)
	if after {
		old++
	}
	return old
}

// part compares the placements of two generations.
func (k *Kernel) part(w *rundir.Workload, old, young int) {
	p := Parting{Old: old, New: young, Stops: w.Deviating[old].Stops > 0 || w.Deviating[young].Stops > 0}
	if p.compare(w.Placement(old), w.Placement(young)); p.Requests > 0 {
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
