// Package worker is the process that a command with a library in C does its work in.
//
// Such a library can end the process it is loaded in, hang it or close what it writes to.
// So a command that names one starts the same program again with the same command line, as
// its worker, and only watches: no library is ever loaded in the process that the user
// started. The worker is told its [Job] by its environment, and shares a [Record] with the
// process that watches it, in memory that outlives it.
package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// Variable holds the job of a worker in its environment.
const Variable = "VRAMLAB_WORKER"

// The descriptors of a worker. 0 leads nowhere; 1 and 2 are the library's to write to
// or to close: what the worker writes has others.
const (
	controlFile = 3 + iota // a byte is an interrupt, its end is that of the parent
	recordFile             // closed once it is mapped: a library must not cut it
	StdoutFile
	StderrFile
	StdinFile // of a job with Stdin
)

// LastWords is how long a worker may take to end, once it has been told to or says that
// it does; and how long it may be without a sign of life.
const LastWords = 2 * time.Second

// Job is what a worker is told beside its command line.
type Job struct {
	Skip  []string // items of -strategies to leave out
	Tried []string // items that need no trial
	Stdin bool     // the command line names standard input
}

// Worker is the side of the worker. Without one, methods do nothing.
type Worker struct {
	Job
	*Record
}

// Become is the worker that this process is by its environment, nil if it is
// none.
func Become() (*Worker, context.Context) {
	text, ok := os.LookupEnv(Variable)
	if !ok {
		return nil, nil
	}
	os.Unsetenv(Variable)
	w := &Worker{}
	mem, err := process.MapShared(recordFile, SharedSize)
	if err != nil || json.Unmarshal([]byte(text), &w.Job) != nil {
		return nil, nil
	}
	os.NewFile(recordFile, "record").Close()
	w.Record = RecordIn(mem)
	go w.live()
	cabi.Watch(mem[RecordSize:])
	cabi.Strict(0, 1, 2, controlFile, StdoutFile, StderrFile, StdinFile)
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // the parent passes them on
	ctx, cancel := context.WithCancel(context.Background())
	go obey(os.NewFile(controlFile, "control"), cancel)
	return w, ctx
}

// live gives signs of life, rarely enough to disturb no measurement.
func (w *Worker) live() {
	for {
		atomic.AddUint64(&w.Beat, 1)
		time.Sleep(LastWords / 8)
	}
}

// obey reads what the parent says.
func obey(control *os.File, cancel func()) {
	for word := make([]byte, 1); ; {
		switch _, err := control.Read(word); err {
		case nil:
			cancel()
		case io.EOF:
			os.Exit(1)
		default:
			return // the library closed it
		}
	}
}

// Finish leaves how the worker ended.
func (w *Worker) Finish(code int, message string) int {
	Put(w.Message[:], message)
	w.Code = uint64(code)
	if cabi.TookSignals() {
		w.Signals = 1
	}
	if process.KillChildren(os.Getpid()) {
		w.Forked = 1
	}
	w.Done = 1
	return code
}

// Try notes which item of -strategies is tried from now on.
func (w *Worker) Try(item string) {
	if w != nil {
		Put(w.Subject[:], item)
	}
}

// On notes what the item is tried on.
func (w *Worker) On(workload string) {
	if w != nil {
		Put(w.Workload[:], workload)
	}
}

// Passed notes that the item was found well.
func (w *Worker) Passed(item string) {
	if w != nil {
		Put(w.Well[:], Get(w.Well[:])+item+"\n")
		Put(w.Subject[:], "")
		Put(w.Workload[:], "")
	}
}

// NeedsTrial reports whether an item was not tried by a worker before this one.
func (w *Worker) NeedsTrial(item string) bool { return w == nil || !slices.Contains(w.Tried, item) }

// Measure notes the run directory. What is timed is not watched as closely.
func (w *Worker) Measure(dir string) {
	if w != nil {
		Put(w.Dir[:], dir)
		cabi.Relaxed()
	}
}

// Explain notes that all is measured, and what is left is to say why.
func (w *Worker) Explain() {
	if w != nil {
		w.Measured = 1
	}
}

// Record is what a worker shares with the process that watches it, in memory that
// outlives it: how far it is, and how it ended. The watch of package cabi follows it.
type Record struct {
	Beat     uint64     // a number that grows while the worker lives
	Done     uint64     // 1: the worker ended by itself, with code and message
	Code     uint64     // its exit code
	Gate     uint64     // 1: the rules of a gate do not all hold
	Signals  uint64     // 1: a library has taken signals over
	Message  [8192]byte // its error, one line
	Subject  [4096]byte // the item of -strategies that is tried out; empty: none is
	Well     [8192]byte // those that were found well, one a line
	Workload [256]byte  // what the subject is tried on
	Forked   uint64     // 1: a library has started a process, which was ended with the worker
	Dir      [4096]byte // the run directory, once there is one
	Measured uint64     // 1: all of the run is measured
}

// RecordSize is where the watch begins: a whole number of pages.
const RecordSize = 64 << 10

// SharedSize is the bytes that a worker shares.
const SharedSize = RecordSize + cabi.WatchSize

var _ [RecordSize - unsafe.Sizeof(Record{})]byte // a record fits

// RecordIn is the record in memory of SharedSize bytes.
func RecordIn(mem []byte) *Record { return (*Record)(unsafe.Pointer(unsafe.SliceData(mem))) }

// Put writes text into a field, which ends with a zero; [Get] reads it.
func Put(field []byte, text string) { field[copy(field[:len(field)-1], text)] = 0 }

// Get is the text of a field.
func Get(field []byte) string {
	text, _, _ := bytes.Cut(field, []byte{0})
	return string(text)
}

// Lines are the lines of a field.
func Lines(field []byte) []string {
	return strings.FieldsFunc(Get(field), func(r rune) bool { return r == '\n' })
}
