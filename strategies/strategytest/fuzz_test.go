package strategytest

import (
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/firstfit"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/planted"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// leaks loses a page behind a grant of seven pages, but only while two grants of one
// page are live. No single call shows it: the tiling has a gap.
var leaks = planted.Plant{Alloc: planted.When(
	func(a *firstfit.Allocator, r strategies.Request) bool {
		return r.Size == 7*a.Region.Page && len(a.Live) == 2
	},
	func(a *firstfit.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
		out, err := a.Alloc(dst, r)
		if err == nil {
			a.Alloc(nil, strategies.Request{Size: 1})
		}
		return out, err
	})}

// TestReduce draws long programs until one fails, and demands that what is
// printed is as short as the mistake allows.
func TestReduce(t *testing.T) {
	for what, s := range map[string]strategies.Strategy{"forgets": planted.Leak.Strategy(), "leaks": leaks.Strategy()} {
		p := probe.Open(s, probe.Megabyte)
		err := program.Try(func() { testRandom(p) })
		var r *program.Reduced
		if !errors.As(err, &r) {
			t.Errorf("%s: no program found the mistake: %v", what, err)
			continue
		}
		if len(r.Ops) != 3 || r.From < 10 || !strings.HasPrefix(r.Origin, "mix ") {
			t.Errorf("%s: %d operations, want 3, in\n%v", what, len(r.Ops), err)
		}
	}
}

// crashes panics in the second grant.
var crashes = planted.Plant{Alloc: planted.When(
	func(a *firstfit.Allocator, r strategies.Request) bool { return a.Serial == 1 },
	func(*firstfit.Allocator, []strategies.Block, strategies.Request) ([]strategies.Block, error) {
		panic(errors.New("no second grant"))
	})}

// TestFailure wants the rule once, on the first line, and the program behind it.
func TestFailure(t *testing.T) {
	check := func(s strategies.Strategy, rule, line string) {
		t.Helper()
		err := ruleNamed(t, rule).Check(s)
		if err == nil {
			t.Errorf("%s: no failure", rule)
			return
		}
		first, rest, _ := strings.Cut(err.Error(), "\n")
		if !strings.Contains(first, line) || strings.Count(err.Error(), "broke the rule that") != 1 {
			t.Errorf("want %q on the first line of\n%v", line, err)
		}
		if crash := strings.Contains(line, "panics"); crash != strings.HasPrefix(rest, "github.com/vramlab/vramlab/strategies/strategytest.") {
			t.Errorf("no stack that begins where it panics, or one without a panic:\n%v", err)
		}
		if rule != "new" && !strings.Contains("\n"+rest, "\nThe program (mix ") {
			t.Errorf("no program behind the first line:\n%v", err)
		}
	}
	s := planted.Leak.Strategy()
	check(s, "random", "planted broke the rule that live blocks and free blocks tile the managed region: after call 3: ")
	check(s, "random", "(random, in a region of 1048576 bytes with pages of 4096)")
	for _, rule := range []string{"deterministic", "odddeterministic"} {
		check(crashes.Strategy(), rule, "planted broke the rule that an allocator panics on a wrong Free only: call ")
	}
	s.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	check(s, "new", "planted broke the rule that a new allocator has the whole managed region free, and nothing behind the last whole page: no allocator: invalid (new, in a region")
	var none []strategies.Allocator
	s.New = func(r strategies.Region) (strategies.Allocator, error) { return none[r.Size-1<<20], nil }
	check(s, "new", "planted broke the rule that an allocator panics on a wrong Free only: New: runtime error: index out of range [0] with length 0 (new, in a region")
}

// TestFuzzFinds feeds the fuzz target what a fuzzer would have come to.
func TestFuzzFinds(t *testing.T) {
	input := []byte{63,
		0, 1, 0, 0,
		0, 2, 0, 0,
		0, 7, 0, 0,
		3, 0, 0, 0,
		0, 9, // a rest
	}
	err := runBytes(planted.Leak.Strategy(), input)
	if err == nil || !strings.Contains(err.Error(), "a 2 28672\n") {
		t.Errorf("got %v, want a failure with the program", err)
	}
	if err := runBytes(Reference, input); err != nil {
		t.Errorf("a correct strategy: %v", err)
	}
	powers := Reference
	powers.New = func(r strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	if err := runBytes(powers, input); err != nil {
		t.Errorf("a strategy that does not take the region: %v", err)
	}
}

// TestFailsOnce wants to know how a program failed that does not fail again.
func TestFailsOnce(t *testing.T) {
	for _, rule := range []string{"random", "deterministic"} {
		calls := 0
		s := planted.Plant{Alloc: planted.Changed(func(*firstfit.Allocator, *strategies.Request) {
			if calls++; calls == 20 {
				panic(errors.New("the twentieth call of all"))
			}
		})}.Strategy()
		err := ruleNamed(t, rule).Check(s)
		if err == nil {
			t.Errorf("%s: no failure", rule)
			continue
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		for _, want := range []string{"planted broke the rule that " + ruleNamed(t, rule).Text, "the strategy is not deterministic", "the twentieth call of all"} {
			if !strings.Contains(first, want) {
				t.Errorf("%s: want %q in\n%s", rule, want, first)
			}
		}
	}
}

// TestFuzzSeeds wants mistakes found by the seeds that a single call does not show: no
// fuzzer runs in a plain test.
func TestFuzzSeeds(t *testing.T) {
	check := func(mistake, want string, p planted.Plant) {
		t.Helper()
		var found error
		for _, seed := range fuzzSeeds() {
			if err := runBytes(p.Strategy(), seed); err != nil && found == nil {
				found = err
			}
		}
		if found == nil || !strings.Contains(found.Error(), want) {
			t.Errorf("%s: got %v, want %q", mistake, found, want)
		}
	}
	check("FreeBlocks knows three gaps", "planted broke the rule that live blocks and free blocks tile the managed region: after call ", planted.Plant{
		Blocks: func(a *firstfit.Allocator) iter.Seq[strategies.Block] {
			return func(yield func(strategies.Block) bool) {
				n := 0
				for b := range a.FreeBlocks() {
					if n++; n != 4 && !yield(b) {
						return
					}
				}
			}
		}})
	check("what is in dst is overwritten", "planted broke the rule that what dst held before the call is left as it was: call 1, ", planted.Plant{
		Alloc: planted.After(func(_ *firstfit.Allocator, dst, out []strategies.Block, err error) ([]strategies.Block, error) {
			if len(dst) > 0 {
				out[0] = strategies.Block{}
			}
			return out, err
		})})
}

// TestFuzzFirstHeap feeds the fuzz target strategies that are wrong before the
// first operation, or crash there.
func TestFuzzFirstHeap(t *testing.T) {
	check := func(want string, make func(strategies.Region) (strategies.Allocator, error)) {
		t.Helper()
		for _, input := range [][]byte{nil, {5}, {5, 0, 1, 0, 0}} {
			err := runBytes(planted.Plant{Make: make}.Strategy(), input)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "\nIt fails with an empty program:\nvramlab trace 1\n") {
				t.Errorf("%v: got %v, want %q", input, err, want)
			}
		}
	}
	check("tile the managed region", func(r strategies.Region) (strategies.Allocator, error) {
		r.Size *= 2
		return firstfit.New(r, false)
	})
	check("New returns an allocator or an error", func(strategies.Region) (strategies.Allocator, error) { return nil, nil })
	check("panics on a wrong Free only: New: no such luck", func(strategies.Region) (strategies.Allocator, error) { panic("no such luck") })
	check("no allocator: out of memory", func(strategies.Region) (strategies.Allocator, error) { return nil, errors.New("out of memory") })
}

// FuzzInvalid is a target that must fail at once; TestFuzzValidates runs it.
func FuzzInvalid(f *testing.F) {
	if os.Getenv("STRATEGYTEST_INVALID") == "" {
		f.Skip("run by TestFuzzValidates")
	}
	s := Reference
	s.Name = "My-Alloc"
	Fuzz(f, s)
}

// TestFuzzValidates gives the fuzz target a strategy with a bad name.
func TestFuzzValidates(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-test.run=^FuzzInvalid$")
	cmd.Env = append(os.Environ(), "STRATEGYTEST_INVALID=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), `name "My-Alloc": 'M' at 0`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestRunStops runs the kit, in a process of its own, on a strategy whose New crashes,
// and wants one failure with one stack.
func TestRunStops(t *testing.T) {
	const inside = "STRATEGYTEST_BROKEN"
	if os.Getenv(inside) != "" {
		s := Reference
		s.New = func(strategies.Region) (strategies.Allocator, error) { panic(errors.New("no New")) }
		Run(t, s)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunStops$")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	for text, n := range map[string]int{"broke the rule that": 1, "TestRunStops.func1(": 1, "the rest needs a working New": 1, "--- FAIL": 3} {
		if got := strings.Count(string(out), text); err == nil || got != n {
			t.Errorf("%q %d times, want %d (%v):\n%s", text, got, n, err, out)
		}
	}
}

func TestDecode(t *testing.T) {
	const window = strategies.Range
	region := func(data []byte, want strategies.Region) {
		t.Helper()
		if got, _ := decode(data); got != want {
			t.Errorf("%v is region %+v, want %+v", data, got, want)
		}
	}
	region(nil, strategies.Region{Size: 4096, Page: 4096})
	region([]byte{0}, strategies.Region{Size: 4096, Page: 4096})
	region([]byte{63}, strategies.Region{Size: 64 * 4096, Page: 4096})
	region([]byte{2 | 64}, strategies.Region{Size: 3*4096 + 2048, Page: 4096})
	region([]byte{128}, strategies.Region{Size: 65536, Page: 65536})

	check := func(b [4]byte, want coded) {
		t.Helper()
		got := decodeOp(strategies.Region{Size: 32 * 4096, Page: 4096}, b)
		if got != want {
			t.Errorf("%v is %+v, want %+v", b, got, want)
		}
	}
	check([4]byte{3, 9}, coded{program.Op{Kind: program.Free}, 9})
	check([4]byte{3 | 4, 0}, coded{program.Op{Kind: program.Free, Cleared: true}, 0})
	check([4]byte{3 | 8, 7, 2, 5}, coded{program.Op{Kind: program.Trim, Req: strategies.Request{Lo: 2 * 4096, Size: 5 * 4096}}, 7})
	check([4]byte{3 | 16 | 4, 7}, coded{Op: program.Op{Kind: program.Reset, Cleared: true}})
	check([4]byte{3 | 8 | 16, 9}, coded{program.Op{Kind: program.Free}, 9})
	check([4]byte{0, 2}, coded{Op: program.Op{Req: strategies.Request{Size: 8192}}})
	check([4]byte{1 | 4 | 8 | 16, 1}, coded{Op: program.Op{Req: strategies.Request{Size: 4096, Flags: strategies.TopDown | strategies.Contiguous | strategies.Clear}}})
	check([4]byte{2 | 128, 2}, coded{Op: program.Op{Req: strategies.Request{Size: 8191}}})
	check([4]byte{0, 0, 1}, coded{Op: program.Op{Req: strategies.Request{Align: 4096}}})
	check([4]byte{0, 0, 16 | 3}, coded{Op: program.Op{Req: strategies.Request{Align: 3 * 4 * 4096}}})
	check([4]byte{0, 0, 32 | 2}, coded{Op: program.Op{Req: strategies.Request{Align: 2*4096 + 2048}}})
	check([4]byte{32, 0, 0, 0x31}, coded{Op: program.Op{Req: strategies.Request{Lo: 2 * 4096, Hi: 8 * 4096, Flags: window}}})
	check([4]byte{32 | 64, 0, 0, 0x31}, coded{Op: program.Op{Req: strategies.Request{Lo: 2 * 4096, Flags: window}}})
}

// TestGoldenCompares spoils a trace line by line.
func TestGoldenCompares(t *testing.T) {
	const good = `vramlab trace 1
region 65536 page 4096
a 1 12288
= 0+12288
s 0+12288
a 2 65536
! ENOSPC
f 2
a 3 8192 topdown
= 57344+8192
f 1 cleared
a 4 4096 align=16384 lo=4096 hi=65536
= 16384+4096
f 3
f 4
`
	check := func(old, new, want string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "x.trace")
		if err := os.WriteFile(file, []byte(strings.Replace(good, old, new, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		err := compareFile(Reference, file)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q for %q: %v", new, old, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q for %q: got error %v, want %q", new, old, err, want)
		}
	}
	check("", "", "")
	check("s 0+12288\n", "", "")
	check("= 0+12288", "= 0+8192 8192+4096", `x.trace:4: allocation 1 of 12288 bytes: wanted = 0+8192 8192+4096, got = 0+12288`)
	check("= 0+12288\ns 0+12288", "! EINVAL", `x.trace:4: allocation 1 of 12288 bytes: wanted ! EINVAL, got = 0+12288`)
	check("s 0+12288", "s 0+8192 8192+4096", `x.trace:5: allocation 1 of 12288 bytes: wanted counted s 0+8192 8192+4096, got counted s 0+12288`)
	check("! ENOSPC", "! E2BIG", `x.trace:7: allocation 2 of 65536 bytes: wanted ! E2BIG, got ! ENOSPC`)
	check("! ENOSPC", "= 0+65536", `x.trace:7: allocation 2 of 65536 bytes: wanted = 0+65536, got ! ENOSPC`)
	check("= 57344+8192", "= 49152+8192", `x.trace:10: allocation 3 of 8192 bytes topdown: wanted = 49152+8192, got = 57344+8192`)
	check("f 3", "f 9", "x.trace:14: ")
	check("vramlab trace 1", "vramlab trace 7", "x.trace:1: ")
}
