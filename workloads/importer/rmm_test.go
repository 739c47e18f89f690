package importer

import (
	"strings"
	"testing"
)

const rmmed = `Thread,Time,Action,Pointer,Size,Stream
3176,23:59:59.999999,allocate,0x7f8a40000000,1024,0x0
3177,23:59:59:999998,allocate,0x7f8a40000400,100,0x55d0
3176,00:00:00.000001,allocate failure,(nil),4096,0x0

Thread,Time,Action,Pointer,Size,Stream
3176,00:00:01.000001,free,0x7f8a40000000,1024,0x0
3176,00:00:01.000001,free,0x7f8a99999900,256,0x0
3176,00:00:02.000001,allocate,0x0,0,0x0
3176,00:00:02.000001,free,(nil),0,0x0
`

func TestRMM(t *testing.T) {
	// 4 and 1 units of 256 bytes: 5 pages, and 5 / 0.85 is 5.9. The second time is one
	// microsecond back, and the third, after midnight, two microseconds on.
	check(t, rmmed, Options{}, `
region 24576 page 4096
@ 0
a 0 16384
a 1 4096
@ 2000
a 2 65536
! ENOSPC
f 2
@ 1000002000
f 0
`, `
all sizes are multiplied by 16 (sizes come in units of 256 bytes)
requests that failed, out of memory: 1
dropped frees of objects that nobody saw: 1
dropped allocations of 0 bytes: 1
dropped frees of a null pointer: 1
`)
	im, err := Import(strings.NewReader(rmmed), "capture", Options{Process: "3177"})
	if err != nil || im.Streams[0].Allocs != 1 {
		t.Errorf("of one thread: got %v, error %v", im, err)
	}
	im, err = Import(strings.NewReader(rmmed), "capture", Options{Stream: "0x55d0"})
	if err != nil || im.Streams[0].Allocs != 1 {
		t.Errorf("of one stream: got %v, error %v", im, err)
	}
	const head = "Thread,Time,Action,Pointer,Size,Stream\n"
	for _, c := range []struct{ line, want string }{
		{"1,00:00:00.0,allocate,0x10\n", `capture:2: "1,00:00:00.0,allocate,0x10" has 4 cells`},
		{"1,24:00:00.0,allocate,0x10,256,0\n", `capture:2: "24:00:00.0" is no time of the day`},
		{"1,1:2,allocate,0x10,256,0\n", `capture:2: "1:2" is no time of the day`},
		{"1,00:00:00.0,allocate,0xg,256,0\n", `capture:2: "0xg" is no pointer`},
		{"1,00:00:00.0,allocate,0x10,1e3,0\n", `capture:2: "1e3" is no number of bytes`},
		{"1,00:00:00.0,allocate,0x10,18446744073709551616,0\n", `is no number of bytes`},
		{"1,00:00:00.0,realloc,0x10,256,0\n", `capture:2: "realloc" is no action`},
	} {
		refuse(t, head+c.line, Options{}, c.want)
	}
}

func FuzzRMM(f *testing.F) { fuzz(f, rmm, rmmed) }
