//go:build linux || darwin

package lab

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the command as a process of its own.
func program(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), programVariable+"=1")
	return cmd
}

// limited is program under limits of a shell's ulimit.
func limited(t *testing.T, limit string, args ...string) (code int, stderr string) {
	t.Helper()
	var errs bytes.Buffer
	cmd := program(t.TempDir(), append([]string{"-c", "ulimit " + limit + ` && exec "$0" "$@"`, os.Args[0]}, args...)...)
	cmd.Path, cmd.Args[0] = "/bin/sh", "sh"
	cmd.Stderr = &errs
	cmd.Run()
	return cmd.ProcessState.ExitCode(), errs.String()
}

// TestLimits has too little of what a process needs: that is one line.
func TestLimits(t *testing.T) {
	for limit, want := range map[string]string{
		"-n 8":       "only 8 files may be open at once, and 20 are needed (ulimit -n)",
		"-v 2621440": "only 2560 MiB of addresses may be taken, and 3072 are needed (ulimit -v)",
	} {
		for _, args := range [][]string{{"run", "-quick", "-workloads", "pages"}, {"replay", "-strategy", "buddy", golden}} {
			code, stderr := limited(t, limit, args...)
			wantLine(t, limit, code, stderr, want)
		}
	}
}

// TestReadOnly cannot write where it should.
func TestReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	for _, o := range []string{dir, filepath.Join(dir, "run")} {
		code, stdout, stderr := vramlab("run", "-quick", "-workloads", "pages", "-o", o)
		wantLine(t, o, code, stderr, dir, "permission denied")
		if stdout != "" {
			t.Errorf("a run was announced: %q", stdout)
		}
	}
}

// TestMakeDir makes run directories side by side: each has its own.
func TestMakeDir(t *testing.T) {
	t.Chdir(t.TempDir())
	var made sync.Map
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			dir, err := makeDir("")
			if _, there := made.LoadOrStore(dir, true); err != nil || there {
				t.Errorf("%s, %v, there before: %v", dir, err, there)
			}
		})
	}
	wait.Wait()
}

// TestInterrupts interrupts commands: exit code 130, one line, and the run is kept.
func TestInterrupts(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "endless.trace")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"replay", "-strategy", "buddy", pipe}, "vramlab replay: interrupted\n"},
		{[]string{"run", "-count", "1000", "-workloads", "pages", "-o", "run"}, "interrupted; what was measured is in run: vramlab report run shows it, and vramlab run -resume run goes on\n"},
	} {
		cmd := program(dir, tt.args...)
		cmd.Args[0] = "vramlab"
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool {
			if tt.args[0] != "replay" {
				return exists(filepath.Join(dir, "run", "run.bench"))
			}
			// Nobody can write without waiting before somebody reads.
			w, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			if err == nil {
				t.Cleanup(func() { w.Close() })
			}
			return err == nil
		})
		time.Sleep(200 * time.Millisecond)
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		lines := strings.SplitAfter(errs.String(), "\n") // below the progress, if there is some
		if last := lines[max(0, len(lines)-2)]; cmd.ProcessState.ExitCode() != exitInterrupted || !strings.HasSuffix(last, tt.want) {
			t.Errorf("%q: %v, %q", tt.args, cmd.ProcessState, errs.String())
		}
	}
}

// await waits until something is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	for range 3000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not happen in 30 s")
}

// whole are the lines of a file of results that nobody cut.
var whole = regexp.MustCompile(`^(?:Benchmark\S+ \d+(?: [0-9.e+-]+ [A-Za-z0-9/%-]+)+|Unit .*|#.*|[a-z][a-z0-9-]*: .*|)\n$`)

// TestKill kills runs at random moments: what was written by then is whole, and is
// reported.
func TestKill(t *testing.T) {
	const seed, kills = 20, 12
	random := rand.New(rand.NewPCG(seed, 0))
	samples := 0
	for i := range kills {
		dir := filepath.Join(t.TempDir(), "run")
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), tinyVariable+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await(t, func() bool { return exists(filepath.Join(dir, "run.bench")) })
		after := time.Duration(random.IntN(150)) * time.Millisecond
		time.Sleep(after)
		cmd.Process.Kill()
		cmd.Wait()
		for _, name := range []string{"run.bench", "curves.bench"} {
			samples += checkWhole(t, filepath.Join(dir, name))
		}
		if code, _, stderr := vramlab("report", dir); code != exitOK {
			t.Errorf("kill %d of seed %d, after %v: report: exit code %d, %s", i, seed, after, code, stderr)
		}
	}
	if samples < kills {
		t.Errorf("only %d lines were written before the kills", samples)
	}
}

// checkWhole demands whole lines of a file and returns the number of results. A run
// that was killed at its first breath has no file.
func checkWhole(t *testing.T, path string) (results int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		if !whole.MatchString(line) {
			t.Errorf("%s: the line %q", path, line)
		}
		if strings.HasPrefix(line, "Benchmark") {
			results++
		}
	}
	return results
}
