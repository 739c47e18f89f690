package cluster_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// manifests decodes kubernetes.yaml as the API does; a field that it does not have is an
// error.
func manifests(t *testing.T) (claim core.PersistentVolumeClaim, shards, merge batch.Job) {
	t.Helper()
	data, err := os.ReadFile("kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	documents := strings.Split(string(data), "\n---\n")
	into := []any{&claim, &shards, &merge}
	if len(documents) != len(into) {
		t.Fatalf("%d documents, want %d", len(documents), len(into))
	}
	for i, d := range documents {
		if err := yaml.UnmarshalStrict([]byte(d), into[i]); err != nil {
			t.Errorf("document %d: %v", i+1, err)
		}
	}
	return claim, shards, merge
}

func variable(t *testing.T, c core.Container, name string) string {
	t.Helper()
	at := slices.IndexFunc(c.Env, func(v core.EnvVar) bool { return v.Name == name })
	if at < 0 {
		t.Fatalf("container %s has no %s", c.Name, name)
	}
	return c.Env[at].Value
}

// TestKubernetesManifest holds the manifest to the API's types, and to what it says in two
// places.
func TestKubernetesManifest(t *testing.T) {
	claim, shards, merge := manifests(t)
	if claim.APIVersion != "v1" || claim.Kind != "PersistentVolumeClaim" || claim.Spec.Resources.Requests.Storage().Sign() <= 0 {
		t.Errorf("claim %+v", claim)
	}
	s := shards.Spec
	if s.CompletionMode == nil || *s.CompletionMode != batch.IndexedCompletion || s.Completions == nil || s.Parallelism == nil {
		t.Fatalf("the Job is not indexed: %+v", s)
	}
	if *s.Completions != *s.Parallelism || *s.Completions < 2 {
		t.Errorf("%d completions, %d at once", *s.Completions, *s.Parallelism)
	}
	apart := s.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution[0]
	for key, value := range apart.LabelSelector.MatchLabels {
		if s.Template.Labels[key] != value || apart.TopologyKey != core.LabelHostname {
			t.Errorf("pods with the labels %v are not kept apart by %+v", s.Template.Labels, apart)
		}
	}
	for _, job := range []batch.Job{shards, merge} {
		spec := job.Spec.Template.Spec
		if job.APIVersion != "batch/v1" || job.Kind != "Job" || spec.RestartPolicy != core.RestartPolicyNever || len(spec.Containers) != 1 {
			t.Errorf("Job %+v", job)
		}
		c := spec.Containers[0]
		if got := variable(t, c, "SHARDS"); got != strconv.Itoa(int(*s.Completions)) {
			t.Errorf("Job %s is for %s shards, and there are %d", job.Name, got, *s.Completions)
		}
		if v := spec.Volumes[0]; v.PersistentVolumeClaim.ClaimName != claim.Name || c.VolumeMounts[0].Name != v.Name || c.VolumeMounts[0].MountPath != c.WorkingDir {
			t.Errorf("Job %s does not work in the volume", job.Name)
		}
	}
	if shards.Name == merge.Name {
		t.Errorf("two Jobs %s", merge.Name)
	}
}

// TestKubernetes runs the command of each pod, that of the merge first: it waits.
func TestKubernetes(t *testing.T) {
	_, shards, merge := manifests(t)
	dir := t.TempDir()
	if _, err := exec.LookPath("/bin/sh"); err != nil {
		t.Skip("no /bin/sh")
	}
	if err := build(); err != nil {
		t.Fatal(err)
	}
	run := func(job batch.Job, env ...string) {
		shell(t, dir, append(env, fmt.Sprint("SHARDS=", n), "FLAGS="+flags), job.Spec.Template.Spec.Containers[0].Command...)
	}
	var waiting sync.WaitGroup
	waiting.Go(func() { run(merge) })
	for i := range n {
		run(shards, fmt.Sprint("JOB_COMPLETION_INDEX=", i))
	}
	if t.Failed() { // or the merge waits for ever
		for i := range n {
			os.MkdirAll(filepath.Join(dir, fmt.Sprint("shard-", i+1)), 0o777)
		}
	}
	waiting.Wait()
	isMerged(t, filepath.Join(dir, "merged"))
	// A pod that is started again, its shard being whole.
	whole := filepath.Join(dir, "shard-1")
	before, err := os.Stat(whole)
	if err != nil {
		t.Fatal(err)
	}
	run(shards, "JOB_COMPLETION_INDEX=0")
	if after, err := os.Stat(whole); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the shard of a pod that was started again is another: %v", err)
	}
	notNested(t, dir)
}
