package result

import (
	"crypto/sha256"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// Kernel is the release of the Linux kernel, empty on other systems.
func Kernel() string {
	b, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(b))
}

// Host tells machines apart: containers of one machine have it in common. It is a
// digest, so that a report names no host. It changes when the machine boots.
func Host() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		host, _ := os.Hostname()
		id = []byte(host)
	}
	return fmt.Sprintf("%x", sha256.Sum256(id))[:8]
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
