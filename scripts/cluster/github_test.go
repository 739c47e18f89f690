package cluster_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"sigs.k8s.io/yaml"
)

// TestGitHubWorkflow checks the workflow's keys, expressions and the inputs of actions.
func TestGitHubWorkflow(t *testing.T) {
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("github.yml")
	if err != nil {
		t.Fatal(err)
	}
	errs, err := l.Lint("github.yml", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range errs {
		t.Error(e)
	}
}

// workflow is what the test runs of one.
type workflow struct {
	Env  map[string]string
	Jobs map[string]struct {
		Needs    string
		Strategy struct{ Matrix struct{ Shard []int } }
		Env      map[string]string
		Steps    []struct{ Uses, Run string }
	}
}

// TestGitHub runs the steps of each job, each job in a directory of its own, and hands the
// artifacts on.
func TestGitHub(t *testing.T) {
	data, err := os.ReadFile("github.yml")
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	if err := yaml.Unmarshal(data, &w); err != nil {
		t.Fatal(err)
	}
	shard, merge := w.Jobs["shard"], w.Jobs["merge"]
	if merge.Needs != "shard" || w.Env["FLAGS"] == "" {
		t.Errorf("the merge needs %q, the flags are %q", merge.Needs, w.Env["FLAGS"])
	}
	for i, s := range shard.Strategy.Matrix.Shard {
		if s != i+1 {
			t.Errorf("the shards are %v", shard.Strategy.Matrix.Shard)
		}
	}
	last := t.TempDir()
	for i := 1; i <= n; i++ {
		context := strings.NewReplacer("${{ matrix.shard }}", fmt.Sprint(i), "${{ strategy.job-total }}", fmt.Sprint(n))
		env := []string{"FLAGS=" + flags}
		for name, value := range shard.Env {
			env = append(env, name+"="+context.Replace(value))
		}
		dir := t.TempDir()
		for _, s := range shard.Steps {
			if s.Run != "" {
				shell(t, dir, env, "bash", "-e", "-c", s.Run)
			}
		}
		name := fmt.Sprint("shard-", i)
		if err := os.CopyFS(filepath.Join(last, name), os.DirFS(filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range merge.Steps {
		if s.Run != "" {
			shell(t, last, nil, "bash", "-e", "-c", s.Run)
		}
	}
	isMerged(t, filepath.Join(last, "merged"))
}
