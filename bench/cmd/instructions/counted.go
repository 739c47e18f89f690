package main

import (
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strconv"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A pair is what valgrind runs this program for.
type pair struct {
	strategy, workload string
	ops, count         int
	seed               uint64
}

// countedArg is the first argument of this program as valgrind runs it; those of the pair
// follow.
const countedArg = "counted"

func (p *pair) args() []string {
	return []string{countedArg, p.strategy, p.workload, strconv.Itoa(p.ops), strconv.Itoa(p.count), strconv.FormatUint(p.seed, 10)}
}

// runCounted does the replays of a pair and prints how many operations one has. args are
// those of [pair.args], behind the first.
func runCounted(out io.Writer, list []strategies.Strategy, args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("%d arguments", len(args))
	}
	s, err := find(list, args[0])
	if err != nil {
		return err
	}
	w, ok := workloads.Lookup(args[1])
	if !ok {
		return fmt.Errorf("no workload %q", args[1])
	}
	var numbers [3]uint64
	for i := range numbers {
		if numbers[i], err = strconv.ParseUint(args[2+i], 10, 64); err != nil {
			return err
		}
	}
	return replay.Guard(s.Name+" on "+w.Name, func() error {
		a, err := s.New(w.Region)
		if err != nil {
			return err
		}
		stream := w.Ops(numbers[2], int(numbers[0]))
		session, err := replay.NewSession(a, stream, replay.NewLive(stream))
		if err != nil {
			return err
		}
		c, _ := session.Timed() // memory grows, the stack too
		for range numbers[1] {
			runtime.GC() // or the search for memory on a heap that grows would be in every second replay
			if again := session.Around(counted); again != c {
				return fmt.Errorf("not deterministic: %s", again.Against(c))
			}
		}
		if c.Ops() == 0 {
			return fmt.Errorf("the stream has no operation")
		}
		_, err = fmt.Fprintln(out, c.Ops())
		return err
	})
}

// counted does a replay between two calls that valgrind knows by their names.
func counted(do func()) {
	begin()
	do()
	end()
}

//go:noinline
func begin() {}

//go:noinline
func end() {}

// nameOf is the name of begin or end in this program.
func nameOf(f func()) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }
