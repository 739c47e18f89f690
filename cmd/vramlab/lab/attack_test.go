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

// TestAttack finds a trace, goes on with the search, and replays what it found.
func TestAttack(t *testing.T) {
	t.Chdir(t.TempDir())
	attack := func(ctx context.Context, args ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = run(ctx, all.List(), append([]string{"vramlab", "attack", "-strategy", "radix", "-live", "256KiB", "-largest", "32KiB"}, args...), &out, &errs)
		return code, out.String(), errs.String()
	}
	ctx := context.Background()
	code, whole, stderr := attack(ctx, "-evaluations", "60", "-o", "whole")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{"worst     a region of ", "claim     radix refuses ", "(Robson 1974)", "vramlab replay -strategy radix whole/radix_region.trace.gz\n", "vramlab explain -op "} {
		if !strings.Contains(whole, want) {
			t.Errorf("no %q in\n%s", want, whole)
		}
	}
	attack(ctx, "-evaluations", "25", "-o", "part")
	code, part, stderr := attack(ctx, "-evaluations", "60", "-o", "part", "-resume")
	if code != exitOK || strings.ReplaceAll(part, "part/", "whole/") != whole {
		t.Errorf("resumed, exit code %d: %s%s\nwant\n%s", code, stderr, part, whole)
	}
	for _, name := range []string{"search.json", "radix_region.trace.gz"} {
		a, err := os.ReadFile(filepath.Join("whole", name))
		b, _ := os.ReadFile(filepath.Join("part", name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s of the search that was resumed differs (%v)", name, err)
		}
	}
	lines := strings.Split(strings.TrimSpace(whole), "\n")
	for _, command := range lines[len(lines)-2:] {
		var out, errs bytes.Buffer
		if code := run(ctx, all.List(), strings.Fields(command), &out, &errs); code != exitOK || !strings.Contains(out.String(), "ENOSPC") {
			t.Errorf("%s: exit code %d, %s%s", command, code, errs.String(), out.String())
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if code, _, stderr := attack(stopped); code != exitInterrupted || exists("attack-radix-region") {
		t.Errorf("interrupted before the first program: exit code %d, %s", code, stderr)
	}
	// A disk that takes nothing ends the search; here a directory is in the way.
	if err := os.MkdirAll("full/search.json.tmp/x", 0o777); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := attack(ctx, "-o", "full", "-evaluations", "1000000000"); code != exitFailed || !strings.HasSuffix(stderr, "search.json.tmp: is a directory\n") {
		t.Errorf("a disk that takes nothing: exit code %d, %s", code, stderr)
	}
	state, err := os.ReadFile("part/search.json")
	if err == nil {
		state = regexp.MustCompile(`"region": \d+`).ReplaceAll(state, []byte(`"region": 4096`))
		err = os.WriteFile("part/search.json", state, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := attack(ctx, "-o", "part", "-resume", "-evaluations", "60"); code != exitFailed || stderr != "vramlab attack: part/search.json: its best program does nothing in a region of 4,096 bytes: it is damaged\n" {
		t.Errorf("a search with other regions: exit code %d, %s", code, stderr)
	}
	code, nothing, stderr := attack(ctx, "-strategy", "buddy_lifo", "-objective", "visits", "-evaluations", "3", "-o", "nothing")
	for _, want := range []string{"nothing was found: by no program do visits grow from each of ", "searched  3 programs: 3 constructions", "seen      ", " -o nothing -evaluations 12 -resume\n"} {
		if code != exitOK || !strings.Contains(nothing, want) {
			t.Errorf("exit code %d: %s, no %q in\n%s", code, stderr, want, nothing)
		}
	}
	lines = strings.Split(strings.TrimSpace(nothing), "\n")
	var out, errs bytes.Buffer
	if code := run(ctx, all.List(), strings.Fields(lines[len(lines)-1]), &out, &errs); code != exitOK {
		t.Errorf("%s: exit code %d, %s", lines[len(lines)-1], code, errs.String())
	}
	for want, args := range map[string][]string{
		"is there already":     {"-o", "whole"},
		"it is another search": {"-o", "whole", "-resume", "-seed", "9"},
		"unknown objective":    {"-objective", "fame"},
		"a live limit of":      {"-live", "17KiB"},
		"a largest request":    {"-largest", "1GiB"},
		"at least one":         {"-evaluations", "0"},
		"no such file":         {"-o", "nowhere", "-resume"},
		"no arguments":         {"radix"},
		"not a directory":      {"-o", "whole/search.json/x", "-evaluations", "1000000000"},
	} {
		if code, _, stderr := attack(ctx, args...); code == exitOK || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q, want %q", args, code, stderr, want)
		}
	}
}
