//go:build linux || darwin

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies/all"
)

// killed are the arguments of a run of some sixty steps.
func killed(t *testing.T, dir string) []string {
	t.Helper()
	trace, err := filepath.Abs(unrefused)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"run", "-quick", "-strategies", "buddy,rangemgr", "-trace", trace, "-o", dir}
}

// linesIn is the number of whole lines in a file, 0 if it is not there.
func linesIn(path string) int {
	text, _ := os.ReadFile(path)
	return bytes.Count(text, []byte("\n"))
}

// exactly is what must be the same of two runs of the same arguments: the results with
// their exact values and in their order, and the placements.
func exactly(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	for _, file := range schema.Files() {
		text, err := os.ReadFile(filepath.Join(dir, string(file)))
		if err != nil {
			t.Fatal(err)
		}
		exact := make(map[string]bool)
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, "Unit "):
				exact[words[1]] = exact[words[1]] || strings.Contains(line, "assume=exact")
			case strings.HasPrefix(line, "Benchmark"):
				fmt.Fprint(&b, words[0])
				for i := 2; i+1 < len(words); i += 2 {
					if !exact[words[i+1]] {
						words[i] = "?"
					}
					fmt.Fprint(&b, " ", words[i], " ", words[i+1])
				}
				fmt.Fprintln(&b)
			case !strings.HasPrefix(line, "#"):
				b.WriteString(line)
			}
		}
	}
	placed, err := filepath.Glob(filepath.Join(dir, schema.Placements, "*"))
	if err != nil || len(placed) != 2 {
		t.Errorf("placements %v, error %v", placed, err)
	}
	for _, path := range placed {
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x %v\n", filepath.Base(path), data, err)
	}
	return b.String()
}

