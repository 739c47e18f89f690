package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/sampler"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/report"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads"
)

const golden = top + "/strategies/buddy/testdata/6.11/04.trace"

// unrefused is a trace of which nothing was refused, so run has nothing to say of it.
const unrefused = top + "/strategies/buddy/testdata/6.11/08.trace"

// vramlab runs a command line with the built-in strategies and returns what a
// shell would see.
func vramlab(args ...string) (code int, stdout, stderr string) {
	return with(all.List(), args...)
}

// with is vramlab with other strategies.
func with(list []strategies.Strategy, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), list, append([]string{"/bin/vramlab"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// run is Main without a process, and without workers: libraries are loaded here.
func run(ctx context.Context, list []strategies.Strategy, args []string, stdout, stderr io.Writer) int {
	return newEnvironment(list, args, stdout, stderr).serve(ctx)
}

// TestMain runs the command instead of the tests in a process that a test starts: as a
// worker, or as a program of its own.
func TestMain(m *testing.M) {
	_, works := os.LookupEnv(worker.Variable)
	_, samples := os.LookupEnv(sampler.Variable)
	if works || samples || os.Getenv(programVariable) != "" {
		os.Unsetenv(programVariable)
		Main(all.List()...)
	}
	if dir := os.Getenv(tinyVariable); dir != "" {
		tiny(dir)
	}
	var err error
	if scratch, err = os.MkdirTemp("", "vramlab-lab"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// tinyVariable makes this program a run of tiny cells into the directory it names.
const tinyVariable = "VRAMLAB_TINY"

// tiny measures next to nothing, again and again.
func tiny(dir string) {
	w, _ := workloads.Lookup("pages")
	var skip []string
	for _, x := range bench.Experiments() {
		skip = append(skip, x.Name)
	}
	err := bench.Run(context.Background(), bench.Config{
		Dir: dir, Strategies: all.List()[:2], Workloads: []workloads.Workload{w},
		Count: 100_000, Ops: 500, SampleTime: time.Microsecond, Skip: skip,
	})
	fmt.Fprintln(os.Stderr, err)
	os.Exit(exitFailed)
}

// scratch is a directory for what several tests use.
var scratch string

// programVariable makes this program the command.
const programVariable = "VRAMLAB_PROGRAM"

// write makes a file of the given contents and returns its path.
func write(t *testing.T, name, contents string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(contents), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		code int
		want string // on stdout if the code is 0, otherwise on stderr
	}{
		{nil, exitUsage, "Begin with: vramlab run"},
		{[]string{"help"}, exitOK, "Begin with: vramlab run"},
		{[]string{"help", "convert"}, exitOK, "usage: vramlab convert [-from FORMAT]"},
		{[]string{"-h", "fly"}, exitUsage, `no command "fly" (have: run, `},
		{[]string{"fly"}, exitUsage, `no command "fly" (have: run, init, replay, explain, defrag, age, attack, convert, inspect, fit-region, bound, fewest, model, generate, merge, compare, history, report, serve, list, help, version, completion, man)`},
		{[]string{"run", "-h"}, exitOK, "vramlab run -quick -workloads gfx,window"},
		{[]string{"run", "-fly"}, exitUsage, "not defined: -fly"},
		{[]string{"run", "-strategies", "buddy,best"}, exitUsage, `no strategy "best" (have: buddy, `},
		{[]string{"run", "-strategies", "buddy,buddy"}, exitUsage, `strategy "buddy" is named twice`},
		{[]string{"run", "-workloads", "gfy"}, exitUsage, `no workload "gfy" (have: steady`},
		{[]string{"run", "-builders", "counted,bricks"}, exitUsage, `no builder "bricks" (have: counted, `},
		{[]string{"run", "x.trace"}, exitUsage, `unexpected argument "x.trace"`},
		{[]string{"run", "-trace", golden, golden, "-strategies", "buddy"}, exitUsage, "-strategies stands behind \"" + golden + "\": flags come before other arguments"},
		{[]string{"replay", golden, "-strategy=buddy"}, exitUsage, "-strategy=buddy stands behind"},
		{[]string{"run", "-count", "-1"}, exitUsage, `invalid value "-1" for flag -count: not a number of samples, which is at least 1`},
		{[]string{"run", "-count", "0"}, exitUsage, `invalid value "0" for flag -count: not a number of samples, which is at least 1`},
		{[]string{"run", "-sweep", "region=1GB"}, exitUsage, `sweep "region=1GB": region: "1GB" has none of the units`},
		{[]string{"run", "-sweep", "live=1e6,region=1GiB"}, exitUsage, "no region of at most 1GiB holds 1000000 objects"},
		{[]string{"run", "-sweep", "size=3"}, exitUsage, `no part "size" (have: region, live)`},
		{[]string{"run", "-cpu", "1,two"}, exitUsage, `"two" is not a number from 1 to 64`},
		{[]string{"run", "-cpu", "1,65"}, exitUsage, `"65" is not a number from 1 to 64`},
		{[]string{"run", "-cpu", "2,2"}, exitUsage, "2 is named twice"},
		{[]string{"replay", golden}, exitUsage, "-strategy is missing"},
		{[]string{"replay", "-strategy", "buddy"}, exitUsage, "one trace file is needed"},
		{[]string{"replay", "-strategy", "buddy", "-against", "best", golden}, exitUsage, `no strategy "best" (have: buddy, `},
		{[]string{"replay", "-strategy", "buddy", "-against", "rangemgr,buddy", golden}, exitUsage, `strategy "buddy" is named twice`},
		{[]string{"replay", "-strategy", "buddy", "-check", "-against", "rangemgr", golden}, exitUsage, "-check and -against exclude each other"},
		{[]string{"replay", "-strategy", "buddy", "-check", "-summary", golden}, exitUsage, "-check and -summary exclude each other"},
		{[]string{"replay", "-strategy", "buddy", "-kernel", "-summary", golden}, exitUsage, "-kernel needs -against"},
		{[]string{"replay", "-strategy", "buddy", "-against", "rangemgr", "-kernel", "-summary", golden}, exitUsage, "-kernel and -summary exclude each other"},
		{[]string{"generate"}, exitUsage, "one workload is needed, got 0 arguments"},
		{[]string{"generate", "gfy"}, exitUsage, `no generated workload "gfy" (have: steady, `},
		{[]string{"generate", "sqlite_mt", "-n", "5"}, exitUsage, `no generated workload "sqlite_mt"`},
		{[]string{"generate", "steady", "gfx", "-n", "5"}, exitUsage, `-n stands behind "gfx"`},
		{[]string{"generate", "steady", "-n", "2.5"}, exitUsage, `invalid value "2.5" for flag -n: not a whole number from 1 to 1e+15`},
		{[]string{"replay", "-strategy", "buddy,rangemgr", golden}, exitUsage, `no strategy "buddy,rangemgr" (have: buddy, `},
		{[]string{"replay", "-strategy", "buddy", "-kernel", golden}, exitUsage, "-kernel needs -against"},
		{[]string{"report"}, exitUsage, "one run directory is needed"},
		{[]string{"list", "x"}, exitUsage, `list takes no arguments but so:PATH, got "x"`},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, "_"), func(t *testing.T) {
			code, stdout, stderr := vramlab(tt.args...)
			said := stdout
			if tt.code != 0 {
				said = stderr
			}
			if code != tt.code || !strings.Contains(said, tt.want) {
				t.Errorf("exit code %d, %q; want %d, %q", code, said, tt.code, tt.want)
			}
			if tt.code != exitOK && tt.args != nil && strings.Count(stderr, "\n") != 1 {
				t.Errorf("the error is not one line:\n%s", stderr)
			}
		})
	}
}

func TestList(t *testing.T) {
	code, stdout, _ := vramlab("list")
	for _, want := range []string{"buddy", "rangemgr", "gfx", "torch_gpt", "counted", "grow", "worstcase", "amdgpu", "refcount", "tlsf:bins", "any:locks"} {
		if code != exitOK || !strings.Contains(stdout, "  "+want+" ") {
			t.Errorf("exit code %d, %q is not listed:\n%s", code, want, stdout)
		}
	}
}

// TestReplay prints the placements of a golden file and gets the file back.
func TestReplay(t *testing.T) {
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := vramlab("replay", "-strategy", "buddy", golden)
	if code != exitOK || stdout != string(want) {
		t.Errorf("exit code %d, %s, and the transcript differs from the file", code, stderr)
	}
}

func TestReplayCheck(t *testing.T) {
	good, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(good), "\n")
	spoil := func(prefix, old, new string) string {
		out := append([]string(nil), lines...)
		for i := len(out) - 1; i >= 0; i-- {
			if strings.HasPrefix(out[i], prefix) {
				out[i] = strings.Replace(out[i], old, new, 1)
				return strings.Join(out, "")
			}
		}
		t.Fatalf("no line %q", prefix)
		return ""
	}
	tests := []struct{ name, contents, want string }{
		{"as it was", string(good), ""},
		{"another block", spoil("= ", "+8192", "+4096"), "wanted"},
		{"another refusal", spoil("! ", "E", "E2BIG\n#"), "wanted ! E2BIG, got ! E"},
		{"cut", string(good[:len(good)/2]), "x.trace:"},
		{"empty", "", "x.trace"},
		{"binary", "\x7fELF\x02\x01\x01\x00", "x.trace"},
		{"unknown field", "vramlab trace 1\nregion 8192 page 4096\na 1 4096 sideways\n", "x.trace:3: "},
		{"region too small", "vramlab trace 1\nregion 4095 page 4096\na 1 4096\n", "size 4095 is less than a page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := vramlab("replay", "-strategy", "buddy", "-check", write(t, "x.trace", tt.contents))
			wantCode := exitOK
			if tt.want != "" {
				wantCode = exitFailed
			}
			if code != wantCode || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want %d and %q", code, stdout, stderr, wantCode, tt.want)
			}
			if wantCode != exitOK && strings.Count(stderr, "\n") != 1 {
				t.Errorf("the error is not one line:\n%s", stderr)
			}
		})
	}
}

