package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

// asCommand is the first argument of a test binary that is to be the command.
const asCommand = "command"

// TestMain makes the test binary the command, with a strategy more.
func TestMain(m *testing.M) {
	switch args := os.Args[1:]; {
	case len(args) > 0 && args[0] == asCommand:
		os.Exit(instructions(os.Stdout, os.Stderr, withSlower(), args[1:]))
	case len(args) > 0 && args[0] == countedArg:
		os.Exit(instructions(os.Stdout, os.Stderr, withSlower(), args))
	}
	os.Exit(m.Run())
}

// slower is buddy with some work more in each allocation and each free.
type slower struct {
	strategies.Allocator
	x uint64
}

func (s *slower) work() {
	for range 30 {
		s.x = s.x*6364136223846793005 + 1
	}
}

func (s *slower) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	s.work()
	return s.Allocator.Alloc(dst, r)
}

func (s *slower) Free(blocks []strategies.Block) {
	s.work()
	s.Allocator.Free(blocks)
}

func withSlower() []strategies.Strategy {
	s, _ := all.Lookup("buddy")
	make := s.New
	s.Name, s.New = "slower", func(r strategies.Region) (strategies.Allocator, error) {
		a, err := make(r)
		return &slower{Allocator: a}, err
	}
	return append(all.List(), s)
}

// TestPlanted: under valgrind a slowdown by 6 % is found by the gate, and the same code twice
// is none. valgrind counts the runtime's own threads too, some ten thousand instructions more
// in a replay or less on a busy machine: 10,000 operations make that a thousandth.
func TestPlanted(t *testing.T) {
	if _, err := findValgrind(); err != nil {
		t.Skip(err)
	}
	if testing.Short() {
		t.Skip("valgrind takes seconds")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command to build with: a binary of go test has no names of functions")
	}
	bin := filepath.Join(t.TempDir(), "instructions.test")
	if out, err := exec.Command(goTool, "test", "-c", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	run := func(strategy string) string {
		cmd := exec.Command(bin, asCommand, "-strategies", strategy, "-workloads", "steady", "-ops", "10000", "-count", "5")
		cmd.Stderr = t.Output()
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "out.txt")
		if err := os.WriteFile(path, bytes.ReplaceAll(out, []byte("strategy=slower"), []byte("strategy=buddy")), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rules, err := change.ParseRules("insns/op +3%")
	if err != nil {
		t.Fatal(err)
	}
	gate := func(older, newer string, code int, verdict change.Verdict) {
		t.Helper()
		a, err := change.Read(older)
		if err != nil {
			t.Fatal(err)
		}
		b, err := change.Read(newer)
		if err != nil {
			t.Fatal(err)
		}
		table := change.Compare(a, b)
		if got := table.Gate(rules).Code(); got != code || len(table.Rows) != 1 || table.Rows[0].Direction != -1 || verdict != change.Same && table.Rows[0].Verdict != verdict {
			t.Errorf("exit code %d, want %d: %+v", got, code, table.Rows)
		}
	}
	first, again, slow := run("buddy"), run("buddy"), run("slower")
	gate(first, again, 0, change.Same)
	gate(first, slow, 1, change.Worse)
	gate(slow, first, 0, change.Better)
}

// TestUsage: a wrong argument is one line and exit code 2.
func TestUsage(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-strategies nobody", `instructions: no strategy "nobody" (have: `},
		{"-workloads nothing", `instructions: no workload "nothing" (vramlab list has them)`},
		{"-ops 0", "instructions: 0 operations"}, {"-count -1", "instructions: 20000 operations and -1 replays"}, {"-count 1001", "at most 1000 replays"},
		{"-x", "instructions: flag provided but not defined: -x"}, {"file", `instructions: takes no arguments, got "file"`},
	} {
		var out, errOut bytes.Buffer
		code := instructions(&out, &errOut, all.List(), strings.Fields(test.args))
		if got := errOut.String(); code != exitUsage || out.Len() > 0 || !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", test.args, code, got)
		}
	}
	var help bytes.Buffer
	if code := instructions(new(bytes.Buffer), &help, all.List(), []string{"-h"}); code != exitOK || !strings.Contains(help.String(), "-workloads") {
		t.Errorf("-h: exit code %d, %q", code, help.String())
	}
}

// TestParse: all stands for all strategies.
func TestParse(t *testing.T) {
	o, err := parse(new(bytes.Buffer), all.List(), []string{"-strategies", "all", "-workloads", "gfx,window", "-seed", "7"})
	if err != nil || len(o.strategies) != len(all.List()) || !slices.Equal(o.workloads, []string{"gfx", "window"}) || o.seed != 7 || o.ops != 20_000 || o.count != 10 {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestCounted: what valgrind runs prints the operations of a replay, whose number is that of
// the stream here, and says what is wrong.
func TestCounted(t *testing.T) {
	var out bytes.Buffer
	p := pair{"buddy", "steady", 500, 2, 3}
	if err := runCounted(&out, all.List(), p.args()[1:]); err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.Atoi(strings.TrimSpace(out.String())); err != nil || n < 250 || n > 1000 {
		t.Errorf("printed %q", out.String())
	}
	for _, args := range [][]string{{"buddy"}, {"x", "steady", "1", "1", "1"}, {"buddy", "x", "1", "1", "1"}, {"buddy", "steady", "x", "1", "1"}} {
		if err := runCounted(&out, all.List(), args); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// TestDumps: each replay has its sum; one that is not there, or counted nothing, is an error.
func TestDumps(t *testing.T) {
	dump := filepath.Join(t.TempDir(), "out")
	write := func(i int, text string) {
		if err := os.WriteFile(fmt.Sprintf("%s.%d", dump, i), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(1, "# callgrind format\nevents: Ir\nsummary: 1200\n\nfn=(1) main.end\n0 5\n")
	write(2, "events: Ir\nsummary: 1300\n")
	write(3, "events: Ir\nsummary: 0\n")
	if got, err := readDumps(dump, 2); err != nil || !slices.Equal(got, []uint64{1200, 1300}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := readDumps(dump, 3); err == nil || !strings.Contains(err.Error(), "counted nothing") {
		t.Errorf("a sum of 0: %v", err)
	}
	write(3, "events: Ir\nsummary: 1\n")
	if _, err := readDumps(dump, 4); err == nil || !strings.Contains(err.Error(), "3 replays of 4") {
		t.Errorf("a file too few: %v", err)
	}
}

// TestLines: a line for each replay, with the operations of one.
func TestLines(t *testing.T) {
	p := pair{strategy: "buddy", workload: "gfx"}
	const want = "BenchmarkInstructions/strategy=buddy/workload=gfx 400 2.50 insns/op\nBenchmarkInstructions/strategy=buddy/workload=gfx 400 3.00 insns/op\n"
	if got := p.lines(400, []uint64{1000, 1200}); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestLastLine: what this program says of itself is told, else the last that valgrind says.
func TestLastLine(t *testing.T) {
	for said, want := range map[string]string{
		"==1== Callgrind\ninstructions: no strategy\n==1== Collected: 0\n": "instructions: no strategy",
		"valgrind: failed to start tool\n":                                 "valgrind: failed to start tool",
		"":                                                                 "",
	} {
		if got := lastLine(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}
