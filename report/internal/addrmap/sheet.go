package addrmap

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// sheet is a film with its layers and objects packed: what is kept of a workload until
// all are shot and the budget says what the page gets.
type sheet struct {
	*film
	layers  [][layers]string // by lane
	step    int              // of the frames that the tiles hold
	objects []*packedObjects // from most to fewest kept
	start   start
}

// choices is how many numbers of objects the budget may choose from, each half of the one
// before; few are not halved.
const (
	choices = 6
	few     = 100
)

// develop packs a film, and lets go of what is packed.
func develop(f *film) (*sheet, error) {
	s := &sheet{film: f, step: 1, start: f.startAt()}
	for _, l := range f.lanes {
		var tiles [layers]string
		for k := range tiles {
			tile, err := packLayer(l.layers[k], f.grid.cells, 1)
			if err != nil {
				return nil, err
			}
			tiles[k], l.layers[k] = tile, nil
		}
		s.layers = append(s.layers, tiles)
	}
	for range choices {
		p, err := f.kept.pack()
		if err != nil {
			return nil, err
		}
		s.objects = append(s.objects, p)
		if len(f.kept.kept) < few {
			break
		}
		f.kept.drop(len(f.kept.kept) / 2)
		f.kept.inOrder()
	}
	f.kept = keeper{}
	return s, nil
}

// thin keeps every step-th frame of the tiles.
func (s *sheet) thin(step int) error {
	frames := s.frames()
	for i := range s.layers {
		for k := range s.layers[i] {
			layer, err := unpackLayer(s.layers[i][k], s.grid.cells, len(frames))
			if err != nil {
				return err
			}
			if s.layers[i][k], err = packLayer(layer, s.grid.cells, step/s.step); err != nil {
				return err
			}
		}
	}
	s.step = step
	return nil
}

// frames are the frames of the film that the tiles hold.
func (s *sheet) frames() []int {
	var out []int
	for i := range s.at {
		if (len(s.at)-1-i)%s.step == 0 {
			out = append(out, i)
		}
	}
	return out
}

// levelBytes is the size of the layers that each map has.
func (s *sheet) levelBytes() int { return s.layerBytes(levels) }

// layerBytes is the size of one layer with all strategies.
func (s *sheet) layerBytes(k int) int {
	n := 0
	for _, l := range s.layers {
		n += len(l[k])
	}
	return n
}

// shootAll shoots workloads on all processors; a workload of which no trace is left has
// none.
func shootAll(names list.Names, warn *rundir.Warnings, workloads []*rundir.Workload) ([]*sheet, error) {
	out := make([]*sheet, len(workloads))
	errs := make([]error, len(workloads))
	warnings := make([][]string, len(workloads)) // in the order of the workloads, not of the clock
	limit := make(chan struct{}, min(4, runtime.GOMAXPROCS(0)))
	var wait sync.WaitGroup
	for i, w := range workloads {
		limit <- struct{}{}
		wait.Go(func() {
			defer func() { <-limit }()
			note := func(format string, args ...any) { warnings[i] = append(warnings[i], fmt.Sprintf(format, args...)) }
			if f := shoot(names, note, w, judge.Looks, mostObjects); f != nil {
				out[i], errs[i] = develop(f)
			}
		})
	}
	wait.Wait()
	var sheets []*sheet
	for i, s := range out {
		if errs[i] != nil {
			return nil, errs[i]
		}
		for _, w := range warnings[i] {
			warn.Add("%s", w)
		}
		if s != nil {
			sheets = append(sheets, s)
		}
	}
	return sheets, nil
}
