package recipe

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Write writes the file, with comments at its head: strategies, then the tables, keys in
// their order. Keys without a value are left out. What TOML cannot hold, a path that is no
// UTF-8, is an error.
func (f *File) Write(w io.Writer, comments ...string) error {
	var b bytes.Buffer
	for _, c := range comments {
		fmt.Fprintf(&b, "# %s\n", c)
	}
	for _, s := range f.Strategies {
		fmt.Fprintf(&b, "\n[[%s]]\n", strategiesKey)
		for _, p := range append([]Param{{nameKey, s.Name}, {libraryKey, s.Library}, {asKey, s.As}}, s.Params...) {
			if p.Value == "" {
				continue
			}
			value, err := scalarTOML(p.Value, !isWord(p.Name))
			if err != nil {
				return fmt.Errorf("strategy %s: %s: %w", s.Name, p.Name, err)
			}
			fmt.Fprintf(&b, "%s = %s\n", p.Name, value)
		}
	}
	table := ""
	for _, e := range f.Entries {
		if e.Table != table {
			table = e.Table
			fmt.Fprintf(&b, "\n[%s]\n", table)
		}
		value, err := e.toml()
		if err != nil {
			return fmt.Errorf("%s: %w", e.Key, err)
		}
		fmt.Fprintf(&b, "%s = %s\n", e.Name, value)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// isWord reports whether the key of a strategy is a text, also where it reads as a number.
func isWord(key string) bool { return key == nameKey || key == libraryKey || key == asKey }

// toml is the value of an entry. A long list has a line for each element.
func (e Entry) toml() (string, error) {
	var list []string
	for _, v := range e.Values {
		text := v.Text
		if e.Kind != Switch {
			var err error
			if text, err = scalarTOML(v.Text, e.Kind == Number || e.Kind == List); err != nil {
				return "", err
			}
		}
		list = append(list, text)
	}
	if !e.Kind.many() {
		return strings.Join(list, ""), nil
	}
	const most = 90
	if one := "[" + strings.Join(list, ", ") + "]"; len(one) < most && !(e.Kind == Paths && len(list) > 1) {
		return one, nil
	}
	return "[\n\t" + strings.Join(list, ",\n\t") + ",\n]", nil
}

// scalarTOML is a text, or a number if it can be one and reads as one.
func scalarTOML(text string, number bool) (string, error) {
	if n, err := strconv.ParseInt(text, 10, 64); number && err == nil && strconv.FormatInt(n, 10) == text {
		return text, nil
	}
	if quoted := strconv.Quote(text); quoted == `"`+text+`"` {
		return quoted, nil
	}
	if strings.ToValidUTF8(text, "") != text {
		return "", fmt.Errorf("%q is no UTF-8, which TOML is", text)
	}
	out, err := toml.Marshal(map[string]string{"x": text})
	return strings.TrimSuffix(strings.TrimPrefix(string(out), "x = "), "\n"), err
}
