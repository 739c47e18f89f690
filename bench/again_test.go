package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// taking is a sample of which the thread was away for a part.
type taking float64

func (t taking) Away() float64 { return float64(t) }

// takings are samples of three seconds each, one after the other.
func takings(b *budget, list ...taking) (take func() (taking, error), taken *int) {
	taken = new(int)
	return func() (taking, error) {
		time.Sleep(3 * time.Second)
		b.spent += time.Second // what lanes note of their replays
		*taken++
		if list[*taken-1] < 0 {
			return 0, errors.New("broken")
		}
		return list[*taken-1], nil
	}, taken
}

// TestUndisturbed: a sample that was away for more than a twentieth is taken up to twice
// more, and that of the least is kept, the first of several. A minute is there for that.
func TestUndisturbed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		list  []taking
		kept  taking
		taken int
	}{
		{"undisturbed", []taking{0.05}, 0.05, 1},
		{"disturbed once", []taking{0.051, 0.01}, 0.01, 2},
		{"less disturbed", []taking{0.5, 0.3, 0.4}, 0.3, 3},
		{"always", []taking{0.5, 0.6, 0.7}, 0.5, 3},
		{"less each time", []taking{0.9, 0.8, 0.7}, 0.7, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &budget{againMost: time.Minute}
			take, taken := takings(b, tt.list...)
			kept, err := undisturbed(b, take)
			if kept != tt.kept || *taken != tt.taken || err != nil {
				t.Errorf("%s: kept %v of %d, error %v; want %v of %d", tt.name, kept, *taken, err, tt.kept, tt.taken)
			}
			// What is taken again is no fixed part of a round.
			again := time.Duration(tt.taken-1) * 3 * time.Second
			if b.again != again || b.spent != time.Second+again {
				t.Errorf("%s: %v again, %v spent; want %v and a second more", tt.name, b.again, b.spent, again)
			}
		})
	}
}

// TestUndisturbedError: the first error ends it, of the sample or of one taken again.
func TestUndisturbedError(t *testing.T) {
	for taken, list := range map[int][]taking{1: {-1}, 2: {0.5, -1}} {
		synctest.Test(t, func(t *testing.T) {
			b := &budget{againMost: time.Minute}
			take, n := takings(b, list...)
			if _, err := undisturbed(b, take); err == nil || *n != taken {
				t.Errorf("%v: error %v after %d, want one after %d", list, err, *n, taken)
			}
		})
	}
}

// TestAgainInBudget: rounds have seven seconds each for samples of three. The first round
// uses six of them, and the second has what was left beside its own.
func TestAgainInBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{end: time.Now().Add(time.Hour), lanes: 1, againRound: 7 * time.Second}
		for round, want := range [][]int{{3, 1, 1}, {3, 1, 1}, {3, 2, 1}} {
			b.round(3 - round)
			for i, want := range want {
				take, taken := takings(b, 0.5, 0.5, 0.5)
				if _, err := undisturbed(b, take); err != nil || *taken != want {
					t.Errorf("round %d, sample %d: taken %d times, error %v; want %d", round, i, *taken, err, want)
				}
			}
			if b.again > b.againMost || b.againMost != time.Duration(round+1)*7*time.Second {
				t.Errorf("round %d: %v taken again, of at most %v", round, b.again, b.againMost)
			}
		}
	})
}

// TestAgainApart: a process for a sample knows what is left for taking it again, and what it
// spent on that counts.
func TestAgainApart(t *testing.T) {
	b := &budget{againMost: 5 * time.Second}
	c := cell{name: "Ref/mode=x"}
	var left []time.Duration
	for range 2 {
		if _, err := c.apart(t.Context(), func(_ context.Context, job Job) (Taken, error) {
			left = append(left, job.Again)
			return Taken{Lines: "BenchmarkRef/mode=x 1 1 ns/op\n", Spent: 3 * time.Second, Again: 2 * time.Second}, nil
		}, b); err != nil {
			t.Fatal(err)
		}
	}
	if left[0] != 5*time.Second || left[1] != 3*time.Second || b.again != 4*time.Second || b.spent != 6*time.Second {
		t.Errorf("left %v, again %v, spent %v; want 5s and 3s, 4s, 6s", left, b.again, b.spent)
	}
}
