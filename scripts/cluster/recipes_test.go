// Package cluster_test runs the very lines of the recipes in this directory, in the
// environment that Slurm, Kubernetes and GitHub Actions would give them, and holds their
// manifests to the schemas. It is a module of its own because of what reads these.
package cluster_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// n is the number of shards in which the tests measure two workloads, and flags makes that
// short.
const (
	n     = 2
	flags = "-quick -skip all -count 1 -workloads sqlite_mt,vk_glmark2_resource"
)

// bin is a directory with the program vramlab, and with a go that only copies it, once
// build has made them.
var bin string

var build = sync.OnceValue(func() error {
	c := exec.Command("go", "build", "-o", filepath.Join(bin, "vramlab"), "./cmd/vramlab")
	c.Dir = filepath.Join("..", "..")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	const standIn = "#!/bin/sh\n[ \"$*\" = 'build -o vramlab .' ] && cp \"${0%/*}/vramlab\" .\n"
	return os.WriteFile(filepath.Join(bin, "go"), []byte(standIn), 0o777)
})

func TestMain(m *testing.M) {
	var err error
	if bin, err = os.MkdirTemp("", "cluster-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(bin)
	os.Exit(code)
}

// shell runs a command in dir with the variables env beside PATH, as one process of a
// cluster does. It needs a POSIX system.
func shell(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		t.Skipf("no %s", args[0])
	}
	if err := build(); err != nil {
		t.Error(err)
		return
	}
	c := exec.Command(args[0], args[1:]...)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir}, env...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		t.Errorf("%q with %q: %v\n%s", args, env, err, out.Bytes())
	}
}

// isMerged demands that dir is the whole run.
func isMerged(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "run.bench"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# shards: 2\n", "# part: 1/2; ", "# part: 2/2; ",
		"\nBenchmarkAllocFree/strategy=buddy/workload=sqlite_mt", "\nBenchmarkAllocFree/strategy=rangemgr/workload=vk_glmark2_resource",
	} {
		if got := strings.Count(string(data), want); got != 1 {
			t.Errorf("%q is in the merged run %d times", want, got)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		t.Error(err)
	}
}

// notNested demands that no shard in dir is within another.
func notNested(t *testing.T, dir string) {
	t.Helper()
	for i := 1; i <= n; i++ {
		if inside, _ := filepath.Glob(filepath.Join(dir, fmt.Sprint("shard-", i), "shard-*")); len(inside) > 0 {
			t.Errorf("shards within a shard: %s", inside)
		}
	}
}

// TestSlurm runs the batch script as the tasks of an array, one of them again after a
// failure and one after a success, and as the job that merges. try-slurm runs it on Slurm itself.
func TestSlurm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a run")
	script, err := filepath.Abs("slurm.sbatch")
	if err != nil {
		t.Fatal(err)
	}
	job := func(env []string, flags ...string) {
		t.Helper()
		shell(t, t.TempDir(), env, append([]string{"bash", script, fmt.Sprint(n), dir}, flags...)...)
	}
	failed := filepath.Join(dir, "shard-2.part")
	if err := os.MkdirAll(failed, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(failed, "run.bench"), []byte("torn"), 0o666); err != nil {
		t.Fatal(err)
	}
	for task := 1; task <= n; task++ {
		job([]string{fmt.Sprint("SLURM_ARRAY_TASK_ID=", task)}, strings.Fields(flags)...)
	}
	stale := filepath.Join(dir, "shard-1", "stale")
	if err := os.WriteFile(stale, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	job([]string{"SLURM_ARRAY_TASK_ID=1"}, strings.Fields(flags)...)
	if _, err := os.Stat(stale); err == nil {
		t.Error("a task that was repeated left its old shard")
	}
	notNested(t, dir)
	job(nil)
	isMerged(t, filepath.Join(dir, "merged"))
}
