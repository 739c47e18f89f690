package lab

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads/importer"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestCaptureProgram records a small program that starts another one, and replays what it
// did.
func TestCaptureProgram(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	for _, tt := range []struct {
		name    string
		least   int      // allocations
		ends    bool     // nothing is live at the end
		forbids []string // by machines on which it cannot run
	}{
		{"strace", 4, true, []string{"strace is not installed", "tracing is forbidden"}},
		{"mtrace", 10, false, []string{"no C compiler", "no libc_malloc_debug", "cannot be built"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.gz")
			said, err := script(t, os.Environ(), tt.name, out, "sh", "-c", "ls / >/dev/null; exit 3")
			for _, reason := range tt.forbids {
				if err != nil && strings.Contains(said, reason) {
					t.Skip(strings.TrimSpace(said))
				}
			}
			if err != nil || !strings.Contains(said, "sh ended with status 3") || !strings.Contains(said, "made "+out) {
				t.Fatalf("%v, %s", err, said)
			}
			im, err := importer.ImportFile(out, importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := im.Streams[0]
			if im.Format.Name != tt.name || len(im.Streams) != 1 || s.Allocs < tt.least || tt.ends && s.Left > 0 {
				t.Errorf("read as %s: %v, %v", im.Format.Name, s.Told(), im.Dropped)
			}
			if code, _, stderr := with(all.List(), "replay", "-strategy", "buddy", "-check", out); code != exitOK {
				t.Errorf("replay: exit code %d, %s", code, stderr)
			}
			if said, err := script(t, os.Environ(), tt.name, out+"/none", "true"); err == nil || !strings.Contains(said, "/none cannot be made") {
				t.Errorf("no place for a file: %v, %s", err, said)
			}
			if said, err := script(t, os.Environ(), tt.name, out, "true"); err == nil || !strings.Contains(said, "is there already") {
				t.Errorf("%v, %s", err, said)
			}
		})
		for _, c := range [][]string{
			{"COMMAND is missing", "x.gz"},
			{"there is no program /no/such", "x.gz", "/no/such"},
		} {
			if said, err := script(t, os.Environ(), tt.name, c[1:]...); err == nil || !strings.Contains(said, c[0]) && !strings.Contains(said, "is not installed") {
				t.Errorf("%s: %v, %s", c[1:], err, said)
			}
		}
		if said, err := script(t, os.Environ(), tt.name, "--help"); err != nil || !strings.Contains(said, "Misses") {
			t.Errorf("%s: %v, %s", tt.name, err, said)
		}
	}
}

// TestCaptureMaps records a program that maps and unmaps at random in threads. What is live
// when it ends is what the kernel says it has mapped.
func TestCaptureMaps(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("no C compiler, or no Linux")
	}
	dir := t.TempDir()
	program, out := filepath.Join(dir, "maps"), filepath.Join(dir, "out.gz")
	if said, err := exec.Command(cc, "-O1", "-Wall", "-Werror", "-pthread", "-o", program, "testdata/maps.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	said, err := script(t, os.Environ(), "strace", out, program)
	if err != nil && (strings.Contains(said, "strace is not installed") || strings.Contains(said, "tracing is forbidden")) {
		t.Skip(strings.TrimSpace(said))
	}
	mapped := regexp.MustCompile(`mapped (\d+)`).FindStringSubmatch(said)
	if err != nil || mapped == nil {
		t.Fatalf("%v, %s", err, said)
	}
	log := regexp.MustCompile(`(?m)^.*(exit_group\(|\+\+\+ exited).*\n`).ReplaceAllString(unzipped(t, out), "")
	im, err := importer.Import(strings.NewReader(log), "log", importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := writeStream(&text, im.Streams[0], "log"); err != nil {
		t.Fatal(err)
	}
	r, err := trace.NewReader(&text, "trace")
	if err != nil {
		t.Fatal(err)
	}
	var sum uint64
	live := make(map[uint64]uint64)
	for r.Scan() {
		rec := r.Record()
		before := live[rec.ID]
		switch rec.Kind {
		case trace.Alloc:
			live[rec.ID] = rec.Req.Size
		case trace.Trim:
			live[rec.ID] = rec.Keep.Size
		case trace.Free:
			delete(live, rec.ID)
		case trace.Time:
			continue
		default:
			t.Fatalf("a line of kind %v", rec.Kind)
		}
		sum += live[rec.ID] - before
	}
	if got := strconv.FormatUint(sum, 10); got != mapped[1] {
		t.Errorf("%s bytes are live, the kernel has %s mapped", got, mapped[1])
	}
}
