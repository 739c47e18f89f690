package optest

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// Run runs n operations of a mix, decided by a seed, on both strategies, then
// frees everything.
func Run(t *testing.T, fast, slow strategies.Strategy, m Mix, seed uint64, n int) {
	t.Helper()
	results, err := run(fast, slow, m, dice{rand.New(rand.NewPCG(seed, m.Region.Size))}, n)
	if err != nil {
		t.Fatalf("mix %s, seed %d: %v", m.Name, seed, err)
	}
	if results[""] < n/10 {
		t.Errorf("mix %s, seed %d: of %d operations only %d were granted (%v): this tests little", m.Name, seed, n, results[""], results)
	}
}

// Fuzz adds seeds to a native fuzz target that compares the strategies. The
// first byte of an input chooses a mix; each operation takes the next
// [opBytes].
func Fuzz(f *testing.F, fast, slow strategies.Strategy, mixes []Mix) {
	f.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range mixes {
		data := []byte{byte(i)}
		for range 60 * opBytes {
			data = append(data, byte(rng.Uint32()))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		m := mixes[int(data[0])%len(mixes)]
		script := &script{data: data[1:]}
		if _, err := run(fast, slow, m, script, len(script.data)/opBytes); err != nil {
			t.Fatalf("mix %s: %v", m.Name, err)
		}
	})
}

// A source is a chooser that is told when the next operation begins.
type source interface {
	chooser
	begin()
}

// run returns how often each result came.
func run(fast, slow strategies.Strategy, m Mix, s source, n int) (map[string]int, error) {
	const interval = 256 // operations between two comparisons of what is free
	p, err := newPair(fast, slow, m.Region)
	if err != nil {
		return nil, err
	}
	var past []op
	for i := 0; i < n || len(p.live) > 0; i++ {
		s.begin()
		o := op{free: true}
		if i < n {
			o = m.next(p, s, i, n)
		} else {
			o.id = p.live[s.n(uint64(len(p.live)))].id
		}
		past = append(past, o)
		err := p.step(o)
		if err == nil && (i%interval == interval-1 || i >= n && len(p.live) == 0) {
			err = p.compare()
		}
		if err != nil {
			return nil, explain(fast, slow, m.Region, past)
		}
	}
	return p.results, nil
}

// dice decide at random.
type dice struct{ *rand.Rand }

func (dice) begin()              {}
func (d dice) n(n uint64) uint64 { return d.Uint64N(n) }

// script decides by bytes: one for up to 256 possibilities, two for more. An
// operation has the same number of bytes whether it needs them or not, so that
// a mutation changes one operation, and has zeros where it needs more.
type script struct {
	data, op []byte
}

const opBytes = 16

func (s *script) begin() {
	k := min(opBytes, len(s.data))
	s.op, s.data = s.data[:k], s.data[k:]
}

func (s *script) n(n uint64) uint64 {
	if n <= 256 {
		return s.byte() % n
	}
	v := s.byte()<<8 | s.byte()
	if n <= 1<<16 {
		return v % n
	}
	// A fraction of n: the two bytes repeated are 64 bits of it.
	hi, _ := bits.Mul64(v*0x0001000100010001, n)
	return hi
}

func (s *script) byte() uint64 {
	if len(s.op) == 0 {
		return 0
	}
	b := s.op[0]
	s.op = s.op[1:]
	return uint64(b)
}
