package result

import (
	"os"
	"runtime/debug"
	"strings"
)

// cpuModel is the name of the processor as go test prints it on Linux, empty if it is
// not known.
func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	return modelIn(string(info))
}

// modelIn is the first name of a model in the text of /proc/cpuinfo.
func modelIn(info string) string {
	for line := range strings.Lines(info) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Kernel is the release of the Linux kernel, empty on other systems.
func Kernel() string {
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(b))
}

// Revision is the commit that the running program was built from, empty if the build
// does not know it, as with go run.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return revisionIn(info.Settings)
}

// revisionIn is the commit in the settings of a build, with +dirty behind it if files
// were changed.
func revisionIn(settings []debug.BuildSetting) string {
	of := make(map[string]string)
	for _, s := range settings {
		of[s.Key] = s.Value
	}
	rev := of["vcs.revision"]
	if rev != "" && of["vcs.modified"] == "true" {
		rev += "+dirty"
	}
	return rev
}
