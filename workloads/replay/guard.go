package replay

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Guard does what is given, on allocators under [strategies.Checked] or out of a
// library, and returns its error. A rule that an allocator breaks meanwhile is an
// error too, which begins with where: "buddy on gfx". Other panics go on.
func Guard(where string, do func() error) error {
	err := caught(do)
	if v := (*strategies.Violation)(nil); errors.As(err, &v) {
		return fmt.Errorf("%s: %w", where, err)
	}
	return err
}

func caught(do func() error) (err error) {
	defer strategies.Catch(&err)
	return do()
}
