//go:build linux || darwin

package lab

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// fatalBuilt is what fatal has built.
var fatalBuilt string

// fatal builds testdata/fatal.c.
func fatal(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("cc is not in PATH")
	}
	if fatalBuilt != "" {
		return fatalBuilt
	}
	path := filepath.Join(scratch, "libfatal.so")
	out, err := exec.Command("cc", "-O1", "-w", "-shared", "-pthread", "-fPIC", "-I", top+"/strategies/cabi", "-o", path,
		top+"/strategies/cabi/testdata/fatal.c").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fatalBuilt = path
	return path
}

// isolated is vramlab with workers.
func isolated(args ...string) (code int, stdout, stderr string) { return within(1<<30, args...) }

// within is isolated with a limit of memory.
func within(memory uint64, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	args = append([]string{"/bin/vramlab"}, args...)
	env := newEnvironment(all.List(), args, &out, &errs)
	env.restart, env.memory = args, memory
	code = env.serve(context.Background())
	return code, out.String(), errs.String()
}

// wantLine demands exit code 1, and one line that holds all of want.
func wantLine(t *testing.T, what string, code int, stderr string, want ...string) {
	t.Helper()
	wantCode(t, what, exitFailed, code, stderr, want...)
}

// TestShutAll replays with a library that closes every descriptor. It is found by the
// next look at them, unless the Go runtime, whose own are among them, ends first.
func TestShutAll(t *testing.T) {
	path := fatal(t)
	code, _, stderr := isolated("replay", "-limit", "10s", "-strategy", "so:"+path+":alloc_shut_all", golden)
	want := "closed descriptor 0 in alloc, at request 7 "
	if !strings.Contains(stderr, want) {
		want = "ended the process between two calls, at request 7 (exit code 2)"
	}
	wantLine(t, "alloc_shut_all", code, stderr, path+": alloc_shut_all", want)
}

// TestFatalLibraries replays with libraries that end, hang or deface their process. Each
// is one line that names the library, the function and the request.
func TestFatalLibraries(t *testing.T) {
	path := fatal(t)
	tests := []struct {
		name  string
		want  string
		linux bool // the words are those of Linux or its C library
	}{
		{"create_segfault", "crashed in create, before the first request (SIGSEGV", false},
		{"alloc_segfault", "crashed in alloc, at request 7 (SIGSEGV", false},
		{"free_segfault", "crashed in free, at request ", false},
		{"list_segfault", "crashed in free_blocks, ", false},
		{"list_garbage", "free blocks in a region of ", false},
		{"alloc_garbage", "123456789 blocks with room for ", false},
		{"alloc_beyond", "wrote past the room for ", false},
		{"alloc_twice", "crashed in alloc, at request 7 (SIGABRT: abort: free(): double free", true},
		{"alloc_foreign", "crashed in alloc, at request 7 (SIGABRT: abort: free(): invalid pointer", true},
		{"alloc_asserts", "crashed in alloc, at request 7 (SIGABRT: abort: fatal.c: the list is empty)", true},
		{"alloc_divide", "crashed in alloc, at request 7 (SIGFPE", true},
		{"alloc_overflow", "crashed in alloc, at request 7 (", false},
		{"alloc_jump", "crashed in alloc, at request 7 (", false},
		{"alloc_unchecked", "crashed in alloc, at request 7 (", false},
		{"alloc_handler", "crashed in alloc, at request 7 (", false},
		{"alloc_leave", "ended the process in alloc, at request 7 (exit code 0)", false},
		{"alloc_leave_now", "ended the process in alloc, at request 7 (exit code 0)", false},
		{"alloc_killed", "was killed in alloc, at request 7 (", false},
		{"alloc_loop", "did not return within 500ms in alloc, at request 7;", false},
		{"alloc_stopped", "did not return within 500ms in alloc, at request 7;", false},
		{"alloc_shut", "closed descriptor 1 in alloc, at request 7 ", false},
		{"alloc_replaces", "replaced descriptor 1 in alloc, at request 7 ", false},
		{"alloc_moves", "alloc_moves changed the working directory", false},
		{"alloc_masks", "alloc_masks changed the umask", false},
		{"alloc_limits", "alloc_limits lowered the limit of open files", false},
		{"alloc_defaces_and_dies", " crashed, after it wrote over the memory by which it is watched", true},
		{"alloc_null", "has no function alloc (NULL)", false},
		{"alloc_wrong", "has a wrong pointer for alloc", true},
		{"name_null", "has no name (NULL)", false},
		{"name_wrong", "has no name (a wrong pointer", false},
		{"name_endless", "has no name (no end in 100 bytes)", false},
	}
	for _, tt := range tests {
		if tt.linux && runtime.GOOS != "linux" {
			continue
		}
		spec := "so:" + path + ":" + tt.name
		limit := "10s" // a busy machine takes long to end a process
		if strings.Contains(tt.want, "did not return") {
			limit = "500ms"
		}
		began := time.Now()
		code, _, stderr := isolated("replay", "-limit", limit, "-strategy", spec, golden)
		who := path + ": " + tt.name
		if tt.name == "alloc_defaces_and_dies" {
			who = path
		}
		wantLine(t, tt.name, code, stderr, who, tt.want)
		if took := time.Since(began); took > time.Minute {
			t.Errorf("%s took %v", tt.name, took)
		}
		if strings.Contains(tt.want, "crashed") && !strings.HasSuffix(stderr,
			"to see where: gdb --args /bin/vramlab replay -watch=false -limit "+limit+" -strategy "+spec+" "+golden+"\n") {
			t.Errorf("%s: %q does not end with the command for a debugger", tt.name, stderr)
		}
	}
}

