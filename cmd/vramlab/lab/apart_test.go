//go:build unix

package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIsolate takes each sample in a process: the command itself does, started again.
func TestIsolate(t *testing.T) {
	dir := t.TempDir()
	cmd := program(dir, "run", "-quick", "-count", "1", "-isolate", "-skip", "all", "-cpu", "", "-trace", tinyTrace(t), "-o", "run")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "run", "run.bench"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n# isolation: a process for each sample", "\nBenchmarkAllocFree/strategy=buddy/", "\nBenchmarkSGTable/strategy=rangemgr/"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("run.bench has not one %q\n%s", want, text)
		}
	}
}

// tinyTrace is a trace of a few operations.
func tinyTrace(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "tiny.trace")
	text := "vramlab trace 1\nregion 1048576 page 4096\na 1 65536\na 2 8192\nf 1\na 3 4096\nf 2\nf 3\n"
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestIsolateRefuses what cannot have a process for each sample.
func TestIsolateRefuses(t *testing.T) {
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"a library has a process of its own", []string{"-strategies", "buddy,so:./lib.so"}},
		{"standard input can be read once", []string{"-trace", "-"}},
	} {
		dir := t.TempDir()
		out, err := program(dir, append([]string{"run", "-isolate", "-quick"}, tt.args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), tt.want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%q: %v, %s", tt.args, err, out)
		}
	}
}
