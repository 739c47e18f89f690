package importer

import (
	"strings"
	"testing"
)

const vkLog = `# vk-memlog 1: time_s,frame,op,fields
0.5,0,device,dev=0x1,vendor=0x10005,device=0x0,api=1.3.230,granularity=64,name=llvmpipe (LLVM 15.0.6, 256 bits)
0.5,0,heap,index=0,size=1048576,flags=0x0
0.5,0,heap,index=1,size=65536,flags=0x1
1.5,0,buffer,res=0xa,size=4,usage=0x219ff,req_size=5000,req_align=64,types=0x1
1.5,0,alloc,mem=0xb,size=8192,type=0,heap=1,props=0xf,dedicated=0,import=0,result=0
1.5,0,bind,res=0xa,mem=0xb,offset=0
1.5,0,image,res=0xc,format=125,w=640,h=480,d=1,mips=1,layers=1,samples=1,tiling=0,usage=0x80027,req_size=16384,req_align=8192,types=0x1,mod=0
2.5,7,alloc,mem=0xd,size=4096,type=0,heap=0,props=0xf,dedicated=0,import=0,result=0
2.5,7,alloc,mem=0x0,size=65536,type=0,heap=1,props=0xf,dedicated=0,import=0,result=-2
2.5,7,alloc,mem=0x0,size=65536,type=0,heap=1,props=0xf,dedicated=0,import=0,result=-1
2.5,7,alloc,mem=0xe,size=4096,type=0,heap=1,props=0xf,dedicated=0,import=9,result=0
3.5,8,free,mem=0xe
3.5,8,free,mem=0xb
3.5,8,free,mem=0xff
3.5,8,destroy,res=0xa
3.5,8,destroy_device,dev=0x1
`

func TestVulkan(t *testing.T) {
	check(t, vkLog, Options{}, `
heap0:
region 1048576 page 4096
@ 0
a 0 4096
heap1:
region 65536 page 4096
@ 0
a 0 8192
@ 1000000000
a 1 65536
! ENOSPC
f 1
@ 2000000000
f 0
`, `
dropped allocations that failed for another reason than device memory: 1
dropped imports of memory of others: 1
dropped frees of objects that nobody saw: 1
`)
	check(t, vkLog, Options{Format: "vulkan-resources"}, `
region 65536 page 4096
@ 0
a 0 8192
a 1 16384 align=8192
@ 2000000000
f 0
`, "")
	refuse(t, "# vk-memlog 2: x\n", Options{}, "capture:1: a log of another version than 1")
	refuse(t, "# vk-memlog 1: x\n1.0,0\n", Options{}, `capture:2: "1.0,0" is not TIME,FRAME,OP,NAME=VALUE,...`)
	refuse(t, "# vk-memlog 1: x\nnow,0,free,mem=0x1\n", Options{}, `capture:2: "now" is no time in seconds`)
	refuse(t, "# vk-memlog 1: x\n1.0,0,alloc,mem=0x1,size=18446744073709551616,heap=0\n", Options{}, "capture:2: alloc without size=, a number of 64 bits")
	refuse(t, "# vk-memlog 1: x\n1.0,0,buffer,res=0x1,req_size=1\n", Options{Format: "vulkan-resources"}, "capture:2: buffer without req_align=, a number of 64 bits")
}

// TestVulkanDevices: memory is of the device that was made last, and is freed where it is.
func TestVulkanDevices(t *testing.T) {
	check(t, `# vk-memlog 1: time_s,frame,op,fields
0,0,device,dev=0x1
0,0,alloc,mem=0x1,size=4096,heap=0
0,0,device,dev=0x2
0,0,alloc,mem=0x2,size=8192,heap=0
0,0,free,mem=0x1
0,0,alloc,mem=0x2,size=12288,heap=0
`, Options{}, `
heap0:
region 8192 page 4096
@ 0
a 0 4096
f 0
device2-heap0:
region 16384 page 4096
@ 0
a 0 8192
f 0
a 1 12288
`, "dropped objects whose free is missing: their address was allocated again (they end there): 1")
}

// TestVulkanCapture reads a real log, on both levels.
func TestVulkanCapture(t *testing.T) {
	for _, tt := range []struct {
		format        string
		allocs, frees int
		peak          uint64
	}{
		{"", 56, 55, 60628992},
		{"vulkan-resources", 1010, 1009, 59072512},
	} {
		im, err := Import(strings.NewReader(recorded(t, "vk_glmark2.csv.gz")), "vk", Options{Format: tt.format})
		if err != nil {
			t.Fatal(err)
		}
		if s := im.Streams[0]; s.Allocs != tt.allocs || s.Frees != tt.frees || s.Peak != tt.peak || s.Region.Size != 2<<30 || len(im.Dropped) > 0 {
			t.Errorf("%s: %d allocations, %d frees, peak %d, region %d, %v", tt.format, s.Allocs, s.Frees, s.Peak, s.Region.Size, im.Dropped)
		}
	}
}

func FuzzVulkan(f *testing.F)          { fuzz(f, vulkan, vkLog) }
func FuzzVulkanResources(f *testing.F) { fuzz(f, vulkanResources, vkLog) }
