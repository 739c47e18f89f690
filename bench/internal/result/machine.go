package result

import (
	"os"
	"runtime/debug"
	"strings"
)

// cpuModel is the name of the processor as go test prints it on Linux, empty if it is
// not known.
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

// Kernel is the release of the Linux kernel, empty on other systems.
func Kernel() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// Revision is the commit that the running program was built from, empty if the build
// does not know it, as with go run.
func Revision() string {
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
