package strategytest

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Golden runs the traces that match pattern through s, under
// [strategies.Checked], and compares every result line with what s does: the
// blocks of "=" in their order, the error of "!", the scatter-gather table of
// "s" (built with base 0 and the longest segment that keeps the request's
// alignment). One subtest a file; no file is a failure. It is for strategies
// that promise the placements of another allocator.
func Golden(t *testing.T, s strategies.Strategy, pattern string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden file matches %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			if err := compareFile(s, file); err != nil {
				t.Error(err)
			}
		})
	}
}

// compareFile verifies one trace, its tables as each builder makes them that goes by
// the kernel's rule.
func compareFile(s strategies.Strategy, file string) error {
	r, err := trace.Open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := strategies.Checked(s).New(r.Region())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	builders := slices.DeleteFunc(sgtable.Builders(), func(b sgtable.Builder) bool { return b.Name == "nomerge" || b.Name == "sorted" })
	if panicked := program.Try(func() { _, err = replay.Verify(a, r, file, builders...) }); panicked != nil {
		return fmt.Errorf("%s:%d: %w", file, r.Record().Line, panicked)
	}
	return err
}
