package replay

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Guard calls do and returns its error with where in front: "buddy on gfx: ...". The
// panic of an allocator that breaks a rule, under [strategies.Checked] or in a
// library, becomes such an error too. Other panics go on.
func Guard(where string, do func() error) error {
	if err := caught(do); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

func caught(do func() error) (err error) {
	defer strategies.Catch(&err)
	return do()
}
