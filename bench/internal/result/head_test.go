package result

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// TestHead: facts are comments of one line, and a processor that is not known has no line.
func TestHead(t *testing.T) {
	facts := []Fact{{schema.FactSeed, "7"}, {schema.FactCommand, "vramlab  run\n-o x "}}
	config := fmt.Sprintf("# vramlab run 1\n# seed: 7\n# command: vramlab run -o x\ngoos: %s\ngoarch: %s\npkg: github.com/vramlab/vramlab/bench\n", runtime.GOOS, runtime.GOARCH)
	for cpu, want := range map[string]string{"": config, "Test Processor 1": config + "cpu: Test Processor 1\n"} {
		if got := string(head(facts, cpu)); got != want {
			t.Errorf("processor %q:\n%swant\n%s", cpu, got, want)
		}
	}
	if got, want := string(Head(nil)), string(head(nil, CPUModel())); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
