package importer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Two buddies. The list 0xa collects two requests, the third of it is refused; the window
// of 0xb is [64 KiB, 128 KiB). The second buddy is known by a window only, then by its size,
// then its mm becomes another.
const kprobed = `# tracer: nop
#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
#              | |         |   |||||     |         |
 Web Co-nt: 1-7 [000] .N... 1.000001: vram_alloc: (gpu_buddy_alloc_blocks+0x4/0x460) mm=0xff01 start=0x0 end=0x40000 size=0x3000 min=0x1000 list=0xa flags=0x0
 Web Co-nt: 1-7 [000] .N... 1.000002: vram_ret: (amdgpu_vram_mgr_new+0xb9/0x310 <- gpu_buddy_alloc_blocks) ret=0
 Web Co-nt: 1-7 [000] .N... 1.000003: vram_alloc: (gpu_buddy_alloc_blocks+0x4/0x460) mm=0xff01 start=0x0 end=0x40000 size=0x1000 min=0x1000 list=0xa flags=0x2
 Web Co-nt: 1-7 [000] .N... 1.000004: vram_ret: (amdgpu_vram_mgr_new+0xb9/0x310 <- gpu_buddy_alloc_blocks) ret=0
 Web Co-nt: 1-7 [000] .N... 1.000005: vram_alloc: (gpu_buddy_alloc_blocks+0x4/0x460) mm=0xff01 start=0x0 end=0x40000 size=0x40000 min=0x40000 list=0xa flags=0xc
 Web Co-nt: 1-7 [000] .N... 1.000006: vram_ret: (amdgpu_vram_mgr_new+0xb9/0x310 <- gpu_buddy_alloc_blocks) ret=-28
 init-1 [000] 1.000007: vram_alloc: (drm_buddy_alloc_blocks+0x4/0x460) mm=0xff02 start=0x10000 end=0x20000 size=0x10000 min=0x10000 list=0xb flags=0x1
CPU:0 [LOST 3 EVENTS]
 init-1 [000] 1.000008: vram_ret: (xe_ttm_vram_mgr_new+0xb9/0x310 <- drm_buddy_alloc_blocks) ret=0
 init-1 [000] 1.000009: vram_alloc: (drm_buddy_alloc_blocks+0x4/0x460) mm=0xff02 start=0x0 end=0x80000 size=0x2000 min=0x1000 list=0xc flags=0x4
 init-1 [000] 1.000009: vram_trim: (drm_buddy_block_trim+0x4/0x460) mm=0xff02 list=0xc size=0x1000
 init-1 [000] 1.000010: vram_ret: (xe_ttm_vram_mgr_new+0xb9/0x310 <- drm_buddy_alloc_blocks) ret=0
 init-1 [000] 1.000011: vram_trim: (drm_buddy_block_trim+0x4/0x460) mm=0xff02 list=0xc size=0x1000
 Web Co-nt: 1-7 [000] .N... 1.000012: vram_free: (gpu_buddy_free_list+0x4/0x20) mm=0xff01 list=0xa flags=0x10
 Web Co-nt: 1-7 [000] .N... 1.000013: vram_free: (gpu_buddy_free_list+0x4/0x20) mm=0xff01 list=0xa
 init-1 [000] 1.000014: vram_free: (drm_buddy_free_list+0x4/0x20) mm=0xff02 list=0xb flags=0xff110010
 init-1 [000] 1.000015: vram_alloc: (drm_buddy_alloc_blocks+0x4/0x460) mm=0xff02 start=0x0 end=0x4000 size=0x1000 min=0x1000 list=0xd flags=0x0
 init-1 [000] 1.000016: vram_ret: (xe_ttm_vram_mgr_new+0xb9/0x310 <- drm_buddy_alloc_blocks) ret=-12
`

const (
	kprobedFirst = `region 262144 page 4096
@ 0
a 0 12288
@ 2000
a 1 4096 topdown
@ 4000
a 2 262144 align=262144 contiguous clear
! ENOSPC
@ 5000
f 2
@ 11000
f 0 cleared
f 1 cleared
`
	kprobedSecond = `region 524288 page 4096
@ 0
a 0 65536 align=65536 lo=65536 hi=131072
@ 2000
a 1 8192 contiguous
@ 4000
t 1 4096
@ 7000
f 0
`
	kprobedThird = "region 16384 page 4096\n@ 0\na 0 4096\n@ 1000\nf 0\n"
)

