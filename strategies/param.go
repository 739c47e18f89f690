package strategies

import (
	"fmt"
	"slices"
	"strings"
)

// Param is a choice in how a strategy is made.
type Param struct {
	Name   string   // good for [CheckName], unique in its strategy
	Doc    string   // one line: what it decides, and the unit of its values
	Values []string // all that it can be: words or numbers; without being asked it is the first
}

// String is the parameter as a list shows it: its name, and all values.
func (p Param) String() string { return p.Name + " = " + strings.Join(p.Values, ", ") }

// With is s with other values of its parameters; those without a value stay as they are.
// Its name is that of s and, for each value that is not the usual one, _ and the value if
// that is a word, _ and the name and the value if it is a number: tlsf_bins64. It has no
// parameters. With the usual values it is s as it is, with a name of its own only by as,
// if as is not empty.
//
// The error says which values there are.
func (s Strategy) With(values map[string]string, as string) (Strategy, error) {
	all, name := make(map[string]string, len(s.Params)), s.Name
	var told []string
	for _, p := range s.Params {
		value, ok := values[p.Name]
		if !ok {
			value = p.Values[0]
		}
		at := slices.Index(p.Values, value)
		if at < 0 {
			return s, fmt.Errorf("%s of strategy %s is one of %s, not %q", p.Name, s.Name, strings.Join(p.Values, ", "), value)
		}
		all[p.Name] = value
		if at == 0 {
			continue
		}
		told = append(told, p.Name+" "+value)
		if CheckName(value) == nil {
			name += "_" + value
		} else {
			name += "_" + p.Name + value
		}
	}
	for given := range values {
		if _, ok := all[given]; !ok {
			return s, fmt.Errorf("strategy %s has no parameter %q (%s)", s.Name, given, s.parameters())
		}
	}
	out := s
	if told != nil {
		s.Choose(&out, all)
		out.Doc = s.Doc + " (" + strings.Join(told, ", ") + ")"
	}
	out.Name, out.Params, out.Choose = name, nil, nil
	if as != "" {
		out.Name = as
	}
	return out, CheckName(out.Name)
}

// parameters says which there are.
func (s Strategy) parameters() string {
	if s.Params == nil {
		return "it has none"
	}
	var list []string
	for _, p := range s.Params {
		list = append(list, p.String())
	}
	return "it has: " + strings.Join(list, "; ")
}

// checkParams reports a parameter that nothing can be chosen of.
func (s Strategy) checkParams() error {
	seen := make(map[string]bool)
	for _, p := range s.Params {
		err := CheckName(p.Name)
		switch {
		case err != nil:
			return fmt.Errorf("parameter %w", err)
		case seen[p.Name]:
			return fmt.Errorf("parameter %s: the name occurs twice", p.Name)
		case p.Doc == "":
			return fmt.Errorf("parameter %s: no Doc", p.Name)
		case len(p.Values) < 2:
			return fmt.Errorf("parameter %s: fewer than two values", p.Name)
		case s.Choose == nil:
			return fmt.Errorf("parameter %s: no Choose", p.Name)
		}
		for _, v := range p.Values {
			if CheckName("x"+v) != nil || v == "" {
				return fmt.Errorf("parameter %s: value %q cannot be part of a name", p.Name, v)
			}
		}
		seen[p.Name] = true
	}
	return nil
}
