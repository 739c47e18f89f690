package adversary

import (
	"embed"
	"fmt"
	"sync"

	"github.com/vramlab/vramlab/workloads/trace"
)

//go:embed testdata/*.trace.gz
var corpus embed.FS

// Corpus is the traces that searches have found, with their claims, by name. They are read
// once; callers do not change them.
var Corpus = sync.OnceValues(func() ([]Proof, error) {
	files, err := corpus.ReadDir("testdata")
	if err != nil {
		return nil, err
	}
	var list []Proof
	for _, f := range files {
		p, err := readCorpus(f.Name())
		if err != nil {
			return nil, fmt.Errorf("the corpus: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
})

func readCorpus(name string) (Proof, error) {
	f, err := corpus.Open("testdata/" + name)
	if err != nil {
		return Proof{}, err
	}
	defer f.Close()
	r, err := trace.NewReader(f, name)
	if err != nil {
		return Proof{}, err
	}
	return ReadProof(r, name)
}

// known are the programs of the corpus that were found for the objective of t, whatever the
// strategy was: what is bad for one is often bad for another.
func (t Target) known() (list []Program) {
	proofs, err := Corpus()
	if err != nil {
		panic("adversary: " + err.Error()) // a test finds that
	}
	kind := t.Aim
	if kind == Space {
		kind = Refusal
	}
	for _, p := range proofs {
		if p.Claim.Kind == kind && p.Program != nil {
			list = append(list, p.Program)
		}
	}
	return list
}
