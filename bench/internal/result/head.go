package result

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
)

// A Fact is something known about a run beside its results.
type Fact struct {
	Key   schema.Fact
	Value string
}

// append appends the fact as a comment line, line ends in it as spaces.
func (f Fact) append(b []byte) []byte {
	return fmt.Appendf(b, "# %s: %s\n", f.Key, strings.Join(strings.Fields(f.Value), " "))
}

// Head is the beginning of a file: the facts of the run as comments, then the
// configuration as go test prints it. Whatever changes from run to run must be a
// comment, because benchstat puts files with different configuration lines into
// separate tables.
func Head(facts []Fact) []byte { return head(facts, CPUModel()) }

func head(facts []Fact, cpu string) []byte {
	b := fmt.Appendf(nil, "# %s\n", schema.Version)
	for _, f := range facts {
		b = f.append(b)
	}
	b = fmt.Appendf(b, "%s: %s\n%s: %s\n%s: %s\n", schema.ConfigOS, runtime.GOOS, schema.ConfigArch, runtime.GOARCH, schema.ConfigPackage, schema.Package)
	if cpu != "" {
		b = fmt.Appendf(b, "%s: %s\n", schema.ConfigCPU, cpu)
	}
	return b
}
