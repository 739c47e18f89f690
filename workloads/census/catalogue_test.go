package census_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/trace"
)

const catalogue = "../recorded/README.md"

// TestCatalogue compares the numbers of the catalogue of recorded traces with those of the
// traces. With -update it writes them.
func TestCatalogue(t *testing.T) {
	text, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin -->\n", "<!-- end -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	stands, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no lines %q and %q", catalogue, begin, end)
	}
	var traces []workloads.Workload
	var counts []*census.Census
	for _, w := range workloads.List() {
		if w.Recorded {
			traces, counts = append(traces, w), append(counts, census.Count(w.Region, w.Ops(0, 0)))
		}
	}
	files, err := filepath.Glob("../recorded/*.trace.gz")
	if err != nil || len(files) != len(traces) {
		t.Fatalf("%d files and %d recorded workloads, error %v", len(files), len(traces), err)
	}
	for i, c := range counts {
		if c.Flags != [4]uint64{} || c.OddAligns+c.Impossible > 0 || c.Aligns[0] != c.Of(trace.Alloc) {
			t.Errorf("%s has conditions, which the catalogue denies", traces[i].Name)
		}
		for _, op := range traces[i].Ops(0, 0) {
			if op.Req.Size%4096 != 0 || c.Region.Page != 4096 {
				t.Fatalf("%s has a size of %d, which is no whole page of 4 KiB", traces[i].Name, op.Req.Size)
			}
		}
	}
	want := factsTable(traces, counts) + "\n" + sizesTable(traces, counts)
	if *update {
		if err := os.WriteFile(catalogue, []byte(head+begin+want+end+tail), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if stands != want {
		t.Errorf("%s says\n%s\nthe traces are (-update writes it)\n%s", catalogue, stands, want)
	}
}

// factsTable has a row for each trace.
func factsTable(traces []workloads.Workload, counts []*census.Census) string {
	var b strings.Builder
	b.WriteString("| trace | program, and how it was recorded | operations | region | live at most, bytes | in objects | live at the end | licence |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	for i, w := range traces {
		c := counts[i]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s (%s) | %s | %s | BSD 3-Clause |\n", w.Name, w.Doc, census.Commas(c.Ops), census.Size(c.Region.Size),
			census.Commas(c.Peak.Bytes), census.Size(c.Peak.Bytes), census.Commas(c.Peak.Objects), census.Size(c.Now.Bytes))
	}
	return b.String()
}

// sizesTable has a row for each class of sizes, and a column for each trace.
func sizesTable(traces []workloads.Workload, counts []*census.Census) string {
	var b strings.Builder
	b.WriteString("Requests by size: the share of all requests and of all bytes, in percent, of those from\na size on to less than twice as much.\n\n| from |")
	for _, w := range traces {
		fmt.Fprintf(&b, " `%s` |", w.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(traces)) + "\n")
	for k := range counts[0].Sizes {
		row, any := fmt.Sprintf("| %s |", census.Size(1<<k)), false
		for _, c := range counts {
			all, of := census.Total(c.Sizes), c.Sizes[k]
			if of.Objects == 0 {
				row += " |"
				continue
			}
			any = true
			row += fmt.Sprintf(" %s / %s |", census.Percent(of.Objects, all.Objects), census.Percent(of.Bytes, all.Bytes))
		}
		if any {
			b.WriteString(row + "\n")
		}
	}
	return b.String()
}
