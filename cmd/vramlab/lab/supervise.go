package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// watchTick is how often a worker is looked at.
const watchTick = 50 * time.Millisecond

// callLimit is how long a call into a library may take, or one batch of operations,
// if nothing else is asked for.
const callLimit = 10 * time.Second

// isolation are the flags of commands that open libraries.
type isolation struct {
	on    bool
	limit time.Duration
}

func (i *isolation) bind(fs flagSet) {
	fs.BoolVar(&i.on, "watch", true, "load libraries in a process of their own, which is watched; off to run one under a debugger")
	fs.DurationVar(&i.limit, "limit", callLimit, "the `time` that one call into a library, or a batch of 4,096 operations, may take with -watch")
}

// flagSet is what isolation binds its flags to.
type flagSet interface {
	BoolVar(p *bool, name string, value bool, usage string)
	DurationVar(p *time.Duration, name string, value time.Duration, usage string)
}

// wanted reports whether a command with such strategies has to be run by a worker.
func (i *isolation) wanted(env *environment, strategies string) bool {
	return i.possible(env) && strings.Contains(strategies, inLibrary)
}

// possible reports whether there can be a worker.
func (i *isolation) possible(env *environment) bool {
	return i.on && process.CanHaveWorkers && env.worker == nil && env.restart != nil
}

// unfit is the error of a strategy that did not pass its trial.
type unfit struct {
	item string // as it stands in -strategies
	error
}

func (u *unfit) Unwrap() error { return u.error }

// A watchman is the side of the parent: one worker. What the worker shares is read with
// suspicion: a library can have written over it.
type watchman struct {
	env    *environment
	limit  time.Duration
	memory uint64 // bytes that the worker may take, 0: any
	task
	items  []string // of its strategies
	cmd    *exec.Cmd
	mem    []byte
	output output // of the library

	// What the worker left, once it has ended.
	worker.Record
	states  []cabi.State
	defaced bool // a library has written over the others, or all
}

// task is what a parent knows of the command that its worker runs.
type task struct {
	worker.Job
	strategies string // those that it names
	chosenDir  string // the run directory, if that was chosen
}

// supervise has a worker run the command line of this process, and returns how it
// ended and what it left.
func (env *environment) supervise(ctx context.Context, i *isolation, t task) (*watchman, error) {
	if i.limit < watchTick {
		return nil, usagef("-limit %v is less than %v", i.limit, watchTick)
	}
	w := &watchman{env: env, limit: i.limit, memory: process.Available() / 5 * 4, task: t}
	for item := range strings.SplitSeq(t.strategies, ",") {
		w.items = append(w.items, strings.TrimSpace(item))
	}
	if env.memory != 0 {
		w.memory = env.memory
	}
	if err := env.spool(); err != nil {
		return w, err
	}
	w.Stdin = env.spooled != nil
	shared, err := process.NewShared(worker.SharedSize)
	if err != nil {
		return w, err
	}
	defer shared.Close()
	if w.mem, err = process.MapShared(int(shared.Fd()), worker.SharedSize); err != nil {
		return w, fmt.Errorf("the memory that is shared with the process of a library: %w", err)
	}
	defer process.UnmapShared(w.mem)
	return w, w.run(ctx, shared)
}

// readsInput reports whether the command line names standard input.
func (env *environment) readsInput() bool {
	return slices.ContainsFunc(env.args, func(a string) bool {
		_, value, _ := strings.Cut(a, "=")
		return fileNamed(a) == standardInput || fileNamed(value) == standardInput
	})
}

// spool makes a copy of standard input, if the command line names it, and goes back to its
// beginning: every worker reads it, and what it was is asked for when one has ended.
func (env *environment) spool() error {
	if !env.readsInput() {
		return nil
	}
	if env.spooled == nil {
		src, err := env.input()
		if err != nil {
			return err
		}
		if env.spooled, err = os.CreateTemp("", "vramlab-"); err != nil {
			return err
		}
		os.Remove(env.spooled.Name()) // it lives as long as it is open
		if _, err = io.Copy(env.spooled, src); err != nil {
			return fmt.Errorf("standard input, into a temporary file: %w", err)
		}
	}
	_, err := env.spooled.Seek(0, io.SeekStart)
	return err
}

