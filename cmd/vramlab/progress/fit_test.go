package progress

import (
	"slices"
	"strings"
	"testing"
)

// TestFit: no line of a terminal is as wide as that, and nothing is lost.
func TestFit(t *testing.T) {
	const line = "this machine: load 12.3 on 2 cores: others are at work, and times are noise"
	if got := Fit(line, 0); !slices.Equal(got, []string{line}) {
		t.Errorf("no terminal: %q", got)
	}
	for _, columns := range []int{20, 40, 75, 76, 200} {
		got := Fit(line, columns)
		if strings.Join(got, " ") != line {
			t.Errorf("%d columns: %q", columns, got)
		}
		for _, l := range got {
			if len(l) >= columns {
				t.Errorf("%d columns: %q", columns, l)
			}
		}
	}
}
