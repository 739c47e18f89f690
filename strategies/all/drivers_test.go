package all_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/replay"
)

const driversGuide = "../../doc/workloads.md"

// TestDriversTable compares the table of the guide with what the strategies refuse of the
// workloads of what drivers ask for. With -update it writes the table.
func TestDriversTable(t *testing.T) {
	text, err := os.ReadFile(driversGuide)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin -->\n", "<!-- end -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	stands, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no lines %q and %q", driversGuide, begin, end)
	}
	var want strings.Builder
	want.WriteString("| strategy |")
	for _, w := range workloads.Drivers() {
		fmt.Fprintf(&want, " %s |", w.Name)
	}
	want.WriteString("\n|---|" + strings.Repeat("---:|", len(workloads.Drivers())) + "\n")
	for _, s := range listed() {
		fmt.Fprintf(&want, "| %s |", s.Name)
		for _, w := range workloads.Drivers() {
			a, err := s.New(w.Region)
			if err != nil {
				t.Fatal(err)
			}
			ops := w.Ops(1, 0)
			c := replay.Replay(a, ops, replay.NewLive(ops))
			fmt.Fprintf(&want, " %s |", census.Commas(uint64(c.Refused)))
		}
		want.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(driversGuide, []byte(head+begin+want.String()+end+tail), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if stands != want.String() {
		t.Errorf("%s says\n%s\nit is (-update writes it)\n%s", driversGuide, stands, want.String())
	}
}
