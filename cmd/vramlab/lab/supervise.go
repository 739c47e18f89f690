package lab

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

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
	fs.BoolVar(&i.on, "isolate", true, "load libraries in a process of their own, which is watched; off to run one under a debugger")
	fs.DurationVar(&i.limit, "limit", callLimit, "the `time` that one call into a library, or a batch of 4,096 operations, may take with -isolate")
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
	return i.on && canIsolate && env.worker == nil && env.restart != nil
}

// unfit is the error of a strategy that did not pass its trial.
type unfit struct {
	item string // as it stands in -strategies
	error
}

func (u *unfit) Unwrap() error { return u.error }

// A watchman is the side of the parent: one worker.
type watchman struct {
	env    *environment
	limit  time.Duration
	memory uint64 // bytes that the worker may take, 0: any
	cmd    *exec.Cmd
	mem    []byte
	*record
	output output // of the library
}

// supervise has a worker run the command line of this process, and returns how it
// ended. What the worker noted is returned too.
func (env *environment) supervise(ctx context.Context, i *isolation, j job) (*watchman, error) {
	if i.limit < watchTick {
		return nil, usagef("-limit %v is less than %v", i.limit, watchTick)
	}
	w := &watchman{env: env, limit: i.limit, memory: available() / 5 * 4}
	if env.memory != 0 {
		w.memory = env.memory
	}
	shared, err := newShared()
	if err != nil {
		return w, err
	}
	defer shared.Close()
	if w.mem, err = mapShared(int(shared.Fd())); err != nil {
		return w, fmt.Errorf("the memory that is shared with the process of a library: %w", err)
	}
	defer unmapShared(w.mem)
	w.record = recordIn(w.mem)
	err = w.run(ctx, shared, j)
	kept := *w.record
	w.record = &kept
	return w, err
}

// run starts the worker and waits for its end.
func (w *watchman) run(ctx context.Context, shared *os.File, j job) error {
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
	if err := w.start(j, read, shared, stdout.File, stderr.File); err != nil {
		return fmt.Errorf("the process of a library cannot be started: %w", err)
	}
	read.Close()
	stdout.release()
	stderr.release()
	exit := make(chan error, 1)
	go func() { exit <- w.cmd.Wait() }()
	how := w.wait(ctx, control, exit)
	flushed()
	flushedErr()
	w.remark()
	switch {
	case w.done == 1 && w.code == exitOK:
		return nil
	case w.done == 1:
		err = &ended{int(w.code), errors.New(get(w.message[:]))}
	case ctx.Err() != nil:
		return interruptedIn(w.env, get(w.dir[:]))
	default:
		err = errors.New(w.explain(how))
	}
	if item := get(w.subject[:]); item != "" && w.code != exitUsage && ctx.Err() == nil {
		return &unfit{item, err}
	}
	return err
}

