package lab

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

// A library in C can end the process it is loaded in, hang it or close what it writes
// to. So a command that names one starts the same program again with the same command
// line, as its worker, and only watches: no library is ever loaded in the process that
// the user started.

// workerVariable holds the job of a worker in its environment.
const workerVariable = "VRAMLAB_WORKER"

// The descriptors of a worker. 0 leads nowhere; 1 and 2 are the library's to write to
// or to close: what the worker writes has others.
const (
	controlFile = 3 + iota // a byte is an interrupt, its end is that of the parent
	recordFile             // closed once it is mapped: a library must not cut it
	stdoutFile
	stderrFile
	stdinFile // of a job with Stdin
)

// lastWords is how long a worker may take to end, once it has been told to or says that
// it does; and how long it may be without a sign of life.
const lastWords = 2 * time.Second

// job is what a worker is told beside its command line.
type job struct {
	Skip  []string // items of -strategies to leave out
	Tried []string // items that need no trial
	Stdin bool     // the command line names standard input
}

// worker is the side of the worker. Without one, methods do nothing.
type worker struct {
	job
	*record
}

// becomeWorker is the worker that this process is by its environment, nil if it is
// none.
func becomeWorker() (*worker, context.Context) {
	text, ok := os.LookupEnv(workerVariable)
	if !ok {
		return nil, nil
	}
	os.Unsetenv(workerVariable)
	w := &worker{}
	mem, err := process.MapShared(recordFile, sharedSize)
	if err != nil || json.Unmarshal([]byte(text), &w.job) != nil {
		return nil, nil
	}
	os.NewFile(recordFile, "record").Close()
	w.record = recordIn(mem)
	go w.live()
	cabi.Watch(mem[recordSize:])
	cabi.Strict(0, 1, 2, controlFile, stdoutFile, stderrFile, stdinFile)
	signal.Ignore(os.Interrupt, syscall.SIGTERM) // the parent passes them on
	ctx, cancel := context.WithCancel(context.Background())
	go obey(os.NewFile(controlFile, "control"), cancel)
	return w, ctx
}

// live gives signs of life, rarely enough to disturb no measurement.
func (w *worker) live() {
	for {
		atomic.AddUint64(&w.beat, 1)
		time.Sleep(lastWords / 8)
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

// explain notes that all is measured, and what is left is to say why.
func (w *worker) explain() {
	if w != nil {
		w.measured = 1
	}
}

// finish leaves how the worker ended.
func (w *worker) finish(code int, message string) int {
	put(w.message[:], message)
	w.code = uint64(code)
	if cabi.TookSignals() {
		w.signals = 1
	}
	if process.KillChildren(os.Getpid()) {
		w.forked = 1
	}
	w.done = 1
	return code
}

// try notes which item of -strategies is tried from now on.
func (w *worker) try(item string) {
	if w != nil {
		put(w.subject[:], item)
	}
}

// on notes what the item is tried on.
func (w *worker) on(workload string) {
	if w != nil {
		put(w.workload[:], workload)
	}
}

// passed notes that the item was found well.
func (w *worker) passed(item string) {
	if w != nil {
		put(w.tried[:], get(w.tried[:])+item+"\n")
		put(w.subject[:], "")
		put(w.workload[:], "")
	}
}

// needsTrial reports whether an item was not tried by a worker before this one.
func (w *worker) needsTrial(item string) bool { return w == nil || !slices.Contains(w.Tried, item) }

// measure notes the run directory. What is timed is not watched as closely.
func (w *worker) measure(dir string) {
	if w != nil {
		put(w.dir[:], dir)
		cabi.Relaxed()
	}
}

// record is what a worker shares with the process that watches it, in memory that
// outlives it: how far it is, and how it ended. The watch of package cabi follows it.
type record struct {
	beat     uint64     // a number that grows while the worker lives
	done     uint64     // 1: the worker ended by itself, with code and message
	code     uint64     // its exit code
	gate     uint64     // 1: the rules of a gate do not all hold
	signals  uint64     // 1: a library has taken signals over
	message  [8192]byte // its error, one line
	subject  [4096]byte // the item of -strategies that is tried out; empty: none is
	tried    [8192]byte // those that were found well, one a line
	workload [256]byte  // what the subject is tried on
	forked   uint64     // 1: a library has started a process, which was ended with the worker
	dir      [4096]byte // the run directory, once there is one
	measured uint64     // 1: all of the run is measured
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
