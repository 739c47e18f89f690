package adversary

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"slices"

	"github.com/vramlab/vramlab/internal/fit"
)

// population is the number of programs that a search keeps.
const population = 24

// A Search looks for the program that is the worst for a target: steady-state evolution. The
// first programs are the constructions and those of the corpus; then each is a child of those kept, with mutations,
// and takes the place of the worst. The random numbers of a child depend only on the seed
// and its number, so a search that is written to a file and goes on later finds what one
// that was never interrupted finds.
type Search struct {
	Target Target
	Seed   uint64
	Done   int      // programs evaluated
	Best   []Attack // those kept, the best first
	Near   Attack   // while there are none: the one with the most visits, if visits are searched for
}

// NewSearch is a search that has not begun.
func NewSearch(t Target, seed uint64) (*Search, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return &Search{Target: t, Seed: seed}, nil
}

// First are the programs with which a search begins: the constructions and those of the
// corpus.
func (t Target) First() []Program { return append(t.Constructions(), t.known()...) }

// Run evaluates programs until so many are done in all. It tells progress after each.
// When ctx ends it returns the error of that, and the search can go on.
func (s *Search) Run(ctx context.Context, evaluations int, progress func(s *Search)) error {
	first := s.Target.First()
	b := breeder{top: bits.Len64(s.Target.ratio()) - 1, visits: s.Target.Aim == Visits}
	for s.Done < evaluations {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.dice = diceFor(s.Seed, s.Done)
		p := Program(nil)
		switch {
		case s.Done < len(first):
			p = first[s.Done]
		case len(s.Best) == 0 || b.one(10):
			p = b.random()
		default:
			p = b.child(s.Best)
		}
		a, err := s.Target.Evaluate(p)
		if err != nil {
			return err
		}
		s.keep(a)
		s.Done++
		if progress != nil {
			progress(s)
		}
	}
	return nil
}

// Worst is the worst attack that was found. Of the first eight of a search for visits it is the one
// that grows as a power, with the largest exponent, when it is played up to eight times the
// live limit; without one it is a law that is undecided, then what the search found steepest.
// ok is false if nothing was found.
func (s *Search) Worst(ctx context.Context) (worst Attack, ok bool, err error) {
	if len(s.Best) == 0 {
		return Attack{}, false, nil
	}
	worst = s.Best[0]
	if s.Target.Aim != Visits {
		return worst, true, nil
	}
	rank, most := 0, 0.0
	for _, a := range s.Best[:min(len(s.Best), 8)] {
		g, err := s.Target.growth(ctx, a.Program, s.Target.part(16), 8*s.Target.Live/s.Target.Page, chooseWork)
		if err != nil {
			return worst, true, err
		}
		l, _ := g.Law()
		r := map[fit.Kind]int{fit.PowerLaw: 2, fit.Undecided: 1}[l.Kind]
		if r > rank || r == rank && r > 0 && l.Exponent > most {
			worst, rank, most = a, r, l.Exponent
		}
	}
	return worst, true, nil
}

// keep puts a into its place if it is among the best, and no copy. Among equals the shorter
// program is the better, then the one found first.
func (s *Search) keep(a Attack) {
	if a.Value <= 0 {
		if a.Seen > s.Near.Seen {
			s.Near = a
		}
		return
	}
	at := len(s.Best)
	for at > 0 && better(a, s.Best[at-1]) {
		at--
	}
	for _, b := range s.Best {
		if same(a, b) {
			return
		}
	}
	s.Best = slices.Insert(s.Best, at, a)
	s.Best = s.Best[:min(len(s.Best), population)]
}

func better(a, b Attack) bool {
	return a.Value > b.Value || a.Value == b.Value && len(a.Program) < len(b.Program)
}

// same reports whether two attacks are as good as one: a population of copies has no
// children but more of them.
func same(a, b Attack) bool {
	return a.Value == b.Value && len(a.Program) == len(b.Program) && a.Program[0] == b.Program[0]
}

// saved is a search in a file.
type saved struct {
	Format     string    `json:"format"`
	Strategy   string    `json:"strategy"`
	Objective  Objective `json:"objective"`
	Page       uint64    `json:"page"`
	Live       uint64    `json:"live"`
	Largest    uint64    `json:"largest"`
	Seed       uint64    `json:"seed"`
	Done       int       `json:"done"`
	Population []Attack  `json:"population"`
	Near       Attack    `json:"near"`
}

// StateFile is the name of the file of a search in its directory.
const StateFile = "search.json"

const format = "vramlab attack 2"

// Save writes the search to a file in dir, whole or not at all.
func (s *Search) Save(dir string) error {
	t := s.Target
	text, err := json.MarshalIndent(saved{format, t.Strategy.Name, t.Aim, t.Page, t.Live, t.Largest, s.Seed, s.Done, s.Best, s.Near}, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, StateFile)
	err = os.WriteFile(path+".tmp", append(text, '\n'), 0o666)
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		os.Remove(path + ".tmp")
	}
	return err
}

// Load goes on with the search in dir, which has to be one for this target and seed.
func Load(dir string, t Target, seed uint64) (*Search, error) {
	path := filepath.Join(dir, StateFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f saved
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s, err := NewSearch(t, seed)
	if err != nil {
		return nil, err
	}
	wants := saved{format, t.Strategy.Name, t.Aim, t.Page, t.Live, t.Largest, seed, f.Done, nil, Attack{}}
	for _, c := range []struct {
		what      string
		has, want any
	}{
		{"format", f.Format, wants.Format}, {"strategy", f.Strategy, wants.Strategy}, {"objective", f.Objective, wants.Objective},
		{"page", f.Page, wants.Page}, {"live", f.Live, wants.Live}, {"largest", f.Largest, wants.Largest}, {"seed", f.Seed, wants.Seed},
	} {
		if c.has != c.want {
			return nil, fmt.Errorf("%s: %s %v, not %v: it is another search", path, c.what, c.has, c.want)
		}
	}
	if f.Done < 0 || len(f.Population) > population {
		return nil, fmt.Errorf("%s: %d evaluations and a population of %d: it is damaged", path, f.Done, len(f.Population))
	}
	for _, a := range f.Population {
		if err := a.Program.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if a.Region%t.Page != 0 || a.Region < t.Page || a.Region/t.Page > 256*MostLive {
			return nil, fmt.Errorf("%s: a region of %d bytes: it is damaged", path, a.Region)
		}
	}
	s.Done, s.Best, s.Near = f.Done, f.Population, f.Near
	return s, nil
}
