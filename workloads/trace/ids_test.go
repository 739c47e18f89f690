package trace

import (
	"math/rand/v2"
	"testing"
)

// TestIDTable compares the table with a map and a stack of slots, on ids that count up
// through every growth of the array, on addresses and on random ids.
func TestIDTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var s idTable
	want := make(map[uint64]uint32)
	var empty []uint32
	next, slots := uint64(0), uint32(0)
	for i := range 400_000 {
		next += rng.Uint64N(30)
		id := next
		switch i % 5 {
		case 1:
			id = next - rng.Uint64N(min(next+1, 5000))
		case 2:
			id = rng.Uint64() >> rng.Uint64N(64)
		case 3:
			id = next + rng.Uint64N(1<<18) // by hash now, by index later
		case 4:
			id = 1<<40 + rng.Uint64N(1<<10)<<12
		}
		slot, live := want[id]
		if got, ok := s.find(id); ok != live || live && got != slot {
			t.Fatalf("step %d: find(%d) is %d, %v; want %d, %v", i, id, got, ok, slot, live)
		}
		if rng.Uint64N(2) == 0 {
			if n := len(empty); !live && n > 0 {
				slot, empty = empty[n-1], empty[:n-1]
			} else if !live {
				slot = slots
				slots++
			}
			if got, ok := s.add(id); ok == live || !live && got != slot {
				t.Fatalf("step %d: add(%d) is %d, %v; want %d, %v", i, id, got, ok, slot, !live)
			}
			want[id] = slot
			continue
		}
		if got, ok := s.remove(id); ok != live || live && got != slot {
			t.Fatalf("step %d: remove(%d) is %d, %v; want %d, %v", i, id, got, ok, slot, live)
		}
		if live {
			empty = append(empty, slot)
		}
		delete(want, id)
	}
	if n := len(s.dense); n != mostIDs {
		t.Errorf("the array holds %d ids, want %d", n, mostIDs)
	}
	for id, slot := range want {
		if got, ok := s.find(id); !ok || got != slot {
			t.Fatalf("find(%d) is %d, %v; want %d", id, got, ok, slot)
		}
	}
}

// TestIDTableGrows: the first id behind the array stays where it is when the array grows.
func TestIDTableGrows(t *testing.T) {
	var s idTable
	for slot, id := range []uint64{2 * firstIDs, firstIDs, firstIDs - 1, 2*firstIDs - 1, 0} {
		if got, ok := s.add(id); !ok || got != uint32(slot) {
			t.Errorf("add(%d) is %d, %v", id, got, ok)
		}
	}
	for slot, id := range []uint64{2 * firstIDs, firstIDs, firstIDs - 1, 2*firstIDs - 1, 0} {
		if got, ok := s.remove(id); !ok || got != uint32(slot) {
			t.Errorf("remove(%d) is %d, %v", id, got, ok)
		}
	}
}

// TestHashedSpreads counts the steps to ids of which a bad hash makes long rows.
func TestHashedSpreads(t *testing.T) {
	for name, id := range map[string]func(i uint64) uint64{
		"counting":  func(i uint64) uint64 { return 1<<32 + i },
		"pages":     func(i uint64) uint64 { return 1<<46 + i<<12 },
		"high bits": func(i uint64) uint64 { return i << 48 },
	} {
		const n = 60_000
		var h hashed
		for i := range uint64(n) {
			h.put(id(i), 1)
		}
		steps := uint64(0)
		for i := range uint64(n) {
			steps += (h.find(id(i)) - h.home(id(i))) & uint64(len(h.entries)-1)
		}
		if steps > 4*n {
			t.Errorf("%s: %d steps to %d ids", name, steps, n)
		}
	}
}

// TestHashedKeepsItsSize: ids that come and go do not make the table grow.
func TestHashedKeepsItsSize(t *testing.T) {
	var h hashed
	for i := range uint64(1_000_000) {
		h.put(1<<40+i, 1)
		if i >= 1000 && h.remove(1<<40+i-1000) == 0 {
			t.Fatalf("id %d is not there", i-1000)
		}
	}
	if len(h.entries) > 4096 {
		t.Errorf("%d places for 1000 ids", len(h.entries))
	}
}
