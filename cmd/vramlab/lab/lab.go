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
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/sampler"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/strategies"
)

// commands are the commands in the order in which usage lists them.
var commands = []command{
	runCommand, initCommand, replayCommand, explainCommand, defragCommand, ageCommand, attackCommand,
	convertCommand, inspectCommand, fitRegionCommand, boundCommand, fewestCommand, modelCommand,
	generateCommand, mergeCommand, compareCommand, historyCommand, reportCommand, serveCommand, listCommand,
	helpCommand, versionCommand, completionCommand, manCommand,
}

// Main runs the command line of the process with the given strategies and exits:
// with code 0 on success, 1 on failure, 2 on wrong usage, 130 after an interrupt (SIGINT or
// SIGTERM). An error is one line on standard error; so is a list of strategies that is
// empty, holds a name twice or holds a name that breaks the rule of [strategies.Validate].
//
// By default run compares buddy, rangemgr and every strategy that is not vramlab's own.
//
// A command with a strategy in a shared library starts the program again, with the
// arguments that it was started with, to load the library there. So what stands before
// Main in main is done twice, and must lead to Main both times.
func Main(list ...strategies.Strategy) {
	if w, ctx := worker.Become(); w != nil {
		env := newEnvironment(list, os.Args, os.NewFile(worker.StdoutFile, "stdout"), os.NewFile(worker.StderrFile, "stderr"))
		env.worker, env.exit = w, os.Exit
		if w.Stdin {
			env.stdin = os.NewFile(worker.StdinFile, "stdin")
		}
		os.Exit(env.serve(ctx))
	}
	ctx, cancel := context.WithCancel(context.Background())
	env := newEnvironment(list, os.Args, os.Stdout, os.Stderr)
	env.restart, env.exit, env.stdin, env.job = started, os.Exit, os.Stdin, sampler.Become()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go env.heed(signals, cancel)
	os.Exit(env.serve(ctx))
}

// heed ends the work at the first signal and the program at the second. Signals that
// come together are one: timeout(1) sends two.
func (env *environment) heed(signals <-chan os.Signal, cancel func()) {
	<-signals
	cancel()
	for together := time.Now().Add(200 * time.Millisecond); time.Now().Before(together); {
		<-signals
	}
	env.end(env.program, fmt.Errorf("%w again: ended at once", errInterrupted))
}

// started are the arguments of the process before main could change them.
var started = slices.Clone(os.Args)

// leastDescriptors are those that a run with a library takes.
const leastDescriptors = 20

// leastAddresses are what the Go runtime and a run reserve. With fewer the runtime
// ends the program at any time, also the one that watches.
const leastAddresses = 3 << 30

// newEnvironment is that of a command line: args begins with the name of the program.
func newEnvironment(list []strategies.Strategy, args []string, stdout, stderr io.Writer) *environment {
	return &environment{
		stdout: stdout, stderr: stderr, strategies: list, commands: commands,
		path: args[0], program: strings.TrimSuffix(filepath.Base(args[0]), ".exe"), args: args[1:],
	}
}

// serve runs the command line and returns the exit code.
func (env *environment) serve(ctx context.Context) int {
	if err := validate(env.strategies); err != nil {
		return env.fail(env.program, exitFailed, err)
	}
	// With fewer the Go runtime may end the program in the middle of something.
	if n := process.Descriptors(); n < leastDescriptors {
		return env.fail(env.program, exitFailed, fmt.Errorf("only %d files may be open at once, and %d are needed (ulimit -n)", n, leastDescriptors))
	}
	if n := process.AddressLimit(); n != 0 && n < leastAddresses {
		return env.fail(env.program, exitFailed, fmt.Errorf("only %d MiB of addresses may be taken, and %d are needed (ulimit -v)", n>>20, leastAddresses>>20))
	}
	if len(env.args) == 0 {
		usage(env.stderr, env.program, env.commands)
		return exitUsage
	}
	name := env.args[0]
	switch name {
	case "-h", "-help", "--help":
		name = helpCommand.name
	case "-version", "--version":
		name = versionCommand.name
	}
	c, err := find(name, "command", env.commands, commandName)
	if err != nil {
		return env.fail(env.program, exitUsage, err)
	}
	return c.run(ctx, env, env.args[1:])
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

func usage(w io.Writer, program string, commands []command) {
	fmt.Fprintf(w, "%s %s.\n\n", program, purpose)
	for _, c := range commands {
		fmt.Fprintf(w, "  %-11s %s\n", c.name, c.doc)
	}
	fmt.Fprintf(w, "\nBegin with: %[1]s run\n%[1]s help COMMAND prints the flags and examples of a command.\n", program)
}
