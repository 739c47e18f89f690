//go:build unix

package reason

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe without a writer does not hang the reader.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "explanations.jsonl")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, t.Errorf); err == nil {
		t.Error("a pipe is read")
	}
}