// TestReplayAgainst compares strategies on what they refuse, trim, split and leave free.
func TestReplayAgainst(t *testing.T) {
	const small = `vramlab trace 1
region 65536 page 4096
l 0 4096+4096
a 1 16384
t 1 8192 start=4096
a 2 12288 contiguous
t 2 4096 start=8192
a 3 4096 align=3
a 4 65536
a 5 131072
f 1
`
	code, stdout, stderr := vramlab("replay", "-strategy", "buddy", "-against", "rangemgr,buddy_7.1", write(t, "small.trace", small))
	const want = `                             buddy   rangemgr  buddy_7.1
requests                         5          5          5
served                           2          3          2
refused, ENOSPC                  1          2          1
refused, EINVAL                  2          0          2
trims refused                    1          2          1
blocks granted                   3          3          3
sg entries                       2          3          2
splits                          10          4         10
merges                           3          0          3
answered otherwise               0          5          0
free, in KiB                    48         44         48
free in one run, in KiB         40         28         40
free blocks, 4 KiB               2          0          2
free blocks, 8 KiB               1          0          1
free blocks, 16 KiB              2          2          2

first difference of rangemgr: line 4, allocation 1 of 16384 bytes:
  buddy     = 16384+16384
  rangemgr  = 8192+16384

buddy_7.1 answers as buddy throughout
`
	if code != exitOK || stdout != want {
		t.Errorf("exit code %d, %s, printed\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = vramlab("replay", "-strategy", "buddy", "-against", "rangemgr", write(t, "bad.trace", small+"f 1\n"))
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "bad.trace:12: ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

// stateful is a trace that begins in a state, and asks for something then.
const stateful = "vramlab trace 1\nregion 65536 page 4096\nl 0 4096+4096 32768+16384\n"

// windowless is the buddy of 2021 without exact extents: it can name none.
var windowless = strategies.Strategy{Name: "windowless", Doc: "no windows.", Caps: buddy.LIFO.Caps, New: func(r strategies.Region) (strategies.Allocator, error) {
	a, err := buddy.LIFO.New(r)
	return struct{ strategies.Allocator }{a}, err
}}

// TestReplayAgainstCannotBegin has no numbers of a strategy that cannot begin, and those of
// the others.
func TestReplayAgainstCannotBegin(t *testing.T) {
	list := append(all.List(), windowless)
	for _, then := range []string{"", "a 2 4096\nf 1\n"} {
		path := write(t, "state.trace", stateful+then)
		code, stdout, stderr := with(list, "replay", "-strategy", "buddy", "-against", "windowless,buddy_7.1", "-kernel", path)
		if code != exitFailed || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "left out: windowless cannot begin in the given state: it refuses 4096+4096: ") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
		for _, want := range []string{"\nwindowless cannot begin in the state of the trace\n", "\nbuddy_7.1 answers as buddy throughout\n"} {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q is not in\n%s", want, stdout)
			}
		}
		row := regexp.MustCompile(`\nfree, in KiB +(\d+) +- +(\d+)\n`).FindStringSubmatch(stdout)
		if row == nil || row[1] != row[2] || row[1] == "0" {
			t.Errorf("the numbers are %q in\n%s", row, stdout)
		}
		code, stdout, stderr = with(list, "replay", "-strategy", "windowless", "-against", "buddy", path)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, "state.trace:3: the strategy cannot begin in the given state: ") {
			t.Errorf("first: exit code %d, %q, %q", code, stdout, stderr)
		}
	}
}

