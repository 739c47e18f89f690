package spelling

import "testing"

func TestEdits(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"run", "run", 0},
		{"rn", "run", 1},       // one inserted
		{"ruun", "run", 1},     // one dropped
		{"ran", "run", 1},      // one replaced
		{"rnu", "run", 1},      // two swapped
		{"urn", "run", 1},      // at the beginning
		{"ca", "abc", 3},       // no letter is touched twice: 2 would swap, then insert between
		{"buddi_", "buddy", 2}, // replaced and dropped
		{"inspcet", "inspect", 1},
	} {
		if got := edits(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d edits, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
