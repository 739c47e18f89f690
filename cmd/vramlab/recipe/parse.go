package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/vramlab/vramlab/strategies"
)

// maxBytes is the longest file that is read: no experiment needs more, and the depth of
// brackets is bounded with it.
const maxBytes = 256 << 10

// Read reads the file at path. An error has the path and the line.
func Read(path string) (*File, error) {
	switch info, err := os.Stat(path); { // opening a pipe would wait
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxBytes:
		return nil, fmt.Errorf("%s: more than %d KiB, which is no description of an experiment", path, maxBytes>>10)
	}
	return Parse(path, data)
}

// Parse is Read of contents that stand at path.
func Parse(path string, data []byte) (*File, error) {
	var all map[string]any
	if err := toml.Unmarshal(data, &all); err != nil {
		line, text := 0, strings.TrimPrefix(err.Error(), "toml: ")
		if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
			line, _ = at.Position()
		}
		return nil, fmt.Errorf("%s:%d: %s", path, max(1, line), text)
	}
	d := decoder{file: &File{Path: path}, lines: indexLines(data)}
	err := d.all(all)
	return d.file, err
}

// decoder makes a File of decoded TOML.
type decoder struct {
	file  *File
	lines map[string]int // by path
}

// line is where path stands, or what it is in.
func (d *decoder) line(path string) int {
	for path != "" {
		if n := d.lines[path]; n != 0 {
			return n
		}
		path = path[:strings.LastIndexByte(path, '/')]
	}
	return 1
}

// errorf is an error at path.
func (d *decoder) errorf(path, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", d.file.Path, d.line(path), fmt.Errorf(format, args...))
}

// sorted are the names in a table as they stand in the file.
func (d *decoder) sorted(path string, table map[string]any) []string {
	return slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return cmp.Or(cmp.Compare(d.line(path+"/"+a), d.line(path+"/"+b)), strings.Compare(a, b))
	})
}

// all decodes the whole file.
func (d *decoder) all(root map[string]any) error {
	for _, name := range d.sorted("", root) {
		path := "/" + name
		if name == strategiesKey {
			if err := d.strategies(path, root[name]); err != nil {
				return err
			}
			continue
		}
		keys := slices.DeleteFunc(Keys(), func(k Key) bool { return k.Table != name })
		if len(keys) == 0 {
			return d.errorf(path, "no table %.40q (have: %s)", name, tableNames())
		}
		table, ok := root[name].(map[string]any)
		if !ok {
			return d.errorf(path, "%s is a table: [%s]", name, name)
		}
		for _, key := range d.sorted(path, table) {
			at := slices.IndexFunc(keys, func(k Key) bool { return k.Name == key })
			if at < 0 {
				return d.errorf(path+"/"+key, "[%s] has no key %.40q (have: %s)", name, key, keyNames(keys))
			}
			if err := d.entry(path+"/"+key, keys[at], table[key]); err != nil {
				return err
			}
		}
	}
	order := Keys()
	place := func(e Entry) int {
		return slices.IndexFunc(order, func(k Key) bool { return k.String() == e.Key.String() })
	}
	slices.SortFunc(d.file.Entries, func(a, b Entry) int { return cmp.Compare(place(a), place(b)) })
	return nil
}

func tableNames() string {
	names := []string{strategiesKey}
	for _, t := range tables {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}

func keyNames(keys []Key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return strings.Join(names, ", ")
}

// entry decodes the value of a key.
func (d *decoder) entry(path string, key Key, value any) error {
	values := []any{value}
	if key.Kind.many() {
		list, ok := value.([]any)
		if !ok {
			return d.wrong(path, key, value)
		}
		values = list
	}
	e := Entry{Key: key, Line: d.line(path)}
	for i, v := range values {
		at := path
		if key.Kind.many() {
			at = join(path, i)
		}
		text, ok := scalar(key.Kind, v)
		switch {
		case !ok:
			return d.wrong(at, key, v)
		case text == "" && key.Kind != Text:
			return d.errorf(at, "%s: an empty text", key.Name)
		}
		if key.Kind.path() {
			var err error
			if text, err = d.path(at, key.Name, text); err != nil {
				return err
			}
		}
		e.Values = append(e.Values, Value{text, d.line(at)})
	}
	d.file.Entries = append(d.file.Entries, e)
	return nil
}

// wrong is the error of a value of another kind.
func (d *decoder) wrong(path string, key Key, value any) error {
	return d.errorf(path, "%s is %s, as in %s = %s; not %s", key.Name, key.Kind, key.Name, key.Sample, typeName(value))
}

// typeName is what TOML calls the type of a value.
func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// scalar is a value of the kind as text. A number may be a text too: TOML has none above
// 2^63.
func scalar(kind Kind, value any) (text string, ok bool) {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v), kind == Switch
	case string:
		return v, kind != Switch
	case int64:
		return strconv.FormatInt(v, 10), kind == Number || kind == List
	case float64:
		whole := v == math.Trunc(v) && math.Abs(v) < 1<<53
		return strconv.FormatFloat(v, 'f', -1, 64), whole && (kind == Number || kind == List)
	}
	return "", false
}

// path is a path relative to the working directory.
func (d *decoder) path(at, key, path string) (string, error) {
	if path == "-" || path == "/dev/stdin" {
		return "", d.errorf(at, "%s: - is standard input, and a file is needed", key)
	}
	return beside(d.file.Path, path), nil
}

// beside is a path that is relative to a file.
func beside(file, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// strategies decodes the tables of the strategies.
func (d *decoder) strategies(path string, value any) error {
	list, ok := value.([]any)
	if !ok {
		return d.errorf(path, "strategies are tables: [[strategies]] before each")
	}
	if len(list) == 0 {
		return d.errorf(path, "no strategy in the list")
	}
	for i, v := range list {
		table, ok := v.(map[string]any)
		if !ok {
			return d.errorf(join(path, i), "a strategy is a table: [[strategies]], and below it name = %q", "buddy")
		}
		s, err := d.strategy(join(path, i), table)
		if err != nil {
			return err
		}
		d.file.Strategies = append(d.file.Strategies, s)
	}
	return nil
}

// strategy decodes one.
func (d *decoder) strategy(path string, table map[string]any) (s Strategy, err error) {
	s.Line = d.line(path)
	for _, key := range d.sorted(path, table) {
		at := path + "/" + key
		value, ok := scalar(List, table[key])
		if !ok {
			return s, d.errorf(at, "%s is a text or a number, not %s", key, typeName(table[key]))
		}
		switch key {
		case nameKey:
			if s.Name = value; strategies.CheckName(value) != nil {
				return s, d.errorf(at, "strategy %w", strategies.CheckName(value))
			}
		case libraryKey:
			if s.Library, err = d.library(at, value); err != nil {
				return s, err
			}
		default:
			if err := s.set(key, value); err != nil {
				return s, d.errorf(at, "%w", err)
			}
		}
	}
	switch {
	case s.Library != "" && len(s.Params) > 0:
		return s, d.errorf(path+"/"+s.Params[0].Name, "a strategy in a library has no parameter %q (it has: name)", s.Params[0].Name)
	case s.Library != "" && s.As != "":
		return s, d.errorf(path+"/"+asKey, "a strategy in a library has the name that the library gives it")
	case s.Library == "" && s.Name == "":
		return s, d.errorf(path, "a strategy needs a name, or a library")
	}
	return s, nil
}

// library is the path of a library, absolute: the system looks for others elsewhere.
func (d *decoder) library(at, value string) (string, error) {
	path, err := d.path(at, libraryKey, value)
	switch {
	case err != nil:
		return "", err
	case value == "":
		return "", d.errorf(at, "%s: an empty text", libraryKey)
	case strings.Contains(path, ","):
		return "", d.errorf(at, "%s: a comma in the path of a library", libraryKey)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", d.errorf(at, "%s: %w", libraryKey, err)
	}
	return path, nil
}