func TestKprobe(t *testing.T) {
	const told = `
dropped events that the tracer itself lost: 3
dropped frees of objects that nobody saw: 1
dropped lists of blocks that were live when their mm became another buddy (they stay live): 1
dropped requests that failed for another reason than the region (freed at once): 1
`
	all := "mm=0xff01:\n" + kprobedFirst + "mm=0xff02:\n" + kprobedSecond + "mm=0xff02 life 2:\n" + kprobedThird
	check(t, kprobed, Options{}, all, told)
	check(t, strings.ReplaceAll(kprobed, "\n", "\r\n"), Options{}, all, told)

	const others = told + "left out as asked: allocations of other processes: "
	check(t, kprobed, Options{Process: "7"}, "mm=0xff01:\n"+kprobedFirst, others+"3")
	check(t, kprobed, Options{Process: "Web Co-nt: 1"}, "mm=0xff01:\n"+kprobedFirst, others+"3")
	check(t, kprobed, Options{Device: "mm=0xff02 life 2"}, "mm=0xff02 life 2:\n"+kprobedThird, told+"left out as asked: allocations on other devices: 5")

	// Only addresses: the events have the names of the capture script, or those of perf.
	addresses := strings.NewReplacer("gpu_buddy_alloc_blocks+0x4/0x460", "ffffffff8131ef44", "gpu_buddy_free_list+0x4/0x20", "ffffffff8131d944",
		"drm_buddy_alloc_blocks+0x4/0x460", "ffffffff8131ef44", "drm_buddy_free_list+0x4/0x20", "ffffffff8131d944", "drm_buddy_block_trim+0x4/0x460", "ffffffff8131d000",
		"amdgpu_vram_mgr_new+0xb9/0x310 <- gpu_buddy_alloc_blocks", "ffffffff8131ef44 <- ffffffff815bb529",
		"xe_ttm_vram_mgr_new+0xb9/0x310 <- drm_buddy_alloc_blocks", "ffffffff8131ef44 <- ffffffff815bb529")
	check(t, addresses.Replace(kprobed), Options{}, all, told)
	perf := strings.NewReplacer("vram_alloc", "probe:gpu_buddy_alloc_blocks", "vram_ret", "probe:gpu_buddy_alloc_blocks__return", "vram_free", "probe:gpu_buddy_free_list",
		"vram_trim", "probe:gpu_buddy_block_trim", "1-7 ", "1 7 ", "init-1 ", "init 1 ")
	check(t, perf.Replace(addresses.Replace(kprobed)), Options{}, all, told)

	const line = " a-1 [000] 1.5: vram_alloc: (gpu_buddy_alloc_blocks+0x4/0x460) "
	refuse(t, line+"mm=0x1 start=0x0\n", Options{}, "capture:1: vram_alloc has no list=")
	refuse(t, line+"mm=(null) start=0x0\n", Options{}, "capture:1: vram_alloc has mm=(null), which is no number of 64 bits")
}

// TestKprobeInit: a probe of gpu_buddy_init tells the size, and two lives of one size apart.
func TestKprobeInit(t *testing.T) {
	const life = ` a-1 [000] 1.5: vram_init: (gpu_buddy_init+0x4/0x460) mm=0x1 size=0x40000
 a-1 [000] 1.5: vram_alloc: (ffff) mm=0x1 start=0x0 end=0x10000 size=0x1000 min=0x1000 list=0x2 flags=0x1
`
	const want = "region 262144 page 4096\n@ 0\na 0 4096 lo=0 hi=65536\n"
	check(t, life+life, Options{}, "mm=0x1:\n"+want+"mm=0x1 life 2:\n"+want,
		"dropped lists of blocks that were live when their mm became another buddy (they stay live): 1")
}

