package importer

import (
	"strings"
	"testing"
)

// TestLinuxMixed reads files with events of several kinds.
func TestLinuxMixed(t *testing.T) {
	const (
		tail   = " a-1 [000] 1.5: "
		bind   = tail + "i915_vma_bind: obj=1, offset=0x1000 size=0x1000 vm=2\n"
		move   = tail + "amdgpu_bo_move: bo=0x1, from=-1, to=2, size=4096\n"
		page   = tail + "mm_page_alloc: page=1 pfn=0x5 order=0 migratetype=1 gfp_flags=x\n"
		create = tail + "xe_bo_create: dev=a, size=4096, flags=0x02, vm=1\n"
		other  = tail + "sched_switch: prev_comm=a\n"
		vram   = tail + "vram_alloc: (ffff) mm=1 start=0x0 end=0x10000 size=0x1000 min=0x1000 list=2 flags=0\n"
	)
	for text, want := range map[string]string{
		page + move:                       "amdgpu",
		page + move + bind:                "i915",
		page + move + bind + other + vram: "kprobe",
		other + page:                      "pages",
		create + other:                    "kprobe",
		"cpus=1\n":                        "kprobe",
		"# tracer: nop\n":                 "kprobe",
		"hello\n":                         "",
		other[:20]:                        "",
	} {
		if got := linuxFormat([]byte(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	check(t, "version = 6\ncpus=1\nCPU 0 is empty\n\n"+other+page+move+move[:20]+"\n => stack\n\tffff f\n"+create+create, Options{}, `
region 8192 page 4096
@ 0
a 0 4096
`, `
dropped xe_bo_create events (it does not say which object it is, or when that is freed: capture the buddy instead, by scripts/capture/buddy): 2
dropped events that say nothing of memory: 1
dropped lines that are no events: 1
dropped pages events (-from pages reads them): 1
`)
	refuse(t, other+create, Options{}, "capture:2: no event in the file is of format kprobe; 1 of xe_bo_create (it does not say which object it is, or when that is freed: capture the buddy instead, by scripts/capture/buddy)")
	refuse(t, strings.Repeat(other, 2000)+bind, Options{}, "capture:2001: no event in the file is of format kprobe; 1 of i915 (-from i915 reads them)")
	refuse(t, "# tracer: nop\n", Options{}, "capture:1: no event in the file is of format kprobe, or of another that tells of memory")
}
