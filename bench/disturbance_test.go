package bench

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/machine"
	"github.com/vramlab/vramlab/bench/schema"
)

// TestDisturbs: what was seen stands in the head, and what warns also by itself.
func TestDisturbs(t *testing.T) {
	c := Config{machine: []machine.Finding{{Text: "calm"}, {Text: "loud: wait", Warns: true}, {Text: "hot", Warns: true}}}
	want := map[schema.Fact]string{schema.FactMachine: "calm; loud: wait; hot", schema.FactDisturbs: "loud: wait; hot"}
	for _, f := range c.facts() {
		if value, ok := want[f.Key]; ok && value == f.Value {
			delete(want, f.Key)
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the head: %v", want)
	}
	calm := Config{machine: c.machine[:1]}
	for _, f := range calm.facts() {
		if f.Key == schema.FactDisturbs {
			t.Errorf("%v where nothing disturbs", f)
		}
	}
}

func TestWarn(t *testing.T) {
	var told []string
	all := []machine.Finding{{Text: "calm"}, {Text: "loud", Warns: true}}
	warn(func(text string) { told = append(told, text) }, all)
	warn(nil, all)
	if len(told) != 1 || told[0] != "loud" {
		t.Errorf("told %q", told)
	}
}

func TestThrottledSince(t *testing.T) {
	for _, tt := range []struct {
		then, now disturbance
		want      string
	}{
		{disturbance{throttled: 3, limited: true}, disturbance{throttled: 5, limited: true}, "the quota of the control group stopped the run 2 times"},
		{disturbance{throttled: 5, limited: true}, disturbance{throttled: 5, limited: true}, ""},
		{disturbance{}, disturbance{throttled: 5, limited: true}, ""},
		{disturbance{throttled: 3, limited: true}, disturbance{}, ""},
	} {
		fact, ok := tt.now.throttledSince(tt.then)
		if ok != (tt.want != "") || fact.Value != tt.want {
			t.Errorf("from %+v to %+v: %q, %v", tt.then, tt.now, fact.Value, ok)
		}
	}
}
