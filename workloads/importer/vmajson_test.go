package importer

import (
	"strings"
	"testing"
)

// vma2 nests as version 2 does, vma3 as version 3.
const vma2 = `{
  "Total": {"Blocks": 2, "Allocations": 3, "UnusedRanges": 1, "UsedBytes": 2000},
  "Heap 0": {"Size": 8432648192, "Flags": ["DEVICE_LOCAL"], "Stats": {"Blocks": 1}},
  "DedicatedAllocations": {"Type 7": [{"Type": "IMAGE_OPTIMAL", "Size": 4096, "Usage": 7}, {"Type": "BUFFER", "Size": 1}]},
  "DefaultPools": {"Type 7": {"PreferredBlockSize": 1048576, "Blocks": {
    "0": {"TotalBytes": 4096, "UnusedBytes": 3000, "Allocations": 2, "UnusedRanges": 1, "Suballocations": [
      {"Offset": 0, "Type": "BUFFER", "Size": 100, "Usage": 130},
      {"Offset": 100, "Type": "FREE", "Size": 28},
      {"Offset": 128, "Type": "IMAGE_OPTIMAL", "Size": 896, "UserData": "a \"name\""},
      {"Offset": 1024, "Type": "FREE", "Size": 3072}]},
    "1": {"TotalBytes": 65536, "Suballocations": [{"Offset": 0, "Type": "FREE", "Size": 65536}]}}}},
  "Pools": {"0": {"MemoryTypeIndex": 7, "BlockCount": {"Min": 0, "Cur": 1}, "Blocks": {
    "4": {"TotalBytes": 512, "Suballocations": [{"Offset": 384, "Type": "UNKNOWN", "Size": 128}]}}}}
}
`

const vma3 = `{"General": {"API": "Vulkan"}, "Total": {"BlockCount": 1}, "MemoryInfo": {"Heap 0": {"Size": 1}},
"DefaultPools": {"Type 1": {"Blocks": {"0": {"MapRefCount": 0, "TotalBytes": 4096, "Suballocations": [{"Offset": 512, "Type": "BUFFER", "Size": 300}]}},
  "DedicatedAllocations": [{"Type": "BUFFER", "Size": 512, "Usage": 3}]}},
"CustomPools": {"Type 2": [{"Name": "0 - mine", "Flags": [], "Blocks": {"0": {"TotalBytes": 512, "Suballocations": [{"Offset": 0, "Type": "BUFFER", "Size": 256}]}}}]}}
`

func TestVmaJSON(t *testing.T) {
	// The offsets are multiples of 128: 32 such units fill a region of 4096 bytes.
	check(t, vma2, Options{}, `
DefaultPools-Type7-block0:
region 131072 page 4096
l 0 0+4096 4096+28672
Pools-0-block4:
region 16384 page 4096
l 0 12288+4096
`, `
all sizes are multiplied by 32 (sizes come in units of 128 bytes)
allocations that end at no multiple of the unit (they are rounded up): 1
dropped dedicated allocations, each of which fills memory of its own: 2
dropped blocks without an allocation: 1
`)
	check(t, vma3, Options{}, `
DefaultPools-Type1-block0:
region 65536 page 4096
l 0 8192+8192
CustomPools-Type2-0-block0:
region 8192 page 4096
l 0 0+4096
`, `
all sizes are multiplied by 16 (sizes come in units of 256 bytes)
allocations that end at no multiple of the unit (they are rounded up): 1
dropped dedicated allocations, each of which fills memory of its own: 1
`)
	// A virtual block is the whole value.
	check(t, `{"TotalBytes": 64, "UnusedRanges": 1, "Suballocations": [{"Offset": 9, "Size": 3, "Type": "USED"}]}`, Options{}, `
region 262144 page 4096
l 0 36864+12288
`, "all sizes are multiplied by 4,096 (the file counts in units of its own)")
}

func TestVmaJSONRefuses(t *testing.T) {
	const block = `{"TotalBytes": 4096, "Suballocations": [`
	for _, tt := range []struct{ text, want string }{
		{`{"Total": {"BlockCount": 1}}`, "capture:1: the dump has no map of allocations: vmaBuildStatsString makes one if its detailedMap is true"},
		{block + `{"Offset": 0, "Type": "BUFFER"}]}`, "capture:1: byte 71: a suballocation without Type, Offset and Size"},
		{block + `{"Offset": 0.5, "Type": "BUFFER", "Size": 1}]}`, `"Offset" is no whole number of 64 bits`},
		{block + `{"Offset": 18446744073709551616, "Type": "BUFFER", "Size": 1}]}`, `"Offset" is no whole number of 64 bits`},
		{block + `{"Offset": 4095, "Type": "BUFFER", "Size": 2}]}`, "the allocation 4095+2 reaches out of its block of 4096 bytes"},
		{block + `{"Offset": 0, "Type": "BUFFER", "Size": 0}]}`, "an allocation of 0 bytes"},
		{block + `{"Offset": 0, "Type": "B", "Size": 9}, {"Offset": 8, "Type": "B", "Size": 9}]}`, "the block has two allocations at 8"},
		{`{"a": ` + block + `]}, "a": ` + block + `]}}`, `there are two blocks "a"`},
		{block, "the JSON ends early"},
		{block + `]} {}`, "something follows the value"},
		{block + `]`, "the JSON ends early"},
		{`{"Suballocations": 1}`, `"Suballocations" is no list`},
		{`{"Suballocations": [1]}`, "1 where an object is expected"},
	} {
		refuse(t, tt.text, Options{}, tt.want)
	}
	refuse(t, strings.Repeat(`{"UnusedRanges":`, 200), Options{}, "deeper than 100 values in each other")
	refuse(t, `{"UnusedRanges": "`+strings.Repeat("x", 2*4<<20), Options{}, "a string or number longer than 4194304 bytes")
}

func FuzzVmaJSON(f *testing.F) { fuzz(f, vmaJSON, vma2, vma3) }
