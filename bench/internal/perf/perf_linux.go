package perf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The events.
var (
	Instructions = Event{"instructions", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_INSTRUCTIONS}
	Cycles       = Event{"cycles", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CPU_CYCLES}
	CacheMisses  = Event{"cache misses", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_CACHE_MISSES}
	BranchMisses = Event{"branch misses", unix.PERF_TYPE_HARDWARE, unix.PERF_COUNT_HW_BRANCH_MISSES}

	// taskClock counts nanoseconds, and needs no hardware.
	taskClock = Event{"task clock", unix.PERF_TYPE_SOFTWARE, unix.PERF_COUNT_SW_TASK_CLOCK}
)

// fds are the open counters; the first one leads, and starts and stops them all.
type fds []int

func openGroup(events []Event) (group, error) {
	var g fds
	for _, e := range events {
		leader := -1
		if len(g) > 0 {
			leader = g[0]
		}
		fd, err := openEvent(e, leader)
		if err != nil {
			g.close()
			return nil, fmt.Errorf("%s: %w", e.Name, reason(err))
		}
		g = append(g, fd)
	}
	return g, nil
}

// openEvent opens a counter of the calling thread, in user space, wherever it runs.
func openEvent(e Event, leader int) (fd int, err error) {
	attr := unix.PerfEventAttr{
		Type: e.kind, Config: e.config, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{})),
		Read_format: unix.PERF_FORMAT_GROUP | unix.PERF_FORMAT_TOTAL_TIME_ENABLED | unix.PERF_FORMAT_TOTAL_TIME_RUNNING,
		Bits:        unix.PerfBitExcludeKernel | unix.PerfBitExcludeHv,
	}
	if leader < 0 {
		attr.Bits |= unix.PerfBitDisabled // the others follow it
	}
	const self, anyCPU = 0, -1
	return unix.PerfEventOpen(&attr, self, anyCPU, leader, unix.PERF_FLAG_FD_CLOEXEC)
}

func (g fds) start() error { return unix.IoctlSetInt(g[0], unix.PERF_EVENT_IOC_ENABLE, 0) }

func (g fds) stop() ([]uint64, error) {
	if err := unix.IoctlSetInt(g[0], unix.PERF_EVENT_IOC_DISABLE, 0); err != nil {
		return nil, err
	}
	buf := make([]byte, 8*(3+len(g)))
	n, err := unix.Read(g[0], buf)
	if err != nil {
		return nil, err
	}
	return parse(buf[:n], len(g))
}

// parse reads the counts of n events as the kernel writes them: how many there are, for how
// long they were wanted, for how long they counted, and the counts.
func parse(buf []byte, n int) ([]uint64, error) {
	var words []uint64
	for len(buf) >= 8 {
		words, buf = append(words, binary.NativeEndian.Uint64(buf)), buf[8:]
	}
	if len(words) != 3+n || words[0] != uint64(n) {
		return nil, errors.New("the kernel gave other counters than were asked for")
	}
	if wanted, counted := words[1], words[2]; counted < wanted || counted == 0 {
		return nil, ErrBusy
	}
	return words[3:], nil
}

func (g fds) close() {
	for _, fd := range g {
		unix.Close(fd)
	}
}

// paranoidFile has the kernel's rule who may count.
const paranoidFile = "/proc/sys/kernel/perf_event_paranoid"

// reason says what an error of the kernel means here.
func reason(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EOPNOTSUPP):
		return errors.New("this machine has no such counter; a virtual machine often has none")
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		rule, _ := os.ReadFile(paranoidFile)
		if r := strings.TrimSpace(string(rule)); r != "" {
			return fmt.Errorf("the kernel or a container does not allow it (%s is %s)", paranoidFile, r)
		}
		return errors.New("the kernel or a container does not allow it")
	case errors.Is(err, unix.ENOSYS):
		return errors.New("this kernel has no perf events")
	}
	return err
}
