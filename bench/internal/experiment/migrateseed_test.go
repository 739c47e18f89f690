package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// TestMigrationSeed: the seed of a run is that of its migrations, and another one moves
// other objects.
func TestMigrationSeed(t *testing.T) {
	counts := func(seed uint64) migrate.Result {
		m := newMigration(buddy.Strategy, migrate.Lifetimes()[0], seed)
		if m.config.Seed != seed {
			t.Errorf("seed %d is taken for %d", seed, m.config.Seed)
		}
		m.config.Migrations = 200
		if _, err := m.rehearse(t.Context()); err != nil {
			t.Fatal(err)
		}
		return m.want
	}
	if first := counts(7); counts(7) != first {
		t.Error("one seed, two loads")
	}
	if counts(7) == counts(8) {
		t.Error("two seeds, one load")
	}
}
