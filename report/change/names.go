package change

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
)

// key names a cell.
type key struct {
	pkg         string // import path, "" of this lab's own and where the file does not say
	bench, unit string
}

// of is a cell of the same package.
func (k key) of(bench, unit string) key { return key{k.pkg, bench, unit} }

// name is that of the benchmark with its package, if it has one.
func (k key) name() string {
	if k.pkg == "" {
		return k.bench
	}
	return k.pkg + "." + k.bench
}

// packageOf is the package of a key: that of this lab's benchmarks stands in no file of old
// versions.
func packageOf(pkg string) string {
	if pkg == schema.Package {
		return ""
	}
	return pkg
}

// procsOf is what a name ends in as if it were the number of processors (GOMAXPROCS), 0 if
// it does not end so.
func procsOf(name string) (rest string, procs int) {
	i := strings.LastIndexByte(name, '-')
	if i <= 0 || strings.Trim(name[i+1:], "0123456789") != "" {
		return name, 0
	}
	n, err := strconv.Atoi(name[i+1:])
	if err != nil || n < 1 {
		return name, 0
	}
	return name[:i], n
}

// settle cuts the number of processors off the names of a run. go test adds it to every name
// but with one processor, so what not all of them share is a part of the names; and so it is
// where two benchmarks would get one name.
func (s *Side) settle() {
	procs := 0
	for _, k := range s.order {
		rest, n := procsOf(k.bench)
		if n == 0 {
			continue
		}
		if procs != 0 && n != procs || s.cells[k.of(rest, k.unit)] != nil {
			return // the numbers of processors stay unknown
		}
		procs = n
	}
	for i, k := range s.order {
		c := s.cells[k]
		c.procs = 1
		if rest, n := procsOf(k.bench); n != 0 {
			delete(s.cells, k)
			c.procs = n
			k = k.of(rest, k.unit)
			s.order[i], s.cells[k] = k, c
		}
	}
}

// otherProcs says that two cells were measured with other numbers of processors, "" if they
// were not. What this lab counts does not depend on it.
func otherProcs(k key, older, newer *cell) string {
	if older == nil || newer == nil || older.procs == newer.procs || older.exact && newer.exact && benchOf(k) != nil {
		return ""
	}
	say := func(n int) string {
		if n == 0 {
			return "not known"
		}
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("another number of processors (GOMAXPROCS): %s and %s", say(older.procs), say(newer.procs))
}

// packages are those of the cells of a run.
func packages(s *Side) map[string]bool {
	all := make(map[string]bool)
	for _, k := range s.order {
		all[k.pkg] = true
	}
	return all
}

// aligned are two runs of which, if one names one package and the other none, none has one.
func aligned(older, newer *Side) (a, b *Side) {
	x, y := older.pkgs, newer.pkgs
	if len(x) != 1 || len(y) != 1 || maps.Equal(x, y) || !x[""] && !y[""] {
		return older, newer
	}
	return older.bare(), newer.bare()
}

// bare is the run of one package, without its name.
func (s *Side) bare() *Side {
	bare := *s
	bare.pkgs = map[string]bool{"": true}
	bare.order, bare.cells = make([]key, len(s.order)), make(map[key]*cell, len(s.cells))
	for i, k := range s.order {
		bare.order[i] = key{"", k.bench, k.unit}
		bare.cells[bare.order[i]] = s.cells[k]
	}
	return &bare
}

// find is the cell that [Figure] names; ok is false if there is none, or more than one.
func (s *Side) find(bench, unit string) (k key, ok bool) {
	for pkg := range s.pkgs {
		name := key{pkg, bench, unit}
		if rest, full := strings.CutPrefix(bench, pkg+"."); full && pkg != "" {
			name.bench = rest
		}
		if s.cells[name] == nil {
			continue
		}
		if ok {
			return key{}, false
		}
		k, ok = name, true
	}
	return k, ok
}