// start starts the worker with its descriptors in the order of the constants.
func (w *watchman) start(j job, files ...*os.File) error {
	program, err := self()
	if err != nil {
		return err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	w.cmd = exec.Command(program)
	w.cmd.Args = w.env.restart
	w.cmd.Env = append(os.Environ(), "LIBC_FATAL_STDERR_=1", workerVariable+"="+string(text))
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

// wait waits until the worker has ended, and ends it if one call takes too long or if
// it takes too much memory. It returns why it ended the worker, "" if it did not.
//
// Time is counted in ticks: a process that was stopped with its parent gets none.
func (w *watchman) wait(ctx context.Context, control *os.File, exit <-chan error) (how string) {
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	interrupt := ctx.Done()
	limit := int(w.limit / watchTick)
	var calls calls
	after := 0
	for {
		select {
		case <-exit:
			return how
		case <-interrupt:
			interrupt = nil
			control.Write([]byte{1})
		case <-tick.C:
			same := calls.look(cabi.Watched(w.mem[recordSize:]))
			if w.done == 1 {
				after++
			}
			switch {
			case how != "":
			case same > limit:
				how = fmt.Sprintf("did not return within %v", w.limit)
			case w.memory != 0 && resident(w.cmd.Process.Pid) > w.memory:
				how = fmt.Sprintf("took more than %d MiB of memory", w.memory>>20)
			case after > int(2*time.Second/watchTick):
				how = "did not let the process end"
			default:
				continue
			}
			killChildren(w.cmd.Process.Pid)
			w.cmd.Process.Kill()
		}
	}
}

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

// interruptedIn is the error of a run that was interrupted, with what is left of it.
func interruptedIn(env *environment, dir string) error {
	if dir == "" {
		return fmt.Errorf("%w; nothing was measured", errInterrupted)
	}
	return fmt.Errorf("%w; what was measured is in %s, and %s report %[2]s shows it", errInterrupted, dir, env.program)
}

// explain is the one line about a worker that did not end by itself; how is why the
// parent ended it, "" if it did not.
func (w *watchman) explain(how string) string {
	died, remark := w.cause()
	var line strings.Builder
	state, ok := w.state()
	if !ok {
		return w.explainMeasurement(cmp.Or(how, died), remark)
	}
	fmt.Fprintf(&line, "%v ", state)
	fmt.Fprint(&line, cmp.Or(how, died), " ")
	if state.Function == "" {
		line.WriteString("between two calls")
	} else {
		fmt.Fprintf(&line, "in %s", state.Function)
	}
	if workload := get(w.workload[:]); workload != "" {
		fmt.Fprintf(&line, " on %s", workload)
	}
	switch {
	case state.Function == "destroy" || state.Function == "table_close":
		line.WriteString(", for a heap that is not in use any more")
	case state.Requests == 0:
		line.WriteString(", before the first request")
	case state.Batch:
		fmt.Fprintf(&line, ", in a batch, at request %d", state.Requests)
	default:
		fmt.Fprintf(&line, ", at request %d", state.Requests)
	}
	if how == "" && remark != "" {
		fmt.Fprintf(&line, " (%s)", remark)
	}
	line.WriteString(w.kept())
	fmt.Fprintf(&line, "; to see where: gdb --args %s", w.reproduce(state))
	return line.String()
}

// kept says where a run is that has begun.
func (w *watchman) kept() string {
	if dir := get(w.dir[:]); dir != "" {
		return "; what was measured is in " + dir
	}
	return ""
}

// explainMeasurement is explain without a library. What is wrong then is a strategy in
// Go, or vramlab, and whoever mends it needs the traceback.
func (w *watchman) explainMeasurement(died, remark string) string {
	if text := w.output.text(); strings.HasPrefix(remark, "panic: ") {
		io.WriteString(w.env.stderr, text)
	}
	return fmt.Sprintf("the measurement %s (%s)%s", died, remark, w.kept())
}

// state is that of the library which was running, or of the one that ran last; false:
// there was none.
func (w *watchman) state() (s cabi.State, ok bool) {
	list := cabi.Watched(w.mem[recordSize:])
	for _, s := range list {
		if s.Function != "" {
			return s, true
		}
	}
	if len(list) == 0 {
		return s, false
	}
	return list[len(list)-1], true
}

var (
	signalLine = regexp.MustCompile(`(?m)^(SIG[A-Z0-9]+: [^\n]*)$|^\[signal (SIG[A-Z0-9]+: [^\n]*?) code=`)
	crashLine  = regexp.MustCompile(`(?m)^(?:fatal error|panic|runtime): [^\n]*$`)
)

// cause is how the worker ended, and what is known beside it: the signal, and the last
// line that was written before.
func (w *watchman) cause() (died, remark string) {
	text := w.output.text()
	state := w.cmd.ProcessState
	at := len(text)
	switch {
	case signalLine.MatchString(text):
		m := signalLine.FindStringSubmatchIndex(text)
		at, died = m[0], "crashed"
		s := signalLine.FindStringSubmatch(text)
		remark = s[1] + s[2]
	case crashLine.MatchString(text):
		at, died = crashLine.FindStringIndex(text)[0], "crashed"
		remark = crashLine.FindString(text)
	case state != nil && killedBy(state) == "killed":
		died, remark = "was killed", "by itself, another program, or the system for want of memory"
	case state != nil && killedBy(state) != "":
		died, remark = "crashed", killedBy(state)
	default:
		died, remark = "ended the process", fmt.Sprintf("exit code %d", state.ExitCode())
	}
	if first := crashLine.FindStringIndex(text[:at]); first != nil {
		at = first[0]
	}
	if said := strings.TrimSpace(text[:at]); said != "" {
		remark += ": " + said[strings.LastIndexByte(said, '\n')+1:]
	}
	return died, remark
}

// reproduce is a command line that does again what ended the worker, without a worker.
func (w *watchman) reproduce(s cabi.State) string {
	single := slices.Contains([]string{"alloc", "free", "free_blocks", "footprint"}, s.Function) && !s.Batch && s.Requests > 0
	if item, workload := get(w.subject[:]), get(w.workload[:]); single && item != "" && w.env.traceOf != nil {
		if path, err := w.env.traceOf(workload, s.Requests); err == nil {
			return strings.Join(quoted([]string{w.env.callable(), "replay", "-isolate=false", "-strategy", item, path}), " ")
		}
	}
	args := append([]string{w.env.callable(), w.env.args[0], "-isolate=false"}, w.env.args[1:]...)
	return strings.Join(quoted(args), " ")
}

// remark says what a library did beside its work.
func (w *watchman) remark() {
	list := cabi.Watched(w.mem[recordSize:])
	if w.done != 1 || len(list) == 0 {
		return
	}
	var names []string
	forked := w.forked == 1
	for _, s := range list {
		names = append(names, s.Library)
		forked = forked || s.Forked
	}
	if forked {
		fmt.Fprintf(w.env.stderr, "%s: note: %s starts processes; they were ended\n", w.env.program, strings.Join(names, ", "))
	}
	if w.signals == 1 {
		fmt.Fprintf(w.env.stderr, "%s: note: %s takes signals over: it may hide a crash, or end the process\n", w.env.program, strings.Join(names, ", "))
	}
	if text := strings.TrimSpace(w.output.text()); text != "" {
		first, _, _ := strings.Cut(text, "\n")
		fmt.Fprintf(w.env.stderr, "%s: note: %s wrote %d bytes to its output, which begin: %s\n", w.env.program, strings.Join(names, ", "), w.output.n, first)
	}
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
