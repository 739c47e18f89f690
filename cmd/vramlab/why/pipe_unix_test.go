//go:build unix

package why

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
)

// A pipe without a writer among the placements does not hang the reader.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	placements := filepath.Join(dir, schema.Placements)
	if err := os.Mkdir(placements, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(placements, "x.trace.gz"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Placements(dir); err == nil {
		t.Error("a pipe is read")
	}
}
