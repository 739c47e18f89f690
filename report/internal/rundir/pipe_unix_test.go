//go:build unix

package rundir

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
)

// A pipe without a writer does not hang the reader.
func TestPipe(t *testing.T) {
	dir := fixture.Plain().Write(t)
	fixture.Must(t, syscall.Mkfifo(filepath.Join(dir, "placements", "x.trace.gz"), 0o666))
	for _, name := range []string{"aa.bench", "curves.bench"} {
		fixture.Must(t, os.Remove(filepath.Join(dir, name)))
		fixture.Must(t, syscall.Mkfifo(filepath.Join(dir, name), 0o666))
		warned(t, dir, name+": is a pipe, not a regular file")
	}
	warned(t, dir, "placements/x.trace.gz: is a pipe, not a regular file")
	fixture.Must(t, os.Remove(filepath.Join(dir, "run.bench")))
	fixture.Must(t, syscall.Mkfifo(filepath.Join(dir, "run.bench"), 0o666))
	if _, err := Read(dir); err == nil {
		t.Error("run.bench is a pipe, and there is no error")
	}
}
