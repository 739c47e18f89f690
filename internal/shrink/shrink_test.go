package shrink

import (
	"slices"
	"testing"
)

// TestList leaves out everything but what a condition needs, and as much as it may try.
func TestList(t *testing.T) {
	list := make([]int, 1000)
	for i := range list {
		list[i] = i
	}
	needs := []int{3, 500, 501, 999}
	tried := 0
	holds := func(list []int) bool {
		tried++
		for _, n := range needs {
			if !slices.Contains(list, n) {
				return false
			}
		}
		return true
	}
	if got := List(list, 5000, holds); !slices.Equal(got, needs) {
		t.Errorf("reduced to %v, want %v", got, needs)
	}
	if len(list) != 1000 || list[999] != 999 {
		t.Error("the list was changed")
	}
	tried = 0
	if got := List(list, 10, holds); len(got) < len(needs) || tried != 10 {
		t.Errorf("%d tries leave %d elements, want 10", tried, len(got))
	}
	if got := List([]int{1}, 10, func([]int) bool { return true }); len(got) != 0 {
		t.Errorf("one that is not needed is reduced to %v", got)
	}
	if got := List(nil, 10, holds); len(got) != 0 {
		t.Errorf("nothing is reduced to %v", got)
	}
}
