//go:build !386 && !amd64

package result

func brand() string { return "" }
