package trace

// Sizes of the bitmap of an idSet, in ids.
const (
	firstIDs = 1 << 16
	mostIDs  = 1 << 24
)

// idSet is the set of live ids: small ids in a bitmap, the others in a map. The
// bitmap doubles, up to mostIDs, when an id comes that the doubled one would hold.
// So ids that count up take one bit each, and addresses or random numbers as ids
// do not make it grow. Rejected: mostIDs at once, since a short trace of random
// ids then spent its time clearing two megabytes.
type idSet struct {
	dense  []uint64            // bit id&63 of word id>>6
	sparse map[uint64]struct{} // live ids of 64*len(dense) and more
}

// add puts id into the set and reports whether it was new.
func (s *idSet) add(id uint64) bool {
	w, bit := id>>6, uint64(1)<<(id&63)
	if w < uint64(len(s.dense)) {
		was := s.dense[w]
		s.dense[w] = was | bit
		return was&bit == 0
	}
	if n := max(firstIDs, 128*len(s.dense)); id < uint64(n) && n <= mostIDs {
		s.grow(n)
		return s.add(id)
	}
	if _, ok := s.sparse[id]; ok {
		return false
	}
	if s.sparse == nil {
		s.sparse = make(map[uint64]struct{})
	}
	s.sparse[id] = struct{}{}
	return true
}

// grow makes room in the bitmap for the ids below n.
func (s *idSet) grow(n int) {
	dense := make([]uint64, n/64)
	copy(dense, s.dense)
	s.dense = dense
	for id := range s.sparse {
		if id < uint64(n) {
			dense[id>>6] |= 1 << (id & 63)
			delete(s.sparse, id)
		}
	}
}

// remove takes id out of the set and reports whether it was there.
func (s *idSet) remove(id uint64) bool {
	w, bit := id>>6, uint64(1)<<(id&63)
	if w < uint64(len(s.dense)) {
		was := s.dense[w]
		s.dense[w] = was &^ bit
		return was&bit != 0
	}
	_, ok := s.sparse[id]
	delete(s.sparse, id)
	return ok
}

// has reports whether id is in the set.
func (s *idSet) has(id uint64) bool {
	if w := id >> 6; w < uint64(len(s.dense)) {
		return s.dense[w]>>(id&63)&1 != 0
	}
	_, ok := s.sparse[id]
	return ok
}
