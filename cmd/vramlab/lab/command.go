package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/events"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/spelling"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/importer"
)

// The exit codes. An interrupt is SIGINT, whose code a shell has from a program that it
// ended, or SIGTERM.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// command is one entry of commands.
type command struct {
	name, args string
	gentle     bool     // ends by itself, and soon, when it is interrupted
	subject    bool     // its only argument may also stand before the flags
	doc        string   // one line, for the list of commands
	long       string   // what -h prints above the flags
	examples   []string // arguments of command lines that -h prints below the flags
	// takes are the flags that take names, and the names; "" stands for the arguments. What
	// else a flag or an argument takes is a file, or anything.
	takes map[string]words
	// setup binds the flags and returns what runs once they are parsed.
	setup func(fs *flag.FlagSet, env *environment) action
}

// words are what a flag or an argument can be.
type words struct {
	names func(env *environment) []string
	many  bool // several, with commas between
}

// action runs a command with the arguments that follow its flags.
type action func(ctx context.Context, args []string) error

// environment is all that a command knows of the program it runs in.
type environment struct {
	stdin          io.Reader // nil once it was read
	stdout, stderr io.Writer
	path           string                // of the program, as it was called
	program        string                // its name, for messages
	args           []string              // the command line behind it
	commands       []command             // all there are
	strategies     []strategies.Strategy // those given to Main, valid
	events         *events.Events        // of run -json, on standard output
	device         string                // region of captures that the user picked; "": all
	scale          uint64                // by which the capture opened last was multiplied; 0: none was

	worker  *worker.Worker             // what this process is, nil for one that a user started
	job     *bench.Job                 // the sample that this process takes, nil for one that a user started
	restart []string                   // arguments that start this program again; nil: it has no workers
	memory  uint64                     // bytes that a worker may take; 0: most of what is there
	exit    func(code int)             // ends the process at once; nil: it does not end there
	child   atomic.Pointer[os.Process] // the worker of this process, once it has one
	ending  atomic.Bool                // end has had the last word
	piped   []workloads.Workload       // those that standard input had, once it was read
	spooled *os.File                   // a copy of standard input, for workers
	making  atomic.Pointer[string]     // the file that is being written, under a name of its own
	// traceOf writes a workload up to a request to a file for replay.
	traceOf func(workload string, requests uint64) (path string, err error)
}

// line is the command line, quoted as a shell needs it.
func (env *environment) line() string {
	return env.program + " " + strings.Join(quoted(env.args), " ")
}

