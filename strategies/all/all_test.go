package all_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

func TestList(t *testing.T) {
	if err := strategies.Validate(all.List()...); err != nil {
		t.Error(err)
	}
}

func TestLookup(t *testing.T) {
	for _, s := range all.List() {
		if got, ok := all.Lookup(s.Name); !ok || got.Name != s.Name {
			t.Errorf("Lookup(%q) = %q, %v", s.Name, got.Name, ok)
		}
	}
	if _, ok := all.Lookup("no such"); ok {
		t.Error("Lookup found a strategy that is not there")
	}
}
