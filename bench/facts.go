package bench

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/machine"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads/replay"
)

// KV is a fact about a run, for the reader of its files.
type KV struct {
	Key   schema.Fact
	Value string
}

// facts are those of the caller, then those of the run and the machine.
func (c *Config) facts() []result.Fact {
	own := []result.Fact{
		{Key: schema.FactSeed, Value: strconv.FormatUint(c.Seed, 10)},
		{Key: schema.FactCount, Value: strconv.Itoa(c.Count)},
		{Key: schema.FactOps, Value: c.opsText()},
		{Key: schema.FactOrder, Value: "seeded random"},
		{Key: schema.FactIsolation, Value: c.isolation()},
		{Key: schema.FactStrategies, Value: strings.Join(c.strategyNames(), " ")},
		{Key: schema.FactModels, Value: c.models()},
		{Key: schema.FactWorkloads, Value: strings.Join(c.workloadNames(), " ")},
		{Key: schema.FactPlacements, Value: c.placements()},
		{Key: schema.FactPressures, Value: c.pressures()},
		{Key: schema.FactBuilders, Value: strings.Join(c.builderNames(), " ")},
		{Key: schema.FactGo, Value: runtime.Version()},
		{Key: schema.FactKernel, Value: result.Kernel()},
		{Key: schema.FactCores, Value: strconv.Itoa(runtime.NumCPU())},
		{Key: schema.FactClock, Value: clockText(result.ClockTick())},
		{Key: schema.FactClockCost, Value: costText(replay.ClockCost())},
		{Key: schema.FactMachine, Value: findings(c.machine, false)},
		{Key: schema.FactDisturbs, Value: findings(c.machine, true)},
		{Key: schema.FactHardware, Value: c.uncounted()},
		{Key: schema.FactRevision, Value: result.Revision()},
	}
	own = append(own, c.shardFacts()...)
	var all []result.Fact
	for _, f := range c.Meta {
		all = append(all, result.Fact(f))
	}
	for _, f := range own {
		if f.Value != "" && !slices.ContainsFunc(c.Meta, func(own KV) bool { return own.Key == f.Key }) {
			all = append(all, f)
		}
	}
	return all
}

// plans are what decides what is measured and no fact for a reader of the files.
func (r *runner) plans() []journal.Fact {
	var names []string
	for _, x := range r.list {
		names = append(names, x.Name)
	}
	var policies []string
	for _, p := range r.Policies {
		policies = append(policies, p.Name)
	}
	return []journal.Fact{
		{Key: "time of a sample", Value: r.SampleTime.String()},
		{Key: "sweep", Value: fmt.Sprint(r.Growth.Regions, r.Growth.Live)},
		{Key: "numbers of goroutines", Value: fmt.Sprint(r.Goroutines)},
		{Key: "memory manager", Value: r.Manager.String()},
		{Key: "experiments", Value: strings.Join(names, " ")},
		{Key: "policies", Value: strings.Join(policies, " ")},
		{Key: "profiles", Value: strconv.FormatBool(r.Profile)},
	}
}

func (c *Config) strategyNames() []string {
	var names []string
	for _, s := range c.Strategies {
		names = append(names, s.Name)
	}
	return names
}

// findings are those of the machine, or only those that are warnings.
func findings(all []machine.Finding, warnings bool) string {
	var texts []string
	for _, f := range all {
		if f.Warns || !warnings {
			texts = append(texts, f.Text)
		}
	}
	return strings.Join(texts, "; ")
}

// placements and pressures are those of the memory manager, "" if there is none.
func (c *Config) placements() string {
	if slices.Contains(c.Skip, experiment.Managed.Name) {
		return ""
	}
	return c.Manager.Placements.String()
}

func (c *Config) pressures() string {
	var list []string
	for _, p := range c.Manager.pressures() {
		list = append(list, p.String())
	}
	if c.placements() == "" {
		return ""
	}
	return strings.Join(list, ", ")
}

// models says which kernel each strategy reproduces.
func (c *Config) models() string {
	var list []string
	for _, s := range c.Strategies {
		if s.Models != "" {
			list = append(list, s.Name+" is "+s.Models)
		}
	}
	return strings.Join(list, ", ")
}

func (c *Config) builderNames() []string {
	var names []string
	for _, b := range c.Builders {
		names = append(names, b.Name)
	}
	return names
}

func (c *Config) workloadNames() []string {
	var names []string
	for _, w := range c.Workloads {
		names = append(names, w.Name)
	}
	return names
}

// opsText is the length of the streams as it stands in the head of a file.
func (c *Config) opsText() string {
	if c.Ops == 0 {
		return "default"
	}
	return strconv.Itoa(c.Ops)
}

// uncounted says what the processor does not count, nothing if it is not asked to.
func (c *Config) uncounted() string {
	if slices.Contains(c.Skip, experiment.Hardware.Name) {
		return ""
	}
	return experiment.Uncounted()
}

// clockText is the step of the clock as it stands in the head of a file, nothing if it is
// not known.
func clockText(tick time.Duration) string {
	if tick == 0 {
		return ""
	}
	return tick.String()
}

// shardFacts say which part of what the files hold; nothing in those of a whole run.
func (c *Config) shardFacts() []result.Fact {
	if c.Shard == (Shard{}) {
		return nil
	}
	share := c.Share()
	return []result.Fact{
		{Key: schema.FactShard, Value: c.Shard.String()},
		{Key: schema.FactShardWorkloads, Value: unitNames(share, false)},
		{Key: schema.FactShardExperiments, Value: unitNames(share, true)},
		{Key: schema.FactExperiments, Value: unitNames(c.Units(), true)},
		{Key: schema.FactMatrix, Value: c.digest()},
		{Key: schema.FactHost, Value: result.Host()},
	}
}

// digest is the same for two runs if they measure the same: the same operations, with the
// same strategies and settings. A trace that is another file on another machine differs.
func (c *Config) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, c.strategyNames(), c.builderNames(), c.Count, c.Seed, c.Ops, c.SampleTime, c.Budget, c.Growth, c.Goroutines, c.Manager, c.Units(), c.Profile)
	for _, w := range c.Workloads {
		fmt.Fprintln(h, w.Name, w.Region, w.Recorded, w.Denied)
		digestOps(h, w.Ops(c.Seed, c.Ops))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// isolation is what the head of the files says of it.
func (c *Config) isolation() string {
	if c.Apart == nil {
		return ""
	}
	return "a process for each sample of replays and of their tables"
}

// costText is what a reading of the clock takes, in nanoseconds, as it stands in the head
// of a file; nothing if the clock is too coarse to show it.
func costText(ns float64) string {
	if !(ns > 0) {
		return ""
	}
	return strconv.FormatFloat(ns, 'f', 1, 64) + "ns"
}
