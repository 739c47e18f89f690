// Package shrink makes lists shorter that have a property, by leaving elements out: the
// delta debugging of programs that fail, and of traces that prove a claim.
package shrink

import "slices"

// List leaves elements out of list, in ever smaller pieces, at last one by one, for as
// long as what is left still holds. It calls holds tries times at most, and does not change
// list.
func List[T any](list []T, tries int, holds func([]T) bool) []T {
	for size := max(1, len(list)/2); size > 0 && tries > 0; {
		before := len(list)
		for at := before - size; at >= 0 && tries > 0; at -= size {
			fewer := slices.Concat(list[:at], list[at+size:])
			if tries--; holds(fewer) {
				list = fewer
			}
		}
		if size > 1 || len(list) == before {
			size /= 2
		}
	}
	return list
}
