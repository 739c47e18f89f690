package replay

import (
	"errors"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

func TestGuard(t *testing.T) {
	if err := Guard("here", func() error { return nil }); err != nil {
		t.Error(err)
	}
	plain := errors.New("disk full")
	if err := Guard("here", func() error { return plain }); !errors.Is(err, plain) || err.Error() != "here: disk full" {
		t.Error(err)
	}
	broken := &strategies.Violation{Strategy: "s", Rule: "a block lies inside the window"}
	if err := Guard("here", func() error { panic(broken) }); !errors.Is(err, broken) || err.Error() != "here: "+broken.Error() {
		t.Error(err)
	}
	defer func() {
		if recover() != "a bug" {
			t.Error("a caller's bug was swallowed")
		}
	}()
	Guard("here", func() error { panic("a bug") })
}
