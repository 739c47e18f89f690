package kernelwork_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/kernelwork"
)

var update = flag.Bool("update", false, "count the measured loads again (minutes), fit, and rewrite the tables")

const countsFile = "testdata/counts.txt"

// counted is what a twin did on a measured load.
type counted struct {
	twin, load string
	ops        int
	steps      kernelwork.Steps
}

func (c *counted) String() string {
	return fmt.Sprintln(c.twin, c.load, c.ops, strings.Trim(fmt.Sprint([kernelwork.Kinds]uint64(c.steps)), "[]"))
}

// readCounts reads the stored counts, by load and within it by twin.
func readCounts(t *testing.T) (list []counted) {
	t.Helper()
	text, err := os.ReadFile(countsFile)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var c counted
		into := []any{&c.twin, &c.load, &c.ops}
		for k := range c.steps {
			into = append(into, &c.steps[k])
		}
		if _, err := fmt.Sscan(line, into...); err != nil {
			t.Fatalf("%s: %q: %v", countsFile, line, err)
		}
		list = append(list, c)
	}
	return list
}

// TestCounts holds the stored counts to those of the twins, on the load that is counted
// fastest. With -update it counts all:
//
//	go test ./strategies/kernelwork -run TestCounts -update -timeout 0
func TestCounts(t *testing.T) {
	if *update {
		writeCounts(t)
		return
	}
	for _, want := range readCounts(t) {
		if want.load != "checkasc" {
			continue
		}
		l := loadOf(t, want.load)
		steps, n := l.count(t, twinOf(t, want.twin))
		if got := (counted{want.twin, want.load, n, steps}); got != want {
			t.Errorf("counted\n%swant\n%s", got.String(), want.String())
		}
	}
}

func loadOf(t *testing.T, name string) load {
	t.Helper()
	for _, l := range measuredLoads() {
		if l.name == name {
			return l
		}
	}
	t.Fatalf("no load %s", name)
	return load{}
}

// writeCounts counts every load on every twin for which it was measured.
func writeCounts(t *testing.T) {
	f, err := os.Create(countsFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprint(f, "# twin load operations")
	for k := range kernelwork.Kind(kernelwork.Kinds) {
		fmt.Fprintf(f, ", %v", k)
	}
	fmt.Fprintln(f)
	for _, m := range measured {
		l := loadOf(t, m.load)
		for _, twin := range kernelwork.List() {
			if m.ns[twin.Name] == 0 {
				continue
			}
			steps, n := l.count(t, twin)
			c := counted{twin.Name, m.load, n, steps}
			fmt.Fprint(f, c.String())
		}
	}
}
