package bench

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
)

// KV is a fact about a run, for the reader of its files.
type KV struct{ Key, Value string }

// header is what run.bench and curves.bench begin with: what each unit means,
// the facts of the run as comments, the configuration as go test prints it. What changes
// from run to run must be a comment: benchstat would put two files with
// different configuration lines into tables of their own.
func header(units []unit, facts []KV) []byte {
	b := appendUnits(nil, units)
	b = append(b, "# vramlab run 1\n"...)
	for _, f := range facts {
		b = appendFact(b, f)
	}
	b = fmt.Appendf(b, "goos: %s\ngoarch: %s\n", runtime.GOOS, runtime.GOARCH)
	if cpu := cpuModel(); cpu != "" {
		b = fmt.Appendf(b, "cpu: %s\n", cpu)
	}
	return b
}

// appendFact appends a comment line; line ends in the value become spaces.
func appendFact(b []byte, f KV) []byte {
	return fmt.Appendf(b, "# %s: %s\n", f.Key, strings.Join(strings.Fields(f.Value), " "))
}

// facts are the caller's, then what a run knows of itself and the machine.
func (c *Config) facts() []KV {
	own := []KV{
		{"seed", strconv.FormatUint(c.Seed, 10)},
		{"count", strconv.Itoa(c.Count)},
		{"ops", c.opsText()},
		{"order", "seeded random"},
		{"strategies", strings.Join(c.strategyNames(), " ")},
		{"workloads", strings.Join(c.workloadNames(), " ")},
		{"go", runtime.Version()},
		{"kernel", kernel()},
		{"cores", strconv.Itoa(runtime.NumCPU())},
		{"revision", revision()},
	}
	all := append([]KV(nil), c.Meta...)
	for _, f := range own {
		if f.Value != "" && !hasKey(c.Meta, f.Key) {
			all = append(all, f)
		}
	}
	return all
}

func hasKey(facts []KV, key string) bool {
	for _, f := range facts {
		if f.Key == key {
			return true
		}
	}
	return false
}

// cpuModel is the name of the processor as go test prints it on Linux, empty
// elsewhere or when the kernel does not say.
func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(info)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// kernel is the release of a Linux kernel, else empty.
func kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// revision is the commit that the running program was built from, empty when
// the build does not know it (as with go run).
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	rev := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			rev = s.Value + rev
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			rev += "+dirty"
		}
	}
	if rev == "+dirty" {
		return ""
	}
	return rev
}

// cpuTime is processor time spent since boot, in the kernel's ticks: by the
// whole machine, and by this process.
type cpuTime struct {
	busy, all, own uint64
	known          bool
}

// readCPUTime reads the counters of Linux; elsewhere they are not known.
func readCPUTime() cpuTime {
	machine, err1 := os.ReadFile("/proc/stat")
	self, err2 := os.ReadFile("/proc/self/stat")
	if err1 != nil || err2 != nil {
		return cpuTime{}
	}
	var t cpuTime
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
	if f := strings.Fields(string(after)); len(f) > 12 {
		user, _ := strconv.ParseUint(f[11], 10, 64)
		system, _ := strconv.ParseUint(f[12], 10, 64)
		t.own = user + system
		t.known = t.all > 0
	}
	return t
}

// loadSince says which share of the machine others had since then, as a line
// of the run's file; false where the kernel does not tell.
func loadSince(then cpuTime) (KV, bool) {
	now := readCPUTime()
	all := now.all - then.all
	if !then.known || !now.known || all == 0 {
		return KV{}, false
	}
	others := float64(now.busy-then.busy) - float64(now.own-then.own)
	share := 100 * max(0, others) / float64(all)
	return KV{"load", fmt.Sprintf("%.1f %% of the processor time of all cores was taken by others", share)}, true
}
