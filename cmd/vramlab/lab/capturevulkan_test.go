package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCaptureVulkan records a program that allocates memory through the layer, on whatever
// driver there is (CI has Mesa's lavapipe, which needs no GPU).
func TestCaptureVulkan(t *testing.T) {
	if _, err := os.Stat("/usr/include/vulkan/vk_layer.h"); err != nil {
		t.Skip("no headers of Vulkan")
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler")
	}
	dir := t.TempDir()
	program, out := filepath.Join(dir, "program"), filepath.Join(dir, "out.csv")
	if said, err := exec.Command(cc, "-Wall", "-Werror", "-o", program, "testdata/vulkan.c", "-lvulkan").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if said, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Skipf("no Vulkan device: %v, %s", err, said)
	}
	said, err := script(t, os.Environ(), "vulkan", out, program)
	if err != nil || !strings.Contains(said, "made "+out) || strings.Contains(said, "warning:") {
		t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	// What the program did, with the handles left out.
	var events []string
	line := regexp.MustCompile(`(?m)^[0-9.]+,0,(alloc|free|buffer|bind|destroy),.*$`)
	size := regexp.MustCompile(`,size=(\d+)`)
	for _, m := range line.FindAllStringSubmatch(string(text), -1) {
		e := m[1]
		if s := size.FindStringSubmatch(m[0]); s != nil {
			e += " " + s[1]
		}
		events = append(events, e)
	}
	want := "alloc 65536, alloc 131072, alloc 262144, alloc 524288, buffer 100000, alloc 100000, bind, free, destroy, free, free, free, free"
	got := regexp.MustCompile(`alloc 1\d{5}, bind`).ReplaceAllString(strings.Join(events, ", "), "alloc 100000, bind") // a driver may need more
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if said, err := script(t, os.Environ(), "vulkan", out, program); err == nil || !strings.Contains(said, "is there already") {
		t.Errorf("%v, %s", err, said)
	}
}
