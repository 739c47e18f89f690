package reason

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Write writes explanations as JSON, a line each.
func Write(w io.Writer, list []*Explanation) error {
	e := json.NewEncoder(w)
	for _, x := range list {
		if err := e.Encode(x); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what is read from a file that others may have written.
const (
	mostLines = 1 << 16
	longest   = 4 << 20 // bytes of a line
	mostName  = 200     // bytes of a name
)

// Read reads the file at path. A line that is no explanation is left out, and warn is
// told, with file and line. The error is that of opening the file, and may be
// [io/fs.ErrNotExist].
func Read(path string, warn func(format string, args ...any)) ([]*Explanation, error) {
	// First: a pipe would have whoever opens it wait.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f, path, warn), nil
}

func read(r io.Reader, path string, warn func(format string, args ...any)) (list []*Explanation) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), longest)
	n := 0
	for s.Scan() {
		if n++; n > mostLines {
			warn("%s:%d: more than %d explanations; the rest is left out", path, n, mostLines)
			return list
		}
		if len(strings.TrimSpace(s.Text())) == 0 {
			continue
		}
		x := new(Explanation)
		if err := json.Unmarshal(s.Bytes(), x); err != nil {
			warn("%s:%d: is no explanation: %v", path, n, err)
			continue
		}
		if why := x.wrong(); why != "" {
			warn("%s:%d: is no explanation: %s", path, n, why)
			continue
		}
		list = append(list, x)
	}
	if err := s.Err(); err != nil {
		warn("%s:%d: %v", path, n+1, err)
	}
	return list
}

// wrong says what of an explanation that was read cannot be.
func (x *Explanation) wrong() string {
	switch {
	case !name(x.Workload) || !name(x.Strategy):
		return "no names of a workload and a strategy"
	case x.Op < 1 || int64(x.Op) > 1<<40:
		return fmt.Sprintf("operation %d", x.Op)
	case x.Errno != "" && x.Errno != "ENOSPC" && x.Errno != "EINVAL" && x.Errno != "E2BIG":
		return "it has no answer that a strategy gives"
	case !known(x.Kind):
		return "its kind is not known"
	case x.Segments < 0 || x.Blocks < 0 || x.NPins < len(x.Pins) || x.Alike < 0:
		return "a number is below what it counts"
	case len(x.Pins) > MostPins || len(x.Frees) > MostFrees || len(x.Lacking) > MostLacking || len(x.Answers) > mostAnswers:
		return "a list is too long"
	case x.NFrees < len(x.Frees) || x.NFrees > 0 && len(x.Frees) == 0:
		return "its frees are not there"
	case x.Place[1] < x.Place[0] || x.Place[1] > x.Managed:
		return "its place lies outside the region"
	case x.Proven != (x.NFrees > 0) || x.Cheapest && !x.Proven:
		return "it proves what it does not name"
	case x.AsOne != "" && x.AsOne != GrantedIt && x.AsOne != "ENOSPC" && x.AsOne != "EINVAL" && x.AsOne != "E2BIG":
		return "it has no answer that a strategy gives"
	}
	for _, p := range x.Pins {
		if len(p.At) > MostExtents || p.Op < 0 {
			return "an object that cannot be"
		}
		for _, at := range p.At {
			if at[0] > x.Managed || at[1] > x.Managed-at[0] {
				return "an object outside the region"
			}
		}
	}
	for _, a := range x.Answers {
		if !name(a.Strategy) || len(a.Errno) > 10 {
			return "an answer without a strategy"
		}
	}
	return ""
}

// name reports whether s can be the name of a workload or a strategy.
func name(s string) bool { return s != "" && len(s) <= mostName && utf8.ValidString(s) }

func known(k Kind) bool {
	switch k {
	case Invalid, TooBig, Outside, Beyond, TooLittle, OnePiece, OneBlock, Several, OwnRules, Untold, Scattered, Granted:
		return true
	}
	return false
}
