package lab

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// interruptedIn is the error of a run that was interrupted, with what is left of it.
func interruptedIn(env *environment, dir string) error {
	switch {
	case env.args[0] != "run":
		return errInterrupted
	case dir == "":
		return fmt.Errorf("%w; nothing was measured", errInterrupted)
	}
	return fmt.Errorf("%w; what was measured is in %s: %s report %[2]s shows it%[4]s", errInterrupted, dir, env.program, goesOn(env, dir))
}

// goesOn is the end of a sentence about a run in dir that did not end: how to go on, if it
// can.
func goesOn(env *environment, dir string) string {
	if _, err := bench.Unfinished(dir); err != nil || env.readsInput() {
		return ""
	}
	return ", and " + strings.Join(quoted([]string{env.program, "run", "-resume", dir}), " ") + " goes on"
}

// explain is the one line about a worker that did not end by itself; how is why the
// parent ended it, "" if it did not.
func (w *watchman) explain(how string) string {
	died, remark := w.cause()
	var line strings.Builder
	state, ok := w.state()
	switch {
	case !ok && w.defaced:
		return fmt.Sprintf("%s %s, after it wrote over the memory by which it is watched%s; to see where: gdb --args %s",
			strings.Join(pathsOf(w.items), " or "), cmp.Or(how, died), w.kept(), w.reproduce(state))
	case !ok:
		if how != "" {
			return "the measurement " + how + w.kept()
		}
		return w.explainMeasurement(died, remark)
	}
	line.WriteString(state.Library)
	if state.Strategy != "" {
		line.WriteString(": " + state.Strategy)
	}
	line.WriteString(" ")
	fmt.Fprint(&line, cmp.Or(how, died), " ")
	if state.Function == "" {
		line.WriteString("between two calls")
	} else {
		fmt.Fprintf(&line, "in %s", state.Function)
	}
	if workload := worker.Get(w.Workload[:]); workload != "" {
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
	if dir := worker.Get(w.Dir[:]); dir != "" {
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
	for _, s := range w.states {
		if s.Function != "" {
			return s, true
		}
	}
	if len(w.states) == 0 {
		return s, false
	}
	return w.states[len(w.states)-1], true
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
	case state != nil && process.KilledBy(state) == "killed":
		died, remark = "was killed", "by itself, another program, or the system for want of memory"
	case state != nil && process.KilledBy(state) != "":
		died, remark = "crashed", process.KilledBy(state)
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
	if item, workload := worker.Get(w.Subject[:]), worker.Get(w.Workload[:]); single && item != "" && w.env.traceOf != nil {
		if path, err := w.env.traceOf(workload, s.Requests); err == nil {
			return strings.Join(quoted([]string{w.env.callable(), "replay", "-watch=false", "-strategy", item, path}), " ")
		}
	}
	args := append([]string{w.env.callable(), w.env.args[0], "-watch=false"}, w.env.args[1:]...)
	return strings.Join(quoted(args), " ")
}

// remark says what a library did beside its work.
func (w *watchman) remark() {
	if w.Done != 1 || len(w.states) == 0 {
		return
	}
	var names []string
	forked := w.Forked == 1
	for _, s := range w.states {
		if !slices.Contains(names, s.Library) {
			names = append(names, s.Library)
		}
		forked = forked || s.Forked
	}
	if forked {
		fmt.Fprintf(w.env.stderr, "%s: note: %s starts processes; they were ended\n", w.env.program, strings.Join(names, ", "))
	}
	if w.Signals == 1 {
		fmt.Fprintf(w.env.stderr, "%s: note: %s takes signals over: it may hide a crash, or end the process\n", w.env.program, strings.Join(names, ", "))
	}
	if text := strings.TrimSpace(w.output.text()); text != "" {
		first, _, _ := strings.Cut(text, "\n")
		fmt.Fprintf(w.env.stderr, "%s: note: %s wrote %d bytes to its output, which begin: %s\n", w.env.program, strings.Join(names, ", "), w.output.n, printable(first))
	}
}
