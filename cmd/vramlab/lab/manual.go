package lab

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/manual"
)

var helpCommand = command{
	name: "help", args: "[COMMAND]",
	doc:      "print the commands, or the flags and examples of one",
	long:     `Prints the list of commands. With COMMAND it prints what COMMAND -h prints.`,
	examples: []string{"help", "help run"},
	takes:    map[string]words{"": {names: (*environment).commandNames}},
	setup: func(_ *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			if len(args) > 1 {
				return usagef("help is of one command, got %d arguments", len(args))
			}
			if len(args) == 0 {
				usage(env.stdout, env.program, env.commands)
				return nil
			}
			c, err := find(args[0], "command", env.commands, commandName)
			if err != nil {
				return err
			}
			fs, _ := c.flags(env)
			c.help(env, fs)
			return nil
		}
	},
}

var versionCommand = command{
	name: "version",
	doc:  "print the version in one line",
	long: `Prints the version of the module, or the revision it was built from and its time, the
version of Go, and the system it was built for.`,
	examples: []string{"version"},
	setup: func(_ *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			if len(args) > 0 {
				return usagef("version takes no arguments, got %q", args[0])
			}
			info, _ := debug.ReadBuildInfo()
			_, err := fmt.Fprintln(env.stdout, env.program, versionOf(info))
			return err
		}
	},
}

// ownModule is the module of this package.
const ownModule = "github.com/vramlab/vramlab"

// versionOf says what a program was built from: in a module that imports this one, the
// version of both. Without information on the build only the system is known.
func versionOf(info *debug.BuildInfo) string {
	system := fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info == nil {
		return "of unknown version, " + system
	}
	set := make(map[string]string)
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	said := info.Main.Version
	if said == "" {
		said = "(devel)"
	}
	// The version that Go makes of a commit without a tag has all of this already.
	revision := set["vcs.revision"]
	revision = revision[:min(12, len(revision))]
	if revision != "" && !strings.Contains(said, revision) {
		said += ", revision " + revision
		if at := set["vcs.time"]; at != "" {
			said += " of " + at
		}
		if set["vcs.modified"] == "true" {
			said += " with changes"
		}
	}
	for _, d := range info.Deps {
		if d.Path == ownModule {
			said += ", vramlab " + d.Version
			if d.Replace != nil {
				said += " replaced by " + strings.TrimSpace(d.Replace.Path+" "+d.Replace.Version)
			}
		}
	}
	return said + ", " + system
}

var completionCommand = command{
	name: "completion", args: "SHELL",
	doc: "print a completion script for bash, zsh or fish",
	long: `Prints a script by which a shell completes commands, flags, and the names that they take.
How to load it for one session:

  bash   source <(vramlab completion bash)
  zsh    source <(vramlab completion zsh), behind compinit
  fish   vramlab completion fish | source

For all sessions, write it to a file: for bash to vramlab in
~/.local/share/bash-completion/completions, for zsh to _vramlab in a directory of fpath, for
fish to vramlab.fish in ~/.config/fish/completions.`,
	examples: []string{"completion bash > ~/.local/share/bash-completion/completions/vramlab"},
	takes:    map[string]words{"": {names: func(*environment) []string { return namesOf(manual.Shells(), shellName) }}},
	setup: func(_ *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			if len(args) != 1 {
				return usagef("one shell is needed, got %d arguments", len(args))
			}
			shell, err := find(args[0], "shell", manual.Shells(), shellName)
			if err != nil {
				return err
			}
			return shell.Write(env.stdout, env.manual())
		}
	},
}

func shellName(s manual.Shell) string { return s.Name }

var manCommand = command{
	name:     "man",
	doc:      "print a man page of all commands",
	long:     `Prints a man page, for man -l or for a file vramlab.1 in a directory man1.`,
	examples: []string{"man > vramlab.1"},
	setup: func(_ *flag.FlagSet, env *environment) action {
		return func(_ context.Context, args []string) error {
			if len(args) > 0 {
				return usagef("man takes no arguments, got %q", args[0])
			}
			return manual.Man(env.stdout, env.manual())
		}
	},
}

// manual describes the program, out of the tables that it parses its command line with.
func (env *environment) manual() manual.Program {
	info, _ := debug.ReadBuildInfo()
	version := ""
	if info != nil {
		version = env.program + " " + info.Main.Version
	}
	p := manual.Program{Name: env.program, Version: version, Doc: purpose, Long: background, Exit: exitDoc}
	for _, c := range env.commands {
		fs, _ := c.flags(env)
		p.Commands = append(p.Commands, manual.Command{
			Name: c.name, Args: c.args, Doc: c.doc, Long: c.long, Examples: c.examples, Operand: c.values(env, ""),
			Flags: manual.FlagsOf(fs, func(name string) manual.Values { return c.values(env, name) }),
		})
	}
	return p
}

const (
	purpose    = "compares allocators of device memory"
	background = `Replays recorded traces of programs, and generated workloads, through the allocators of
device memory of Linux drivers, and says which allocator suits which load, by how much, and
whether the difference is real.`
	exitDoc = `0 on success, 1 on failure, 2 on wrong usage, 130 after an interrupt (SIGINT or SIGTERM). An error is one line on standard error.`
)

// values are what a flag of c takes, or its arguments if the name is empty.
func (c command) values(env *environment, name string) manual.Values {
	w, ok := c.takes[name]
	if !ok {
		return manual.Values{}
	}
	return manual.Values{Words: w.names(env), Many: w.many}
}

func (env *environment) commandNames() []string { return namesOf(env.commands, commandName) }
