package progress

import "github.com/vramlab/vramlab/internal/cells"

// Fit breaks a line for a terminal of so many columns, which it does not reach the last of:
// some terminals then begin another line. With 0 columns, no terminal, the line is whole.
func Fit(line string, columns int) []string {
	if columns == 0 {
		return []string{line}
	}
	return cells.Wrap(line, max(1, columns-1))
}
