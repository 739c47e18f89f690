// Package lab is the command vramlab as a library, so that the author of a
// strategy in another module has all of it (run, list, replay -check, report) in a
// main of three lines:
//
//	func main() {
//		lab.Main(append(all.List(), mine.Strategy)...)
//	}
//
// Each command is a file and a line in the list commands. It binds its flags, and
// works on an environment: where to write, and the strategies that Main was
// given. Nothing else tells it which strategies there are, so lists, usage texts
// and error messages name yours beside those of vramlab.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// commands are the commands in the order in which usage lists them.
var commands = []command{runCommand, replayCommand, reportCommand, listCommand}

// Main runs the command line of the process with the given strategies and exits:
// with code 0 on success, 1 on failure, 2 on wrong usage. An error is one line on
// standard error; so is a list of strategies that is empty, holds a name twice or
// holds a name that breaks the rule of [strategies.Validate].
//
// By default run compares buddy, rangemgr and every strategy that is not vramlab's own.
func Main(list ...strategies.Strategy) {
	os.Exit(run(context.Background(), list, os.Args, os.Stdout, os.Stderr))
}

// run is Main without a process: args begins with the name of the program, and
// the exit code is returned.
func run(ctx context.Context, list []strategies.Strategy, args []string, stdout, stderr io.Writer) int {
	program := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	args = args[1:]
	if err := validate(list); err != nil {
		fmt.Fprintf(stderr, "%s: %s\n", program, oneLine(err))
		return exitFailed
	}
	if len(args) == 0 {
		usage(stderr, program)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(stdout, program)
		return exitOK
	}
	for _, c := range commands {
		if c.name == args[0] {
			line := program + " " + strings.Join(quoted(args), " ")
			return c.run(ctx, &environment{stdout, stderr, program, line, list}, args[1:])
		}
	}
	names := joinNames(commands, func(c command) string { return c.name })
	fmt.Fprintf(stderr, "%s: no command %q (have: %s)\n", program, args[0], names)
	return exitUsage
}

// validate checks the strategies given to Main.
func validate(list []strategies.Strategy) error {
	if len(list) == 0 {
		return errors.New("lab.Main was given no strategies")
	}
	for _, s := range list {
		if s.Name == everyName {
			return fmt.Errorf("strategy %s: the command line uses this name for the whole list", s.Name)
		}
	}
	return strategies.Validate(list...)
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

func usage(w io.Writer, program string) {
	fmt.Fprintf(w, "%s compares allocators of device memory.\n\n", program)
	for _, c := range commands {
		fmt.Fprintf(w, "  %s %-32s %s\n", program, strings.TrimSpace(c.name+" "+c.args), c.doc)
	}
	fmt.Fprintf(w, "\nBegin with: %[1]s run\n%[1]s COMMAND -h prints the flags and examples of a command.\n", program)
}
