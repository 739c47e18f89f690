// Package machine looks at what disturbs measurements: load, the clock's governor and
// turbo, quotas of control groups, memory, the cores that may be used. It reads files of
// Linux, below a directory so that tests can plant them. What is not there is not said:
// elsewhere nothing is known. A look changes nothing and stops nothing.
package machine

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Finding is what is known of one thing.
type Finding struct {
	Text  string // what is, and what to do if it disturbs
	Warns bool   // times depend on it
}

// LeastMemory is the free memory that a run of the default matrix takes, with room.
const LeastMemory = 1 << 30

// Look finds what it can below the root directory, "/" for that of this machine.
func Look(root string) []Finding {
	m := files(root)
	var all []Finding
	for _, look := range []func(files) (Finding, bool){load, cores, governor, turbo, quota, memory, hypervisor} {
		if f, ok := look(m); ok {
			all = append(all, f)
		}
	}
	return all
}

// Throttled is how often the control groups of this process had used their processor time
// up before their period was over; false if nothing limits it.
func Throttled(root string) (times uint64, ok bool) {
	m := files(root)
	for _, dir := range m.groups("cpu") {
		for line := range strings.Lines(m.read(filepath.Join(dir, "cpu.stat"))) {
			if n, found := strings.CutPrefix(strings.TrimSpace(line), "nr_throttled "); found {
				if v, err := strconv.ParseUint(n, 10, 64); err == nil {
					times, ok = times+v, true
				}
			}
		}
	}
	return times, ok
}

// files are those below a root.
type files string

// read is the text of a file, "" if there is none.
func (m files) read(path string) string {
	b, _ := os.ReadFile(filepath.Join(string(m), path))
	return strings.TrimSpace(string(b))
}

// each are the texts of the files that match.
func (m files) each(pattern string) (texts []string) {
	paths, _ := filepath.Glob(filepath.Join(string(m), pattern))
	for _, path := range paths {
		if b, err := os.ReadFile(path); err == nil {
			texts = append(texts, strings.TrimSpace(string(b)))
		}
	}
	return texts
}

// usable is the number of cores that this process may use, 0 if that is not known.
func (m files) usable() (n int) {
	for part := range strings.SplitSeq(field(m.read("proc/self/status"), "Cpus_allowed_list:"), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		if err != nil || err2 != nil || to < from {
			return 0
		}
		n += to - from + 1
	}
	return n
}

// online is the number of cores of the machine, 0 if that is not known.
func (m files) online() (n int) {
	for line := range strings.Lines(m.read("proc/stat")) {
		if rest, ok := strings.CutPrefix(line, "cpu"); ok && rest != "" && rest[0] != ' ' {
			n++
		}
	}
	return n
}

// field is the value behind a label at the beginning of a line.
func field(text, label string) string {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// load warns where others keep half of the cores busy, by the mean of the last minute.
func load(m files) (Finding, bool) {
	mean, err := strconv.ParseFloat(first(m.read("proc/loadavg")), 64)
	n := m.usable()
	if err != nil || n == 0 {
		return Finding{}, false
	}
	f := Finding{Text: fmt.Sprintf("load %.1f on %s", mean, coresText(n)), Warns: mean > float64(n)/2}
	if f.Warns {
		f.Text += ": others take the cores; wait until they have ended"
	}
	return f, true
}

func first(text string) string {
	f, _, _ := strings.Cut(text, " ")
	return f
}

func coresText(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprint(n, " cores")
}

func cores(m files) (Finding, bool) {
	n, of := m.usable(), m.online()
	return Finding{Text: fmt.Sprintf("%d of %s may be used", n, coresText(of))}, n > 0 && n < of
}

const cpus = "sys/devices/system/cpu/"

// governor warns of any but the one that holds the clock.
func governor(m files) (Finding, bool) {
	names := m.each(cpus + "cpu[0-9]*/cpufreq/scaling_governor")
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return Finding{}, false
	}
	f := Finding{Text: "governor " + strings.Join(names, " and "), Warns: !slices.Equal(names, []string{"performance"})}
	if f.Warns {
		f.Text += `: the clock follows the load; "performance" holds it (cpupower frequency-set -g performance)`
	}
	return f, true
}

