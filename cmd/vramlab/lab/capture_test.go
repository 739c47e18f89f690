package lab

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scripts are those that a user runs to record, relative to this package.
const captureScripts = "../../../scripts/capture/"

// tracefs makes a directory that looks like the kernel's tracing to a script, and a mkdir
// and rmdir that make and remove an instance in it as the kernel does. The instance has
// the given events, and says the given text.
func tracefs(t *testing.T, said string, events ...string) (root string, env []string) {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	root = t.TempDir()
	put := func(name, text string, mode os.FileMode) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	put("fs/trace", "", 0o666)
	put("fs/kprobe_events", "", 0o666)
	put("fs/instances/README", "", 0o666)
	put("template/trace_pipe", said, 0o666)
	put("template/buffer_size_kb", "", 0o666)
	put("template/per_cpu/cpu0/stats", "entries: 3\noverrun: 2\ndropped events: 1\n", 0o666)
	for _, e := range events {
		put("template/events/"+e+"/enable", "0\n", 0o666)
	}
	put("bin/mkdir", "#!/bin/sh\nexec cp -r "+root+"/template \"$1\"\n", 0o777)
	put("bin/rmdir", "#!/bin/sh\ncp -r \"$1\" "+root+"/seen && exec rm -r \"$1\"\n", 0o777)
	put("kallsyms", "ffffffff8131ef44 t drm_buddy_alloc_blocks\t[drm_buddy]\n", 0o666)
	return root, append(os.Environ(), "TRACEFS="+root+"/fs", "PATH="+root+"/bin:"+os.Getenv("PATH"),
		"KALLSYMS="+root+"/kallsyms", "MACHINE=x86_64", "DRAIN=0.2")
}

// script runs a script, and returns what it says.
func script(t *testing.T, env []string, name string, args ...string) (said string, err error) {
	t.Helper()
	cmd := exec.Command(captureScripts+name, args...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func unzipped(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const buddyCapture = ` game-7 [000] .....     1.468261: vram_alloc: (drm_buddy_alloc_blocks+0x4/0x460) mm=0xff01 start=0x0 end=0x100000 size=0x3000 min=0x1000 list=0xff02 flags=0x4
 game-7 [000] .....     1.468300: vram_ret: (caller+0xb9/0x310 <- drm_buddy_alloc_blocks) ret=0
 game-7 [000] .....     1.469450: vram_free: (drm_buddy_free_list+0x4/0x20) mm=0xff01 list=0xff02
`

// TestCaptureBuddy puts the probes in place, records, and leaves nothing behind.
func TestCaptureBuddy(t *testing.T) {
	root, env := tracefs(t, buddyCapture, "vramlab")
	out := filepath.Join(root, "out.txt.gz")
	said, err := script(t, env, "buddy", out, "true")
	if err != nil || !strings.Contains(said, "3 events were lost") || !strings.Contains(said, "made "+out) {
		t.Errorf("%v, %s", err, said)
	}
	if got := unzipped(t, out); got != buddyCapture {
		t.Errorf("recorded %q", got)
	}
	probes, _ := os.ReadFile(root + "/fs/kprobe_events")
	want := `p:vramlab/vram_alloc drm_buddy_alloc_blocks mm=%di:x64 start=%si:x64 end=%dx:x64 size=%cx:x64 min=%r8:x64 list=%r9:x64 flags=$stack1:x64
r:vramlab/vram_ret drm_buddy_alloc_blocks ret=$retval:s32
p:vramlab/vram_free drm_buddy_free_list mm=%di:x64 list=%si:x64
-:vramlab/vram_alloc
-:vramlab/vram_ret
-:vramlab/vram_free
`
	if string(probes) != want {
		t.Errorf("probes\n%s\nwant\n%s", probes, want)
	}
	if on, _ := os.ReadFile(root + "/seen/events/vramlab/enable"); string(on) != "0\n" {
		t.Errorf("the events were left at %q", on)
	}
	if left, _ := filepath.Glob(root + "/fs/instances/vramlab*"); left != nil {
		t.Errorf("left behind: %v", left)
	}
	os.WriteFile(root+"/kallsyms", nil, 0o666)
	if said, err := script(t, env, "buddy", out, "true"); err == nil || !strings.Contains(said, "buddy: no buddy in this kernel") {
		t.Errorf("%v, %s", err, said)
	}
}

func TestCaptureTracepoints(t *testing.T) {
	root, env := tracefs(t, "x\n", "i915/i915_vma_bind", "kmem/mm_page_alloc")
	out := filepath.Join(root, "out.txt.gz")
	if said, err := script(t, env, "tracepoints", "i915", out, "true"); err != nil || unzipped(t, out) != "x\n" {
		t.Errorf("%v, %s", err, said)
	}
	for _, c := range [][]string{
		{"out.txt.gz is there already", "i915", out, "true"},
		{"this kernel has no events of amdgpu", "amdgpu", out + "2", "true"},
		{"no/such/out cannot be made", "i915", root + "/no/such/out", "true"},
		{"no source vulkan (have: i915, amdgpu, pages)", "vulkan", out},
		{"OUT is missing", "i915"},
	} {
		if said, err := script(t, env, "tracepoints", c[1:]...); err == nil || !strings.Contains(said, c[0]) {
			t.Errorf("%v: %v, %s", c[1:], err, said)
		}
	}
	for _, name := range []string{"buddy", "tracepoints"} {
		if said, err := script(t, env, name, "--help"); err != nil || !strings.Contains(said, "Misses") {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}
