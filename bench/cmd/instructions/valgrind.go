package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// valgrind is the program, and this one, which it runs.
type valgrind struct{ path, self string }

func findValgrind() (v valgrind, err error) {
	if v.path, err = exec.LookPath("valgrind"); err != nil {
		return v, errors.New("valgrind is not installed: apt-get install valgrind, or what your system has in its place")
	}
	v.self, err = os.Executable()
	return v, err
}

// count is the number of operations of a replay of the pair, and how many instructions each
// of the replays took.
func (v valgrind) count(p pair) (ops int, counts []uint64, err error) {
	dir, err := os.MkdirTemp("", "instructions")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(dir)
	dump := filepath.Join(dir, "out")
	cmd := exec.Command(v.path, append([]string{
		"--tool=callgrind", "--zero-before=" + nameOf(begin), "--dump-before=" + nameOf(end), "--callgrind-out-file=" + dump,
		v.self,
	}, p.args()...)...)
	// A signal that preempts a goroutine leaves a function by another way than valgrind expects.
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1", "GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=off")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %s", err, lastLine(said.String()))
	}
	if ops, err = strconv.Atoi(strings.TrimSpace(string(out))); err != nil {
		return 0, nil, fmt.Errorf("unexpected output: %w", err)
	}
	counts, err = readDumps(dump, p.count)
	return ops, counts, err
}

// lastLine is the last line of what a program said, of valgrind without its mark.
func lastLine(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	last := lines[len(lines)-1]
	for _, l := range lines { // what this program said stands among what valgrind says
		if strings.HasPrefix(l, "instructions:") {
			last = l
		}
	}
	return last
}

// readDumps reads the sums of the n files that valgrind wrote, one behind each replay.
func readDumps(dump string, n int) (counts []uint64, err error) {
	for i := range n {
		text, err := os.ReadFile(fmt.Sprintf("%s.%d", dump, i+1))
		if err != nil {
			return nil, fmt.Errorf("valgrind counted %d replays of %d", i, n)
		}
		sum, err := sumOf(text)
		if err != nil {
			return nil, err
		}
		counts = append(counts, sum)
	}
	return counts, nil
}

// sumOf is the sum in a file of callgrind.
func sumOf(dump []byte) (uint64, error) {
	for line := range strings.Lines(string(dump)) {
		if sum, ok := strings.CutPrefix(line, "summary: "); ok {
			n, err := strconv.ParseUint(strings.TrimSpace(sum), 10, 64)
			if err == nil && n > 0 {
				return n, nil
			}
		}
	}
	return 0, errors.New("valgrind counted nothing")
}