// TestKprobeRegion finds the region of requests with and without windows.
func TestKprobeRegion(t *testing.T) {
	const head = " a-1 [000] 1.5: vram_alloc: (gpu_buddy_alloc_blocks) mm=0x1 start=0x0 "
	const tail = " size=0x10000 min=0x1000 list=0x2 "
	windowed := func(end string) string { return head + "end=" + end + tail + "flags=0x1\n" }
	whole := func(end string) string { return head + "end=" + end + tail + "flags=0x0\n" }
	for _, c := range []struct{ text, want string }{
		{whole("0x100000"), "1,048,576 bytes, as in the capture"},
		{windowed("0x40000"), "262,144 bytes, up to the highest address that the capture names"},
		{windowed("0x40000") + whole("0x100000"), "1,048,576 bytes, as in the capture"},
		// 128 KiB / 0.85 are 37.6 pages.
		{windowed("0x10000") + windowed("0x10000"), "155,648 bytes, of which the peak fills 85 %"},
		// A smaller region than the window, and a larger one, are those of another buddy.
		{windowed("0x40000") + whole("0x20000"), "262,144 bytes, up to the highest address that the capture names / 131,072 bytes, as in the capture"},
		{whole("0x20000") + windowed("0x40000"), "131,072 bytes, as in the capture / 262,144 bytes, up to the highest address that the capture names"},
		{whole("0x10000") + whole("0x10000"), "65,536 bytes, as in the capture; more is live than the region holds: it is too small, or the capture has missed frees"},
	} {
		im, err := Import(strings.NewReader(c.text), "capture", Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		var got []string
		for _, s := range im.Streams {
			_, region, _ := strings.Cut(strings.Join(s.Told(), "; "), "region of ")
			got = append(got, region)
		}
		if got := strings.Join(got, " / "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// TestKprobeKernel reads two recordings of one run of the kernel's own tests. They are
// equal, and where all frees were seen the lab's buddy refuses what the running kernel did.
func TestKprobeKernel(t *testing.T) {
	ftrace, told := imported(t, recorded(t, "kernel612_gpu_buddy_kunit.kprobe.ftrace.txt.gz"), Options{})
	tracecmd, told2 := imported(t, recorded(t, "kernel612_gpu_buddy_kunit.kprobe.tracecmd.txt.gz"), Options{})
	if ftrace != tracecmd || told != told2 {
		t.Error("the recordings of ftrace and of trace-cmd differ")
	}
	im, err := Import(strings.NewReader(recorded(t, "kernel612_gpu_buddy_kunit.kprobe.ftrace.txt.gz")), "capture", Options{})
	if err != nil {
		t.Fatal(err)
	}
	const allocs, refused = 4120 + 77 + 54 + 1, 36 + 4
	var n, got int
	for _, s := range im.Streams {
		if s.Left != 0 || s.Region.Size > 1<<40 {
			continue // some frees were not seen; or it is the largest region there can be
		}
		kernel := returned(t, s)
		for i, errno := range answered(t, s) {
			if n++; errno != "" {
				got++
			}
			if errno != kernel[i] {
				t.Errorf("%s, allocation %d: got %q, the kernel %q", s.Heap, i, errno, kernel[i])
			}
		}
	}
	if n != allocs || got != refused {
		t.Errorf("got %d allocations and %d refusals, want %d and %d", n, got, allocs, refused)
	}
}

// records calls do for each record of the trace of a stream.
func records(t *testing.T, s *Stream, do func(r *trace.Record)) {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(trace.NewWriter(&b, s.Region)); err != nil {
		t.Fatal(err)
	}
	r, err := trace.NewReader(&b, "written")
	if err != nil {
		t.Fatal(err)
	}
	for r.Scan() {
		do(r.Record())
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
}

// returned is what the kernel returned for each allocation, "" where it granted.
func returned(t *testing.T, s *Stream) (errnos []string) {
	records(t, s, func(r *trace.Record) {
		switch r.Kind {
		case trace.Alloc:
			errnos = append(errnos, "")
		case trace.Refused:
			errnos[len(errnos)-1] = r.Errno
		}
	})
	return errnos
}

// answered is what the buddy of Linux 6.11 answers.
func answered(t *testing.T, s *Stream) (errnos []string) {
	a, err := buddy.Linux611.New(s.Region)
	if err != nil {
		t.Fatal(err)
	}
	live := make(map[uint64][]strategies.Block)
	records(t, s, func(r *trace.Record) {
		switch r.Kind {
		case trace.Alloc:
			blocks, err := a.Alloc(nil, r.Req)
			if errnos = append(errnos, strategies.Errno(err)); err == nil {
				live[r.ID] = blocks
			}
		case trace.Free:
			if blocks, ok := live[r.ID]; ok {
				a.Free(blocks)
				delete(live, r.ID)
			}
		}
	})
	return errnos
}

func FuzzKprobe(f *testing.F) { fuzz(f, kprobe, kprobed) }
