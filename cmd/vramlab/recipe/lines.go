package recipe

import (
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// index says where in a file values stand, by path: "/workloads/traces/2". The values
// themselves are decoded by the part of the library that promises to stay.
type index struct {
	parser unstable.Parser
	lines  map[string]int
	tables map[string]int // numbers of tables in arrays of them
}

// deepest is how deep in a file a value may be that has a path: nothing that is no mistake
// is as deep.
const deepest = 8

// indexLines finds the lines of a file that is valid TOML.
func indexLines(data []byte) map[string]int {
	x := index{lines: make(map[string]int), tables: make(map[string]int)}
	x.parser.Reset(data)
	table := ""
	for x.parser.NextExpression() {
		switch e := x.parser.Expression(); e.Kind {
		case unstable.Table:
			table = x.key("", e.Key())
		case unstable.ArrayTable:
			table = x.array(e.Key())
		case unstable.KeyValue:
			x.value(x.key(table, e.Key()), e.Value())
		}
	}
	return x.lines
}

// join is the path of an element.
func join(path string, n int) string { return path + "/" + strconv.Itoa(n) }

// key notes where a key stands, and returns its path. In an array of tables it is one of
// the last.
func (x *index) key(path string, parts unstable.Iterator) string {
	for parts.Next() && strings.Count(path, "/") < deepest {
		n := parts.Node()
		path += "/" + string(n.Data)
		if n := x.tables[path]; n > 0 {
			path = join(path, n-1)
			continue
		}
		x.lines[path] = x.parser.Shape(n.Raw).Start.Line
	}
	return path
}

// array notes where a table of an array stands, and returns its path.
func (x *index) array(parts unstable.Iterator) string {
	path, line := "", 0
	for parts.Next() && strings.Count(path, "/") < deepest {
		n := parts.Node()
		path += "/" + string(n.Data)
		line = x.parser.Shape(n.Raw).Start.Line
		x.lines[path] = line
	}
	n := x.tables[path]
	x.tables[path]++
	x.lines[join(path, n)] = line
	return join(path, n)
}

// value notes where the elements of a list stand, and the keys of an inline table.
func (x *index) value(path string, v *unstable.Node) {
	if strings.Count(path, "/") >= deepest {
		return
	}
	switch v.Kind {
	case unstable.Array:
		n := 0
		for c := v.Children(); c.Next(); n++ {
			e := c.Node()
			if e.Raw.Length > 0 {
				x.lines[join(path, n)] = x.parser.Shape(e.Raw).Start.Line
			}
			x.value(join(path, n), e)
		}
	case unstable.InlineTable:
		for c := v.Children(); c.Next(); {
			x.value(x.key(path, c.Node().Key()), c.Node().Value())
		}
	}
}
