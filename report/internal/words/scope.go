package words

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/judge"
)

// Scope says what of a run is true of a driver, for the first screen and the
// terminal.
func Scope(t *judge.Times) string {
	of := "user-space Go models"
	switch {
	case len(t.Libraries) > 0 && !slices.Contains(t.Libraries, false):
		of = "libraries in user space"
	case slices.Contains(t.Libraries, true):
		of += " and libraries"
	}
	return "Placements carry over to a kernel; times do not, they are those of " + of + ". To time your own allocator, load it as -strategies so:PATH."
}
