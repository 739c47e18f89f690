package lab

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// rep is a capture of format rep: at most 4 pages are live, in a region of 5.
const rep = "100\n3\n5\n1\na 0 16\na 1 40\nf 0\nf 9\n"

func TestConvert(t *testing.T) {
	file := write(t, "small.rep", rep)
	want := `vramlab trace 1
# small.rep: a trace of the CMU malloc lab (.rep); an object is one malloc
# all sizes are multiplied by 256 (sizes come in units of 16 bytes)
# dropped frees of objects that nobody saw: 1
# 2 allocations, 1 free, 1 live at the end
# 1 of 2 sizes were rounded up to whole pages, which adds 14.3 % of bytes
# peak of 16,384 live bytes; region of 20,480 bytes, of which the peak fills 85 %
# as the capture counts: peak of 64, region of 80
region 20480 page 4096
a 0 4096
a 1 12288
f 0
`
	code, stdout, stderr := vramlab("convert", file)
	if code != exitOK || stdout != want || !strings.Contains(stderr, file+": dropped frees of objects that nobody saw: 1\n") {
		t.Errorf("exit code %d, got\n%s%s\nwant\n%s", code, stdout, stderr, want)
	}
	// The same in a file, packed in each way, and read back.
	placed := strings.Replace(strings.Replace(want, "a 0 4096\n", "a 0 4096\n= 0+4096\n", 1), "a 1 12288\n", "a 1 12288\n= 4096+12288\n", 1)
	for _, name := range []string{"out.trace", "out.trace.gz", "out.trace.zst"} {
		out := filepath.Join(filepath.Dir(file), name)
		if code, stdout, stderr := vramlab("convert", "-o", out, file); code != exitOK || stdout != "" {
			t.Fatalf("%s: exit code %d, %s%s", name, code, stdout, stderr)
		}
		if code, stdout, stderr := vramlab("replay", "-strategy", "rangemgr", out); code != exitOK || stdout != placed || stderr != "" {
			t.Errorf("%s: exit code %d, got\n%s%s\nwant\n%s", name, code, stdout, stderr, placed)
		}
	}
}

