package schema

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchunit"
)

// TestTable holds the table to its rules: everything is documented, nothing has
// the name of another, and what a list names is used.
func TestTable(t *testing.T) {
	names := make(map[string]bool)
	once := func(kind, name, doc string) {
		t.Helper()
		if doc == "" {
			t.Errorf("%s %s has no doc", kind, name)
		}
		if names[kind+name] {
			t.Errorf("%s %s is there twice", kind, name)
		}
		names[kind+name] = true
	}
	usedKeys, usedUnits := make(map[Key]bool), make(map[*Unit]bool)
	for _, b := range Benches() {
		once("benchmark", b.Name, b.Doc)
		if !slices.Contains(Files(), b.File) {
			t.Errorf("%s stands in %q", b.Name, b.File)
		}
		if len(b.Keys) == 0 || len(b.Units) == 0 {
			t.Errorf("%s has %d keys and %d units", b.Name, len(b.Keys), len(b.Units))
		}
		for i, k := range b.Keys {
			once(b.Name+" key", string(k), k.Doc())
			usedKeys[b.Keys[i]] = true
		}
		for _, u := range b.Units {
			once(b.Name+" unit", u.Name, u.Doc)
			usedUnits[u] = true
			if FindUnit(u.Name) != u {
				t.Errorf("%s measures %s, which is not in the list of units", b.Name, u.Name)
			}
		}
	}
	for _, k := range Keys() {
		once("key", string(k), k.Doc())
		if !usedKeys[k] {
			t.Errorf("no benchmark has the key %s", k)
		}
	}
	for _, u := range Units() {
		once("unit", u.Name, u.Doc)
		once("tidy unit", u.Tidy(), u.Doc)
		if !usedUnits[u] {
			t.Errorf("no benchmark has the unit %s", u.Name)
		}
	}
	n := 0
	for _, f := range Files() {
		once("file", string(f), "results")
		n += len(In(f))
	}
	if n != len(Benches()) || Files()[0] != Results {
		t.Errorf("%d benchmarks stand in the files %v, %d are in the table", n, Files(), len(Benches()))
	}
}

// TestNames holds names to what the Go benchmark format allows.
func TestNames(t *testing.T) {
	bench, key, unit := regexp.MustCompile(`^[A-Z][A-Za-z]*$`), regexp.MustCompile(`^[a-z]+$`), regexp.MustCompile(`^[a-zA-Z0-9/-]+$`)
	for _, b := range Benches() {
		if !bench.MatchString(b.Name) {
			t.Errorf("benchmark %q does not match %v", b.Name, bench)
		}
	}
	for _, k := range Keys() {
		if !key.MatchString(string(k)) {
			t.Errorf("key %q does not match %v", k, key)
		}
	}
	for _, u := range Units() {
		if !unit.MatchString(u.Name) {
			t.Errorf("unit %q does not match %v", u.Name, unit)
		}
		if _, tidy := benchunit.Tidy(1, u.Name); u.Tidy() != tidy {
			t.Errorf("unit %s is read as %s, not %s", u.Name, tidy, u.Tidy())
		}
		if FindUnit(u.Tidy()) != u {
			t.Errorf("no unit %s is found", u.Tidy())
		}
	}
}

// TestRoundTrip brings random labels of every benchmark through its full name, as
// it stands in a file and as benchfmt hands it out.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	values := []string{"buddy", "vk_wz_resource", "64KiB", "1000", "0", "a.b", "x=y", "a-b"}
	for range 1000 {
		b := Benches()[rng.IntN(len(Benches()))]
		want := make(Labels)
		for _, k := range b.Keys {
			want[k] = values[rng.IntN(len(values))]
		}
		full := b.FullName(want)
		for _, name := range []string{full, full + "-2", "Benchmark" + full + "-16"} {
			got, labels := Parse(name)
			if got != b || fmt.Sprint(labels) != fmt.Sprint(want) || b.Missing(labels) != "" {
				t.Fatalf("%s was read as %v with %v, want %s with %v", name, got, labels, b.Name, want)
			}
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name    string
		want    *Bench
		labels  string
		missing Key
	}{
		{"AllocFree/strategy=buddy/workload=gfx", AllocFree, "map[strategy:buddy workload:gfx]", ""},
		{"AllocFree/workload=gfx/strategy=buddy-2", AllocFree, "map[strategy:buddy workload:gfx]", ""},
		{"AllocFree/strategy=buddy-2", AllocFree, "map[strategy:buddy]", Workload},
		{"AllocFree/strategy=/workload=gfx", AllocFree, "map[strategy: workload:gfx]", Strategy},
		{"AllocFree/strategy=a/strategy=b", AllocFree, "map[strategy:a]", Workload},
		{"Harness-2", Harness, "map[]", Workload},
		{"Harness/odd/workload=gfx/new=key", Harness, "map[new:key workload:gfx]", ""},
		{"Harness/workload=of-1a", Harness, "map[workload:of-1a]", ""},
		{"Harness/workload=of-2147483647", Harness, "map[workload:of]", ""},
		{"Harness/workload=of-2147483648", Harness, "map[workload:of-2147483648]", ""}, // so many cores there are not
		{"Later/strategy=buddy", nil, "map[strategy:buddy]", ""},
		{"", nil, "map[]", ""},
	} {
		b, l := Parse(c.name)
		if b != c.want || fmt.Sprint(l) != c.labels {
			t.Errorf("%q: got %v with %v, want %v with %s", c.name, b, l, c.want, c.labels)
		}
		if b != nil && b.Missing(l) != c.missing {
			t.Errorf("%q: %q is missing, want %q", c.name, b.Missing(l), c.missing)
		}
	}
}

