// Command vramlab measures allocators of device memory: it runs strategies
// (a buddy, a range manager, ...) over generated and recorded workloads, turns
// what they grant into scatter-gather tables, and reports what differs.
//
//	vramlab run                        every workload, buddy against rangemgr, and a report
//	vramlab run -trace FILE            the same for one recorded trace
//	vramlab replay -strategy S FILE    the placements of a trace, as a trace
//	vramlab report DIR                 the report of a run directory again
//	vramlab list                       strategies, workloads, builders, policies, lifetimes
//
// "vramlab COMMAND -h" has the flags and examples. The exit code is 0 when all
// went well, 1 when something failed, 2 for wrong usage; what failed is one
// line on standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// command is one of vramlab's commands.
type command struct {
	name, args, short string
	long              string // what -h prints above the flags: what it does
	examples          string // and below them
	// setup binds flags and returns what to do once they are parsed.
	setup func(fs *flag.FlagSet) func(ctx context.Context, env environment, args []string) error
}

// environment is what a command may touch of the world.
type environment struct {
	stdout, stderr io.Writer
	command        string // the command line, as a user would type it again
}

var commands = []command{runCommand, replayCommand, reportCommand, listCommand}

// usageError is a mistake in the command line: exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func main() { os.Exit(vramlab(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// vramlab runs one command line and returns its exit code. Tests call it
// instead of the binary.
func vramlab(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout)
		return exitOK
	}
	for _, c := range commands {
		if c.name == args[0] {
			env := environment{stdout, stderr, "vramlab " + strings.Join(quoted(args), " ")}
			return c.run(ctx, env, args[1:])
		}
	}
	fmt.Fprintf(stderr, "vramlab: no command %q (have: %s)\n", args[0], strings.Join(commandNames(), ", "))
	return exitUsage
}

// run parses the flags of one command and runs it.
func (c command) run(ctx context.Context, env environment, args []string) int {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	do := c.setup(fs)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.help(env.stdout, fs)
		return exitOK
	case err != nil:
		err = usageError{err}
	default:
		err = do(ctx, env, fs.Args())
	}
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(env.stderr, "vramlab %s: %v (vramlab %s -h has the flags)\n", c.name, oneLine(err), c.name)
		return exitUsage
	}
	fmt.Fprintf(env.stderr, "vramlab %s: %v\n", c.name, oneLine(err))
	return exitFailed
}

// oneLine keeps the promise that an error is one line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

func commandNames() (names []string) {
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
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

func usage(w io.Writer) {
	fmt.Fprint(w, "vramlab measures allocators of device memory.\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  vramlab %-28s %s\n", strings.TrimSpace(c.name+" "+c.args), c.short)
	}
	fmt.Fprint(w, "\nBegin with: vramlab run\nvramlab COMMAND -h has the flags and examples of a command.\n")
}

func (c command) help(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintf(w, "usage: vramlab %s %s\n\n%s\n", c.name, c.args, strings.TrimSpace(c.long))
	any := false
	fs.VisitAll(func(*flag.Flag) { any = true })
	if any {
		fmt.Fprint(w, "\nflags:\n")
		fs.SetOutput(w)
		fs.PrintDefaults()
	}
	fmt.Fprintf(w, "\nexamples:\n%s\n", strings.TrimRight(c.examples, "\n"))
}
