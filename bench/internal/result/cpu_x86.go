//go:build 386 || amd64

package result

// cpuid is the instruction of that name.
func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func brand() string { return brandOf(cpuid) }
