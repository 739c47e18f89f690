package importer

import "testing"

const mtraced = `= Start
@ /lib/libc.so.6:(tzset+4f)[0x39221] + 0x1000 0x10
@ ./a dir/prog:[0x33bcd] + 0x2000 0x400
+ 0x3000 0x20
@ prog:[0x1] < 0x1000
@ prog:[0x1] > 0x4000 0x30
@ prog:[0x1] ! 0x4000 0xffffffff
@ prog:[0x1] - 0x2000
@ prog:[0x1] - 0x9000
= End
`

func TestMtrace(t *testing.T) {
	// 1, 64, 2 and 3 units of 16 bytes. The peak is 69 pages: 69 / 0.85 is 81.2.
	check(t, mtraced, Options{}, `
region 335872 page 4096
a 0 4096
a 1 262144
a 2 8192
f 0
a 3 12288
f 1
`, `
all sizes are multiplied by 256 (sizes come in units of 16 bytes)
dropped reallocations that failed: 1
dropped frees of objects that nobody saw: 1
`)
	refuse(t, "= Start\n@ a:[0x1] + 0x10\n@ a:[0x1] - 0x10\n", Options{}, "capture:2: no call behind the place")
	refuse(t, "= Start\n@ a:[0x1] + 0x10 0x10000000000000000\n= End\n", Options{}, "capture:2: no call behind the place")
}

func FuzzMtrace(f *testing.F) { fuzz(f, mtrace, mtraced) }