// TestGreedyLibrary takes memory without end.
func TestGreedyLibrary(t *testing.T) {
	if process.Available() == 0 {
		t.Skip("the memory of a process is not known here")
	}
	path := fatal(t)
	code, _, stderr := within(300<<20, "replay", "-strategy", "so:"+path+":alloc_greedy", golden)
	wantLine(t, "alloc_greedy", code, stderr, path, "took more than 300 MiB of memory in alloc, at request 7;")
}

// TestFatalConstructors load libraries that never come to a strategy.
func TestFatalConstructors(t *testing.T) {
	path := fatal(t)
	for constructor, want := range map[string]string{
		"segfault": "crashed in a constructor, before the first request (SIGSEGV",
		"loop":     "did not return within 500ms in a constructor",
		"leave":    "ended the process in a constructor, before the first request (exit code 0)",
		"shut":     "closed descriptor 1 in a constructor",
		"replaces": "replaced descriptor 1 in a constructor",
		"moves":    "changed the working directory while it was loaded (in a constructor)",
		"limits":   "lowered the limit of open files while it was loaded (in a constructor)",
	} {
		t.Setenv("FATAL_CONSTRUCTOR", constructor)
		for _, args := range [][]string{
			{"list", "-limit", "500ms", "so:" + path + ":alloc_loop"},
			{"replay", "-limit", "500ms", "-strategy", "so:" + path + ":alloc_loop", golden},
		} {
			code, _, stderr := isolated(args...)
			wantLine(t, constructor, code, stderr, path, want)
		}
	}
}

// TestHarmlessLibraries do what they should not, and their placements are right all
// the same.
func TestHarmlessLibraries(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	_, placed, _ := isolated("replay", "-strategy", "so:"+path+":by_the_guide", golden)
	if strings.Count(placed, "\n= ") < 10 {
		t.Fatalf("nothing was placed:\n%s", placed)
	}
	for name, note := range map[string]string{
		"alloc_alarms":   "",
		"alloc_chatters": "vramlab: note: " + path + " wrote 16 bytes to its output, which begin: to stderr\n",
		"alloc_obeyed":   "vramlab: note: " + path + ` wrote 10 bytes to its output, which begin: \x1b[31mred\a` + "\n",
		"alloc_cuts":     "",
		"alloc_defaces":  "",
		"mutable":        "",
		"alloc_forks":    "vramlab: note: " + path + " starts processes; they were ended\n",
		"alloc_stays":    "vramlab: note: " + path + " starts processes; they were ended\n",
		"alloc_handlers": "vramlab: note: " + path + " takes signals over: it may hide a crash, or end the process\n",
	} {
		if runtime.GOOS != "linux" && note != "" && name != "alloc_chatters" && name != "alloc_obeyed" {
			continue
		}
		code, stdout, stderr := isolated("replay", "-strategy", "so:"+path+":"+name, golden)
		if code != exitOK || stdout != placed || stderr != note {
			t.Errorf("%s: exit code %d, %d bytes, want %d; %q, want %q", name, code, len(stdout), len(placed), stderr, note)
		}
	}
}

