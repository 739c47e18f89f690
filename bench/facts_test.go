package bench

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
)

// TestFacts: the caller's facts come first and stand in place of those of the run, and
// what is not known is left out.
func TestFacts(t *testing.T) {
	models := strategies.Strategy{Name: "b", Models: "Linux 7.1"}
	for _, tt := range []struct {
		c    Config
		want string // up to the facts of the machine
	}{
		{Config{Seed: 7, Count: 3, Strategies: []strategies.Strategy{{Name: "a"}}, Meta: []KV{{schema.FactDate, "today"}, {schema.FactOrder, "mine"}}},
			"date=today, order=mine, seed=7, count=3, ops=default, strategies=a, placements=mapped:visible; vram, pressures=80%, 100%"},
		{Config{Count: 1, Ops: 12, Skip: []string{"managed"}, Strategies: []strategies.Strategy{{Name: "a"}, models, models}},
			"seed=0, count=1, ops=12, order=seeded random, strategies=a b b, models=b is Linux 7.1, b is Linux 7.1"},
	} {
		var got []string
		seen := make(map[schema.Fact]bool)
		for _, f := range tt.c.facts() {
			if f.Value == "" || seen[f.Key] {
				t.Errorf("%s: %q, which is empty or there twice", f.Key, f.Value)
			}
			seen[f.Key] = true
			got = append(got, fmt.Sprintf("%s=%s", f.Key, f.Value))
		}
		machine := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, "go=go") })
		if all := strings.Join(got[:max(0, machine)], ", "); all != tt.want {
			t.Errorf("got %s, want %s", all, tt.want)
		}
	}
}

// TestLeftOutAtTheHead: the pairs that are not measured stand in one line, if there are any.
func TestLeftOutAtTheHead(t *testing.T) {
	for want, leftOut := range map[string][]string{"": nil, "# left-out: w: a no, w: b no; v: c no\n": {"w: a no, w: b no", "v: c no"}} {
		r := newRunner(Config{Dir: t.TempDir()})
		r.leftOut = leftOut
		if err := r.begin(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.dir.File(schema.Results); err != nil {
			t.Fatal(err)
		}
		if err := r.dir.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(r.Dir, string(schema.Results)))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if _, behind, ok := strings.Cut(string(text), "# left-out"); ok {
			line, _, _ := strings.Cut(behind, "\n")
			got = "# left-out" + line + "\n"
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestCostText: the cost of a clock has a digit behind the point, and one too coarse to
// show its cost says nothing.
func TestCostText(t *testing.T) {
	for ns, want := range map[float64]string{26.84: "26.8ns", 100: "100.0ns", 0: "", -1: "", math.NaN(): ""} {
		if got := costText(ns); got != want {
			t.Errorf("%v ns: got %q, want %q", ns, got, want)
		}
	}
}
