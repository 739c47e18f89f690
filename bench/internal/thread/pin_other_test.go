//go:build !linux

package thread

import "testing"

// TestNoPin: other systems say that they cannot.
func TestNoPin(t *testing.T) {
	if p, err := NewPin(); err == nil {
		t.Errorf("a pin on core %d, want an error", p.Core())
	}
}