// TestConvertFlags has choices and mistakes of the command line.
func TestConvertFlags(t *testing.T) {
	file := write(t, "small.rep", rep)
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitOK, "region 28672 page 4096\n", []string{"-region", "28K"}},
		{exitOK, "region 28672 page 4096\n", []string{"-region", "28KiB", "-from", "rep"}},
		{exitOK, "region 16384 page 4096\n", []string{"-fill", "100%"}},
		{exitOK, "a 0 8192\n", []string{"-scale", "512"}},
		{exitOK, "region 131072 page 65536\n", []string{"-page", "64KiB", "-scale", "1", "-fill", "100", "-round", "page"}},
		{exitFailed, "-strict refuses it: frees of objects that nobody saw: 1", []string{"-strict"}},
		{exitFailed, "40 bytes, scaled by 256, are no whole pages of 4096", []string{"-round", "no"}},
		{exitFailed, "small.rep:1: ", []string{"-from", "mtrace"}},
		{exitUsage, `no format "wav" (have: `, []string{"-from", "wav"}},
		{exitFailed, `nothing happens on the device "x" (have: "")`, []string{"-device", "x"}},
		{exitFailed, "a page of 512 bytes", []string{"-page", "512"}},
		{exitFailed, "a time window from 3s to 2s", []string{"-from", "3s", "-to", "2s"}},
		{exitUsage, `invalid value "10" for flag -from: a time has a unit, as 10s or 10ms`, []string{"-from", "10"}},
		{exitUsage, "not a percentage above 0 and at most 100", []string{"-fill", "101"}},
		{exitUsage, `"8Gb" is no number of bytes above 0`, []string{"-region", "8Gb"}},
		{exitUsage, `"16E" is no number of bytes above 0`, []string{"-region", "16E"}},
		{exitUsage, "not a whole number of at least 1", []string{"-scale", "0"}},
		{exitUsage, "one file is needed, got 2 arguments", []string{file}},
	} {
		code, stdout, stderr := vramlab(append(append([]string{"convert"}, c.args...), file)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%q: exit code %d, %s%s; want %d, %s", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
	out := filepath.Join(t.TempDir(), "none", "out.trace")
	if code, _, stderr := vramlab("convert", "-o", out, file); code != exitFailed || strings.Count(stderr, "\n") < 1 {
		t.Errorf("a directory that is not there: exit code %d, %s", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was made")
	}
}

// TestCaptures reads a capture wherever a trace is read, and says what it did.
func TestCaptures(t *testing.T) {
	file := write(t, "small.rep", rep)
	told := file + ": read as rep: "
	if code, stdout, stderr := vramlab("replay", "-strategy", "rangemgr", file); code != exitOK || !strings.Contains(stdout, "\n= 4096+12288\n") || !strings.HasPrefix(stderr, told) {
		t.Errorf("replay: exit code %d, %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr := vramlab("replay", "-strategy", "rangemgr", "-against", "buddy", file); code != exitOK || !strings.HasPrefix(stderr, told) {
		t.Errorf("replay -against: exit code %d, %s%s", code, stdout, stderr)
	}
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-quick", "-count", "1", "-skip", "all", "-cpu", "", "-o", dir, "-trace", file)
	if code != exitOK || !strings.HasPrefix(stderr, told) {
		t.Fatalf("run: exit code %d, %s%s", code, stdout, stderr)
	}
	b, err := os.ReadFile(filepath.Join(dir, "run.bench"))
	if err != nil || !strings.Contains(string(b), "workload=small.rep") {
		t.Errorf("run.bench: %v, %.300s", err, b)
	}
	code, _, stderr = vramlab("replay", "-strategy", "buddy", write(t, "what.txt", "hello\n"))
	if want := `what.txt:1: not a trace: it begins with "hello", not with "vramlab trace 1"; nor does it show a format of the command list (convert -from names one)`; code != exitFailed || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, %s; want %s", code, stderr, want)
	}
}

// regions are two, of two allocators of Umpire.
const regions = `{"event":"allocate","payload":{"allocator_ref":"0x1","size":4096},"result":{"memory_ptr":"0x10"}}
{"event":"allocate","payload":{"allocator_ref":"0x2","size":8192},"result":{"memory_ptr":"0x20"}}
{"event":"allocate","payload":{"allocator_ref":"0x2","size":4096},"result":{"memory_ptr":"0x30"}}
`

// TestRegions picks one of several regions, with each command that takes one.
func TestRegions(t *testing.T) {
	file := write(t, "two.json", regions)
	out := filepath.Join(filepath.Dir(file), "out")
	for _, args := range [][]string{
		{"replay", "-strategy", "rangemgr"}, {"replay", "-strategy", "rangemgr", "-summary"}, {"replay", "-strategy", "rangemgr", "-against", "buddy"},
		{"inspect"}, {"fit-region", "-strategies", "rangemgr"}, {"model"}, {"convert"},
	} {
		want := "two.json: 2 regions make as many traces: -device picks one (0x1, 0x2), convert -o OUT.trace writes all\n"
		if code, stdout, stderr := vramlab(append(args, file)...); code != exitFailed || stdout != "" || !strings.HasSuffix(stderr, want) {
			t.Errorf("%q: exit code %d, %s%s; want %s", args, code, stdout, stderr, want)
		}
		picked := append(args[:1:1], append([]string{"-device", "0x2"}, append(args[1:], file)...)...)
		if code, stdout, stderr := vramlab(picked...); code != exitOK || stdout == "" || strings.Contains(stderr, "(0x1)") {
			t.Errorf("%q: exit code %d, %s%s", picked, code, stdout, stderr)
		}
		picked[2] = "0x3"
		if code, _, stderr := vramlab(picked...); code != exitFailed || !strings.Contains(stderr, `nothing happens on the device "0x3" (have: "0x1", "0x2")`) {
			t.Errorf("%q: exit code %d, %s", picked, code, stderr)
		}
	}
	if code, _, stderr := vramlab("inspect", "-device", "0x1", golden); code != exitFailed || !strings.Contains(stderr, "-device picks a region of a capture, and the file is none") {
		t.Errorf("a trace: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := vramlab("run", "-quick", "-count", "1", "-skip", "all", "-cpu", "", "-o", out, "-device", "0x2", "-trace", file); code != exitOK {
		t.Errorf("run: exit code %d, %s", code, stderr)
	}
	if b, err := os.ReadFile(filepath.Join(out, "run.bench")); err != nil || !strings.Contains(string(b), "workload=two.json_0x2") || strings.Contains(string(b), "two.json_0x1") {
		t.Errorf("run.bench: %v, %.300s", err, b)
	}
}

// TestStateBesideOthers runs the regions in which something happens.
func TestStateBesideOthers(t *testing.T) {
	state := "Next region of size 4096\nInUse at 1000 of size 4096 next 1\n"
	failed := "Allocator (GPU_1) ran out of memory trying to allocate 4.0KiB (rounded to 4096)\nBFCAllocator dump for GPU_1\n" + state
	for _, c := range []struct {
		text, want string
		n          int
	}{{"BFCAllocator dump for GPU_0\n" + state + failed, "(GPU_0): holds a state and no operations: it is left out\n", 1}, {state, "", 0}} {
		var out, said strings.Builder
		list, err := newEnvironment(all.List(), []string{"vramlab"}, &out, &said).workloadsOf(write(t, "two.log", c.text), 100)
		if len(list) != c.n || (err == nil) != (c.n > 0) || !strings.HasSuffix(said.String(), c.want) {
			t.Errorf("%d workloads, %v, %s; want %d, %s", len(list), err, said.String(), c.n, c.want)
		}
	}
}

// TestOutOfMemory runs a recording that ends with a request that failed, without it.
func TestOutOfMemory(t *testing.T) {
	const log = "Thread,Time,Action,Pointer,Size,Stream\n1,00:00:01,allocate,0x1000,256,0\n1,00:00:02,allocate failure,(nil),1024,0\n"
	for _, c := range []struct {
		text, want string
		ops        int
	}{
		{log, "two.csv: 1 request left out that asked for more than was free, and failed when it was recorded\n", 1},
		{strings.Replace(log, "\n1,00:00:01,allocate,0x1000,256,0", "", 1), "", 2}, // it is all there is
	} {
		var out, said strings.Builder
		list, err := newEnvironment(all.List(), []string{"vramlab"}, &out, &said).workloadsOf(write(t, "two.csv", c.text), 100)
		if err != nil || len(list) != 1 || len(list[0].Ops(0, 0)) != c.ops || !strings.HasSuffix(said.String(), c.want) {
			t.Errorf("%v, %v, %s; want %d operations, %s", list, err, said.String(), c.ops, c.want)
		}
	}
}

// TestOverwrite has files that are there already: no command touches them.
func TestOverwrite(t *testing.T) {
	file := write(t, "small.rep", rep)
	two := write(t, "two.txt", strings.Repeat("BFCAllocator dump for x\nInUse at 100 of size 256 next 1\n", 2))
	dir := t.TempDir()
	for _, name := range []string{"a.trace", "b.2.trace", "a.svg"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"convert", "-o", in("a.trace"), file},
		{"convert", "-o", in("b.trace"), two}, // also not the first of the two
		{"model", "-o", in("a.trace"), file},
		{"inspect", "-plot", in("a.svg"), file},
		{"generate", "-n", "10", "-o", in("a.trace"), "gfx"},
	} {
		if code, _, stderr := vramlab(args...); code != exitFailed || !strings.Contains(stderr, " is there already: remove it, or choose another name\n") {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
	code, _, stderr := vramlab("convert", "-to", "perfetto", file)
	wantCode(t, "a trace for Perfetto of a file", exitUsage, code, stderr, "-to perfetto needs a run directory, and "+file+" is a file")
	if code, _, stderr := vramlab("convert", "-o", dir, file); code != exitFailed || !strings.Contains(stderr, " is a directory: choose the name of a file\n") {
		t.Errorf("a directory: exit code %d, %s", code, stderr)
	}
	null := filepath.Join(t.TempDir(), "null") // so that a fault of this cannot replace the device
	if os.Symlink(os.DevNull, null) == nil {
		code, _, stderr := vramlab("convert", "-o", null, file)
		if to, err := os.Readlink(null); code != exitOK || to != os.DevNull {
			t.Errorf("a device: exit code %d, %s; then it is %q, %v", code, stderr, to, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("got %v, %v", left, err)
	}
	for _, f := range left {
		if b, err := os.ReadFile(in(f.Name())); string(b) != "mine" {
			t.Errorf("%s: %q, %v", f.Name(), b, err)
		}
	}
}

// TestCreateFile has a file that cannot be written whole: nothing is left of it.
func TestCreateFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.trace.gz")
	full := &os.PathError{Op: "write", Path: filepath.Join(dir, ".new-1"), Err: errors.New("no space")}
	env := &environment{exit: func(int) {}, stderr: io.Discard}
	for name, write := range map[string]func(w io.Writer) error{
		"an error":     func(w io.Writer) error { return full },
		"an interrupt": func(w io.Writer) error { env.end("test", errInterrupted); return dirEmpty(dir) },
	} {
		if err := env.createFile(path, write); err == nil || err.Error() != "write "+path+": no space" && err != errNothing {
			t.Errorf("%s: got error %v", name, err)
		}
		if err := dirEmpty(dir); err != errNothing {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errNothing = errors.New("nothing is there")

// dirEmpty is errNothing if dir is empty.
func dirEmpty(dir string) error {
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		return fmt.Errorf("%v, %v", left, err)
	}
	return errNothing
}

func TestNumberedFile(t *testing.T) {
	for _, c := range [][2]string{{"a.trace", "a.2.trace"}, {"a.trace.gz", "a.2.trace.gz"}, {"d.x/a", "d.x/a.2"}, {"a.zst", "a.2.zst"}} {
		if got := numberedFile(c[0], 2); got != c[1] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[1])
		}
	}
}

// TestModel fits a trace, and runs the fitted workload beside it.
func TestModel(t *testing.T) {
	file := write(t, "small.rep", rep)
	out := filepath.Join(t.TempDir(), "small.model")
	if code, stdout, stderr := vramlab("model", "-o", out, file); code != exitOK || stdout != "" {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	b, err := os.ReadFile(out)
	if want := "vramlab model 1\n# small.rep\nregion 20480 page 4096\nallocations 2\nphases 1\nlive 16384\n" +
		"class 4096\nphase 1 1 0 1\nclass 12288\nphase 1 1\n"; err != nil || string(b) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, b, want)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if code, stdout, stderr := vramlab("run", "-quick", "-count", "1", "-skip", "all", "-cpu", "", "-o", dir, "-trace", file, "-workload", out); code != exitOK {
		t.Fatalf("run: exit code %d, %s%s", code, stdout, stderr)
	}
	if b, err = os.ReadFile(filepath.Join(dir, "run.bench")); err != nil || !regexp.MustCompile(`workload=small[ -]`).Match(b) || !strings.Contains(string(b), "workload=small.rep") {
		t.Errorf("run.bench: %v, %.300s", err, b)
	}
	bad := write(t, "bad.model", "vramlab model 1\nregion 4096 page 4096\n")
	if code, _, stderr := vramlab("run", "-workload", bad); code != exitFailed || !strings.Contains(stderr, "bad.model:2: the model ends without its number of allocations") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}
