package importer

import (
	"strings"
	"testing"
)

// The first buffer comes to VRAM, moves within it, and goes to system memory; the second is
// never there; the third is released; the fourth was there before.
const amdgpuTraced = `cpus=1
 glxgears-7 [002] 2.000000: amdgpu_bo_move: bo=0xff01, from=-1, to=2, size=8192
 glxgears-7 [002] 2.000001: amdgpu_bo_move: bo=0xff02, from=-1, to=1, size=4096
 glxgears-7 [002] 2.000002: amdgpu_bo_move: bo=0xff03, from=0, to=2, size=4096
 glxgears-7 [002] 2.000003: amdgpu_bo_move: bo=0xff01, from=2, to=2, size=8192
 glxgears-7 [002] 2.000004: amdgpu_bo_move: bo=0xff01, from=2, to=0, size=8192
 glxgears-7 [002] 2.000005: amdgpu_bo_move: bo=0xff02, from=1, to=-1, size=4096
 glxgears-7 [002] 2.000006: amdgpu_bo_move: bo=0xff03, from=2, to=-1, size=4096
 glxgears-7 [002] 2.000007: amdgpu_bo_move: bo=0xff04, from=2, to=-1, size=4096
`

func TestAmdgpu(t *testing.T) {
	// 2, 3, 5 pages: 5 / 0.85 is 5.9.
	const want = `region 24576 page 4096
@ 0
a 0 8192
@ 2000
a 1 4096
@ 3000
a 2 8192
f 0
@ 4000
f 2
@ 6000
f 1
`
	const told = "dropped frees of objects that nobody saw: 1"
	check(t, amdgpuTraced, Options{}, want, told)
	check(t, strings.ReplaceAll(amdgpuTraced, "amdgpu_bo_move", "amdgpu_ttm_bo_move"), Options{}, want, told)
	refuse(t, "cpus=1\n a-1 [000] 1.5: amdgpu_bo_move: bo=0x1, from=-1, to=, size=4096\n", Options{}, "capture:2: amdgpu_bo_move has to=, which is no number")
}

func FuzzAmdgpu(f *testing.F) { fuzz(f, amdgpu, amdgpuTraced) }
