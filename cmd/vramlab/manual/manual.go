// Package manual writes the man page of a program and the completion scripts of its shells.
//
// All of them are made of one description, [Program], which is data: a program fills it from
// the tables that it parses command lines with, so that what is printed cannot say anything
// else than what is parsed. Nothing here knows the name of a command or of a flag.
//
// A program is called as "program command -flag value file ...". Flags are those of package
// flag: of one or two hyphens, with their value behind them or behind "=".
package manual

import (
	"flag"
	"io"
	"strings"
)

// Program is a program with commands.
type Program struct {
	Name     string // as it is called
	Version  string // for the foot of the man page, "" if it is not known
	Doc      string // what it does, in a few words
	Long     string // what is said of the whole, paragraphs with an empty line between
	Exit     string // what its exit codes mean, as Long
	Commands []Command
}

// Command is one of its commands.
type Command struct {
	Name     string
	Args     string // what follows its name, for the synopsis
	Doc      string // one line
	Long     string // paragraphs with an empty line between
	Examples []string
	Flags    []Flag // in the order in which they are printed
	Operand  Values // what stands behind the flags
}

// Flag is a flag of a command.
type Flag struct {
	Name    string // without a hyphen
	Value   string // what its value is called; "" if it has none
	Doc     string
	Default string // "" for one that need not be told
	Takes   Values
}

// Values are what a flag or an argument can be.
type Values struct {
	Words []string // nil: files, or anything
	Many  bool     // several, with commas between
}

// FlagsOf are the flags of a set, in its order. The value of each, and its default, are those
// that [flag.FlagSet.PrintDefaults] prints; takes says what it can be.
func FlagsOf(fs *flag.FlagSet, takes func(name string) Values) []Flag {
	var list []Flag
	fs.VisitAll(func(f *flag.Flag) {
		value, doc := flag.UnquoteUsage(f)
		shown := f.DefValue
		if shown == "0" || shown == "0s" || shown == "false" {
			shown = ""
		}
		list = append(list, Flag{Name: f.Name, Value: value, Doc: doc, Default: shown, Takes: takes(f.Name)})
	})
	return list
}

// A Shell is one that completions can be written for.
type Shell struct {
	Name  string
	Write func(w io.Writer, p Program) error
}

// Shells are those there are.
func Shells() []Shell {
	return []Shell{
		{"bash", Bash},
		{"zsh", Zsh},
		{"fish", Fish},
	}
}

// identifier is name as a part of the name of a shell function.
func identifier(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, name)
}

// quoted is text as one word of bash or zsh.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// hyphened are the names of flags as they are typed.
func hyphened(flags []Flag) string {
	names := make([]string, len(flags))
	for i, f := range flags {
		names[i] = "-" + f.Name
	}
	return strings.Join(names, " ")
}

// commandNames are the names of the commands.
func (p Program) commandNames() string {
	names := make([]string, len(p.Commands))
	for i, c := range p.Commands {
		names[i] = c.Name
	}
	return strings.Join(names, " ")
}