// run starts the worker and waits for its end.
func (w *watchman) run(ctx context.Context, shared *os.File) error {
	read, control, err := os.Pipe()
	if err != nil {
		return err
	}
	defer control.Close()
	stdout, flushed, err := handOn(w.env.stdout)
	if err != nil {
		return err
	}
	stderr, flushedErr, err := handOn(w.env.stderr)
	if err != nil {
		return err
	}
	files := []*os.File{read, shared, stdout.File, stderr.File}
	if w.Stdin {
		files = append(files, w.env.spooled)
	}
	if err := w.start(files...); err != nil {
		return fmt.Errorf("the process of a library cannot be started: %w", err)
	}
	read.Close()
	stdout.release()
	stderr.release()
	exit := make(chan error, 1)
	go func() { exit <- w.cmd.Wait() }()
	w.env.child.Store(w.cmd.Process)
	how := w.wait(ctx, control, exit)
	flushed()
	flushedErr()
	w.collect(how != "")
	w.remark()
	item := worker.Get(w.Subject[:])
	switch {
	case w.Done == 1 && w.Gate == 1:
		err = &ended{int(w.Code), errGate}
	case w.Done == 1 && w.Code == exitOK:
		return nil
	case w.Done == 1:
		err = &ended{int(w.Code), errors.New(worker.Get(w.Message[:]))}
	case ctx.Err() != nil:
		return interruptedIn(w.env, worker.Get(w.Dir[:]))
	default:
		err = errors.New(w.explain(how))
	}
	if item != "" && (w.Done == 0 || w.Code != exitUsage) && ctx.Err() == nil {
		return &unfit{item, err}
	}
	return err
}

// collect takes over what the worker left, or was ended with. A field that no worker
// writes so is one that a library wrote over, and becomes empty.
func (w *watchman) collect(killed bool) {
	w.Record = *worker.RecordIn(w.mem)
	if code := w.cmd.ProcessState.ExitCode(); w.Code > exitUsage && w.Code != exitInterrupted || !killed && w.Code != uint64(code) {
		w.Done = 0
	}
	known := func(item string) bool { return slices.Contains(w.items, item) }
	keep(w.Subject[:], known)
	keep(w.Workload[:], isName)
	keep(w.Dir[:], func(dir string) bool { return dir == w.chosenDir || w.chosenDir == "" && numbered(dir) })
	tried := worker.Lines(w.Well[:])
	worker.Put(w.Well[:], strings.Join(slices.DeleteFunc(tried, func(item string) bool { return !known(item) }), "\n"))
	paths := pathsOf(w.items)
	for _, s := range cabi.Watched(w.mem[worker.RecordSize:]) {
		if !slices.Contains(paths, s.Library) {
			w.defaced = true
			continue
		}
		if !isName(s.Strategy) {
			s.Strategy = ""
		}
		w.states = append(w.states, s)
	}
}

// keep empties a field that does not hold what it should.
func keep(field []byte, is func(string) bool) {
	if !is(worker.Get(field)) {
		worker.Put(field, "")
	}
}

func isName(name string) bool { return strategies.CheckName(name) == nil }

// start starts the worker with its descriptors in the order of the constants.
func (w *watchman) start(files ...*os.File) error {
	program, err := process.Self()
	if err != nil {
		return err
	}
	text, err := json.Marshal(w.Job)
	if err != nil {
		return err
	}
	w.cmd = exec.Command(program)
	w.cmd.Args = w.env.restart
	w.cmd.Env = append(os.Environ(), "LIBC_FATAL_STDERR_=1", worker.Variable+"="+string(text))
	w.cmd.ExtraFiles = files
	w.cmd.Stdout, w.cmd.Stderr = &w.output, &w.output
	w.cmd.WaitDelay = time.Second // what a library forked may hold the pipe open
	return w.cmd.Start()
}

