package importer

import (
	"strings"
	"testing"
)

// Two objects, one of them from before the capture, and two vms. What is bound in the
// second is bound again, and one offset is bound anew.
const i915Traced = `cpus=1
          init-1     [000]     1.000000: i915_gem_object_create: obj=0xff11000100039300, size=0x3000
          init-1     [000]     1.000001: i915_gem_object_destroy: obj=0xff11000100039999
          init-1     [000]     1.000002: i915_vma_bind:        obj=0xff11000100039300, offset=0x0000000000fff000 size=0x1000, mappable vm=0xa
          init-1     [000]     1.000003: i915_vma_bind:        obj=0xff11000100039300, offset=0x0000000000001000 size=0x3000 vm=0xb
          init-1     [000]     1.000004: i915_vma_bind:        obj=0xff11000100039300, offset=0x0000000000001000 size=0x3000 vm=0xb
          init-1     [000]     1.000005: i915_vma_unbind:      obj=0xff11000100039300, offset=0x0000000000001000 size=0x3000 vm=0xb
          init-1     [000]     1.000006: i915_vma_bind:        obj=0xff11000100039300, offset=0x0000000000000000 size=0x3000 vm=0xb
          init-1     [000]     1.000007: i915_gem_object_destroy: obj=0xff11000100039300
`

func TestI915(t *testing.T) {
	// 3 pages / 0.85 are 3.5. The addresses of the vms end at 16 MiB and at 16 KiB.
	const objects = "objects:\nregion 16384 page 4096\n@ 0\na 0 12288\n@ 7000\nf 0\n"
	const a = "vm=0xa:\nregion 16777216 page 4096\n@ 0\na 0 4096\n= 16773120+4096\n"
	const b = "vm=0xb:\nregion 16384 page 4096\n@ 0\na 0 12288\n= 4096+12288\n@ 2000\nf 0\n@ 3000\na 1 12288\n= 0+12288\n"
	const told = "dropped frees of objects that nobody saw: 1"
	check(t, i915Traced, Options{}, objects+a+b, told)
	check(t, i915Traced, Options{Device: "vm=0xb"}, b, told+"\nleft out as asked: allocations on other devices: 2")
	// Hashed pointers, and sizes as they were printed before.
	old := strings.NewReplacer("0xff", "ff", "vm=0x", "vm=", "size=0x3000\n          init-1     [000]     1.000001", "size=12288\n init-1 [000] 1.000001", "offset=0x", "offset=")
	check(t, old.Replace(i915Traced), Options{}, strings.ReplaceAll(objects+a+b, "vm=0x", "vm="), told)

	const line = " a-1 [000] 1.5: "
	refuse(t, line+"i915_vma_bind: obj=1, offset=0x1000 size=0x1000\n", Options{}, "capture:1: i915_vma_bind has no vm=")
	refuse(t, line+"i915_gem_object_destroy: obj=0x1\n", Options{}, "nothing to replay in a file of format i915: frees of objects that nobody saw: 1")
}

// TestI915Kernel reads the start of a self-test that fills the 16 MiB of a global address
// space page by page, and then evicts: what is live is all of it, where the kernel put it.
func TestI915Kernel(t *testing.T) {
	im, err := Import(strings.NewReader(recorded(t, "kernel612_i915_vma.ftrace.txt.gz")), "capture", Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := im.Streams[0]
	if s.Allocs != 5048 || s.Frees != 952 || s.Left != 4096 || s.Peak != 16<<20 || s.Region.Size != 16<<20 || len(im.Dropped) != 0 {
		t.Errorf("got %v, dropped %v", s.Told(), im.Dropped)
	}
}

func FuzzI915(f *testing.F) { fuzz(f, i915, i915Traced) }
