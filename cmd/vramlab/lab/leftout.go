package lab

import (
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/report"
)

// mostLines are printed of the findings of a run; the report has all.
const mostLines = 40

// printLines prints lines, of many only the first, and says where the others are.
func printLines(env *environment, lines []string, what string) {
	for i, line := range lines {
		if i == mostLines {
			fmt.Fprintf(env.stdout, "  and %d more %s, in the report\n", len(lines)-i, what)
			return
		}
		fmt.Fprintf(env.stdout, "  %s\n", line)
	}
}

// noteLeftOut says on standard error which files of a run are not there, and how many were
// left out.
func noteLeftOut(env *environment, run *report.Run) {
	if missing := run.Missing(); len(missing) > 0 {
		fmt.Fprintf(env.stderr, "not there: %s\n", strings.Join(missing, ", "))
	}
	switch n := run.LeftOut(); n {
	case 0:
	case 1:
		fmt.Fprintln(env.stderr, "1 file was left out (see the end of the page)")
	default:
		fmt.Fprintf(env.stderr, "%d files were left out (see the end of the page)\n", n)
	}
}
