//go:build linux || darwin

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// libraries builds the examples and returns their directory. Without a compiler it
// skips the test.
func libraries(t *testing.T) string {
	t.Helper()
	for _, need := range []string{"bash", "cc", "c++"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not in PATH, so there are no example libraries", need)
		}
	}
	dir := t.TempDir()
	if out, err := exec.Command(top+"/scripts/build-examples", dir).CombinedOutput(); err != nil {
		t.Fatalf("scripts/build-examples: %v\n%s", err, out)
	}
	return dir
}

// TestLibraries takes a library through all commands: what another allocator placed
// is checked block by block, measured, and named apart from itself.
func TestLibraries(t *testing.T) {
	withoutRace(t)
	lib := "so:" + filepath.Join(libraries(t), "libbestfit.so")

	code, placed, stderr := vramlab("replay", "-strategy", lib, golden)
	if code != exitOK || strings.Count(placed, "\n= ") < 10 {
		t.Fatalf("replay: exit code %d, %s\n%s", code, stderr, placed)
	}
	same := write(t, "placed.trace", placed)
	if code, _, stderr := vramlab("replay", "-strategy", lib+":bestfit", "-check", same); code != exitOK {
		t.Errorf("replay -check: exit code %d, %s", code, stderr)
	}
	other := write(t, "other.trace", strings.Replace(placed, "\n= 0+", "\n= 4096+", 1))
	code, _, stderr = vramlab("replay", "-strategy", lib, "-check", other)
	if code != exitFailed || !strings.Contains(stderr, "other.trace:4: allocation 0 of ") {
		t.Errorf("replay -check of another placement: exit code %d, %s", code, stderr)
	}

	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-quick", "-count", "2", "-strategies", "buddy,"+lib+","+lib+":bestfit", "-ops", "4000", "-workloads", "gfx", "-o", dir,
		"-skip", "holes,objects,growth,sharing,migrations,references,kernelwork,hardware")
	if code != exitOK || !strings.Contains(stdout, "buddy, bestfit, bestfit.2 on 1 workload, 2 samples each") {
		t.Fatalf("run: exit code %d, %s\n%s", code, stderr, stdout)
	}
	curves, err := os.ReadFile(filepath.Join(dir, "curves.bench"))
	if err != nil || strings.Count(string(curves), "\nBenchmarkCrossing/strategy=bestfit.2") != 2 {
		t.Errorf("the crossings are not in curves.bench (%v)", err)
	}

	code, stdout, _ = vramlab("list", lib)
	if code != exitOK || !strings.HasPrefix(stdout, "bestfit  windows  best fit on std::map") {
		t.Errorf("list: exit code %d, %q", code, stdout)
	}
}

