package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// Links that lie in the directory are not written through, and nothing is left beside
// the report.
func TestWriteThroughLinks(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	victim := filepath.Join(t.TempDir(), "victim")
	fixture.Must(t, os.WriteFile(victim, []byte("mine"), 0o666))
	fixture.Must(t, os.Symlink(victim, filepath.Join(dir, "report.html.tmp")))
	fixture.Must(t, os.Symlink(victim, filepath.Join(dir, "report.html")))
	rendered(t, dir)
	got, err := os.ReadFile(victim)
	fixture.Must(t, err)
	if string(got) != "mine" {
		t.Error("the target of a link was overwritten")
	}
	if info, err := os.Lstat(filepath.Join(dir, "report.html")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("the report is no regular file: %v, error %v", info, err)
	}
	entries, err := os.ReadDir(dir)
	fixture.Must(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") && e.Name() != "report.html.tmp" {
			t.Errorf("%s is left", e.Name())
		}
	}
}

func TestWriteOverDirectory(t *testing.T) {
	t.Parallel()
	dir := fixture.Plain().Write(t)
	fixture.Must(t, os.Mkdir(filepath.Join(dir, "report.html"), 0o777))
	if _, err := Write(dir); err == nil || !strings.Contains(err.Error(), "report.html: is a directory") {
		t.Errorf("error %v, want one that names the directory", err)
	}
}
