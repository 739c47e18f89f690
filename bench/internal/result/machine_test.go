package result

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

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
