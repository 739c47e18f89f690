package result

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

func TestModel(t *testing.T) {
	const two = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Some CPU @ 2.1GHz: 8\nflags\t\t: fpu\n\nprocessor\t: 1\nmodel name\t: Other\n"
	for info, want := range map[string]string{two: "Some CPU @ 2.1GHz: 8", "Processor: ARM\n": "", "": ""} {
		if got := modelIn(info); got != want {
			t.Errorf("the processor is %q, want %q, in\n%s", got, want, info)
		}
	}
}

func TestKernel(t *testing.T) {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skip("no Linux")
	}
	if want := strings.TrimSuffix(string(b), "\n"); Kernel() != want || want == "" {
		t.Errorf("the kernel is %q, want %q", Kernel(), want)
	}
}

func TestRevision(t *testing.T) {
	set := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	system, revision, clean, dirty := set("GOOS", "plan9"), set("vcs.revision", "abc"), set("vcs.modified", "false"), set("vcs.modified", "true")
	for _, test := range []struct {
		settings []debug.BuildSetting
		want     string
	}{
		{nil, ""},
		{[]debug.BuildSetting{system, dirty}, ""},
		{[]debug.BuildSetting{system, revision}, "abc"},
		{[]debug.BuildSetting{revision, clean, system}, "abc"},
		{[]debug.BuildSetting{revision, dirty}, "abc+dirty"},
		{[]debug.BuildSetting{dirty, revision}, "abc+dirty"},
	} {
		if got := revisionIn(test.settings); got != test.want {
			t.Errorf("%v: revision %q, want %q", test.settings, got, test.want)
		}
	}
}
