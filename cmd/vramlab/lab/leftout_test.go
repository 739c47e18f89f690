package lab

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A list of any length ends on the terminal.
func TestPrintLines(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, mostLines: mostLines, mostLines + 1: mostLines + 1, 255: mostLines + 1} {
		var out bytes.Buffer
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprint("w", i))
		}
		printLines(&environment{stdout: &out}, lines, "workloads")
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%d lines of %d, want %d", got, n, want)
		}
		if left := fmt.Sprintf("and %d more workloads", n-mostLines); strings.Contains(out.String(), left) != (n > mostLines) {
			t.Errorf("of %d the end is %q", n, out.String())
		}
	}
}
