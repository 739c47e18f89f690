package replay

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Guard does what is given and returns its error, which then begins with where:
// "buddy on gfx". A rule that an allocator breaks meanwhile, under
// [strategies.Checked] or out of a library, is such an error too; other panics go
// on.
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
