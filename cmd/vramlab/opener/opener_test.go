package opener

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// TestCommand: the page is one argument, whatever is in it, and nothing else sees it.
func TestCommand(t *testing.T) {
	const page = "http://127.0.0.1:8080/run/a%20b;&$(x)/"
	for system, want := range map[string][]string{
		"linux":   {"xdg-open", page},
		"freebsd": {"xdg-open", page},
		"darwin":  {"open", page},
		"windows": {"rundll32", "url.dll,FileProtocolHandler", page},
	} {
		if got := command(system, page).Args; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", system, got, want)
		}
	}
}

// TestTarget: a file has its whole path, so that its name is neither a flag nor an address.
func TestTarget(t *testing.T) {
	for _, name := range []string{"-report.html", "javascript:alert(1)", "run-1/report.html"} {
		if got, err := target(name); err != nil || !filepath.IsAbs(got) || filepath.Base(got) != filepath.Base(name) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if _, err := target(""); err == nil {
		t.Error("nothing was opened without an error")
	}
}

// TestOpen runs a program of the name that the system has, and does not wait for it.
func TestOpen(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the program is a script of a shell")
	}
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	t.Setenv("PATH", dir)
	if err := Open("http://127.0.0.1:1/"); err == nil {
		t.Error("no error without a program")
	}
	script := "#!/bin/sh\nprintf '%s' \"$1\" >" + said + ".new && /bin/mv " + said + ".new " + said + "\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Open("http://127.0.0.1:1/$(touch x)"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if got, err := os.ReadFile(said); err == nil {
			if string(got) != "http://127.0.0.1:1/$(touch x)" {
				t.Errorf("it was given %q", got)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the program was not run")
		}
	}
}