// TestResumeAfterKills kills real runs fifty times, each as soon as its journal has a line
// or some more, and lets it go on until it ends: no line is torn, none is there twice or
// missing, and all exact figures are those of a run that nobody killed.
func TestResumeAfterKills(t *testing.T) {
	withoutRace(t)
	const seed, kills = 5, 50
	random := rand.New(rand.NewPCG(seed, 0))
	top := t.TempDir()
	if out, err := program(top, killed(t, "whole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := exactly(t, filepath.Join(top, "whole"))
	interrupted := regexp.MustCompile(`^\nInterrupted (?:before the first round|in round [1-6] of 6|after the last round)\. `)
	for n, run := 0, 1; n < kills; run++ {
		name := "run-" + strconv.Itoa(run)
		dir, finished := filepath.Join(top, name), name+": the run is finished; the command report shows it\n"
		args := killed(t, name)
		for ended := false; !ended && n < kills; args = []string{"run", "-resume", name} {
			var errs bytes.Buffer
			cmd := program(top, args...)
			cmd.Stderr = &errs
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			exit := make(chan error, 1)
			go func() { exit <- cmd.Wait() }()
			journal := filepath.Join(dir, schema.Journal)
			until := linesIn(journal) + random.IntN(4)
			await(t, func() bool { return len(exit) > 0 || linesIn(journal) > until })
			time.Sleep(time.Duration(random.IntN(2000)) * time.Microsecond)
			cmd.Process.Kill()
			err := <-exit
			if err == nil || strings.HasSuffix(errs.String(), finished) { // it was killed at its last breath, or too late
				ended = true
				break
			} else if cmd.ProcessState.ExitCode() >= 0 {
				t.Fatalf("kill %d of seed %d: %q: %v, %s", n, seed, args, err, errs.String())
			}
			n++
			for _, file := range schema.Files() {
				checkWhole(t, filepath.Join(dir, string(file)))
			}
			if n%10 == 0 {
				_, done := bench.Unfinished(dir)
				if code, stdout, stderr := vramlab("report", dir); code != exitOK || interrupted.MatchString(stdout) == (done != nil) {
					t.Errorf("kill %d of seed %d: report: exit code %d, %s%s", n, seed, code, stdout, stderr)
				}
			}
		}
		if out, err := program(top, "run", "-resume", name).CombinedOutput(); err != nil && !strings.HasSuffix(string(out), finished) {
			t.Fatalf("after kill %d of seed %d: %v\n%s", n, seed, err, out)
		}
		if got := exactly(t, dir); got != want {
			t.Errorf("after kill %d of seed %d: run %d is another one:\n%s\nwant\n%s", n, seed, run, got, want)
		}
	}
}

// killAt starts a command in a directory, and kills it once a run directory in it has a
// journal of so many lines.
func killAt(t *testing.T, lines int, dir, run string, args ...string) {
	t.Helper()
	cmd := program(dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	await(t, func() bool { return len(exit) > 0 || linesIn(filepath.Join(dir, run, schema.Journal)) >= lines })
	cmd.Process.Kill()
	<-exit
	if _, err := bench.Unfinished(filepath.Join(dir, run)); err != nil {
		t.Fatalf("%q was not killed in time: %v", args, err)
	}
}

// TestResumeElsewhere goes on in another working directory with a run of a relative trace
// and a relative library, whose process was killed with its parent; then with a library
// that was changed.
func TestResumeElsewhere(t *testing.T) {
	withoutRace(t)
	dir := t.TempDir()
	text, err := os.ReadFile(unrefused)
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(dir, "a.trace")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o777), os.WriteFile(trace, text, 0o666)); err != nil {
		t.Fatal(err)
	}
	strategies := "buddy"
	library := filepath.Join(dir, "libbitmap.so")
	if _, err := exec.LookPath("cc"); err == nil {
		out, err := exec.Command("cc", "-O1", "-std=gnu11", "-shared", "-fPIC", "-I", top+"/strategies/cabi", "-o", library, top+"/strategies/cabi/examples/bitmap.c").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		strategies += ",so:./libbitmap.so"
	}
	begin := []string{"run", "-quick", "-count", "20", "-trace", "a.trace", "-strategies", strategies, "-o"}
	resume := func(name string) (string, int) {
		cmd := program(filepath.Join(dir, "sub"), "run", "-resume", filepath.Join("..", name))
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	killAt(t, 8, dir, "run", append(begin, "run")...)
	stopped := regexp.MustCompile(`(?m)^goes on where it was stopped: (?:before the first round|(?:in|after) round \d+ of 20)$`)
	if out, code := resume("run"); code != exitOK || !stopped.MatchString(out) {
		t.Errorf("exit code %d, %s", code, out)
	}
	for path, want := range map[string]string{library: library + " was changed", trace: "the operations of the workload a are not those it began with"} {
		if path == library && strategies == "buddy" {
			continue
		}
		killAt(t, 8, dir, filepath.Base(path)+".run", append(begin, filepath.Base(path)+".run")...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := append(text, '\n')
		if path == trace {
			changed = append(text, "a 987654 4096\n"...)
		}
		if err := os.WriteFile(path+".new", changed, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		if out, code := resume(filepath.Base(path) + ".run"); code != exitFailed || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %s; want %s", code, out, want)
		}
		if err := os.WriteFile(path, text, 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

// TestResumeConfig goes on, in another working directory, with a run of a file.
func TestResumeConfig(t *testing.T) {
	withoutRace(t)
	dir := t.TempDir()
	text, err := os.ReadFile(unrefused)
	if err != nil {
		t.Fatal(err)
	}
	config := "[workloads]\ntraces = [\"a.trace\"]\n[tables]\npolicies = [\"i915\"]\n[run]\ncount = 20\nskip = [\"all\"]\ncpu = []\nquick = true\n[gate]\nrules = [\"metadata-B exact\"]\nbaseline = \"base\"\n"
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o777), os.WriteFile(filepath.Join(dir, "a.trace"), text, 0o666), os.WriteFile(filepath.Join(dir, "e.toml"), []byte(config), 0o666)); err != nil {
		t.Fatal(err)
	}
	if out, err := program(dir, "run", "-quick", "-count", "1", "-skip", "all", "-cpu", "", "-trace", "a.trace", "-o", "base").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	killAt(t, 8, dir, "run", "run", "-config", "e.toml", "-o", "run")
	cmd := program(filepath.Join(dir, "sub"), "run", "-resume", filepath.Join("..", "run"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "gate: all rules hold") {
		t.Errorf("%v\n%s", err, out)
	}
	curves, err := os.ReadFile(filepath.Join(dir, "run", string(schema.Curves)))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(curves); !strings.Contains(s, "/policy=i915") || strings.Contains(s, "/policy=amdgpu") {
		t.Error("the policies are not those of the file")
	}
}

// TestResumeFullDisk goes on with runs that found no room, for placements and for results.
func TestResumeFullDisk(t *testing.T) {
	withoutRace(t)
	dir := t.TempDir()
	if out, err := program(dir, killed(t, "whole")...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, blocks := range []string{"12", "60"} {
		run := "run-" + blocks
		cmd := program(dir, append([]string{"-c", "ulimit -f " + blocks + ` && exec "$0" "$@"`, os.Args[0]}, killed(t, run)...)...)
		cmd.Path, cmd.Args[0] = "/bin/sh", "sh"
		out, _ := cmd.CombinedOutput()
		if want := fmt.Sprintf("; what was measured is in %s, and %s run -resume %[1]s goes on\n", run, filepath.Base(os.Args[0])); cmd.ProcessState.ExitCode() != exitFailed || !strings.HasSuffix(string(out), want) {
			t.Fatalf("%v: %s", cmd.ProcessState, out)
		}
		if out, err := program(dir, "run", "-resume", run).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if exactly(t, filepath.Join(dir, run)) != exactly(t, filepath.Join(dir, "whole")) {
			t.Errorf("with %s blocks the run is another one", blocks)
		}
	}
}

// TestResumeRefuses has what cannot stand beside -resume, and what is no run to go on with.
func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(unrefused)
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "piped")
	var out, errs bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	env := newEnvironment(all.List(), []string{"vramlab", "run", "-quick", "-trace", "-", "-o", run}, &out, &errs)
	env.stdin = bytes.NewReader(text)
	if code := env.serve(ctx); code != exitInterrupted || strings.Contains(errs.String(), "-resume") {
		t.Fatalf("exit code %d, %s", code, errs.String())
	}
	for want, args := range map[string][]string{
		"-count cannot stand beside -resume, which takes all from the run":           {"-count", "3"},
		"-o cannot stand beside -resume, which takes all from the run":               {"-o", "x"},
		`unexpected argument "x" beside -resume, which takes all from the run`:       {"--", "x"},
		run + ": the run read a trace from standard input, which is gone: it cannot": {"-limit", "3s"},
	} {
		args = append([]string{"run", "-resume", run}, args...)
		code, _, stderr := vramlab(args...)
		if code == exitOK || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %s; want %s", args, code, stderr, want)
		}
	}
}
