package experiment

import (
	"context"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// TestMigrations runs every lifetime and looks for what each is there to show.
func TestMigrations(t *testing.T) {
	cells, err := setUpMigrations(t.Context(), testEnv(buddy.Strategy))
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 2)
	for _, l := range migrate.Lifetimes() {
		name := "Migrate/strategy=buddy/lifetime=" + l.Name
		if len(got[name]) != 2 {
			t.Fatalf("%s: %d samples, want 2", name, len(got[name]))
		}
		for _, u := range schema.Migrate.Units {
			v, ok := value(got[name][0], u)
			again, _ := value(got[name][1], u)
			switch {
			case !ok || u.Exact && v != again:
				t.Errorf("%s: %v %s in one sample, %v in another", name, v, u.Name, again)
			case u == schema.Hazards:
				if (v > 0) != (l.Name == "resource") {
					t.Errorf("%s: %v hazards", name, v)
				}
			case v <= 0 && !(l.Name == "resource" && u == schema.Recovered):
				t.Errorf("%s: %v %s", name, v, u.Name)
			}
		}
	}
}

// TestMigrationNoticesTheIndeterminate plants a count that was not there.
func TestMigrationNoticesTheIndeterminate(t *testing.T) {
	m := newMigration(buddy.Strategy, migrate.Lifetimes()[0], 1)
	m.config.Migrations = 50
	if _, err := m.rehearse(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.sample(); err != nil {
		t.Errorf("the same load again: %v", err)
	}
	m.want.Captures++
	if _, err := m.sample(); err == nil || !strings.Contains(err.Error(), "not deterministic") {
		t.Errorf("error %v", err)
	}
}