// quoted makes words that a shell would split readable as one.
func quoted(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if out[i] = a; a == "" || strings.ContainsAny(a, " \t\n'\"\\$&;()<>|*?") {
			out[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return out
}

// callable is the program as it can be called again: what go run makes is gone then.
func (env *environment) callable() string {
	if strings.Contains(env.path, "go-build") {
		return env.program
	}
	return env.path
}

// fail says that who (the program, or the program and the command) failed, and returns
// the exit code. The parent of a worker says it instead.
func (env *environment) fail(who string, code int, err error) int {
	gate := errors.Is(err, errGate) // an event says more
	if env.worker != nil {
		if gate {
			env.worker.Gate = 1
		}
		return env.worker.Finish(code, oneLine(err))
	}
	if !env.ending.Load() {
		if !gate {
			env.events.Fail(oneLine(err), code)
		}
		fmt.Fprintf(env.stderr, "%s: %s\n", who, oneLine(err))
	}
	return code
}

// end ends the process at once, and the worker that it has.
func (env *environment) end(who string, err error) {
	code := exitFailed
	if errors.Is(err, errInterrupted) {
		code = exitInterrupted
	}
	env.fail(who, code, err)
	env.ending.Store(true) // the end of the worker is not told
	if child := env.child.Load(); child != nil {
		process.KillChildren(child.Pid)
		child.Kill()
	}
	if name := env.making.Load(); name != nil {
		os.Remove(*name)
	}
	env.exit(code)
}

// endWith ends the process, which runs a command, as soon as ctx is done, until stop is
// called.
func (env *environment) endWith(ctx context.Context, command string) (stop func() bool) {
	if env.exit == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { env.end(env.program+" "+command, errInterrupted) })
}

// usageError is a mistake in the command line: exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// ended is the error of a worker that ended by itself: it has its exit code.
type ended struct {
	code int
	error
}

func (e *ended) Unwrap() error { return e.error }

// run parses the flags of c, runs it and returns the exit code.
func (c command) run(ctx context.Context, env *environment, args []string) int {
	fs, do := c.flags(env)
	if c.subject && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		args = append(slices.Clone(args[1:]), args[0])
	}
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(env, fs)
		return exitOK
	case err != nil:
		err = usageError{fmt.Errorf("%w%s", err, flagMeant(err, fs))}
	default:
		if !c.gentle {
			defer env.endWith(ctx, c.name)()
		}
		if err = flagBehind(fs); err == nil {
			err = do(ctx, fs.Args())
		}
	}
	who := env.program + " " + c.name
	wrong, child := usageError{}, (*ended)(nil)
	switch {
	case err == nil && env.worker != nil:
		return env.worker.Finish(exitOK, "")
	case err == nil:
		return exitOK
	case err == errSaid:
		return exitFailed
	case errors.As(err, &child):
		return env.fail(who, child.code, err)
	case errors.Is(err, errInterrupted):
		return env.fail(who, exitInterrupted, err)
	case errors.As(err, &wrong):
		return env.fail(who, exitUsage, fmt.Errorf("%w (%s -h lists the flags)", err, who))
	}
	return env.fail(who, exitFailed, err)
}

var (
	errInterrupted = errors.New("interrupted")
	errSaid        = errors.New("what failed was said already")
	errGate        = errors.New("the gate does not hold") // of a run or a comparison
)

// flagBehind is the mistake of a flag that stands behind an argument, where it would
// be taken for a file.
func flagBehind(fs *flag.FlagSet) error {
	for i, arg := range fs.Args() {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if i > 0 && strings.HasPrefix(arg, "-") && fs.Lookup(name) != nil {
			return usagef("%s stands behind %q: flags come before other arguments", arg, fs.Arg(i-1))
		}
	}
	return nil
}

// flagMeant asks for the flag that is near to the one which err says is none.
func flagMeant(err error, fs *flag.FlagSet) string {
	wrong, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return ""
	}
	var names []string
	fs.VisitAll(func(f *flag.Flag) { names = append(names, "-"+f.Name) })
	return spelling.Meant("-"+wrong, names)
}

// flags are the flags of c, which print nothing themselves, and its action.
func (c command) flags(env *environment) (*flag.FlagSet, action) {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs, c.setup(fs, env)
}

// oneLine is the text of an error with its lines joined, without what a terminal would
// obey.
func oneLine(err error) string { return printable(strings.ReplaceAll(err.Error(), "\n", "; ")) }

// printable is text with an escape for each character that is not printable.
func printable(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case unicode.IsPrint(r) && (r != utf8.RuneError || strings.HasPrefix(text[i:], string(r))):
			b.WriteRune(r)
		case r == utf8.RuneError:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		default:
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

func (c command) help(env *environment, fs *flag.FlagSet) {
	fmt.Fprintf(env.stdout, "usage: %s\n\n%s\n", strings.TrimSpace(env.program+" "+c.name+" "+c.args), strings.TrimSpace(c.long))
	any := false
	fs.VisitAll(func(*flag.Flag) { any = true })
	if any {
		fmt.Fprint(env.stdout, "\nflags:\n")
		fs.SetOutput(env.stdout)
		fs.PrintDefaults()
	}
	fmt.Fprint(env.stdout, "\nexamples:\n")
	for _, e := range c.examples {
		fmt.Fprintf(env.stdout, "  %s %s\n", env.program, e)
	}
}

// everyName stands for every item in a list of names.
const everyName = "all"

// joinNames lists the names of items, for messages.
func joinNames[T any](items []T, name func(T) string) string {
	return strings.Join(namesOf(items, name), ", ")
}

func namesOf[T any](items []T, name func(T) string) []string {
	names := make([]string, len(items))
	for i, item := range items {
		names[i] = name(item)
	}
	return names
}

// plural is "1 workload" or "2 workloads".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", one, "s")
}

