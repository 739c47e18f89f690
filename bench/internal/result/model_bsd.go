//go:build darwin || freebsd || netbsd || openbsd

package result

import "syscall"

func systemModel() string {
	name, _ := syscall.Sysctl("machdep.cpu.brand_string")
	return name
}