// TestRunCannotBegin measures the strategies that can begin in the state of a trace.
func TestRunCannotBegin(t *testing.T) {
	withoutRace(t)
	list := append(all.List(), windowless)
	path := write(t, "state.trace", stateful+"a 2 4096\na 3 8192\nf 1\nf 2\n")
	for _, named := range []string{"windowless,buddy_6.11", "buddy_6.11,buddy_next,windowless"} {
		dir := filepath.Join(t.TempDir(), "run")
		code, stdout, stderr := with(list, "run", "-quick", "-count", "1", "-profile", "-profile-time", "50ms", "-keep-going", "-skip", "all", "-cpu", "", "-strategies", named, "-trace", path, "-o", dir)
		const why = "left out: workload state: windowless has no windows, and cannot begin in the given state\n"
		if code != exitFailed || strings.Count(stderr, why) != 1 || strings.Count(stdout, "\nreport: ") != 1 {
			t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
		}
		for file, want := range map[string]string{"run.bench": "# left-out" + why[8:], "report.html": why[10 : len(why)-1]} {
			data, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || !strings.Contains(string(data), want) {
				t.Errorf("%s has no %q (%v)", file, want, err)
			}
			if file == "run.bench" && (strings.Contains(string(data), "strategy=windowless") || !strings.Contains(string(data), "strategy=buddy_6.11")) {
				t.Errorf("the results are of others:\n%s", data)
			}
		}
	}
	code, stdout, stderr := with(list, "run", "-quick", "-skip", "all", "-strategies", "windowless", "-trace", path, "-o", filepath.Join(t.TempDir(), "none"))
	if code != exitFailed || strings.Contains(stdout, "report") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "run: workload state: windowless has no windows") {
		t.Errorf("alone: exit code %d, %q, %q", code, stdout, stderr)
	}
}

