package change_test

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// TestHostileNames: what a terminal or a table of markdown would obey is escaped, wherever it
// stands in a file.
func TestHostileNames(t *testing.T) {
	run := func(segs float64, more string) *change.Side {
		const name = "BenchmarkX\x1b[31m|\u202ey"
		return read(t, "# seed: 1\x1b[2J"+more+"\nUnit a|b\x07 better=lower assume=exact\n"+times(name, "a|b\x07", segs)+times(name, "ns/op", ten(segs)...)+times("BenchmarkGone\x1b[31m"+more, "segs/table", 1))
	}
	older := run(2, "")
	for _, newer := range []*change.Side{run(3, ""), run(2, "z")} {
		table, o := gate(t, older, newer, "* +5%")
		for _, f := range change.Formats() {
			if f.Name == "json" || f.Name == "csv" {
				continue // for programs, which get names as they are
			}
			out := printed(t, table, o, f.Name)
			if strings.ContainsAny(out, "\x1b\x07\u202e") || !strings.Contains(out, `X\x1b[31m`) {
				t.Errorf("%s: %q", f.Name, out)
			}
			if f.Name == "markdown" {
				for line := range strings.Lines(out) {
					if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && n != 8 {
						t.Errorf("%d columns: %q", n-1, line)
					}
				}
			}
		}
	}
}
