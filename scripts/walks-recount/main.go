// Command walks-recount counts anew what the lines Walk of a run say: segments a table, steps
// to a page, and segments for a device behind an IOMMU (doc/walks.md).
//
//	vramlab run -quick -o run
//	walks-recount -lab vramlab run
//
// It reads the lines of RUN/curves.bench and the operations of RUN/placements, and shares no
// code with vramlab. Each policy's requests it words itself, has the command -lab place them
// (replay -strategy S -), reads the answers, and cuts and joins the blocks by rules of its
// own. Without -lab it recounts only where a policy asks for just what the stream asks, and
// the placements of the run are the policy's.
//
// It prints each figure that differs, then how many lines were recounted, and fails if a
// figure differs or none was recounted.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	lab := flag.String("lab", "", "the `command` vramlab, to place what policies ask")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: walks-recount [-lab COMMAND] RUN")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	ok, err := recount(os.Stdout, flag.Arg(0), strings.Fields(*lab))
	if err != nil {
		fmt.Fprintf(os.Stderr, "walks-recount: %v\n", err)
	}
	if !ok || err != nil {
		os.Exit(1)
	}
}

// line is a line Walk of a run.
type line struct {
	strategy, workload, policy string
	tables                     int
	values                     map[string]float64 // by unit
}

func (l line) String() string { return l.strategy + " on " + l.workload + " under " + l.policy }

// recount counts every line of the run in dir anew, and reports whether all agree.
func recount(w io.Writer, dir string, lab []string) (ok bool, err error) {
	lines, err := walkLines(filepath.Join(dir, "curves.bench"))
	if err != nil {
		return false, err
	}
	var counted, left, wrong int
	var ops []op
	var of string // the file of ops
	for _, l := range lines {
		file := filepath.Join(dir, "placements", l.workload+"."+l.strategy+".trace.gz")
		if file != of {
			if ops, err = readTrace(file); err != nil {
				return false, err
			}
			of = file
		}
		p, known := policies[l.policy]
		if !known {
			return false, fmt.Errorf("%s: policy %s is not known here", dir, l.policy)
		}
		placed := ops
		if !p.asksAlike(ops) {
			if len(lab) == 0 {
				left++
				continue
			}
			if placed, err = p.placed(ops, l.workload, l.strategy, lab); err != nil {
				return false, fmt.Errorf("%v: %w", l, err)
			}
		}
		counted++
		if !compare(w, l, p.count(placed)) {
			wrong++
		}
	}
	fmt.Fprintf(w, "%d of %d lines recounted, %d differ\n", counted, len(lines), wrong)
	if left > 0 {
		fmt.Fprintf(w, "%d left, whose policy asks for other than the stream: -lab COMMAND recounts them\n", left)
	}
	return counted > 0 && wrong == 0, nil
}

// compare prints where a line and its recount differ, and reports whether they agree.
func compare(w io.Writer, l line, t tally) bool {
	same := true
	differ := func(unit string, got, want float64) {
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			same = false
			fmt.Fprintf(w, "%v: %v %s, recounted %v\n", l, got, unit, want)
		}
	}
	differ("tables", float64(l.tables), float64(t.tables))
	want := t.values()
	for _, unit := range units {
		got, there := l.values[unit]
		w, counted := want[unit]
		if !there && !counted {
			continue
		}
		if there != counted {
			got = math.Inf(1)
		}
		differ(unit, got, w)
	}
	return same
}

var walk = regexp.MustCompile(`^BenchmarkWalk/strategy=([^/]+)/workload=([^/]+)/policy=([^/]+?)(?:-\d+)?$`)

// walkLines are the lines Walk of a file in the format of Go's benchmarks.
func walkLines(path string) (lines []line, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<24)
	for n := 1; in.Scan(); n++ {
		words := strings.Fields(in.Text())
		if len(words) < 2 {
			continue
		}
		name := walk.FindStringSubmatch(words[0])
		if name == nil {
			continue
		}
		l := line{name[1], name[2], name[3], 0, make(map[string]float64)}
		if l.tables, err = strconv.Atoi(words[1]); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		for i := 2; i+1 < len(words); i += 2 {
			if l.values[words[i+1]], err = strconv.ParseFloat(words[i], 64); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, n, err)
			}
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 && in.Err() == nil {
		return nil, fmt.Errorf("%s: no line Walk", path)
	}
	return lines, in.Err()
}
