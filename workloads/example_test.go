package workloads_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vramlab/vramlab/workloads"
)

// The workloads of the default run, the recorded ones last.
func ExampleList() {
	for _, w := range workloads.List() {
		fmt.Printf("%-21s  %-18s  %5d MiB\n", w.Name, w.Title, w.Region.Size>>20)
	}
	// Output:
	// steady                 Steady churn         8192 MiB
	// gfx                    Graphics session    16384 MiB
	// pages                  Small pages          1024 MiB
	// frames                 Frame queue          4096 MiB
	// splinter               Splintered half      1024 MiB
	// ageing                 Ageing session       4096 MiB
	// contigfirst            Contiguous first     4096 MiB
	// window                 Small BAR            4096 MiB
	// holes                  Holes of one size     512 MiB
	// vk_wz_resource         Warzone 2100          256 MiB
	// vk_chromegpu_resource  Chromium, WebGL       256 MiB
	// vk_glmark2_resource    glmark2               128 MiB
	// torch_gpt              PyTorch training      256 MiB
	// chromium               Chromium pages       2048 MiB
	// sqlite_mt              SQLite bulk load      256 MiB
}

// The first operations of a generator. A slot is reused after its free; a
// fallback counts only if the allocation before it was refused.
func ExampleLookup() {
	w, ok := workloads.Lookup("contigfirst")
	if !ok {
		return
	}
	const seed = 1
	ops := w.Ops(seed, 2000)
	for _, op := range ops[len(ops)-5:] {
		switch op.Kind {
		case workloads.Alloc:
			fmt.Println("allocate into slot", op.Slot, "-", op.Req)
		case workloads.Fallback:
			fmt.Println("or else  into slot", op.Slot, "-", op.Req)
		case workloads.Free, workloads.FreeCleared:
			fmt.Println("free slot", op.Slot)
		}
	}
	// Output:
	// allocate into slot 233 - 655360 bytes contiguous
	// or else  into slot 233 - 655360 bytes
	// allocate into slot 174 - 8388608 bytes contiguous
	// or else  into slot 174 - 8388608 bytes align=2097152
	// free slot 186
}

// A workload of a recorded trace is named after its file, and described by the
// first comment.
func ExampleFromFile() {
	const text = `vramlab trace 1
# my game: the menu and one level
region 8589934592 page 4096
a 17 65536
a 18 2097152 align=2097152
f 17
`
	dir, err := os.MkdirTemp("", "traces")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "game.trace")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	w, err := workloads.FromFile(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %s (%s)\n", w.Name, w.Title, w.Doc)
	fmt.Println(len(w.Ops(0, 0)), "operations on", w.Region.Size>>30, "GiB")
	// Output:
	// game: my game (the menu and one level)
	// 3 operations on 8 GiB
}

// What drivers ask for beside bytes, by the name of run -workloads drivers.
func ExampleDrivers() {
	for _, w := range workloads.Drivers() {
		kinds := make(map[workloads.Kind]int)
		for _, op := range w.Ops(1, 50_000) {
			kinds[op.Kind]++
		}
		fmt.Printf("%-8s  %-21s  %6d MiB: %d cleared frees, %d trims, %d resets\n", w.Name, w.Title, w.Region.Size>>20,
			kinds[workloads.FreeCleared], kinds[workloads.Trim], kinds[workloads.ResetDirty])
	}
	// Output:
	// clear     Clear memory             8192 MiB: 13716 cleared frees, 0 trims, 1 resets
	// oddsizes  Sizes below alignment    1024 MiB: 0 cleared frees, 0 trims, 0 resets
	// vulkan    Vulkan resources       131072 MiB: 0 cleared frees, 0 trims, 0 resets
	// svm       Shared virtual memory    4096 MiB: 0 cleared frees, 1389 trims, 0 resets
}
