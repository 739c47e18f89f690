package lab

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// TestServe: the address stands on standard output and answers there; an interrupt ends the
// server with the code that it has elsewhere.
func TestServe(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no browser
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, out := io.Pipe()
	var errs bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, all.List(), []string{"vramlab", "serve", "-open", "-addr", "127.0.0.1:0", dir}, out, &errs)
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	at := strings.TrimSpace(line[strings.Index(line, "http://"):])
	if !strings.HasPrefix(line, "serving "+dir+" at http://127.0.0.1:") {
		t.Errorf("it says %q", line)
	}
	resp, err := http.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "No runs") {
		t.Errorf("%v, %v: %.200s", resp.Status, err, body)
	}
	cancel()
	ended := <-code
	note, last, _ := strings.Cut(errs.String(), "\n")
	wantCode(t, "interrupted", exitInterrupted, ended, last, "vramlab serve: interrupted")
	if !strings.HasPrefix(note, "note: no browser was opened: ") {
		t.Errorf("nothing says that there is no browser: %q", note)
	}
	if _, err := http.Get(at); err == nil {
		t.Error("it still answers")
	}
}

// TestReportOpen: the report is written and shown; that there is no browser is no error.
func TestReportOpen(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "run.bench"), []byte("# vramlab run 1\nBenchmarkAllocFree/strategy=buddy/workload=gfx-2 100 50 ns/op\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := vramlab("report", "-open", dir)
	if code != exitOK || !strings.Contains(stderr, "note: no browser was opened: ") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "report.html")); err != nil {
		t.Error(err)
	}
}

// TestServeUsage: what is refused, and that other machines reach it only if that was said.
func TestServeUsage(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		args []string
		want string
	}{
		{exitUsage, []string{"a", "b"}, "one directory is served, got 2"},
		{exitUsage, []string{"-addr", ":0"}, "-addr :0: other machines can reach that; -public says that they may"},
		{exitUsage, []string{"-addr", "0.0.0.0:0"}, "-public"},
		{exitUsage, []string{"-addr", "8080"}, "it is HOST:PORT"},
		{exitFailed, []string{"-addr", taken.Addr().String()}, "address already in use"},
		{exitFailed, []string{"/no/such/directory"}, "/no/such/directory"},
		{exitFailed, []string{file}, "file"},
	} {
		code, out, errs := vramlab(append([]string{"serve"}, c.args...)...)
		wantCode(t, strings.Join(c.args, " "), c.code, code, errs, c.want)
		if out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: %q and %q", c.args, out, errs)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, all.List(), []string{"vramlab", "serve", "-public", "-addr", "0.0.0.0:0", t.TempDir()}, &out, &errs)
	warning, last, _ := strings.Cut(errs.String(), "\n")
	wantCode(t, "-public", exitInterrupted, code, last, "vramlab serve: interrupted")
	if !strings.HasPrefix(warning, "warning: whoever reaches 0.0.0.0:0 can read all runs") {
		t.Errorf("no warning: %q", warning)
	}
	if !strings.Contains(out.String(), "http://127.0.0.1:") {
		t.Errorf("no address for this machine: %q", out.String())
	}
}
