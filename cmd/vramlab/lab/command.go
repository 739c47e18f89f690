package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

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
	program        string                // its name, for messages
	line           string                // the command line, quoted as a shell needs it
	strategies     []strategies.Strategy // those given to Main, valid
}

// usageError is a mistake in the command line: exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

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
		if err = flagBehind(fs); err == nil {
			err = do(ctx, fs.Args())
		}
	}
	var wrong usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(env.stderr, "%s %s: %v (%[1]s %[2]s -h lists the flags)\n", env.program, c.name, oneLine(err))
		return exitUsage
	}
	fmt.Fprintf(env.stderr, "%s %s: %v\n", env.program, c.name, oneLine(err))
	return exitFailed
}

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

// oneLine is the text of an error with its lines joined.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

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
