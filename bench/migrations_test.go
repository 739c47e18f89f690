package bench

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// TestRunMigrations runs every lifetime and looks for what each is there to show.
func TestRunMigrations(t *testing.T) {
	c := tiny(t)
	c.Strategies = []strategies.Strategy{buddy.Strategy}
	c.NoMigrate, c.Count = false, 2
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, units := results(t, filepath.Join(c.Dir, curvesFile))
	samples := make(map[string]int)
	values := make(map[string]float64)
	for _, r := range all {
		n := name(r)
		samples[n]++
		for _, v := range r.Values {
			old, seen := values[n+" "+v.Unit]
			if m := units.Get(v.Unit, "assume"); m != nil && m.Value == "exact" && seen && v.Value != old {
				t.Errorf("%s: %v %s in one sample, %v in another", n, old, v.Unit, v.Value)
			}
			values[n+" "+v.Unit] = v.Value
		}
	}
	for _, l := range migrate.Lifetimes() {
		n := "Migrate/strategy=buddy/lifetime=" + l.Name
		for _, unit := range []string{"sec/op", "capture-p50-sec", "capture-p99-sec", "peak-tables", "peak-B", "recovered"} {
			if values[n+" "+unit] <= 0 && !(l.Name == "resource" && unit == "recovered") {
				t.Errorf("%s: %v %s", n, values[n+" "+unit], unit)
			}
		}
		hazards, ok := values[n+" hazards"]
		if !ok || (hazards > 0) != (l.Name == "resource") {
			t.Errorf("%s: %v hazards", n, hazards)
		}
		if samples[n] != c.Count {
			t.Errorf("%s: %d samples, want %d", n, samples[n], c.Count)
		}
	}
	for _, m := range refModes() {
		n := "Ref/mode=" + m.name
		if m.name == "contended" && samples[n] < c.Count { // the cores are busy, or there is one
			t.Logf("%s: %d samples of %d", n, samples[n], c.Count)
			continue
		}
		if samples[n] != c.Count || values[n+" sec/op"] <= 0 {
			t.Errorf("%s: %d samples of %v, want %d", n, samples[n], values[n+" sec/op"], c.Count)
		}
	}
	allDeclared(t, c.Dir)
}

// TestMigrationNoticesTheIndeterminate plants a count that was not there.
func TestMigrationNoticesTheIndeterminate(t *testing.T) {
	c := tiny(t)
	m := newMigration(buddy.Strategy, migrate.Lifetimes()[0], c.Builders[0], 1)
	m.config.Migrations = 50
	res, err := m.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	m.want = exact(res)
	if _, err := m.sample(); err != nil {
		t.Errorf("the same load again: %v", err)
	}
	m.want.Captures++
	if _, err := m.sample(); err == nil || !strings.Contains(err.Error(), "not deterministic") {
		t.Errorf("error %v", err)
	}
}