// TestFullNamePanics has the bugs of a caller, each with a sentence.
func TestFullNamePanics(t *testing.T) {
	for sentence, l := range map[string]Labels{
		"needs a value for the key workload": {Strategy: "buddy"},
		"has 2 keys, not 3":                  {Strategy: "buddy", Workload: "gfx", Builder: "counted"},
		"no value for the key strategy":      {Strategy: "a/b", Workload: "gfx"},
		"no value for the key workload":      {Strategy: "buddy", Workload: ""},
	} {
		func() {
			defer func() {
				if v := fmt.Sprint(recover()); !strings.Contains(v, sentence) {
					t.Errorf("%v: panic %q, want one with %q", l, v, sentence)
				}
			}()
			AllocFree.FullName(l)
		}()
	}
}

func TestUnitLines(t *testing.T) {
	if got, want := UnitLines(Ref), ""; got != want {
		t.Errorf("ns/op alone: got %q", got)
	}
	want := "Unit ns/table better=lower\nUnit p99-ns better=lower\n" +
		"Unit segs/table better=lower assume=exact\nUnit refused better=lower assume=exact\n"
	if got := UnitLines(Holes, Holes); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := FreeBytes.Line(), "Unit free-B assume=exact"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := strings.Count(UnitLines(Benches()...), "\n"); got != len(Units())-2 {
		t.Errorf("%d lines for %d units; only ns/op and away-pct have none", got, len(Units()))
	}
}

// TestWallUnit: whatever has processor times has them in place of a time of its own.
func TestWallUnit(t *testing.T) {
	for _, b := range Benches() {
		want := map[*Bench]*Unit{AllocFree: NsPerOp, AA: NsPerOp, Harness: NsPerOp, SGTable: NsPerTable}[b]
		if got := b.WallUnit(); got != want {
			t.Errorf("%s: %v, want %v", b.Name, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		n    uint64
		text string
	}{
		{1, "1B"}, {1023, "1023B"}, {4096, "4KiB"}, {3 << 30, "3GiB"}, {1 << 63, "8EiB"}, {1<<64 - 1, "18446744073709551615B"},
	} {
		if got := FormatSize(c.n); got != c.text {
			t.Errorf("%d is written as %s, want %s", c.n, got, c.text)
		}
		if n, ok := ParseSize(c.text); n != c.n || !ok {
			t.Errorf("%s is read as %d, %v", c.text, n, ok)
		}
	}
	if got := FormatSize(0); got != "0B" {
		t.Errorf("nothing is written as %s", got)
	}
	for _, text := range []string{"", "0", "0KiB", "aKiB", "KiB", "-1B", "1kB", "1Ki", "16EiB", "18446744073709551616B", "1 KiB"} {
		if n, ok := ParseSize(text); ok || n != 0 {
			t.Errorf("%q is read as %d, %v", text, n, ok)
		}
	}
}

// TestUnknown: what is not in the table has no words and no entry.
func TestUnknown(t *testing.T) {
	if doc := Phase.Doc(); doc != "" {
		t.Errorf("%s, a key of no file: %q", Phase, doc)
	}
	if u := FindUnit("parsecs/op"); u != nil {
		t.Errorf("unit %v", u)
	}
	for _, k := range Keys() {
		if k.Doc() == "" {
			t.Errorf("no words on %s", k)
		}
	}
}

func TestFiles(t *testing.T) {
	if got := PlacementFile("gfx", "buddy") + " " + ProfileFile("buddy"); got != "gfx.buddy.trace.gz buddy.pprof" {
		t.Error(got)
	}
}
