package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies/all"
)

// TestShardAndMerge measures two shards and merges them; what a user can do wrong is one
// line and its exit code, and nothing is written.
func TestShardAndMerge(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		args string
		code int
		says string // in the output
	}{
		{"run -shard 1/2 -o s1", exitOK, "buddy on shard 1/2 (vk_glmark2_resource), 1 sample each, into s1"},
		{"run -shard 2/2 -o s2", exitOK, "shard 2/2 (sqlite_mt)"},
		{"run -shard 1/3 -o s3", exitUsage, "at most 2"},
		{"run -shard 3/2 -o s3", exitUsage, `"3/2" is no shard`},
		{"merge s1 s2", exitUsage, "-o is needed"},
		{"merge -o m", exitUsage, "directories of the shards"},
		{"merge -o m s2", exitFailed, "shard 1/2, workload vk_glmark2_resource (-partial"},
		{"merge -o m s1 s2 s1", exitFailed, "shard 1/2 is there twice: s1 and s1"},
		{"merge -o m s2 s1", exitOK, "report: " + filepath.Join("m", "report.html")},
		{"merge -o m s2 s1", exitFailed, "nothing is overwritten"},
		{"run -o whole", exitOK, "report: " + filepath.Join("whole", "report.html")},
		{"merge -partial -o part s2", exitOK, "warning: run.bench: merged from shards without all of the run: shard 1/2, wor"},
	} {
		args := strings.Fields("vramlab " + test.args)
		if args[1] == "run" {
			args = append(args, strings.Fields("-quick -count 1 -skip all -strategies buddy -workloads vk_glmark2_resource,sqlite_mt -cpu")...)
			args = append(args, "")
		}
		var out, errs bytes.Buffer
		if code := run(context.Background(), all.List(), args, &out, &errs); code != test.code || !strings.Contains(out.String()+errs.String(), test.says) {
			t.Errorf("%s: exit code %d, want %d, and output with %q:\n%s%s", test.args, code, test.code, test.says, out.String(), errs.String())
		}
	}
	explained := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, schema.Explanations))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if whole := explained("whole"); strings.Count(whole, "\n") < 4 || explained("m") != whole || explained("s1")+explained("s2") != whole {
		t.Errorf("the shards and their merged run do not explain what the whole run does:\n%s", whole)
	}
	if _, err := os.Stat("s3"); err == nil {
		t.Error("a wrong shard made a directory")
	}
	left, _ := filepath.Glob("*")
	if got, want := fmt.Sprint(left), "[m part s1 s2 whole]"; got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
}
