package all_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestGrowth finds work that no counter of an allocator sees, such as a walk over the
// free blocks in every Free. It has the compiler count: the strategies are built with the
// counters of a coverage profile, and an operation may execute at most twice as many
// statements with 16 times as much live and free. A tree takes a third more then, and a
// walk, which is planted in a copy of each, sixteen times. What the standard library does
// by itself is not counted, such as to move the rest of a slice.
func TestGrowth(t *testing.T) {
	if race {
		t.Skip("what is executed is the same without the race detector")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	const few, many, turns, most = 1 << 10, 1 << 14, 1_000, 2
	dir := t.TempDir()
	program := filepath.Join(dir, "statements.exe")
	output(t, "go", "build", "-cover", "-covermode=atomic", "-coverpkg=../...", "-o", program, "./internal/statements")
	output(t, program, dir, strconv.Itoa(turns), strconv.Itoa(few), strconv.Itoa(many))
	states, err := filepath.Glob(filepath.Join(dir, fmt.Sprint("*-", few)))
	if err != nil || len(states) < 2*len(listed()) {
		t.Fatalf("%d states, %v", len(states), err)
	}
	covdata := output(t, "go", "tool", "-n", "covdata")
	for _, state := range states {
		turns := turns
		name := strings.TrimSuffix(filepath.Base(state), fmt.Sprint("-", few))
		small := statements(t, covdata, state)
		walks := strings.HasPrefix(name, "walking_")
		if walks {
			turns /= 10
		}
		growth := float64(statements(t, covdata, filepath.Join(dir, fmt.Sprint(name, "-", many)))) / float64(small)
		t.Logf("%-22s %5.0f statements a page freed and taken with %d live, %.2f times as many with %d", name, float64(small)/float64(turns), few, growth, many)
		switch {
		case small < 10*uint64(turns):
			t.Errorf("%s: %d statements in %d turns: they are not counted", name, small, turns)
		case growth > most && !walks:
			t.Errorf("%s: an operation executes %.2f times as many statements with 16 times as much live and free, want at most %d", name, growth, most)
		case growth <= most && walks:
			t.Errorf("%s: a walk in every Free executes %.2f times as many statements with 16 times as much live and free, which is not found", name, growth)
		}
	}
}

// race says that the race detector is in the program.
var race bool

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// statements is how many statements were executed by the counts in a directory. A line of
// a profile is a place, the number of statements there, and how often it was executed.
func statements(t *testing.T, covdata, dir string) (sum uint64) {
	profile := filepath.Join(dir, "profile")
	output(t, covdata, "textfmt", "-i="+dir, "-o="+profile)
	f, err := os.Open(profile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var place string
		var n, times uint64
		if _, err := fmt.Sscan(lines.Text(), &place, &n, &times); err == nil {
			sum += n * times
		}
	}
	return sum
}