// TestBeginsWithoutWindows: the buddy of 2021 begins in a state by exact extents, and so do
// the steps of its kernel.
func TestBeginsWithoutWindows(t *testing.T) {
	path := write(t, "state.trace", stateful+"a 2 4096\n")
	code, stdout, stderr := vramlab("replay", "-strategy", "buddy_lifo", path)
	if want := "l 0 4096+4096 32768+16384\na 2 4096\n= 0+4096\n"; code != exitOK || stderr != "" || !strings.HasSuffix(stdout, want) {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = vramlab("replay", "-strategy", "buddy_lifo", "-against", "buddy_6.11", "-kernel", path)
	if code != exitOK || stderr != "" || !strings.Contains(stdout, "\n  blocks taken                    3           3\n") {
		t.Errorf("exit code %d, %s\n%s", code, stderr, stdout)
	}
}

// TestReplayKernelSteps counts the steps of a twin, and none of one that places otherwise.
func TestReplayKernelSteps(t *testing.T) {
	path := write(t, "one.trace", "vramlab trace 1\nregion 16384 page 4096\na 1 4096\n")
	code, stdout, stderr := vramlab("replay", "-strategy", "buddy", "-against", "tlsf", "-kernel", path)
	if want := "\n  blocks taken               1      -\n"; code != exitOK || !strings.Contains(stdout, want) {
		t.Errorf("exit code %d, %s, %q is not in\n%s", code, stderr, want, stdout)
	}
	code, stdout, stderr = vramlab("replay", "-strategy", "tlsf", "-against", "radix", "-kernel", path)
	if want := "\nno kernel steps: none of these strategies is a kernel's\n"; code != exitOK || !strings.Contains(stdout, want) || strings.Contains(stdout, "kernel steps  ") {
		t.Errorf("without a twin: exit code %d, %s, printed\n%s", code, stderr, stdout)
	}
	refused := write(t, "refused.trace", "vramlab trace 1\nregion 65536 page 4096\na 1 131072\n")
	code, stdout, stderr = vramlab("replay", "-strategy", "buddy", "-against", "tlsf", "-kernel", refused)
	if want := "\nbuddy: the kernel searched and changed nothing, so it took no step\n"; code != exitOK || !strings.Contains(stdout, want) {
		t.Errorf("without a search: exit code %d, %s, %q is not in\n%s", code, stderr, want, stdout)
	}
	impostor, _ := all.Lookup("rangemgr")
	impostor.Name = "buddy"
	tlsf, _ := all.Lookup("tlsf")
	code, stdout, stderr = with([]strategies.Strategy{impostor, tlsf}, "replay", "-strategy", "buddy", "-against", "tlsf", "-kernel", path)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "one.trace:3: ") || !strings.Contains(stderr, "buddy answers = 0+4096, the kernel's own structures = 12288+4096") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

func TestReplayTruncatedGzip(t *testing.T) {
	contents, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(contents)
	z.Close()
	path := write(t, "cut.trace.gz", packed.String()[:packed.Len()/2])
	code, _, stderr := vramlab("replay", "-strategy", "buddy", "-check", path)
	if code != exitFailed || !strings.Contains(stderr, "cut.trace.gz") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

// TestRun makes a small run of a generated workload and a trace, and writes its
// report again.
func TestRun(t *testing.T) {
	withoutRace(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-quick", "-count", "2", "-workloads", "pages", "-trace", golden, "-most", "300", "-sweep", "region=16MiB..256MiB,live=1e2", "-cpu", "1", "-o", dir)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	for _, want := range []string{"buddy, rangemgr on 2 workloads, 2 samples each", "Take: refusals, then half the PTEs", "Placements carry over to a kernel; times do not", "Small pages", " of region", "report: " + filepath.Join(dir, "report.html")} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in the output:\n%s", want, stdout)
		}
	}
	first, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"standard error": stderr, "the report": string(first)} {
		if !strings.Contains(text, "the first 300") {
			t.Errorf("%s does not say that the trace was not run as a whole", where)
		}
	}
	if code, _, stderr = vramlab("report", dir); code != exitOK {
		t.Fatalf("report: exit code %d, %s", code, stderr)
	}
	if again, _ := os.ReadFile(filepath.Join(dir, "report.html")); !bytes.Equal(first, again) {
		t.Error("the same directory gave another report")
	}
	// What was found is printed though the report cannot be written.
	page := filepath.Join(dir, "report.html")
	os.Remove(page)
	os.MkdirAll(filepath.Join(page, "x"), 0o777)
	code, stdout, stderr = vramlab("report", dir)
	if code != exitFailed || !strings.Contains(stdout, "Small pages") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("report to no file: exit code %d, %q\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = vramlab("run", "-quick", "-workloads", "pages", "-o", dir)
	if code != exitFailed || !strings.Contains(stderr, "run.bench") || stdout != "" {
		t.Errorf("a second run into the directory: exit code %d, %q; it was announced: %q", code, stderr, stdout)
	}
}

