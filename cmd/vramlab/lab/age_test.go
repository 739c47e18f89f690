package lab

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// aged runs the command age, and its output has single spaces.
func aged(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), all.List(), append([]string{"vramlab", "age"}, args...), &out, &errs)
	return code, regexp.MustCompile(" +").ReplaceAllString(out.String(), " "), errs.String()
}

func TestAge(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, errs := aged("-strategies", "radix,buddy", "-fill", "95,50", "-seeds", "6", "-seed", "2", "-ops", "2k", "-at", "0", "-o", "kept")
	for _, want := range []string{
		"Seeds 2 to 7; up to 2,000 operations count", "strategy 95 % 50 %", "buddy >2,000 >2,000", "forks of seed 2",
	} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %sno %q in\n%s", code, errs, want, out)
		}
	}
	files, err := filepath.Glob("kept/aged*.trace.gz")
	if err != nil || len(files) != 24 {
		t.Errorf("%d files, error %v", len(files), err)
	}
	if code, _, errs := aged("-fill", "95", "-strategies", "radix", "-seed", "2", "-ops", "10", "-o", "kept"); code != exitFailed || !strings.Contains(errs, "is there already") {
		t.Errorf("over old placements: exit code %d, %s", code, errs)
	}
	os.WriteFile("hole.trace", []byte(hole), 0o666)
	if code, out, errs := aged("-workload", "hole.trace", "-fill", "99"); code != exitOK || !strings.Contains(out, "in regions of 2 MiB that its peak fills") || !strings.Contains(out, "Seed 1;") || !strings.Contains(out, "\nbuddy 1\n") {
		t.Errorf("of a trace: exit code %d, %s%s", code, errs, out)
	}
}

func TestAgeErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	os.WriteFile("state.trace", []byte(strings.Replace(hole, "a 0 4096", "l 7 65536+4096\na 0 4096", 1)), 0o666)
	os.WriteFile("file", nil, 0o666)
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"-fill 0", exitUsage, "not a whole number from 1 to 99"},
		{"-fill 90,90", exitUsage, "90 is named twice"},
		{"-fill 90,", exitUsage, "not a whole number"},
		{"-seeds 10001", exitUsage, "from 1 to 10000"},
		{"-ops 2G", exitUsage, "at most 1073741824"},
		{"-at -1", exitUsage, "not a whole number"},
		{"trace", exitUsage, "takes flags only"},
		{"-strategies nobody", exitUsage, "no strategy \"nobody\""},
		{"-workload nowhere.trace", exitFailed, "nowhere.trace"},
		{"-workload state.trace", exitFailed, "begins in a given state"},
		{"-o file", exitFailed, "file"},
	} {
		if code, _, errs := aged(strings.Fields(tt.args)...); code != tt.code || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("age %s: exit code %d, %s", tt.args, code, errs)
		}
	}
}
