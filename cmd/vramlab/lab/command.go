package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/vramlab/vramlab/strategies"
)

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// command is one entry of commands.
type command struct {
	name, args string
	gentle     bool     // ends by itself, and soon, when it is interrupted
	doc        string   // one line, for the list of commands
	long       string   // what -h prints above the flags
	examples   []string // arguments of command lines that -h prints below the flags
	// setup binds the flags and returns what runs once they are parsed.
	setup func(fs *flag.FlagSet, env *environment) action
}

// action runs a command with the arguments that follow its flags.
type action func(ctx context.Context, args []string) error

// environment is all that a command knows of the program it runs in.
type environment struct {
	stdout, stderr io.Writer
	path           string                // of the program, as it was called
	program        string                // its name, for messages
	args           []string              // the command line behind it
	strategies     []strategies.Strategy // those given to Main, valid

	worker  *worker                    // what this process is, nil for one that a user started
	restart []string                   // arguments that start this program again; nil: it has no workers
	memory  uint64                     // bytes that a worker may take; 0: most of what is there
	exit    func(code int)             // ends the process at once; nil: it does not end there
	child   atomic.Pointer[os.Process] // the worker of this process, once it has one
	ending  atomic.Bool                // end has had the last word
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
	if env.worker != nil {
		return env.worker.finish(code, oneLine(err))
	}
	if !env.ending.Load() {
		fmt.Fprintf(env.stderr, "%s: %s\n", who, oneLine(err))
	}
	return code
}

// end ends the process at once, and the worker that it has.
func (env *environment) end(who string, err error) {
	code := env.fail(who, exitFailed, err)
	env.ending.Store(true) // the end of the worker is not told
	if child := env.child.Load(); child != nil {
		killChildren(child.Pid)
		child.Kill()
	}
	env.exit(code)
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
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(env, fs)
		return exitOK
	case err != nil:
		err = usageError{err}
	default:
		if env.exit != nil && !c.gentle {
			stop := context.AfterFunc(ctx, func() { env.end(env.program+" "+c.name, errInterrupted) })
			defer stop()
		}
		if err = flagBehind(fs); err == nil {
			err = do(ctx, fs.Args())
		}
	}
	who := env.program + " " + c.name
	wrong, worker := usageError{}, (*ended)(nil)
	switch {
	case err == nil && env.worker != nil:
		return env.worker.finish(exitOK, "")
	case err == nil:
		return exitOK
	case err == errSaid:
		return exitFailed
	case errors.As(err, &worker):
		return env.fail(who, worker.code, err)
	case errors.As(err, &wrong):
		return env.fail(who, exitUsage, fmt.Errorf("%w (%s -h lists the flags)", err, who))
	}
	return env.fail(who, exitFailed, err)
}

var (
	errInterrupted = errors.New("interrupted")
	errSaid        = errors.New("what failed was said already")
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
	fmt.Fprintf(env.stdout, "usage: %s %s %s\n\n%s\n", env.program, c.name, c.args, strings.TrimSpace(c.long))
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