// TestKeepGoing leaves out what crashes in its trial, one by one or in a batch, and
// measures the others.
func TestKeepGoing(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	t.Setenv("TMPDIR", t.TempDir()) // for the traces
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-ops", "20000", "-workloads", "gfx", "-o", dir, "-limit", "2s", "-strategies"}
	bad := "buddy,so:" + path + ":alloc_segfault"
	code, _, stderr := isolated(append(args, bad)...)
	wantLine(t, "without -keep-going", code, stderr, "alloc_segfault crashed in alloc on gfx, at request 7 (SIGSEGV")
	if exists(dir) {
		t.Error("there is a run directory")
	}
	at := strings.Index(stderr, "replay -watch=false -strategy so:")
	if at < 0 {
		t.Fatalf("%q shows no replay", stderr)
	}
	replay := strings.Fields(stderr[at:])
	code, _, again := isolated(append([]string{"replay"}, replay[2:]...)...)
	wantLine(t, "the replay that is shown", code, again, "alloc_segfault crashed in alloc, at request 7 (SIGSEGV")

	bad += ",so:" + path + ":alloc_alarms,so:" + path + ":batch_segfault,so:" + path + ":name_null"
	code, stdout, stderr := isolated(append(args, bad, "-keep-going")...)
	if code != exitFailed || !strings.Contains(stdout, "buddy, alloc_alarms on 1 workload,") || !strings.Contains(stdout, "report: "+dir) {
		t.Errorf("exit code %d, %s\n%s", code, stdout, stderr)
	}
	for _, want := range []string{
		"alloc_segfault crashed in alloc on gfx, at request 7 (SIGSEGV",
		"batch_segfault crashed in alloc on gfx, in a batch, at request ",
		"name_null has no name (NULL); so:" + path + ":name_null is left out\n",
	} {
		if strings.Count(stderr, want) != 1 {
			t.Errorf("%q lacks %q", stderr, want)
		}
	}
	if n := strings.Count(stdout, "no rule broken"); n != 1 {
		t.Errorf("alloc_alarms was tried %d times:\n%s", n, stdout)
	}
	results, err := os.ReadFile(filepath.Join(dir, "run.bench"))
	if err != nil || !bytes.Contains(results, []byte("/strategy=buddy/workload=gfx")) || bytes.Contains(results, []byte("segfault ")) {
		t.Errorf("run.bench (%v):\n%s", err, results)
	}
}

// lastLine is that below the progress.
func lastLine(text string) string {
	lines := strings.SplitAfter(text, "\n")
	return lines[max(0, len(lines)-2)]
}

// TestLateCrash crashes behind the trial, while it is measured: what was measured is
// kept and reported. The 60th batch crashes, and 40 samples of both runs have more; at which
// request of a replay that is depends on how many a sample has.
func TestLateCrash(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := isolated("run", "-quick", "-count", "40", "-cpu", "", "-skip", "all", "-ops", "4000", "-workloads", "gfx", "-keep-going", "-o", dir,
		"-strategies", "buddy,so:"+path+":late_segfault")
	last := lastLine(stderr) // below the progress
	wantLine(t, "late_segfault", code, last, "late_segfault crashed in table_run, ", " (SIGSEGV", "; what was measured is in "+dir)
	if code != exitFailed || !strings.Contains(stdout, "report: "+dir) {
		t.Errorf("exit code %d, %s\n%s", code, stdout, stderr)
	}
}

// TestFalseBatches has libraries that are right call by call and not in batches: they do
// not pass their trial.
func TestFalseBatches(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	for name, want := range map[string]string{
		"batch_beyond":    "batch_beyond crashed in table_run on trace_08, in a batch, at request ",
		"batch_hasty":     "batch_hasty on trace_08: has times of operations that add up to ",
		"batch_miscounts": "batch_miscounts on trace_08: does other work in batches than call by call: ",
		"fickle":          "fickle on trace_08: is not deterministic: asked the same again, it placed request ",
	} {
		dir := filepath.Join(t.TempDir(), "run")
		code, _, stderr := isolated("run", "-quick", "-count", "1", "-cpu", "", "-trace", unrefused, "-o", dir, "-strategies", "so:"+path+":"+name)
		wantLine(t, name, code, stderr, path+": "+want)
		if exists(dir) {
			t.Errorf("%s: there is a run directory", name)
		}
	}
	// One that is right until it is measured is reported with what was.
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := isolated("run", "-quick", "-count", "1", "-cpu", "", "-trace", unrefused, "-skip", "all", "-keep-going", "-o", dir,
		"-strategies", "buddy,so:"+path+":batch_lazy")
	last := lastLine(stderr) // below the progress
	wantLine(t, "batch_lazy", code, last, path+": batch_lazy did 0 of the ", "; what was measured is in "+dir)
	if !strings.Contains(stdout, "report: "+dir) {
		t.Errorf("no report:\n%s", stdout)
	}
}

