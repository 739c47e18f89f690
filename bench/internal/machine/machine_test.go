package machine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plant writes files below a new root.
func plant(t *testing.T, texts map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range texts {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// quiet is a machine on which nothing disturbs.
func quiet() map[string]string {
	return map[string]string{
		"proc/loadavg":     "0.31 0.20 0.10 1/167 9224\n",
		"proc/self/status": "Name:\tvramlab\nCpus_allowed:\tf\nCpus_allowed_list:\t0-2,5\n",
		"proc/stat":        "cpu  1 2 3\ncpu0 1 2\ncpu1 1 2\ncpu2 1 2\ncpu5 1 2\nintr 1\n",
		"proc/meminfo":     "MemTotal: 9 kB\nMemAvailable:    4194304 kB\n",
		"proc/cpuinfo":     "model name\t: X\nflags\t\t: fpu sse\n",
		"proc/self/cgroup": "0::/user/run\n",

		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
		"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
		"sys/devices/system/cpu/intel_pstate/no_turbo":         "1\n",
		"sys/fs/cgroup/user/run/cpu.max":                       "max 100000\n",
		"sys/fs/cgroup/user/run/memory.max":                    "max\n",
		"sys/fs/cgroup/user/run/memory.current":                "100\n",
	}
}

func TestLook(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change map[string]string
		want   string // part of a finding; "!" before it: a warning
	}{
		{"load", nil, "load 0.3 on 4 cores"},
		{"half of the cores", map[string]string{"proc/loadavg": "2.00 1 1 1/2 3"}, "load 2.0 on 4 cores"},
		{"load", map[string]string{"proc/loadavg": "2.01 1 1 1/2 3"}, "!load 2.0 on 4 cores: others"},
		{"one core", map[string]string{"proc/self/status": "Cpus_allowed_list:\t3\n"}, "1 of 4 cores may be used"},
		{"governor", nil, "governor performance"},
		{"another", map[string]string{"sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave"}, "!governor performance and powersave: the clock"},
		{"turbo off", nil, "turbo is off"},
		{"turbo", map[string]string{"sys/devices/system/cpu/intel_pstate/no_turbo": "0"}, "!turbo is on"},
		{"boost", map[string]string{"sys/devices/system/cpu/intel_pstate/no_turbo": "", "sys/devices/system/cpu/cpufreq/boost": "1"}, "!turbo is on"},
		{"quota", map[string]string{"sys/fs/cgroup/user/run/cpu.max": "150000 100000"}, "!the control group may use 1.5 cores: what"},
		{"quota of a parent", map[string]string{"sys/fs/cgroup/user/cpu.max": "50000 100000"}, "!the control group may use 0.5 cores"},
		{"ample", map[string]string{"sys/fs/cgroup/user/run/cpu.max": "400000 100000"}, "the control group may use 4 cores"},
		{"version 1", map[string]string{"proc/self/cgroup": "2:cpu,cpuacct:/a\n1:name=systemd:/\n", "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "25000", "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000"}, "!the control group may use 0.25 cores"},
		{"memory", nil, "4.0 GiB of memory free"},
		{"little", map[string]string{"proc/meminfo": "MemAvailable: 1048575 kB\n"}, "!1.0 GiB of memory free: a run"},
		{"a limit", map[string]string{"sys/fs/cgroup/user/run/memory.max": "2147483748"}, "2.0 GiB of memory free"},
		{"page cache", map[string]string{"sys/fs/cgroup/user/run/memory.max": "2147483648", "sys/fs/cgroup/user/run/memory.current": "2147483648", "sys/fs/cgroup/user/run/memory.stat": "anon 5\ninactive_file 1610612736\n"}, "1.5 GiB of memory free"},
		{"many cores", map[string]string{"sys/fs/cgroup/user/run/cpu.max": "12800000 100000"}, "the control group may use 128 cores"},
		{"a low limit", map[string]string{"sys/fs/cgroup/user/run/memory.max": "50"}, "!0.0 GiB of memory free"},
		{"host", map[string]string{"proc/cpuinfo": "flags\t\t: fpu hypervisor sse\n"}, "a virtual machine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts := quiet()
			for path, text := range tt.change {
				texts[path] = text
			}
			all := Look(plant(t, texts))
			text, warns := strings.CutPrefix(tt.want, "!")
			if !slices.ContainsFunc(all, func(f Finding) bool { return strings.HasPrefix(f.Text, text) && f.Warns == warns }) {
				t.Errorf("%q is not in %+v", tt.want, all)
			}
			for _, f := range all {
				if f.Warns && !warns {
					t.Errorf("a warning: %s", f.Text)
				}
			}
		})
	}
}

// TestNothing: an empty machine says nothing, and a damaged one nothing wrong.
func TestNothing(t *testing.T) {
	if all := Look(t.TempDir()); len(all) > 0 {
		t.Errorf("%+v of a machine without files", all)
	}
	damaged := quiet()
	for path := range damaged {
		damaged[path] = "\x00 x:y:z\n:::\n0-"
	}
	for _, f := range Look(plant(t, damaged)) {
		if !strings.HasPrefix(f.Text, "governor") {
			t.Errorf("%q of damaged files", f.Text)
		}
	}
	for _, f := range Look("/") {
		if f.Text == "" || strings.ContainsAny(f.Text, "\n\x00") {
			t.Errorf("%q of this machine", f.Text)
		}
	}
}

func TestThrottled(t *testing.T) {
	texts := quiet()
	if n, ok := Throttled(plant(t, texts)); ok {
		t.Errorf("%d without a file", n)
	}
	texts["sys/fs/cgroup/user/run/cpu.stat"] = "nr_periods 9\nnr_throttled 3\nthrottled_usec 7\n"
	texts["sys/fs/cgroup/user/cpu.stat"] = "nr_throttled 2\n"
	if n, ok := Throttled(plant(t, texts)); !ok || n != 5 {
		t.Errorf("%d, %v; want 5", n, ok)
	}
}
