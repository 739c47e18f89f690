package importer

import (
	"fmt"
	"strings"
	"testing"
)

// bfcLogged is lines behind the prefix of a log.
func bfcLogged(lines string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimPrefix(lines, "\n")) {
		fmt.Fprintf(&b, "2021-01-01 00:00:00.000000: I tensorflow/core/common_runtime/bfc_allocator.cc:1027] %s", line)
	}
	return b.String()
}

var bfcSmall = "starting\n" + bfcLogged(`
Allocator (GPU_0_bfc) ran out of memory trying to allocate 1.0KiB (rounded to 1024)requested by op MatMul
If the cause is memory fragmentation maybe the environment variable 'TF_GPU_ALLOCATOR=cuda_malloc_async' will improve the situation.
BFCAllocator dump for GPU_0_bfc
Bin (256): 	Total Chunks: 3, Chunks in use: 2. 768B allocated for chunks. 512B in use in bin. 300B client-requested in use in bin.
Bin for 1.0KiB was 1.0KiB, Chunk State:
Next region of size 2048
InUse at 7f3a5c000000 of size 512 next 1
Free  at 7f3a5c000200 of size 256 next 2
InUse at 7f3a5c000300 of size 1280 next 18446744073709551615
Next region of size 1024
Free  at 7f3a70000000 of size 768 next 4
InUse at 7f3a70000300 of size 256 next 18446744073709551615
     Summary of in-use Chunks by size:
1 Chunks of size 256 totalling 256B
Sum Total of in-use chunks: 2.0KiB
Limit:                        8053063680
MaxInUse:                     8053063680
`)

func TestBFC(t *testing.T) {
	// 2048 + 1024 bytes in units of 256 are 12 pages; the second region begins at page 8.
	const want = "GPU_0_bfc:\nregion 49152 page 4096\nl 0 0+8192 12288+20480 45056+4096\na 3 16384\n! ENOSPC\nf 3\n"
	const scaled = "all sizes are multiplied by 16 (sizes come in units of 256 bytes)"
	const failed = "requests that failed, out of memory: 1"
	check(t, bfcSmall, Options{}, want, scaled+"\n"+failed)
	// Older versions.
	check(t, bfcLogged(`
Allocator (GPU_1_bfc) ran out of memory trying to allocate 1.30KiB.  Current allocation summary follows.
Chunk at 0x10200 of size 256
Free at 0x10300 of size 256
Chunk at 0x10400 of size 512
`), Options{}, "GPU_1_bfc:\nregion 16384 page 4096\nl 0 0+4096 8192+8192\na 2 24576\n! ENOSPC\nf 2\n",
		scaled+"\nrequests that failed, of which the log has three digits of the size: 1\n"+failed)
	check(t, "InUse at 0 of size 256 next 1\n", Options{}, "region 4096 page 4096\nl 0 0+4096\n", scaled)
}

// TestBFCDumps has two dumps of one allocator, and failures without one.
func TestBFCDumps(t *testing.T) {
	text := bfcSmall + bfcLogged(`
Allocator (GPU_0_bfc) ran out of memory trying to allocate 2.30GiB with freed_by_count=0. The caller indicates that this is not a failure, but this may mean that there could be performance gains if more memory were available.
Allocator (GPU_0_bfc) ran out of memory trying to allocate 4.00GiB (rounded to 4294967296)requested by op A
Allocator (GPU_0_bfc) ran out of memory trying to allocate 256B (rounded to 256)requested by op B
Next region of size 256
InUse at 7f3a5c000000 of size 256 next 18446744073709551615
`)
	im, err := Import(strings.NewReader(text), "capture", Options{})
	if err != nil || len(im.Streams) != 2 {
		t.Fatalf("got %v, error %v", im, err)
	}
	check(t, text, Options{Device: "GPU_0_bfc dump 2"}, "GPU_0_bfc dump 2:\nregion 4096 page 4096\nl 0 0+4096\na 1 4096\n! ENOSPC\nf 1\n", `
all sizes are multiplied by 16 (sizes come in units of 256 bytes)
requests that failed, out of memory: 2
dropped requests that failed without harm, of which there is no dump: 1
dropped requests that failed, of which there is no dump: 1
left out as asked: allocations on other devices: 4
`)
}

func TestBFCRefuses(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"Next region of size -1\n", `capture:1: "-1" is no size of a region`},
		{"InUse at 7f00 of size 256 next 1\nInUse at 7ex0 of size 256 next 1\n", `capture:2: "7ex0 of size 256 next 1" is no chunk: one is ADDRESS of size N`},
		{"InUse at 7f00 of size 256 next 1\nFree  at 7f80 of size 256 next 1\n", "capture:2: the chunk at 7f80 is not behind the one before it, which ends at 8000"},
		{"Next region of size 512\nInUse at 7f00 of size 256 next 1\nInUse at 8000 of size 512 next 1\n", "capture:3: the chunk at 8000 does not lie in its region of 512 bytes"},
		{"InUse at ffffffffffffff00 of size 256 next 1\n", "is not behind the one before it"},
		{"Allocator (x) ran out of memory trying to allocate much\n", `capture:1: "much" is no size of a request`},
		{"Allocator (x) ran out of memory trying to allocate 1.00GiB (rounded to 1073741824)\n", "capture: nothing to replay in a file of format bfc: requests that failed, of which there is no dump: 1"},
		{"InUse at 0 of size 100 next 1\n", "the live extent 0+1600 is no whole number of pages of 4096"},
	} {
		refuse(t, c.lines, Options{Format: "bfc"}, c.want)
	}
}

func TestBFCSize(t *testing.T) {
	for text, want := range map[string]uint64{"1B": 256, "256B": 256, "1.0KiB": 1024, "1.5KiB": 1536, "3.91GiB": 4198330624, "1.00TiB": 1 << 40} {
		if got, ok := bfcSize([]byte(text)); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
	}
}

func FuzzBFC(f *testing.F) {
	fuzz(f, bfc, bfcSmall, "Chunk at 0x100 of size 256\nran out of memory trying to allocate 1.5KiB. Current\nFree at 0x0 of size 256\n")
}

// TestBFCNames cuts a long name.
func TestBFCNames(t *testing.T) {
	long := strings.Repeat("n", maxName)
	im, err := Import(strings.NewReader("BFCAllocator dump for "+long+"more\nInUse at 100 of size 256 next 1\n"), "capture", Options{})
	if err != nil || len(im.Streams) != 1 || im.Streams[0].Heap != long {
		t.Errorf("got %v, error %v", im, err)
	}
}
