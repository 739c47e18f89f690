// Package sampler is a process that takes one sample of a run: where its code and its heap
// lie then decides that sample and not all.
//
// It is the same program with the same command line, and has its job from its environment.
package sampler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
)

// Variable holds the job of a sampler in its environment.
const Variable = "VRAMLAB_SAMPLE"

// Become is the job of this process by its environment, nil if it has none.
func Become() (job *bench.Job) {
	text, ok := os.LookupEnv(Variable)
	if !ok {
		return nil
	}
	os.Unsetenv(Variable)
	if json.Unmarshal([]byte(text), &job) != nil {
		return nil
	}
	return job
}

// Take takes the sample of this process and writes it to w.
func Take(ctx context.Context, w io.Writer, c bench.Config, job bench.Job) error {
	taken, err := bench.Take(ctx, c, job)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(taken)
}

// Ask starts this program again, with args, to take a sample. Its error is the last line
// that the process said.
func Ask(ctx context.Context, args []string, job bench.Job) (taken bench.Taken, err error) {
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
	cmd.Args, cmd.Env = args, append(os.Environ(), Variable+"="+string(text))
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