// TestStandstill stops the process of a library between two calls: the parent ends it.
func TestStandstill(t *testing.T) {
	path, pipe := fatal(t), filepath.Join(t.TempDir(), "endless.trace")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	begun, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	writing := make(chan *os.File, 1)
	go func() {
		f, _ := os.OpenFile(pipe, os.O_WRONLY, 0)
		f.Write(begun)
		writing <- f // open, so that the reader waits
	}()
	code, _, stderr := isolated("replay", "-limit", "500ms", "-strategy", "so:"+path+":alloc_stops_later", pipe)
	wantLine(t, "alloc_stops_later", code, stderr, path+": alloc_stops_later stood still for 2s between two calls, at request ")
	(<-writing).Close()
}

// TestInterruptedCall interrupts a run in the middle of a call that does not return: it
// ends soon, also where the limit of a call is far away.
func TestInterruptedCall(t *testing.T) {
	path := fatal(t)
	args := []string{"run", "-quick", "-limit", "10m", "-trace", unrefused, "-strategies", "so:" + path + ":alloc_sleeps"}
	var out, errs bytes.Buffer
	env := newEnvironment(all.List(), append([]string{"/bin/vramlab"}, args...), &out, &errs)
	env.restart = append([]string{"/bin/vramlab"}, args...)
	ctx, cancel := context.WithCancel(context.Background())
	began := time.Now()
	time.AfterFunc(time.Second, cancel)
	code := env.serve(ctx)
	wantCode(t, "once", exitInterrupted, code, errs.String(), "vramlab run: interrupted; nothing was measured")
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %v", took)
	}

	abs, err := filepath.Abs(unrefused)
	if err != nil {
		t.Fatal(err)
	}
	args[5] = abs
	cmd := program(t.TempDir(), args...)
	errs.Reset()
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	cmd.Process.Signal(os.Interrupt)
	time.Sleep(400 * time.Millisecond)
	cmd.Process.Signal(os.Interrupt)
	cmd.Wait()
	// Whichever comes first: the end that the first signal asked for, or the second.
	if once := "interrupted; nothing was measured"; !strings.Contains(errs.String(), once) {
		wantCode(t, "twice", exitInterrupted, cmd.ProcessState.ExitCode(), errs.String(), "interrupted again: ended at once")
	}
}

