package workloads

import "github.com/vramlab/vramlab/strategies"

// vulkan is what Vulkan programs put into device memory: buffers and images with the sizes
// and alignments that a driver required of them, in three captures of a Vulkan layer on
// the software renderer lavapipe: Warzone 2100 (4,189 resources), Chromium's GPU process
// with WebGL (3,193) and glmark2 (1,010). Buffers are at multiples of 64 bytes there, and
// images at multiples of 16. An allocator of a driver sees none of that: both are less
// than its page. Whoever packs resources into the driver's memory does, an engine or the
// Vulkan Memory Allocator. So 16 bytes of the captures are a page of 4 KiB here, as
// convert -from vulkan-resources -scale 256 has it: all sizes are 256 times as large,
// buffers at multiples of 16 KiB, images of a page.
//
// 128 GiB, which stand for 512 MiB, stay 85 % full, and resources are freed at random. How
// long they live and in which order they go is not as captured: the recorded traces
// vk_wz_resource and its like have that, with whole pages of the captured bytes and no
// alignments.
//
// It stresses packing across six orders of magnitude: of ten buffers eight are of at most
// 4 KiB in the program's bytes, and six have no multiple of their alignment; half of the
// images are powers of two, and the large ones, a few percent of all, are most of the
// bytes.
func vulkan() Workload {
	w := Workload{
		Name:   "vulkan",
		Title:  "Vulkan resources",
		Doc:    "Buffers and images with the sizes and alignments that three Vulkan programs were captured with, 16 bytes of theirs as a page, freed at random while 128 GiB stay 85 % full.",
		Region: strategies.Region{Size: 128 * gib, Page: page},
	}
	return generate(w, func(g *gen) {
		level := percent(85, w.Region.Size)
		var live pool
		for g.more() {
			if g.used < level {
				live.add(g.alloc(g.vulkanResource()))
			} else {
				g.free(live.pick(g))
			}
		}
	})
}

// vulkanUnit is the smallest alignment captured, in the program's bytes. A size in units
// of it is a size in pages here.
const vulkanUnit = 16

// bufferAlign is the alignment of the captured buffers, 64 bytes of the program's.
const bufferAlign = 64 / vulkanUnit * page

// vulkanSize is a class of sizes of the captures.
type vulkanSize struct {
	low, high uint64 // in units of 16 bytes, rounded up; all between are as likely
	count     uint64 // of the captured resources
}

// The sizes captured, in all three captures together: those that occur 80 times or more
// each by itself, the others by octave, from the smallest to the largest that occurs.
var (
	vulkanBuffers = []vulkanSize{
		{1, 1, 155}, {2, 2, 85}, {3, 3, 200}, {4, 7, 169}, {6, 6, 213}, {8, 14, 222}, {9, 9, 269},
		{12, 12, 287}, {15, 15, 105}, {16, 31, 500}, {18, 18, 110}, {24, 24, 304}, {32, 32, 173},
		{33, 63, 842}, {36, 36, 93}, {64, 126, 505}, {128, 252, 204}, {256, 495, 54},
		{512, 960, 21}, {1024, 1920, 18}, {2048, 2048, 220}, {2108, 3162, 5}, {4096, 6144, 26},
		{8192, 16137, 22}, {16384, 32283, 111}, {32768, 49152, 10}, {65536, 65536, 564},
		{69632, 120000, 20}, {131072, 196608, 13}, {262144, 294912, 23}, {524288, 557056, 13},
		{1048576, 1179648, 10}, {2228224, 2228224, 1},
	}
	vulkanImages = []vulkanSize{
		{16, 16, 6}, {32, 32, 2}, {64, 96, 64}, {128, 240, 33}, {256, 480, 29}, {512, 896, 84},
		{1024, 1152, 20}, {2048, 3968, 11}, {4096, 7392, 108}, {8192, 8192, 84}, {8272, 15840, 28},
		{16384, 16384, 435}, {16560, 32480, 118}, {27648, 27648, 160}, {32768, 32768, 184},
		{33600, 64960, 193}, {65536, 65536, 539}, {65856, 120000, 157}, {81920, 81920, 162},
		{114688, 114688, 98}, {131072, 240000, 37}, {147456, 147456, 98}, {262144, 262144, 158},
		{307200, 409792, 14}, {1048576, 1392640, 3},
	}
)

// vulkanResource draws the request for a buffer or an image.
func (g *gen) vulkanResource() strategies.Request {
	buffers := countOf(vulkanBuffers)
	n := g.below(buffers + countOf(vulkanImages))
	if n < buffers {
		return strategies.Request{Size: g.vulkanPages(vulkanBuffers, n) * page, Align: bufferAlign}
	}
	return strategies.Request{Size: g.vulkanPages(vulkanImages, n-buffers) * page}
}

// vulkanPages draws the size of the n-th resource of a table.
func (g *gen) vulkanPages(table []vulkanSize, n uint64) uint64 {
	for _, c := range table {
		if n < c.count {
			return c.low + g.below(c.high-c.low+1)
		}
		n -= c.count
	}
	panic("workloads: a resource beyond those of the captures")
}

// countOf is the number of resources in a table.
func countOf(table []vulkanSize) (n uint64) {
	for _, c := range table {
		n += c.count
	}
	return n
}