// passedFile is a file that a worker gets.
type passedFile struct {
	*os.File
	own bool // made for the worker: not needed here once it runs
}

func (p passedFile) release() {
	if p.own {
		p.Close()
	}
}

// handOn is the file by which a worker writes to w. done waits for what it wrote.
func handOn(w io.Writer) (f passedFile, done func(), err error) {
	if file, ok := w.(*os.File); ok {
		return passedFile{file, false}, func() {}, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return f, nil, err
	}
	copied := make(chan struct{})
	go func() {
		io.Copy(w, read)
		read.Close()
		close(copied)
	}()
	return passedFile{write, true}, func() {
		select {
		case <-copied:
		case <-time.After(time.Second): // what a library forked may hold it open
		}
	}, nil
}

// wait waits until the worker has ended, and ends it if it stands still, if one call
// takes too long, or if it takes too much memory. It returns why it ended the worker, ""
// if it did not.
//
// Time is counted in ticks: a process that was stopped with its parent gets none.
func (w *watchman) wait(ctx context.Context, control *os.File, exit <-chan error) (how string) {
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	interrupt, told := ctx.Done(), false
	shared := worker.RecordIn(w.mem)
	var calls, heart calls
	for last := 0; ; {
		select {
		case <-exit:
			return how
		case <-interrupt:
			interrupt, told = nil, true
			control.Write([]byte{1})
		case <-tick.C:
			same := calls.look(cabi.Watched(w.mem[worker.RecordSize:]))
			still := heart.look([]cabi.State{{Function: "any", Calls: atomic.LoadUint64(&shared.Beat)}})
			if told || atomic.LoadUint64(&shared.Done) == 1 {
				last++
			}
			switch {
			case how != "":
			case same > ticks(w.limit):
				how = fmt.Sprintf("did not return within %v", w.limit)
			case still > ticks(max(w.limit, worker.LastWords)):
				how = fmt.Sprintf("stood still for %v", max(w.limit, worker.LastWords))
			case w.memory != 0 && process.Resident(w.cmd.Process.Pid) > w.memory:
				how = fmt.Sprintf("took more than %d MiB of memory", w.memory>>20)
			case last > ticks(worker.LastWords):
				how = "did not let the process end"
			default:
				continue
			}
			process.KillChildren(w.cmd.Process.Pid)
			w.cmd.Process.Kill()
		}
	}
}

func ticks(d time.Duration) int { return int(d / watchTick) }

// calls are the calls that libraries were in, and for how many looks each.
type calls []struct {
	number uint64
	looks  int
}

// look notes where the libraries are now, and returns the most looks that found one of
// them in the same call.
func (c *calls) look(now []cabi.State) (most int) {
	for i, s := range now {
		if i == len(*c) {
			*c = append(*c, struct {
				number uint64
				looks  int
			}{})
		}
		call := &(*c)[i]
		if s.Function == "" || s.Calls != call.number {
			call.number, call.looks = s.Calls, 0
			continue
		}
		call.looks++
		most = max(most, call.looks)
	}
	return most
}

// output keeps the beginning and the end of what is written to it.
type output struct {
	head, tail bytes.Buffer
	n          int
}

// outputPart is the most of each that is kept.
const outputPart = 32 << 10

func (o *output) Write(p []byte) (int, error) {
	o.n += len(p)
	rest := p
	if room := outputPart - o.head.Len(); room > 0 {
		n := min(room, len(rest))
		o.head.Write(rest[:n])
		rest = rest[n:]
	}
	o.tail.Write(rest)
	if extra := o.tail.Len() - outputPart; extra > 0 {
		o.tail.Next(extra)
	}
	return len(p), nil
}

// text is what is kept, as text.
func (o *output) text() string {
	return strings.ToValidUTF8(o.head.String()+o.tail.String(), "?")
}
