package report

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// TestLetterTables traces every number of the first two tables for a cover letter back to
// the files: each in the column of its strategy.
func TestLetterTables(t *testing.T) {
	n := newNumbered(t, 9)
	_, block, _ := strings.Cut(n.page.html, `aria-label="Text for a cover letter">`)
	block, _, _ = strings.Cut(html.UnescapeString(block), "</pre>")
	tables := []struct {
		head  string
		value func(l fixture.Workload, s int) float64
	}{
		{"Requests refused", func(l fixture.Workload, s int) float64 {
			f := n.fates[l.Name+"/"+n.Strategies[s]]
			return 1000 * float64(f.refused) / float64(f.requests)
		}},
		{"Entries of an sg table", func(l fixture.Workload, s int) float64 {
			return n.run.median(t, n.pair("SGTable", l, s)+"/builder=grow", "segs/table")
		}},
	}
	for _, table := range tables {
		_, rows, ok := strings.Cut(block, table.head)
		if !ok {
			t.Fatalf("no table %s in\n%s", table.head, block)
		}
		for _, l := range n.Loads {
			m := regexp.MustCompile(`(?m)^ *` + l.Name + ` +\(?([\d.,]+)\)? +\(?([\d.,]+)\)?`).FindStringSubmatch(rows)
			if m == nil {
				t.Fatalf("no line of %s in\n%s", l.Name, rows)
			}
			for s := range n.Strategies {
				wantNumber(t, table.head+", "+l.Name, m[1+s], table.value(l, s))
			}
		}
	}
}

// TestMatrixUnits traces the columns of the table of decisions that other runs have: page-
// table entries, each policy with counts of its own, broken free memory, and metadata of
// less than a MiB.
func TestMatrixUnits(t *testing.T) {
	f := fixture.Plain()
	var curves strings.Builder
	for _, l := range f.Loads {
		for s, name := range f.Strategies {
			for p, policy := range []string{"amdgpu", "i915", "xe"} {
				curves.WriteString(fixture.PolicyText(name, l.Name, policy, 100, float64(10+100*p+7*s), float64(p+1), float64(s)))
			}
		}
	}
	dir := f.Write(t)
	path := filepath.Join(dir, "curves.bench")
	old, err := os.ReadFile(path)
	fixture.Must(t, err)
	kept := slices.DeleteFunc(strings.SplitAfter(string(old), "\n"), func(l string) bool { return strings.HasPrefix(l, "BenchmarkPolicy/") })
	fixture.Must(t, os.WriteFile(path, []byte(strings.Join(kept, "")+curves.String()), 0o666))
	path = filepath.Join(dir, "run.bench")
	old, err = os.ReadFile(path)
	fixture.Must(t, err)
	small := strings.NewReplacer("1048576 metadata-B", "307040 metadata-B", "2097152 metadata-B", "741544 metadata-B").Replace(string(old))
	fixture.Must(t, os.WriteFile(path, []byte(small), 0o666))

	n := &numbered{Run: f, dir: dir, page: shown{rendered(t, dir)}}
	n.run, n.curves = readNaive(t, filepath.Join(dir, "run.bench")), readNaive(t, filepath.Join(dir, "curves.bench"))
	policies := make(map[string]bool)
	for _, row := range n.page.section(t, "matrix").rows() {
		l, ok := n.load(row[0])
		if !ok {
			continue
		}
		columns := map[string]func(s int) float64{
			"Metadata KiB": func(s int) float64 { return n.run.median(t, n.pair("AllocFree", l, s), "metadata-B") / 1024 },
			"Broken free, mean %": func(s int) float64 {
				sum, k := 0.0, 0
				for name, units := range n.curves {
					if strings.HasPrefix(name, n.pair("Series", l, s)+"/step=") {
						sum, k = sum+units["unusable2m-pct"][0], k+1
					}
				}
				return sum / float64(k)
			},
		}
		for _, policy := range []string{"amdgpu", "i915", "xe"} {
			columns["PTEs ("+policy+")"] = func(s int) float64 {
				policies[policy] = true
				return n.curves.median(t, n.pair("Policy", l, s)+"/policy="+policy, "entries/table")
			}
		}
		seen := 0
		for _, cell := range row {
			if value, ok := columns[part(cell, "label")]; ok {
				seen++
				both(t, l.Name+", "+part(cell, "label"), lined(cell), value)
			}
		}
		if seen < 3 {
			t.Errorf("%s: %d columns compared, want three", l.Name, seen)
		}
	}
	if len(policies) != 1 {
		t.Errorf("policies of the matrix: %v", policies)
	}
}

// TestSamplesFoundNumbers: a run that was stopped says the fewest and the most samples.
func TestSamplesFoundNumbers(t *testing.T) {
	dir := fixture.Planted(2, fixture.Workload{Ns: []float64{100, 50}}).Write(t)
	path := filepath.Join(dir, "run.bench")
	data, err := os.ReadFile(path)
	fixture.Must(t, err)
	lines := strings.SplitAfter(string(data), "\n")
	dropped := 0
	lines = slices.DeleteFunc(lines, func(l string) bool {
		drop := strings.HasPrefix(l, "BenchmarkAllocFree/strategy=rangemgr/") && dropped < 3
		if drop {
			dropped++
		}
		return drop
	})
	fixture.Must(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o666))
	if page := plainText(rendered(t, dir)); !strings.Contains(page, "7 to 10 samples") {
		t.Error("the page does not say that cells hold 7 to 10 samples")
	}
}

// TestLane: a strategy that takes half as long the second time is as far off as one that
// takes twice as long, and one that takes a quarter more is off by 25 %.
func TestLane(t *testing.T) {
	for again, want := range map[float64]float64{0.5: 2, 2: 2, 1.25: 25, 0.8: 25} {
		var b strings.Builder
		b.WriteString("# vramlab run 1\n# strategies: a b\n")
		for i := range 6 {
			for s, ns := range map[string]float64{"a": 100, "b": 50} {
				ns += 0.01 * float64(i)
				lane := ns
				if s == "b" {
					lane *= again
				}
				fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=%s/workload=w-2 10000 %v ns/op 100 served-pct\nBenchmarkAA/strategy=%s/workload=w-2 10000 %v ns/op\n", s, ns, s, lane)
			}
		}
		dir := t.TempDir()
		fixture.Must(t, os.WriteFile(filepath.Join(dir, "run.bench"), []byte(b.String()), 0o666))
		found := false
		for _, row := range (shown{rendered(t, dir)}).section(t, "times").rows() {
			if len(row) > 3 && strings.Contains(plainText(row[0]), "against itself") {
				found = true
				wantNumber(t, "a lane", plainText(row[3]), want)
			}
		}
		if !found {
			t.Error("no row of a strategy against itself")
		}
	}
}
