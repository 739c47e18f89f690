package bench

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
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
		{Key: schema.FactStrategies, Value: strings.Join(c.strategyNames(), " ")},
		{Key: schema.FactModels, Value: c.models()},
		{Key: schema.FactWorkloads, Value: strings.Join(c.workloadNames(), " ")},
		{Key: schema.FactBuilders, Value: strings.Join(c.builderNames(), " ")},
		{Key: schema.FactGo, Value: runtime.Version()},
		{Key: schema.FactKernel, Value: result.Kernel()},
		{Key: schema.FactCores, Value: strconv.Itoa(runtime.NumCPU())},
		{Key: schema.FactClock, Value: clockText(result.ClockTick())},
		{Key: schema.FactRevision, Value: result.Revision()},
	}
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

func (c *Config) strategyNames() []string {
	var names []string
	for _, s := range c.Strategies {
		names = append(names, s.Name)
	}
	return names
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

// clockText is the step of the clock as it stands in the head of a file, nothing if it is
// not known.
func clockText(tick time.Duration) string {
	if tick == 0 {
		return ""
	}
	return tick.String()
}
