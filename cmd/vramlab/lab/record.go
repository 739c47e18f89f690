package lab

import (
	"bytes"
	"strings"
	"unsafe"

	"github.com/vramlab/vramlab/strategies/cabi"
)

// record is what a worker shares with the process that watches it, in memory that
// outlives it: how far it is, and how it ended. The watch of package cabi follows it.
type record struct {
	beat     uint64     // a number that grows while the worker lives
	done     uint64     // 1: the worker ended by itself, with code and message
	code     uint64     // its exit code
	signals  uint64     // 1: a library has taken signals over
	message  [8192]byte // its error, one line
	subject  [4096]byte // the item of -strategies that is tried out; empty: none is
	tried    [8192]byte // those that were found well, one a line
	workload [256]byte  // what the subject is tried on
	forked   uint64     // 1: a library has started a process, which was ended with the worker
	dir      [4096]byte // the run directory, once there is one
}

// recordSize is where the watch begins: a whole number of pages.
const recordSize = 64 << 10

// sharedSize is the bytes that a worker shares.
const sharedSize = recordSize + cabi.WatchSize

var _ [recordSize - unsafe.Sizeof(record{})]byte // a record fits

// recordIn is the record in memory of sharedSize bytes.
func recordIn(mem []byte) *record { return (*record)(unsafe.Pointer(unsafe.SliceData(mem))) }

// put writes text into a field, which ends with a zero; get reads it.
func put(field []byte, text string) { field[copy(field[:len(field)-1], text)] = 0 }

func get(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(text)
}

// lines are the lines of a field.
func lines(field []byte) []string {
	return strings.FieldsFunc(get(field), func(r rune) bool { return r == '\n' })
}
