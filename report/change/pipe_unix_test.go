//go:build unix

package change_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/change"
)

// A pipe without a writer does not hang the reader: neither as results nor as a journal.
func TestPipe(t *testing.T) {
	for _, name := range []string{string(schema.Results), schema.Journal} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, string(schema.Results)), []byte("BenchmarkX 1 2 ns/op\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		os.Remove(filepath.Join(dir, name))
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
		side, err := change.Read(dir)
		if name == string(schema.Results) && err == nil {
			t.Error("results are a pipe, and there is no error")
		} else if name == schema.Journal && (err != nil || side.Stopped == "") {
			t.Errorf("a journal that is a pipe is not told, or spoils the results: %v", err)
		}
	}
}
