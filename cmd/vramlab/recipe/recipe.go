// Package recipe reads and writes the file that describes an experiment: which
// strategies, workloads, builders and policies a run measures, how often, and what its
// figures are held to. The file is TOML.
//
// # Idea
//
// A key of the file stands for a flag of the command run, and [Keys] is the table of them.
// This package knows what a value looks like and where it stands, no more: what it means
// is the flag's to say. So a new flag needs one line in the table, and is then read,
// written into the run directory, and explained in the starter.
//
// Only strategies are more than a key: each is a table of its own with its parameters.
//
// # Invariants
//
// Reading is strict: a key that is not in the table is an error with its line, as are a
// value of the wrong type, an empty list element, and standard input among the files. What
// [File.Write] writes, [Parse] reads as the same. Paths are relative to the file.
package recipe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// File is what a file says.
type File struct {
	Path       string // of the file
	Strategies []Strategy
	Entries    []Entry // in the order of [Keys]
}

// Entry is a key with its value.
type Entry struct {
	Key
	Line   int
	Values []Value // one, but of a list
}

// Value is one value as text: true, 10, gfx.
type Value struct {
	Text string
	Line int
}

// Strategy is one that a run compares: by its name, or from a library.
type Strategy struct {
	Name    string  // of a strategy that the command has, or of one in the library ("": its only one)
	Library string  // path of a shared library; "" for none
	As      string  // the name it has in the run, "" for the usual one
	Params  []Param // other values of its parameters, sorted by name
	Line    int
}

// Param is a parameter with its value.
type Param struct{ Name, Value string }

// InLibrary is what the item of a strategy in a library begins with: so:PATH[:NAME].
const InLibrary = "so:"

// Item is the strategy as the flag -strategies has it:
//
//	buddy
//	tlsf:bins=64:as=fine
//	so:./libmine.so:first_fit
func (s Strategy) Item() string {
	if s.Library != "" {
		item := InLibrary + s.Library
		if s.Name != "" {
			item += ":" + s.Name
		}
		return item
	}
	item := s.Name
	for _, p := range s.Params {
		item += ":" + p.Name + "=" + p.Value
	}
	if s.As != "" {
		item += ":" + asKey + "=" + s.As
	}
	return item
}

// ParseItem is the strategy of an item, which is not one in a library.
func ParseItem(item string) (s Strategy, err error) {
	name, rest, more := strings.Cut(item, ":")
	s.Name = name
	for more {
		var one string
		one, rest, more = strings.Cut(rest, ":")
		key, value, ok := strings.Cut(one, "=")
		if !ok {
			return s, fmt.Errorf("strategy %q: %q is no parameter (NAME:PARAMETER=VALUE:as=NAME)", item, one)
		}
		if err := s.set(key, value); err != nil {
			return s, fmt.Errorf("strategy %q: %w", item, err)
		}
	}
	return s, nil
}

// asKey is the name for the run, among parameters.
const asKey = "as"

// set sets a parameter, or the name for the run.
func (s *Strategy) set(key, value string) error {
	switch {
	case key == asKey && s.As != "" || slices.ContainsFunc(s.Params, func(p Param) bool { return p.Name == key }):
		return fmt.Errorf("%s is given twice", key)
	case key == asKey:
		s.As = value
		return strategies.CheckName(value)
	}
	if err := strategies.CheckName(key); err != nil {
		return fmt.Errorf("parameter %w", err)
	}
	if value == "" || strategies.CheckName("x"+value) != nil {
		return fmt.Errorf("%s: %q is no value of a parameter, which is a number or a word", key, value)
	}
	s.Params = append(s.Params, Param{key, value})
	slices.SortFunc(s.Params, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// Values are the parameters by name, nil for none.
func (s Strategy) Values() map[string]string {
	var values map[string]string
	for _, p := range s.Params {
		if values == nil {
			values = make(map[string]string)
		}
		values[p.Name] = p.Value
	}
	return values
}

// Text is the value, or the list of them with commas between.
func (e Entry) Text() string {
	var texts []string
	for _, v := range e.Values {
		texts = append(texts, v.Text)
	}
	return strings.Join(texts, ",")
}