// TestExplainLibrary: a run explains what a library refused, in the process of the library,
// and ends with a command that says more. Where that process ends then, nothing is explained
// and the run is reported.
func TestExplainLibrary(t *testing.T) {
	withoutRace(t)
	path, dir := fatal(t), filepath.Join(t.TempDir(), "run")
	args := func(dir string) []string {
		return []string{"run", "-quick", "-count", "1", "-cpu", "", "-skip", "all", "-trace", write(t, "broken.trace", broken), "-o", dir,
			"-strategies", "buddy,so:" + path + ":create_ended"}
	}
	code, stdout, stderr := isolated(args(dir)...)
	if code != exitOK || stderr != "" && strings.Contains(stderr, "not explained") {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	proven := 0
	for _, x := range explainedIn(t, dir, "buddy", "create_ended") {
		if x.Strategy == "create_ended" && x.Proven {
			proven++
		}
	}
	if proven == 0 {
		t.Error("no refusal of the library has frees that a replay proves")
	}
	_, command, _ := strings.Cut(stdout, "why: vramlab ")
	command, _, _ = strings.Cut(command, "\n")
	if code, out, stderr := isolated(strings.Fields(command)...); code != exitOK || !strings.Contains(out, "refused") {
		t.Errorf("%s: exit code %d, %s\n%s", command, code, stderr, out)
	}

	dir = filepath.Join(t.TempDir(), "run")
	t.Setenv("FATAL_ENDED", filepath.Join(dir, "journal"))
	code, stdout, stderr = isolated(args(dir)...)
	if code != exitOK || !strings.Contains(stdout, "report: "+dir) || !strings.Contains(stderr, "not explained: "+path+": create_ended crashed in create, ") {
		t.Errorf("exit code %d, %s\n%s", code, stdout, stderr)
	}
	if exists(filepath.Join(dir, "explanations.jsonl")) {
		t.Error("there is a file of explanations")
	}
}

// TestGuideExample compiles the program in the guide and takes it through the
// guide's commands.
func TestGuideExample(t *testing.T) {
	withoutRace(t)
	libraries(t) // or skip
	guide, err := os.ReadFile(top + "/doc/bring-your-own-allocator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(guide), "```c\n")
	program, _, _ = strings.Cut(program, "```\n")
	path := filepath.Join(t.TempDir(), "libmine.so")
	out, err := exec.Command("cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", top+"/strategies/cabi",
		"-o", path, write(t, "mine.c", program)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if code, stdout, stderr := vramlab("list", "so:"+path); code != exitOK || !strings.HasPrefix(stdout, "first_fit  windows ") {
		t.Errorf("list: exit code %d, %q, %s", code, stdout, stderr)
	}
	code, placed, stderr := vramlab("replay", "-strategy", "so:"+path, golden)
	if code != exitOK {
		t.Fatalf("replay: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := vramlab("replay", "-strategy", "so:"+path+":first_fit", "-check", write(t, "placed.trace", placed)); code != exitOK {
		t.Errorf("replay -check: exit code %d, %s", code, stderr)
	}
	s, err := cabi.Open(path, "first_fit")
	if err != nil {
		t.Fatal(err)
	}
	strategytest.Run(t, s)
}

// TestLibraryErrors are one line that names the library.
func TestLibraryErrors(t *testing.T) {
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{exitFailed, "no/such.so: cannot load the library: no such file", []string{"run", "-strategies", "buddy,so:no/such.so:x"}},
		{exitFailed, "no/such.so: cannot load", []string{"replay", "-strategy", "so:no/such.so", golden}},
		{exitFailed, "lab.go: cannot load the library: ", []string{"replay", "-strategy", "so:lab.go:x", golden}},
		{exitFailed, "lab.go: no shared library: ", []string{"list", "so:lab.go"}},
		{exitUsage, `strategy "so:" names no library`, []string{"list", "so:"}},
		{exitUsage, `strategy "so::x" names no library`, []string{"replay", "-strategy", "so::x", golden}},
		{exitUsage, `lab.go: "Kb" is no name of a strategy`, []string{"replay", "-strategy", "so:lab.go:Kb", golden}},
		{exitUsage, `lab.go: "" is no name of a strategy`, []string{"list", "so:lab.go:"}},
		{exitUsage, `lab.go: "Kb" is no name of a strategy`, []string{"run", "-strategies", "buddy,so:lab.go:Kb"}},
		{exitFailed, "no/such.so:Kb: no shared library: ", []string{"list", "so:no/such.so:Kb"}},
		{exitUsage, `strategy "so:" names no library`, []string{"run", "-strategies", "so:"}},
		{exitUsage, `strategy "buddy" is named twice`, []string{"run", "-strategies", "buddy,buddy,so:no/such.so:x"}},
		{exitUsage, `no strategy "best"`, []string{"run", "-strategies", "best,so:no/such.so:x"}},
	} {
		code, _, stderr := vramlab(tt.args...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q; want %d, %q in one line", tt.args, code, stderr, tt.code, tt.want)
		}
	}
}

// TestLibraryMisbehaves has a library break its contract under replay and run.
func TestLibraryMisbehaves(t *testing.T) {
	libraries(t) // or skip
	path := filepath.Join(t.TempDir(), "libbad.so")
	out, err := exec.Command("cc", "-O2", "-shared", "-fPIC", "-I", top+"/strategies/cabi", "-o", path,
		top+"/strategies/cabi/testdata/misbehave.c").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]string{
		"overlapping":  "overlapping broke the rule that a block granted overlaps no live block",
		"too_many":     "65 blocks with room for 64",
		"null_heap":    "null_heap created no heap",
		"bad_free":     "failed at the free of ",
		"endless_free": "free blocks in a region of ",
	} {
		code, _, stderr := vramlab("replay", "-strategy", "so:"+path+":"+name, golden)
		if code != exitFailed || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("replay, %s: exit code %d, %q; want %q", name, code, stderr, want)
		}
		dir := filepath.Join(t.TempDir(), "run")
		code, _, stderr = vramlab("run", "-quick", "-strategies", "so:"+path+":"+name, "-ops", "4000", "-workloads", "gfx", "-o", dir,
			"-skip", "holes,objects,growth,sharing,migrations,references,kernelwork,hardware")
		if code != exitFailed || !strings.Contains(stderr, name) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("run, %s: exit code %d, %q", name, code, stderr)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s got as far as a run directory", name)
		}
	}
	testLastCheck(t, "so:"+path+":by_hand")
}

// testLastCheck replays a trace that is too short for the checks on the way, with a
// library whose free does nothing.
func testLastCheck(t *testing.T, library string) {
	for allocs, want := range map[string]int{"a 0 8192\n= 0+8192\n": exitOK, "a 0 8192\n= 0+8192\nf 0\n": exitFailed} {
		path := write(t, "short.trace", "vramlab trace 1\nregion 1048576 page 4096\n"+allocs)
		for _, args := range [][]string{{"replay", "-strategy", library, path}, {"replay", "-strategy", library, "-check", path}} {
			code, _, stderr := vramlab(args...)
			told := strings.Contains(stderr, "short.trace: after the last line: by_hand broke the rule that live blocks and free blocks tile") &&
				strings.Count(stderr, "\n") == 1
			if code != want || told != (want == exitFailed) {
				t.Errorf("%q, %q: exit code %d, %q, want %d", args, allocs, code, stderr, want)
			}
		}
	}
}

// TestHeader prints the header, which must be the one that is documented.
func TestHeader(t *testing.T) {
	code, stdout, _ := vramlab("list", "-header")
	want, err := os.ReadFile(top + "/strategies/cabi/vramlab.h")
	if err != nil || code != exitOK || stdout != string(want) {
		t.Errorf("exit code %d, %d bytes, want %d (%v)", code, len(stdout), len(want), err)
	}
}
