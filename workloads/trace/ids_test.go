package trace

import (
	"math/rand/v2"
	"testing"
)

// TestIDSet compares the set with a map, on ids that count up through every growth of
// the bitmap and on random ids.
func TestIDSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var s idSet
	want := make(map[uint64]bool)
	next := uint64(0)
	for i := range 400_000 {
		next += rng.Uint64N(100)
		id := next
		switch i % 4 {
		case 1:
			id = next - rng.Uint64N(min(next+1, 5000))
		case 2:
			id = rng.Uint64() >> rng.Uint64N(64)
		case 3:
			id = next + rng.Uint64N(1<<18) // in the map now, in the bitmap later
		}
		if rng.Uint64N(2) == 0 {
			if got := s.add(id); got != !want[id] {
				t.Fatalf("step %d: add(%d) is %v", i, id, got)
			}
			want[id] = true
		} else {
			if got := s.remove(id); got != want[id] {
				t.Fatalf("step %d: remove(%d) is %v", i, id, got)
			}
			delete(want, id)
		}
	}
	if n := 64 * len(s.dense); n != mostIDs {
		t.Errorf("the bitmap holds %d ids, want %d", n, mostIDs)
	}
}