// TestNoLibraries names what is no library as one: it is not waited for.
func TestNoLibraries(t *testing.T) {
	dir := t.TempDir()
	pipe, text, damaged := filepath.Join(dir, "pipe.so"), filepath.Join(dir, "text.so"), filepath.Join(dir, "damaged.so")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	for path, contents := range map[string]string{text: "vramlab trace 1\n", damaged: "\x7fELF\x02\x01\x01"} {
		if err := os.WriteFile(path, []byte(contents), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		pipe:    "it is no ordinary file",
		dir:     "it is a directory",
		text:    "neither ELF nor Mach-O",
		damaged: "damaged ELF file",
	} {
		code, _, stderr := isolated("list", "so:"+path)
		wantLine(t, path, code, stderr, path+": no shared library: ", want)
	}
	for _, args := range [][]string{{"replay", "-strategy", "so:" + pipe, golden}, {"run", "-strategies", "so:" + pipe}} {
		code, _, stderr := isolated(args...)
		wantLine(t, args[0], code, stderr, pipe+": cannot load the library: it is no ordinary file")
	}
}

// TestDefacedRecord believes nothing in a record that no worker wrote.
func TestDefacedRecord(t *testing.T) {
	for _, b := range []byte{0xff, 'Z', 1, 0} {
		w := &watchman{mem: bytes.Repeat([]byte{b}, worker.SharedSize), cmd: exec.Command(os.Args[0], "-test.run=^$"), env: &environment{args: []string{"run"}}}
		w.items = []string{"buddy", "so:./x.so:y"}
		if err := w.cmd.Run(); err != nil {
			t.Fatal(err)
		}
		w.collect(false)
		if w.Done == 1 || worker.Get(w.Subject[:]) != "" || worker.Get(w.Dir[:]) != "" || worker.Get(w.Workload[:]) != "" || len(worker.Lines(w.Well[:])) != 0 || len(w.states) != 0 {
			t.Errorf("%#x: %+v", b, w.states)
		}
		if line := w.explain("did not return"); b != 0 && !strings.HasPrefix(line, "./x.so did not return, after it wrote over the memory by which it is watched; to see where: ") {
			t.Errorf("%#x: %q", b, line)
		}
	}
}

// TestPrintable has nothing in it that a terminal would obey.
func TestPrintable(t *testing.T) {
	if got, want := printable("a\x1b[31m\t\xff\u202e\ufffd é"), `a\x1b[31m\t\xff\u202e`+"\ufffd é"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCallsThatReturn looks at two libraries whose calls overlap, and at one call that
// goes on.
func TestCallsThatReturn(t *testing.T) {
	var c calls
	for i := uint64(2); i < 100; i++ {
		if n := c.look([]cabi.State{{Function: "alloc", Calls: i / 2}, {Function: "free", Calls: (i + 1) / 2}, {Calls: 7}}); n > 1 {
			t.Fatalf("at look %d a call was there for %d", i, n)
		}
	}
	for i := range 10 {
		if n := c.look([]cabi.State{{Function: "alloc", Calls: 1000}}); n != i {
			t.Errorf("after %d looks: %d", i, n)
		}
	}
	code, _, stderr := isolated("replay", "-limit", "0s", "-strategy", "so:x.so", golden)
	if code != exitUsage || !strings.Contains(stderr, "-limit 0s is less than 50ms") {
		t.Errorf("-limit 0: exit code %d, %s", code, stderr)
	}
}

// TestKeepGoingWithoutLibraries leaves out a strategy in Go.
func TestKeepGoingWithoutLibraries(t *testing.T) {
	withoutRace(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := with(append(all.List(), twice), "run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-ops", "4000", "-workloads", "gfx", "-strategies", "buddy,twice", "-keep-going", "-o", dir)
	if code != exitFailed || !strings.Contains(stderr, "; twice is left out\n") || !strings.Contains(stdout, "buddy on 1 workload,") {
		t.Errorf("exit code %d, %s\n%s", code, stdout, stderr)
	}
	code, _, stderr = with(append(all.List(), twice), "run", "-quick", "-workloads", "gfx", "-strategies", "twice", "-keep-going")
	if code != exitFailed || !strings.Contains(stderr, "no strategy is left") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// A library is in a process of its own, which reads standard input too: each one that is
// started, and what makes a crash again.
func TestStandardInputOfWorkers(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	placed, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	good := "so:" + path + ":alloc_alarms"
	_, want, _ := isolated("replay", "-strategy", good, golden)
	if code, got, stderr := piping(placed, true, "replay", "-strategy", good, "-"); code != exitOK || got != want || got == "" {
		t.Errorf("replay: exit code %d, %s%s", code, got, stderr)
	}
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := piping(placed, true, "run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-keep-going", "-o", dir,
		"-strategies", "buddy,so:"+path+":fickle,so:"+path+":batch_miscounts", "-trace=-")
	if code != exitFailed || !strings.Contains(stderr, ":fickle is left out") || !strings.Contains(stderr, ":batch_miscounts is left out") || !strings.Contains(stdout, "buddy on 1 workload") {
		t.Errorf("run: exit code %d, %s%s", code, stdout, stderr)
	}
}

// TestIsolatedGate: what a worker says of a gate is said once.
func TestIsolatedGate(t *testing.T) {
	withoutRace(t)
	path := fatal(t)
	old := write(t, "old.bench", results(100, 2))
	code, stdout, stderr := isolated("run", "-json", "-quick", "-count", "1", "-skip", "all", "-strategies", "so:"+path+":by_the_guide", "-trace", golden,
		"-o", filepath.Join(t.TempDir(), "run"), "-baseline", old, "-gate", "none +5%")
	var last []string
	for _, e := range eventsIn(t, stdout) {
		if e.Event != "step" && e.Event != "warning" {
			last = append(last, e.Event)
		}
	}
	if got := strings.Join(last, " "); code != exitUsage || got != "start gate end" || strings.Count(stderr, "the gate does not hold") != 1 {
		t.Errorf("exit code %d, %s, %s", code, got, stderr)
	}
}
