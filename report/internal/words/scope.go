package words

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/judge"
)

// Scope says what of a run is true of a driver, for the first screen and the
// terminal.
func Scope(t *judge.Times) string {
	by := ""
	if b := basis(t.Self.Basis); b != "" {
		by = " The times are " + b + "."
	}
	return "Placements carry over to a kernel; times do not, they are those of " + timesOfWhat(t) + ". To time your own allocator, load it as -strategies so:PATH." + by
}

// ScopeBrief is the same in a line of a terminal.
func ScopeBrief(t *judge.Times) string {
	return "Placements carry over to a kernel; times do not: " + timesOfWhat(t) + "."
}

// timesOfWhat is what the times are times of.
func timesOfWhat(t *judge.Times) string {
	of := "user-space Go models"
	switch {
	case len(t.Libraries) > 0 && !slices.Contains(t.Libraries, false):
		of = "libraries in user space"
	case slices.Contains(t.Libraries, true):
		of += " and libraries"
	}
	return of
}
