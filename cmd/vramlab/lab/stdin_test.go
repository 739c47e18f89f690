package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vramlab/vramlab/strategies/all"
)

// piping is vramlab with a standard input that gives a byte at a time, and nothing twice;
// with workers if isolate is true.
func piping(input []byte, isolate bool, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	args = append([]string{"/bin/vramlab"}, args...)
	env := newEnvironment(append(all.List(), twice), args, &out, &errs)
	env.stdin = iotest.OneByteReader(bytes.NewReader(input))
	if isolate {
		env.restart, env.memory = args, 1<<30
	}
	code = env.serve(context.Background())
	return code, out.String(), errs.String()
}

var seconds = regexp.MustCompile(`, in [0-9.]+ s\n`)

// Each command that reads a trace says of - what it says of the file, whether that is a
// trace, packed, or a capture of another program.
func TestStandardInput(t *testing.T) {
	placed, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(placed)
	z.Close()
	for name, input := range map[string][]byte{"trace": placed, "packed trace": packed.Bytes(), "capture": []byte(rep)} {
		file := write(t, "stdin", string(input)) // so that its workload has the same name
		for _, line := range []string{
			"inspect FILE",
			"replay -strategy buddy_6.11 FILE",
			"replay -strategy buddy_6.11 -check FILE",
			"replay -strategy buddy_6.11 -against rangemgr FILE",
			"fit-region -strategies buddy FILE",
			"fewest -strategies buddy FILE",
			"model FILE",
			"convert FILE",
		} {
			if strings.HasPrefix(line, "convert") && name != "capture" {
				continue // no capture
			}
			code, want, wantErr := vramlab(strings.Fields(strings.ReplaceAll(line, "FILE", file))...)
			gotCode, got, gotErr := piping(input, false, strings.Fields(strings.ReplaceAll(line, "FILE", "-"))...)
			// Where a request stood is looked up in the file; of what is gone there is only its number.
			told := strings.NewReplacer(file, standardInput, "line 73:", "operation 44:").Replace
			got, want = seconds.ReplaceAllString(got, ""), seconds.ReplaceAllString(want, "")
			if code != exitOK || gotCode != code || got != told(want) || gotErr != told(wantErr) {
				t.Errorf("%s: %s: exit code %d of -, %d of the file:\n%s%s\nwant:\n%s%s", name, line, gotCode, code, got, gotErr, want, wantErr)
			}
		}
		dir := filepath.Join(t.TempDir(), "run")
		code, stdout, stderr := piping(input, false, "run", "-quick", "-count", "1", "-strategies", "buddy,rangemgr", "-trace", "-", "-cpu", "", "-o", dir)
		if _, err := os.Stat(filepath.Join(dir, "placements", "buddy_stdin.trace.gz")); code != exitOK || !strings.Contains(stdout, "on 1 workload") {
			t.Errorf("%s: run: exit code %d, %s%s (%v)", name, code, stdout, stderr, err)
		}
	}
}

func TestStandardInputErrors(t *testing.T) {
	const good = "vramlab trace 1\nregion 8192 page 4096\na 1 4096\n"
	for _, tt := range []struct {
		code        int
		want, input string
		args        string
	}{
		{exitFailed, standardInput + ":2: ", "vramlab trace 1\nnonsense\n", "inspect -"},
		{exitFailed, standardInput + `:5: "a 0 -16"`, "100\n3\n5\n1\na 0 -16\n", "inspect -"},
		{exitFailed, standardInput + ":1: ", "", "replay -strategy buddy -"},
		{exitFailed, standardInput + ":1: the file is a trace already", "vramlab trace 1\n", "convert -"},
		{exitUsage, "standard input is named twice", good, "run -trace - -"},
		{exitUsage, "standard input is named twice", good, "run -trace - -trace /dev/stdin"},
	} {
		code, _, stderr := piping([]byte(tt.input), false, strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q, want %d and one line with %q", tt.args, code, stderr, tt.code, tt.want)
		}
	}
}

// A run that leaves out a strategy in Go begins again in the same process, and with the
// trace that it read.
func TestStandardInputAgain(t *testing.T) {
	withoutRace(t)
	placed, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := piping(placed, false, "run", "-quick", "-count", "1", "-cpu", "", "-strategies", "buddy,twice", "-keep-going",
		"-trace", "-", "-o", filepath.Join(t.TempDir(), "run"))
	if code != exitFailed || !strings.Contains(stderr, "; twice is left out\n") || !strings.Contains(stdout, "buddy on 1 workload,") {
		t.Errorf("exit code %d, %s\n%s", code, stdout, stderr)
	}
}