// driversName stands for the workloads of what drivers ask for in a list of names.
const driversName = "drivers"

// withGroup is a comma-separated list with the names of a group in the place of its own.
func withGroup(list, group string, names []string) string {
	items := strings.Split(list, ",")
	for i, item := range items {
		if strings.TrimSpace(item) == group {
			items[i] = strings.Join(names, ",")
		}
	}
	return strings.Join(items, ",")
}

// pick returns the items named in a comma-separated list, in its order; "all"
// stands for every one. An unknown or repeated name is a usage error.
func pick[T any](list, what string, items []T, name func(T) string) (picked []T, err error) {
	if list == everyName {
		return items, nil
	}
	seen := make(map[string]bool)
	for want := range strings.SplitSeq(list, ",") {
		want = strings.TrimSpace(want)
		if seen[want] {
			return nil, usagef("%s %q is named twice", what, want)
		}
		seen[want] = true
		item, err := find(want, what, items, name)
		if err != nil {
			return nil, err
		}
		picked = append(picked, item)
	}
	return picked, nil
}

// find returns the item of a name; that there is none is a usage error.
func find[T any](want, what string, items []T, name func(T) string) (found T, err error) {
	for _, item := range items {
		if name(item) == want {
			return item, nil
		}
	}
	names := namesOf(items, name)
	return found, usagef("no %s %q (have: %s)%s", what, want, strings.Join(names, ", "), spelling.Meant(want, names))
}

func commandName(c command) string              { return c.name }
func strategyName(s strategies.Strategy) string { return s.Name }
func workloadName(w workloads.Workload) string  { return w.Name }
func formatName(f importer.Format) string       { return f.Name }
func builderName(b sgtable.Builder) string      { return b.Name }
func policyName(p sgtable.Policy) string        { return p.Name }
func experimentName(x bench.Experiment) string  { return x.Name }

// What a flag can name, for completions. A list can also be everything.
func strategyNames(env *environment) []string { return namesOf(env.strategies, strategyName) }
func formatNames(*environment) []string       { return namesOf(importer.List(), formatName) }
func builderNames(*environment) []string      { return orAll(namesOf(sgtable.Builders(), builderName)) }
func policyNames(*environment) []string       { return orAll(namesOf(sgtable.Policies(), policyName)) }
func experimentNames(*environment) []string {
	return orAll(namesOf(bench.Experiments(), experimentName))
}
func workloadNames(*environment) []string {
	return orAll(append(namesOf(workloads.All(), workloadName), driversName))
}

// formats are what the flag of bindFormat can be.
var formats = words{func(*environment) []string { return []string{"text", "json"} }, false}

// bindFormat binds the flag -format to whether it is json, which prints line.
func bindFormat(fs *flag.FlagSet, asJSON *bool, line string) {
	fs.Func("format", "`how` to print: text, or json for "+line+" (default text)", func(text string) error {
		if *asJSON = text == "json"; !*asJSON && text != "text" {
			return errors.New("have text, json")
		}
		return nil
	})
}

// opFlag reads the number of an operation into n.
func opFlag(n *int) func(string) error {
	return func(text string) (err error) {
		if *n, err = strconv.Atoi(text); err != nil || *n < 1 {
			return errors.New("not the number of an operation, which count from 1")
		}
		return nil
	}
}

func orAll(names []string) []string { return append(names, everyName) }

// setJSON is the flag -json of run: from then on standard output has events only.
func (env *environment) setJSON(text string) error {
	on, err := strconv.ParseBool(text)
	if env.events = nil; on {
		env.events = events.New(env.stdout)
	}
	return err
}

// text is where text for people goes that would be on standard output: nowhere, where
// events are.
func (env *environment) text() io.Writer {
	if env.events != nil {
		return io.Discard
	}
	return env.stdout
}
