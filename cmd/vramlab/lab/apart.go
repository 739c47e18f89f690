package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
)

// sampleVariable holds the job of a process that takes one sample of a run, in its
// environment. Its command line is that of the run.
const sampleVariable = "VRAMLAB_SAMPLE"

// becomeSampler is the job of this process by its environment, nil if it has none.
func becomeSampler() (job *bench.Job) {
	text, ok := os.LookupEnv(sampleVariable)
	if !ok {
		return nil
	}
	os.Unsetenv(sampleVariable)
	if json.Unmarshal([]byte(text), &job) != nil {
		return nil
	}
	return job
}

// sample takes the sample of this process and writes it to standard output.
func (env *environment) sample(ctx context.Context, c bench.Config) error {
	taken, err := bench.Take(ctx, c, *env.job)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.stdout).Encode(taken)
}

// apart starts this program again to take a sample.
func (env *environment) apart(ctx context.Context, job bench.Job) (taken bench.Taken, err error) {
	program, err := process.Self()
	if err != nil {
		return taken, err
	}
	text, err := json.Marshal(job)
	if err != nil {
		return taken, err
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program)
	cmd.Args, cmd.Env = env.restart, append(os.Environ(), sampleVariable+"="+string(text))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return taken, ctx.Err()
	case err != nil && stderr.Len() > 0:
		return taken, errors.New(lastOf(stderr.String()))
	case err != nil:
		return taken, err
	}
	if err = json.Unmarshal(stdout.Bytes(), &taken); err != nil {
		return taken, fmt.Errorf("its answer cannot be read: %w", err)
	}
	return taken, nil
}

// lastOf is the last line of what a process said.
func lastOf(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// canApart says why a run with these options cannot have a process for each sample, nil
// if it can.
func (o *runOptions) canApart(env *environment, args []string) error {
	switch {
	case strings.Contains(o.strategies, inLibrary):
		return usagef("-isolate is for strategies that are compiled in: a library has a process of its own, and the whole run is in it")
	case env.restart == nil:
		return errors.New("this program cannot start itself again, as -isolate has it")
	}
	for _, path := range append(o.traces, args...) {
		if fileNamed(path) == standardInput {
			return usagef("-isolate reads a trace for each sample, and standard input can be read once")
		}
	}
	return nil
}