// turbo warns where the clock depends on heat and on what the other cores do.
func turbo(m files) (Finding, bool) {
	on := m.read(cpus+"intel_pstate/no_turbo") == "0" || m.read(cpus+"cpufreq/boost") == "1"
	off := m.read(cpus+"intel_pstate/no_turbo") == "1" || m.read(cpus+"cpufreq/boost") == "0"
	switch {
	case on:
		return Finding{"turbo is on: the clock depends on heat and on the other cores; compare only what was measured in turns", true}, true
	case off:
		return Finding{"turbo is off", false}, true
	}
	return Finding{}, false
}

// groups are the directories of the control groups of this process that a controller has,
// from its own up to the root of what is mounted.
func (m files) groups(controller string) (dirs []string) {
	for line := range strings.Lines(m.read("proc/self/cgroup")) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) != 3 {
			continue
		}
		mount := ""
		switch {
		case part[1] == "": // version 2
			mount = "sys/fs/cgroup"
		case slices.Contains(strings.Split(part[1], ","), controller):
			mount = "sys/fs/cgroup/" + controller
		default:
			continue
		}
		for path := filepath.Clean("/" + part[2]); ; path = filepath.Dir(path) {
			dirs = append(dirs, filepath.Join(mount, path))
			if path == "/" {
				break
			}
		}
	}
	return dirs
}

// quota warns where a control group may use less processor time than its cores have.
func quota(m files) (Finding, bool) {
	least := math.Inf(1)
	for _, dir := range m.groups("cpu") {
		limit, period, ok := strings.Cut(m.read(filepath.Join(dir, "cpu.max")), " ")
		if !ok {
			limit, period = m.read(filepath.Join(dir, "cpu.cfs_quota_us")), m.read(filepath.Join(dir, "cpu.cfs_period_us"))
		}
		a, err := strconv.ParseFloat(limit, 64)
		b, err2 := strconv.ParseFloat(period, 64)
		if err == nil && err2 == nil && a > 0 && b > 0 {
			least = min(least, a/b)
		}
	}
	if math.IsInf(least, 1) {
		return Finding{}, false
	}
	f := Finding{Text: fmt.Sprintf("the control group may use %s cores", strconv.FormatFloat(math.Round(100*least)/100, 'f', -1, 64)), Warns: true}
	if n := m.usable(); n > 0 && least >= float64(n) {
		f.Warns = false
		return f, true
	}
	f.Text += ": what has used them up stands still until the next period"
	return f, true
}

// memory warns where a run may have to swap.
func memory(m files) (Finding, bool) {
	free, ok := kib(m.read("proc/meminfo"), "MemAvailable:")
	if !ok {
		return Finding{}, false
	}
	for _, dir := range m.groups("memory") {
		for _, names := range [][2]string{{"memory.max", "memory.current"}, {"memory.limit_in_bytes", "memory.usage_in_bytes"}} {
			limit, err := strconv.ParseUint(m.read(filepath.Join(dir, names[0])), 10, 64)
			used, err2 := strconv.ParseUint(m.read(filepath.Join(dir, names[1])), 10, 64)
			if err == nil && err2 == nil {
				used -= min(used, m.reclaimable(dir))
				free = min(free, limit-min(limit, used))
			}
		}
	}
	f := Finding{Text: fmt.Sprintf("%.1f GiB of memory free", float64(free)/(1<<30)), Warns: free < LeastMemory}
	if f.Warns {
		f.Text += ": a run may have to swap, or be ended"
	}
	return f, true
}

// reclaimable is the page cache that a control group counts as used, and gives back.
func (m files) reclaimable(group string) uint64 {
	for line := range strings.Lines(m.read(filepath.Join(group, "memory.stat"))) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "inactive_file" || name == "total_inactive_file" {
			if n, err := strconv.ParseUint(value, 10, 64); err == nil {
				return n
			}
		}
	}
	return 0
}

// kib is the value in bytes of a line that has it in KiB.
func kib(text, label string) (uint64, bool) {
	n, err := strconv.ParseUint(strings.TrimSuffix(field(text, label), " kB"), 10, 64)
	return n << 10, err == nil
}

// hypervisor says that a host may take cores away without being seen.
func hypervisor(m files) (Finding, bool) {
	for line := range strings.Lines(m.read("proc/cpuinfo")) {
		if key, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "flags" {
			return Finding{Text: "a virtual machine, whose host may take cores away unseen"}, slices.Contains(strings.Fields(flags), "hypervisor")
		}
	}
	return Finding{}, false
}
