package all_test

import (
	"context"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/adversary"
)

// TestCorpus replays the worst traces that were found, under the shadow model, and wants
// exactly what they claim. A strategy that has become better makes its claims false too:
// search again (doc/attack.md).
func TestCorpus(t *testing.T) {
	proofs, err := adversary.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	covered := make(map[string]bool)
	for _, p := range proofs {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			s, ok := all.Lookup(p.Claim.Strategy)
			if !ok {
				t.Fatalf("a claim about %s, which is no strategy", p.Claim.Strategy)
			}
			if p.Claim.Kind != adversary.Visits {
				s = strategies.Checked(s)
			}
			if err := p.Check(context.Background(), s); err != nil {
				t.Error(err)
			}
		})
		covered[p.Claim.Strategy] = true
	}
	for _, s := range all.List() {
		if !covered[s.Name] {
			t.Errorf("no trace about %s", s.Name)
		}
	}
}
