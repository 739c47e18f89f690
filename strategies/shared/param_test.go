package shared_test

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

// TestWithLocks makes allocators with the locks asked for, also under a parameter of the
// strategy's own.
func TestWithLocks(t *testing.T) {
	region := strategies.Region{Size: 1 << 24, Page: page}
	for _, tt := range []struct {
		s      strategies.Strategy
		values map[string]string
		name   string
		models string
		views  bool // has shards
	}{
		{buddy.Linux611, nil, "buddy_6.11", "Linux 6.11", false},
		{buddy.Linux611, map[string]string{"locks": "1"}, "buddy_6.11_locks1", "Linux 6.11", false},
		{buddy.Linux611, map[string]string{"locks": "4"}, "buddy_6.11_locks4", "", true},
		{tlsf.Strategy, map[string]string{"locks": "2", "bins": "8"}, "tlsf_bins8_locks2", "", true},
	} {
		s, err := shared.WithLocks(tt.s).With(tt.values, "")
		if err != nil {
			t.Fatal(err)
		}
		a := newAllocator(t, s, region)
		_, wraps := a.(strategies.Wrapper)
		if s.Name != tt.name || s.Models != tt.models || wraps != (tt.values != nil) || (shared.Home(a, 1) != a) != tt.views {
			t.Errorf("%v of %s: %s, models %q, wraps %t", tt.values, tt.s.Name, s.Name, s.Models, wraps)
		}
		if plain, err := shared.WithLocks(tt.s).With(nil, ""); err != nil || plain.Name != tt.s.Name {
			t.Errorf("%s without locks: %s, %v", tt.s.Name, plain.Name, err)
		}
	}
	if _, err := shared.WithLocks(buddy.LIFO).With(map[string]string{"locks": "4"}, ""); err == nil {
		t.Errorf("%s has no windows, and shards", buddy.LIFO.Name)
	}
}
