package migrate_test

import (
	"context"
	"fmt"

	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// The same load over four lifetimes of tables. Without workers every count is
// exact.
func Example() {
	for _, l := range migrate.Lifetimes() {
		r, err := migrate.Run(context.Background(), migrate.Config{
			Strategy: rangemgr.Strategy, Lifetime: l, Seed: 1,
			CopyFaults: 0.05, AllocFaults: 0.01, CaptureRate: 0.2,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-8s  %d migrations, %d of them evictions; %d copies recovered, %d lost; %d hazards; at most %d tables\n",
			l.Name, r.Migrations, r.Evictions, r.Recovered, r.Lost, r.Hazards, r.PeakTables)
	}
	// Output:
	// refcount  10788 migrations, 864 of them evictions; 532 copies recovered, 0 lost; 0 hazards; at most 123 tables
	// copy      10788 migrations, 864 of them evictions; 532 copies recovered, 0 lost; 0 hazards; at most 250 tables
	// resource  10788 migrations, 864 of them evictions; 483 copies recovered, 49 lost; 130 hazards; at most 102 tables
	// gc        10788 migrations, 864 of them evictions; 532 copies recovered, 0 lost; 0 hazards; at most 123 tables
}
