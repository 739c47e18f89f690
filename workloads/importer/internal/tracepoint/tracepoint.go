// Package tracepoint reads the lines of Linux traces, as ftrace, trace-cmd and perf print them.
package tracepoint

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// Event is an event of a trace. Three printers write one to a line:
//
//	COMMAND-PID [CPU] FLAGS TIME: EVENT: ARGS       the file trace of ftrace; the flags may be missing
//	COMMAND-PID [CPU] TIME: EVENT: ARGS             trace-cmd report
//	COMMAND PID [CPU] TIME: SUBSYSTEM:EVENT: ARGS   perf script
//
// A command may hold spaces, colons and hyphens, so a line is read from the CPU in both
// directions. A clock that counts no seconds (no fraction) is none.
//
// Its parts are those of the line, and valid as long as that.
type Event struct {
	Command, Pid []byte
	Group        []byte // process of the thread Pid, where it is told
	At           int64  // nanoseconds; [field.Never] without a clock
	Name, Args   []byte

	lacks string // a field that was asked for and is missing or no number
}

// Parse reads a line, and reports whether it is an event.
func (e *Event) Parse(line []byte) bool {
	for i := 0; ; i++ {
		open := bytes.IndexByte(line[i:], '[')
		if open < 0 {
			return false
		}
		i += open
		cpu, rest := field.Digits(line[i+1:])
		if len(cpu) > 0 && len(rest) > 1 && rest[0] == ']' && rest[1] == ' ' && e.task(line[:i]) && e.what(rest[1:]) {
			return true
		}
	}
}

// task reads what stands before the CPU.
func (e *Event) task(b []byte) bool {
	b = bytes.TrimRight(b, " ")
	e.Group = nil
	if inner, ok := bytes.CutSuffix(b, []byte{')'}); ok { // the process, with record-tgid
		open := bytes.LastIndexByte(inner, '(')
		if open < 0 {
			return false
		}
		e.Group = bytes.TrimSpace(inner[open+1:])
		b = bytes.TrimRight(inner[:open], " ")
	}
	b, e.Pid = lastDigits(b)
	if before, ok := bytes.CutSuffix(b, []byte{'/'}); ok { // PID/THREAD, of perf
		b, e.Group = lastDigits(before)
	}
	if len(e.Pid) == 0 || len(b) == 0 || b[len(b)-1] != '-' && b[len(b)-1] != ' ' {
		return false
	}
	e.Command = bytes.TrimSpace(b[:len(b)-1])
	return true
}

// what reads what stands behind the CPU.
func (e *Event) what(b []byte) bool {
	word, rest := nextWord(b)
	if !bytes.HasSuffix(word, []byte{':'}) {
		word, rest = nextWord(rest) // the first were flags
	}
	clock, ok := bytes.CutSuffix(word, []byte{':'})
	if !ok {
		return false
	}
	if e.At, ok = field.Seconds(clock); !ok {
		return false
	}
	if bytes.IndexByte(clock, '.') < 0 {
		e.At = field.Never
	}
	word, rest = nextWord(rest)
	if count, none := field.Digits(word); len(count) > 0 && len(none) == 0 {
		word, rest = nextWord(rest) // perf: the period
	}
	if e.Name, ok = bytes.CutSuffix(word, []byte{':'}); !ok || len(e.Name) == 0 {
		return false
	}
	e.Name = e.Name[bytes.LastIndexByte(e.Name, ':')+1:]
	e.Args = bytes.TrimLeft(rest, " ")
	e.lacks = ""
	return true
}

// Field is what stands behind NAME=, up to a space or comma; nil if nothing does.
func (e *Event) Field(name string) []byte {
	for i := 0; ; {
		n := bytes.Index(e.Args[i:], []byte(name))
		if n < 0 {
			return nil
		}
		start := i + n
		i = start + len(name)
		if i < len(e.Args) && e.Args[i] == '=' && (start == 0 || e.Args[start-1] == ' ' || e.Args[start-1] == ',') {
			value := e.Args[i+1:]
			if end := bytes.IndexAny(value, " ,"); end >= 0 {
				value = value[:end]
			}
			return value
		}
	}
}

