package progress

import (
	"io"
	"os"
	"strconv"
)

// Width is the number of columns of the terminal that w is; of anything else what COLUMNS
// says, or 80.
func Width(w io.Writer) int {
	if n := Columns(w); n > 0 {
		return n
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 80
}

// Colours reports whether w is a terminal whose user wants colours: NO_COLOR says that he
// does not (no-color.org), as does a terminal that has none.
func Colours(w io.Writer) bool {
	return Columns(w) > 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
