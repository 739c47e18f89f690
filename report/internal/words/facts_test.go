package words

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// TestShards: what is said of a shard, and of a run merged from shards on one machine and
// on several.
func TestShards(t *testing.T) {
	fact := func(key schema.Fact, value string) rundir.Field { return rundir.Field{Key: string(key), Value: value} }
	for _, test := range []struct {
		facts                  rundir.Facts
		shards, machine, cores string
	}{
		{nil, "", "", ""},
		{rundir.Facts{fact(schema.FactCores, "1")}, "", "", "1\u00a0core"},
		{rundir.Facts{fact(schema.FactShard, "2/3"), fact(schema.FactHost, "ab")}, "shard 2/3 of a run", "", ""},
		{rundir.Facts{fact(schema.FactShards, "3")}, "3\u00a0shards", "", ""},
		{rundir.Facts{fact(schema.FactShards, "3"), fact(schema.FactHost, "ab")}, "3\u00a0shards on 1\u00a0machine", "", ""},
		{rundir.Facts{fact(schema.FactShards, "3"), fact(schema.FactHost, "ab, cd"), fact(schema.FactCores, "2, 4")}, "3\u00a0shards on 2\u00a0machines",
			"what is compared was measured by one process on one machine; times of two workloads may be of two machines", "2, 4 cores"},
	} {
		if got := Shards(test.facts); got != test.shards {
			t.Errorf("%v: %q, want %q", test.facts, got, test.shards)
		}
		if got := OneMachine(test.facts); got != test.machine {
			t.Errorf("%v: %q, want %q", test.facts, got, test.machine)
		}
		if got := Cores(test.facts); got != test.cores {
			t.Errorf("%v: %q, want %q", test.facts, got, test.cores)
		}
	}
}

// TestHeadlineOfExperiments: a shard that has only experiments was not stopped.
func TestHeadlineOfExperiments(t *testing.T) {
	facts := rundir.Facts{{Key: string(schema.FactShard), Value: "2/3"}, {Key: string(schema.FactShardExperiments), Value: "holes sharing"}}
	in := judge.Run{Run: &rundir.Run{Facts: facts, CurveLines: 3}}
	if got, want := text.Plain(nil, Headline(in)), "This is shard 2/3 of a run, without a workload: holes and sharing"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	in.Facts = append(in.Facts, rundir.Field{Key: string(schema.FactShardWorkloads), Value: "gfx"})
	if got := text.Plain(nil, Headline(in)); !strings.Contains(got, "was stopped") {
		t.Errorf("%q of one that was stopped", got)
	}
}
