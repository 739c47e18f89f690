package cpu

import (
	"encoding/json"
	"html/template"
	"math"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// flameData is what the script draws: all frames, also those too narrow for boxes that stand
// without it. A tree is numbers, its frames in the order in which one walks down it.
type flameData struct {
	Names  []string    `json:"names"` // of functions
	Widest float64     `json:"widest"`
	Flames []flameTree `json:"flames"`
	Pairs  []pairTree  `json:"pairs"`
}

// flameTree has four numbers a frame: name, depth, ns, tint.
type flameTree struct {
	Class string    `json:"class"`
	Nodes []float64 `json:"nodes"`
}

// pairTree has five numbers a frame: name, depth, ns of either, tint.
type pairTree struct {
	Strategies [2]string `json:"strategies"`
	Class      [2]string `json:"class"`
	Scale      float64   `json:"scale"`
	Head       [2]string `json:"head"` // behind the name of the side that is drawn
	Only       [2]string `json:"only"` // what is only in a side
	Nodes      []float64 `json:"nodes"`
}

// data is the profiles for the script, empty where nothing is drawn.
func (p profiles) data(names list.Names) (template.JS, error) {
	if len(p.flames) == 0 {
		return "", nil
	}
	d := flameData{Widest: short(p.widest()), Pairs: []pairTree{}}
	known := make(map[string]int)
	number := func(name string) float64 {
		i, ok := known[name]
		if !ok {
			i = len(d.Names)
			known[name] = i
			d.Names = append(d.Names, name)
		}
		return float64(i)
	}
	for _, f := range p.flames {
		t := flameTree{Class: theme.Class(f.strategy)}
		var walk func(f frame, depth int)
		walk = func(f frame, depth int) {
			t.Nodes = append(t.Nodes, number(f.name), float64(depth), short(f.ns), float64(f.tint))
			for _, c := range f.children {
				walk(c, depth+1)
			}
		}
		walk(f.frame(names), 0)
		d.Flames = append(d.Flames, t)
	}
	for _, pair := range p.pairs {
		t := pairTree{Scale: short(pair.scale())}
		for i, s := range pair.strategies {
			t.Strategies[i], t.Class[i] = names[s], theme.Class(s)
			t.Head[i], t.Only[i] = pair.head(names, i), pair.onlyNote(names, i)
		}
		var walk func(b *both, depth int)
		walk = func(b *both, depth int) {
			t.Nodes = append(t.Nodes, number(b.name), float64(depth), short(b.ns[0]), short(b.ns[1]), float64(pair.tint(b)))
			for _, c := range b.children {
				walk(c, depth+1)
			}
		}
		walk(pair.root, 0)
		d.Pairs = append(d.Pairs, t)
	}
	b, err := json.Marshal(d)
	return template.JS(b), err
}

// short is a time with the six digits that a picture needs.
func short(v float64) float64 {
	if v == 0 {
		return 0
	}
	f := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*f) / f
}