func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, all.List(), []string{"vramlab", "run", "-quick", "-workloads", "pages", "-o", filepath.Join(t.TempDir(), "run")}, &out, &errs)
	if code != exitInterrupted || !strings.Contains(errs.String(), "interrupted; what was measured is in") {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

func TestRunUnwritable(t *testing.T) {
	file := write(t, "file", "")
	code, _, stderr := vramlab("run", "-quick", "-workloads", "pages", "-o", filepath.Join(file, "run"))
	if code != exitFailed || !strings.Contains(stderr, file) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q", code, stderr)
	}
}

func TestUnusedName(t *testing.T) {
	c, err := (&runOptions{manager: "brief", pressure: "80%", most: usualMost, strategies: "all", builders: "all", traces: []string{golden, golden, golden}}).plan(nil, newEnvironment(all.List(), []string{"vramlab"}, io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, w := range c.Workloads {
		if seen[w.Name] {
			t.Errorf("name %q is there twice", w.Name)
		}
		seen[w.Name] = true
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 4095: "4095 B", 4096: "4 KiB", 6 << 20: "6 MiB", 1 << 34: "16 GiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestReportHasNoWarnings reports runs in which requests are refused and asked again:
// every file that a run writes must be understood, and none taken for that of another.
func TestReportHasNoWarnings(t *testing.T) {
	withoutRace(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, _, stderr := vramlab("run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-ops", "4000", "-workloads", "window,contigfirst", "-o", dir)
	if code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	r, err := report.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if w := r.Warnings(); len(w) > 0 {
		t.Errorf("warnings: %q", w)
	}
}

// withoutRace skips a test that measures time or the Go heap under the race detector,
// which makes it take a minute and changes what is allocated. The tests of package
// bench look for races in the same code.
func withoutRace(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("measures, which means nothing under the race detector")
	}
}

// wantCode holds that a command ended with an exit code and one line that contains some text.
func wantCode(t *testing.T, what string, wanted, code int, stderr string, want ...string) {
	t.Helper()
	if code != wanted || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%s: exit code %d, %q; want %d and one line", what, code, stderr, wanted)
	}
	for _, w := range want {
		if !strings.Contains(stderr, w) {
			t.Errorf("%s: %q lacks %q", what, stderr, w)
		}
	}
}

// saying is a command line about a file, and lines that it prints.
type saying struct {
	name string // of the case, or of the file if that has to end in something
	file string // its contents
	args string
	want []string // without their spaces doubled
}

// wantSaid holds that command prints the lines of each case, in at most 80 columns (but bound,
// which says how a bound was found), and that standard error has only what a capture is.
func wantSaid(t *testing.T, list []strategies.Strategy, command string, cases []saying) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			name, capture := "t.trace", strings.HasSuffix(tt.name, ".csv")
			if capture {
				name = tt.name
			}
			args := append(append([]string{command}, strings.Fields(tt.args)...), write(t, name, tt.file))
			code, stdout, stderr := with(list, args...)
			if code != exitOK || stderr != "" && !capture {
				t.Fatalf("exit code %d, %s", code, stderr)
			}
			got := "\n"
			for line := range strings.Lines(stdout) {
				got += strings.Join(strings.Fields(line), " ") + "\n"
				if utf8.RuneCountInString(line) > 81 && command != "bound" {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
			for _, want := range tt.want {
				if !strings.Contains(got, "\n"+want+"\n") {
					t.Errorf("no line %q in\n%s", want, stdout)
				}
			}
		})
	}
}

// mistake is a command line with something wrong, and what is said of it in one line.
type mistake struct {
	args []string
	code int
	want string
}

func wantMistakes(t *testing.T, list []strategies.Strategy, cases []mistake) {
	t.Helper()
	for _, tt := range cases {
		code, _, stderr := with(list, tt.args...)
		wantCode(t, strings.Join(tt.args, " "), tt.code, code, stderr, tt.want)
	}
}
