package schema

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestSameWork(t *testing.T) {
	for _, c := range []struct {
		served []float64
		which  []int // requests granted
		want   []int
	}{
		{nil, nil, nil},
		{[]float64{99}, []int{1}, []int{0}},
		{[]float64{0}, []int{1}, []int{0}},
		{[]float64{100, 100}, []int{1, 1}, []int{0, 1}},
		{[]float64{99, 100, 100}, []int{1, 2, 2}, []int{1, 2}},
		{[]float64{99, 98}, []int{1, 2}, []int{0}},
		{[]float64{99, 99, 98}, []int{1, 2, 3}, nil},
		{[]float64{98, 98, 99}, []int{1, 2, 3}, []int{2}},
		{[]float64{99, 99, 99}, []int{1, 1, 2}, nil},
		{[]float64{99, math.NaN()}, []int{1, 1}, nil},
		{[]float64{math.NaN(), 99}, []int{1, 1}, nil},
	} {
		got := SameWork(len(c.served), func(i int) float64 { return c.served[i] }, func(i, j int) bool { return c.which[i] == c.which[j] })
		if !slices.Equal(got, c.want) {
			t.Errorf("%v of requests %v: the same work did %v, want %v", fmt.Sprint(c.served), c.which, got, c.want)
		}
	}
}
