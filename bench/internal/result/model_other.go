//go:build !darwin && !freebsd && !linux && !netbsd && !openbsd

package result

func systemModel() string { return "" }