// Number is a field that is decimal, or hexadecimal behind 0x. Of one that is missing, or no
// number, it is 0, and Err says so: that is asked for once, after all fields.
func (e *Event) Number(name string) uint64 {
	n, ok := field.Number(e.Field(name))
	return e.got(n, ok, name)
}

// Hex is a field that is hexadecimal, with or without 0x; see Number.
func (e *Event) Hex(name string) uint64 {
	n, ok := field.Hex(e.Field(name))
	return e.got(n, ok, name)
}

// Signed is a field that is a number of 32 bits, perhaps printed as one without a sign; see
// Number.
func (e *Event) Signed(name string) int32 {
	b := e.Field(name)
	if n, err := strconv.ParseInt(string(b), 10, 32); err == nil {
		return int32(n)
	}
	n, ok := field.Number(b)
	return int32(e.got(n, ok, name))
}

func (e *Event) got(n uint64, ok bool, name string) uint64 {
	if !ok && e.lacks == "" {
		e.lacks = name
	}
	return n
}

// Err is the error of the first of the fields asked for that is missing or no number.
func (e *Event) Err() error {
	if e.lacks == "" {
		return nil
	}
	if value := e.Field(e.lacks); value != nil {
		return fmt.Errorf("%s has %s=%s, which is no number of 64 bits", e.Name, e.lacks, value)
	}
	return fmt.Errorf("%s has no %s=", e.Name, e.lacks)
}

// Lost reports how many events the tracer lost, if the line says so.
func Lost(line []byte) (n int, ok bool) {
	if rest, ok := bytes.CutPrefix(line, []byte("# entries-in-buffer/entries-written: ")); ok {
		kept, rest := field.Digits(rest)
		a, err := strconv.Atoi(string(kept))
		written, _ := field.Digits(bytes.TrimPrefix(rest, []byte{'/'}))
		b, err2 := strconv.Atoi(string(written))
		return b - a, err == nil && err2 == nil && b > a
	}
	var words []byte
	switch {
	case bytes.HasPrefix(line, []byte("CPU:")) && bytes.Contains(line, []byte("EVENTS")):
		_, words, _ = bytes.Cut(line, []byte{'['})
		words = bytes.TrimPrefix(words, []byte("LOST "))
	case bytes.HasPrefix(line, []byte("LOST ")):
		words = line[len("LOST "):]
	default:
		var found bool
		if _, words, found = bytes.Cut(line, []byte("PERF_RECORD_LOST lost ")); !found {
			return 0, false
		}
	}
	count, _ := field.Digits(words)
	n, err := strconv.Atoi(string(count))
	if err != nil {
		n = 1
	}
	return n, true
}

// Between reports whether a line stands between the events of a trace: a comment, the
// head, or the stack of the event above.
func Between(line []byte) bool {
	for _, prefix := range []string{"#", "cpus=", "version = ", " => ", "\t"} {
		if bytes.HasPrefix(line, []byte(prefix)) {
			return true
		}
	}
	return len(bytes.TrimSpace(line)) == 0 || bytes.HasPrefix(line, []byte("CPU ")) && bytes.HasSuffix(line, []byte(" is empty"))
}

// lastDigits cuts b before its last digits.
func lastDigits(b []byte) (rest, number []byte) {
	n := len(b)
	for n > 0 && b[n-1] >= '0' && b[n-1] <= '9' {
		n--
	}
	return b[:n], b[n:]
}

// nextWord cuts the first word off b.
func nextWord(b []byte) (word, rest []byte) {
	b = bytes.TrimLeft(b, " ")
	if i := bytes.IndexByte(b, ' '); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}
