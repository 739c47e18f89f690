package capture

import (
	"strings"
	"testing"
)

// TestEndless reads a file that would expand for ever.
func TestEndless(t *testing.T) {
	in, err := Open(strings.NewReader(strings.Repeat("f -1\n", 1000)), "capture")
	if err != nil {
		t.Fatal(err)
	}
	in.left = 100
	for range in.Lines() {
	}
	if err := in.Err(); err == nil || !strings.Contains(err.Error(), "the file has more than 17179869184 bytes") {
		t.Errorf("got error %v", err)
	}
}
