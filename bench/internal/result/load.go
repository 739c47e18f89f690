package result

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
)

// CPUTime is processor time since boot, of the whole machine and of this process, in
// the kernel's ticks.
type CPUTime struct {
	busy, all, own uint64
	known          bool
}

// ReadCPUTime reads the counters of Linux; they are unknown elsewhere.
func ReadCPUTime() CPUTime {
	machine, _ := os.ReadFile("/proc/stat")
	self, _ := os.ReadFile("/proc/self/stat")
	return parseCPUTime(machine, self)
}

// parseCPUTime takes the times out of the two files, which are empty elsewhere.
func parseCPUTime(machine, self []byte) CPUTime {
	var t CPUTime
	first, _, _ := bytes.Cut(machine, []byte{'\n'})
	for i, f := range strings.Fields(string(first)) {
		n, _ := strconv.ParseUint(f, 10, 64)
		if i >= 1 && i <= 8 { // user nice system idle iowait irq softirq steal
			t.all += n
		}
		if i >= 1 && i <= 8 && i != 4 && i != 5 {
			t.busy += n
		}
	}
	// The second field is the program's name in parentheses, blanks and all.
	after := self[bytes.LastIndexByte(self, ')')+1:]
	if f := strings.Fields(string(after)); len(f) > 14 {
		for _, text := range f[11:15] { // user and system, of this process and of those it has waited for
			n, _ := strconv.ParseUint(text, 10, 64)
			t.own += n
		}
		t.known = t.all > 0
	}
	return t
}

// LoadSince is the share of the machine that other processes had since then; false if
// the kernel does not say.
func LoadSince(then CPUTime) (Fact, bool) { return loadBetween(then, ReadCPUTime()) }

func loadBetween(then, now CPUTime) (Fact, bool) {
	all := now.all - then.all
	if !then.known || !now.known || all == 0 {
		return Fact{}, false
	}
	others := float64(now.busy-then.busy) - float64(now.own-then.own)
	share := 100 * max(0, others) / float64(all)
	return Fact{schema.FactLoad, fmt.Sprintf("%.1f %% of the processor time of all cores was taken by others", share)}, true
}
