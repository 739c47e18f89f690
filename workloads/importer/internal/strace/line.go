package strace

import (
	"bytes"

	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// parts are those of a line.
type parts struct {
	pid  uint32 // 0: none
	time []byte // empty: none
	rest []byte // "CALL(...", "<... CALL resumed>...", "+++ ..." or "--- ..."
}

// maxPid is the largest number of a task.
const maxPid = 1 << 22

// parsePrefix takes what stands before the call off a line: [PID] [TIME] and, of other
// options, a relative time in parentheses, the number of the call and an address in
// brackets. It reports whether a call, a signal or the end of a task follows.
func parsePrefix(line []byte) (parts, bool) {
	var l parts
	rest := bytes.TrimLeft(line, " ")
	if after, ok := bytes.CutPrefix(rest, []byte("[pid ")); ok {
		digits, after, _ := bytes.Cut(after, []byte{']'})
		if l.pid, ok = pid(bytes.TrimSpace(digits)); !ok {
			return l, false
		}
		rest = bytes.TrimLeft(after, " ")
	} else if word, after, _ := bytes.Cut(rest, []byte{' '}); !bytes.ContainsAny(word, ".:") {
		if l.pid, ok = pid(word); ok {
			rest = bytes.TrimLeft(after, " ")
		}
	}
	if word, after, _ := bytes.Cut(rest, []byte{' '}); len(word) > 0 && word[0] >= '0' && word[0] <= '9' {
		l.time = word
		rest = bytes.TrimLeft(after, " ")
	}
	for len(rest) > 0 && (rest[0] == '[' || bytes.HasPrefix(rest, []byte("(+"))) {
		_, after, ok := bytes.Cut(rest, []byte{map[byte]byte{'[': ']', '(': ')'}[rest[0]]})
		if !ok {
			return l, false
		}
		rest = bytes.TrimLeft(after, " ")
	}
	l.rest = rest
	for _, begin := range []string{"+++ ", "--- ", "<... "} {
		if bytes.HasPrefix(rest, []byte(begin)) {
			return l, true
		}
	}
	i := bytes.IndexByte(rest, '(')
	return l, i > 0 && isName(rest[:i])
}

// pid reads the number of a task.
func pid(b []byte) (uint32, bool) {
	n, ok := field.Number(b)
	return uint32(n), ok && n > 0 && n <= maxPid
}

// isName reports whether b is the name of a call, or the ??? of one that strace missed.
func isName(b []byte) bool {
	for _, c := range b {
		if !(c == '_' || c == '?' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// clock makes nanoseconds of the times of a file: those of -ttt are seconds, those of -t
// and -tt the time of a day, and those of -r, of which the first is 0, the time since the
// line before.
type clock struct {
	day             field.DayClock
	begun, relative bool
	last            int64 // of a relative one
}

// read returns field.Never for an empty time.
func (c *clock) read(b []byte) (ns int64, ok bool) {
	if len(b) == 0 {
		return field.Never, true
	}
	if bytes.IndexByte(b, ':') >= 0 {
		return c.day.Read(b)
	}
	if ns, ok = field.Seconds(b); !ok {
		return 0, false
	}
	const year = 365 * 24 * 3600 * 1e9
	if !c.begun {
		c.begun, c.relative = true, ns < year
	}
	if c.relative {
		c.last = min(c.last+ns, 1<<62)
		return c.last, true
	}
	return ns, true
}
