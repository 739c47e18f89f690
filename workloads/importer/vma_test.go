package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

const vmaRecording = `Vulkan Memory Allocator,Calls recording
1,8
Config,Begin
PhysicalDevice,apiVersion,4198477
PhysicalDeviceMemory,HeapCount,2
PhysicalDeviceMemory,Heap,0,size,1073741824
PhysicalDeviceMemory,Heap,0,flags,1
PhysicalDeviceMemory,Heap,1,size,8589934592
PhysicalDeviceMemory,Heap,1,flags,0
Macro,VMA_DEBUG_MARGIN,0
Config,End
8644,0.300,0,vmaCreateAllocator
8644,0.302,0,vmaCreateBuffer,0,4194304,1,0,36,3,0,0,0,0000000000000000,0000000007F66FE8,example, with commas
8644,0.302,0,vmaCreateImage,0,1,37,64,32,1,2,1,1,0,6,0,0,0,1,0,0,0,0000000000000000,0000000007F67000,
8645,0.400,1,vmaAllocateMemory,8192,65536,3,1,2,0,0,0,0000000000000000,0000000007F68000,x
8644,0.400,1,vmaAllocateMemoryPages,4096,256,3,0,1,0,0,0,0000000000000000,00000000000000A0 00000000000000B0,
8644,0.400,1,vmaAllocateMemoryForImage,12288,256,3,0,0,0,1,0,0,0,0000000000000000,0x7f68100,
8644,0.500,1,vmaCreateBuffer,0,99999999,1,0,36,3,0,0,0,(nil),(nil),
8644,0.500,1,vmaCreateImage,0,1,1000156003,64,32,1,2,1,1,0,6,0,0,0,1,0,0,0,0000000000000000,0000000000000CCC,
8644,0.500,1,vmaCreateLostAllocation,0000000000000DDD
8644,0.600,2,vmaDestroyBuffer,0000000007F66FE8
8644,0.600,2,vmaDestroyImage,0000000000000CCC
8644,0.600,2,vmaFreeMemoryPages,00000000000000A0 00000000000000B0
8644,0.600,2,vmaFreeMemory,0000000000000000
8644,0.600,2,vmaFreeMemory,0000000000000DDD
8644,0.600,2,vmaResizeAllocation,0000000007F68000,4096
8644,0.700,2,vmaDestroyAllocator
`

func TestVma(t *testing.T) {
	// The image: 64 x 32 and 32 x 16 texels of 4 bytes, 10240 bytes.
	check(t, vmaRecording, Options{}, `
region 1073741824 page 4096
@ 0
a 0 4194304
a 1 12288
@ 98000000
a 2 8192 align=65536
a 3 4096
a 4 4096
a 5 12288
@ 298000000
f 0
f 3
f 4
`, `
images, whose size a recording lacks (it is reckoned from format and extent): 1
dropped allocations that failed: 1
dropped images of formats whose size cannot be reckoned: 1
dropped allocations that are lost from the beginning: 1
dropped frees of a null pointer: 1
dropped calls that resize, move or lose allocations: 1
`)
	trace, _ := imported(t, vmaRecording, Options{Stream: "cpu_only"})
	if want := "region 1073741824 page 4096\n@ 0\na 0 8192 align=65536\n"; trace != want {
		t.Errorf("of the usage cpu_only: %s", trace)
	}
	const head = "Vulkan Memory Allocator,Calls recording\n1,1\n"
	refuse(t, "Vulkan Memory Allocator,Calls recording\n2,0\n", Options{}, `capture:2: a recording of version "2,0", not 1,N`)
	refuse(t, head+"1,0.1,0\n", Options{}, `capture:3: "1,0.1,0" is not THREAD,SECONDS,FRAME,FUNCTION,...`)
	refuse(t, head+"1,x,0,vmaFreeMemory,1\n", Options{}, `capture:3: "x" is no time in seconds`)
	refuse(t, head+"1,0.1,0,vmaCreateBuffer,0,4096\n", Options{}, "capture:3: vmaCreateBuffer with 2 arguments, of 11")
	refuse(t, head+"1,0.1,0,vmaCreateBuffer,0,99999999999999999999,1,0,36,3,0,0,0,0,7F66FE8,\n", Options{}, "capture:3: vmaCreateBuffer: an argument is no number of 64 bits")
	refuse(t, head+"1,0.1,0,vmaFreeMemory,xyz\n", Options{}, `capture:3: vmaFreeMemory: "xyz" is no handle`)
	refuse(t, "a\n", Options{Format: "vma"}, `capture:1: the first line is not "Vulkan Memory Allocator,Calls recording"`)
}

func TestImageSize(t *testing.T) {
	for _, tt := range []struct {
		image [7]uint64 // format, width, height, depth, mips, layers, samples
		want  uint64
	}{
		{[7]uint64{44, 800, 600, 1, 1, 1, 1}, 1920000},
		{[7]uint64{130, 800, 600, 1, 1, 1, 1}, 3840000},
		{[7]uint64{37, 4, 4, 1, 3, 6, 1}, (64 + 16 + 4) * 6},
		{[7]uint64{37, 4, 4, 1, 1, 1, 4}, 256},
		{[7]uint64{9, 3, 5, 7, 2, 1, 1}, 3*5*7 + 1*2*3},
		{[7]uint64{131, 5, 5, 1, 1, 1, 1}, 4 * 8},
		{[7]uint64{184, 13, 12, 1, 1, 1, 1}, 2 * 16},
		{[7]uint64{0, 1, 1, 1, 1, 1, 1}, 0},
		{[7]uint64{185, 1, 1, 1, 1, 1, 1}, 0},
		{[7]uint64{37, 1 << 20, 1 << 20, 1 << 20, 1, 1, 1}, 0},
		{[7]uint64{37, 1 << 63, 1, 1, 1, 1, 1}, 0},
	} {
		v := tt.image
		if got, ok := imageSize(v[0], v[1], v[2], v[3], v[4], v[5], v[6]); got != tt.want || ok != (tt.want != 0) {
			t.Errorf("%v: got %d, %v, want %d", v, got, ok, tt.want)
		}
	}
}

// TestImageSizeAgainstDriver compares with what a driver required: it adds, and never
// takes away.
func TestImageSizeAgainstDriver(t *testing.T) {
	in, err := capture.Open(strings.NewReader(recorded(t, "vk_glmark2.csv.gz")), "vk")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var reckoned, required uint64
	for line := range in.Lines() {
		if !strings.Contains(string(line), ",image,") {
			continue
		}
		v := make(map[string]uint64)
		for _, cell := range field.Cells(nil, line) {
			name, value, _ := bytes.Cut(cell, []byte{'='})
			v[string(name)], _ = field.Number(value)
		}
		got, ok := imageSize(v["format"], v["w"], v["h"], v["d"], v["mips"], v["layers"], v["samples"])
		if !ok || got > v["req_size"] {
			t.Errorf("%s: reckoned %d", line, got)
		}
		n++
		reckoned += got
		required += v["req_size"]
	}
	if n != 84 || float64(reckoned) < 0.95*float64(required) {
		t.Errorf("%d images: reckoned %d bytes of %d", n, reckoned, required)
	}
}

func FuzzVma(f *testing.F) { fuzz(f, vma, vmaRecording) }
