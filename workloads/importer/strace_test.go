package importer

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const anon = "PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"

// stracedLog is each call once, in an address space of one process.
const stracedLog = `100 1700000001.000000 execve("/bin/a", [...], 0x7ff /* 3 vars */) = 0
100 1700000001.100000 brk(NULL)       = 0x10000
100 1700000001.200000 brk(0x14000) = 0x14000
100 1700000001.300000 mmap(NULL, 10000, ` + anon + ` = 0x700000
100 1700000001.300000 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3</lib/a, b>, 0) = 0x800000
100 1700000001.400000 mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0) = 0x900000
100 1700000001.500000 mprotect(0x904000, 8192, PROT_READ|PROT_WRITE) = 0
100 1700000001.500000 munmap(0x702000, 4096) = 0
100 1700000001.600000 munmap(0x700000, 1) = 0
100 1700000001.700000 brk(0x13001) = 0x13001
100 1700000001.700000 brk(0x12fff) = 0x12fff
100 1700000001.800000 mremap(0x904000, 8192, 16384, MREMAP_MAYMOVE) = 0xa00000 <0.000005>
100 1700000001.800000 mremap(0xa00000, 16384, 99999999, 0) = -1 ENOMEM (Cannot allocate memory)
100 1700000001.900000 mremap(0xa00000, 16384, 4096, 0) = 0xa00000
100 1700000001.900000 mmap(0xa00000, 8192, ` + `PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0xa00000
100 1700000001.900000 mmap(NULL, 20480, ` + anon + ` = 0xb00000
100 1700000001.900000 munmap(0xb01000, 4096) = 0
100 1700000002.000000 munmap(0xdead0000, 4096) = 0
100 1700000002.000000 mprotect(0xb02000, 4096, PROT_NONE) = 0
100 1700000002.000000 write(1, ""..., 5) = 5
100 1700000002.000000 --- SIGCHLD {si_signo=SIGCHLD} ---
100 1700000003.000000 exit_group(0)   = ?
100 1700000003.000000 +++ exited with 0 +++
`

func TestStrace(t *testing.T) {
	// The peak is where object 5 begins: 12288 + 4096 + 8192 + 20480 bytes, and 45056 / 0.85
	// is 12.9 pages.
	check(t, stracedLog, Options{}, `
region 53248 page 4096
@ 0
a 0 16384
@ 100000000
a 1 12288
@ 300000000
a 2 8192
t 1 8192
@ 400000000
t 1 4096 start=4096
@ 500000000
t 0 12288
@ 600000000
f 2
a 3 16384
@ 700000000
t 3 4096
f 3
a 4 8192
a 5 20480
t 5 12288 start=8192
a 6 4096
@ 800000000
t 5 8192 start=4096
@ 1800000000
f 0
f 1
f 4
f 6
f 5
`, `
calls that failed: 1
mappings of files (their memory is the file's): 1
reservations of addresses (PROT_NONE: no memory before mprotect): 1
mappings that were cut in two (the smaller part is allocated anew): 1
dropped unmappings of what nobody saw mapped: 1
`)
	refuse(t, "1.0 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS) = 0x1000\n", Options{}, "capture:1: mmap with 4 arguments")
	refuse(t, "brk(NULL) = 0x1000\nmunmap(0x1000, 0x10000000000000000) = 0\n", Options{}, "capture:2: munmap: an argument or the result is no number of 64 bits")
	refuse(t, "brk(NULL) = 0x1000\nmunmap(0x1000, 0x7000000000000000) = 0\n", Options{}, "capture:2: no program maps 8070450532247928832 bytes at 0x1000")
	refuse(t, "brk(NULL) = 0x1000\nmunmap(0x1000, 4096\nbrk(NULL) = 0x1000\n", Options{}, `capture:2: munmap without ") = RESULT"`)
	refuse(t, "1 25:00:00 brk(NULL) = 0x1000\n", Options{}, `capture:1: "25:00:00" is no time of strace's`)
	refuse(t, "1 fork() = 0x7fffffff\n", Options{}, "capture:1: the result is no pid")
}

// straceTrace is the trace of a log of anonymous mappings: M is the end of an mmap.
func straceTrace(t *testing.T, log string, o Options) (string, string) {
	t.Helper()
	o.Format = "strace"
	trace, told := imported(t, strings.ReplaceAll(log, " M ", ", "+anon+" "), o)
	_, trace, _ = strings.Cut(trace, "\n")
	return strings.ReplaceAll(strings.TrimSpace(trace), "\n", "; "), told
}

// TestStraceTasks has threads, processes, and what is interrupted.
func TestStraceTasks(t *testing.T) {
	for _, tt := range []struct{ what, log, want, told string }{
		{"threads share an address space, and the last ends it", `
1 mmap(NULL, 4096 M = 0x1000
1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_THREAD, exit_signal=0} => {parent_tid=[2]}, 88) = 2
2 mmap(NULL, 8192 M = 0x8000
1 munmap(0x8000, 4096) = 0
1 exit(0) = ?
1 +++ exited with 0 +++
2 mmap(NULL, 12288 M = 0x20000
2 exit(0) = ?
2 +++ exited with 0 +++
`, "a 0 4096; a 1 8192; t 1 4096 start=4096; a 2 12288; f 0; f 1; f 2", ""},
		{"exit_group ends all threads, also where strace is quiet", `
1 mmap(NULL, 4096 M = 0x1000
1 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2
2 exit_group(0) = ?
1 munmap(0x1000, 4096) = 0
`, "a 0 4096; f 0", "dropped calls of tasks that have ended: 1"},
		{"what a fork shares ends with the last", `
1 mmap(NULL, 8192 M = 0x1000
1 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x1) = 2
2 munmap(0x1000, 4096) = 0
1 munmap(0x1000, 8192) = 0
2 mmap(NULL, 4096 M = 0x9000
2 exit_group(0) = ?
`, "a 0 8192; a 1 4096; f 0; f 1", ""},
		{"a child is in the log before the clone that made it returns", `
1 mmap(NULL, 4096 M = 0x1000
1 clone3({flags=CLONE_VM|CLONE_THREAD, tls=0x1} <unfinished ...>
3 mmap(NULL, 8192 M = 0x3000
2 munmap(0x1000, 4096) = 0
1 <... clone3 resumed> => {parent_tid=[2]}, 88) = 2
`, "a 0 4096; a 1 8192; f 0", "dropped tasks whose beginning is not in the file (each is taken as a process of its own): 1"},
		{"a child of vfork shares, and leaves with execve", `
1 mmap(NULL, 4096 M = 0x1000
1 vfork( <unfinished ...>
2 execve("/a", [...], 0x1 /* 3 vars */) = -1 ENOENT (No such file or directory)
2 mmap(NULL, 8192 M = 0x4000
2 execve("/b", [...], 0x1 /* 3 vars */ <unfinished ...>
1 <... vfork resumed>) = 2
2 <... execve resumed>) = 0
2 mmap(NULL, 12288 M = 0x1000
2 exit_group(0) = ?
1 munmap(0x1000, 4096) = 0
1 exit_group(0) = ?
`, "a 0 4096; a 1 8192; a 2 12288; f 2; f 0; f 1", ""},
		{"execve frees what the process had, whichever thread calls it", `
1 mmap(NULL, 4096 M = 0x1000
1 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2
2 execve("/b", [...], 0x1 /* 3 vars */ <unfinished ...>
1 +++ superseded by execve in pid 2 +++
1 <... execve resumed>) = 0
1 mmap(NULL, 8192 M = 0x1000
1 exit_group(0) = ?
1 +++ exited with 0 +++
`, "a 0 4096; f 0; a 1 8192; f 1", ""},
		{"munmap frees at once: another thread gets the address before it returns", `
1 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2
1 mmap(NULL, 4096 M = 0x1000
1 munmap(0x1000, 4096 <unfinished ...>
2 mmap(NULL, 4096 M = 0x1000
1 <... munmap resumed>) = 0
`, "a 0 4096; f 0; a 1 4096", ""},
		{"so does mremap", `
1 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2
1 mmap(NULL, 4096 M = 0x1000
1 mremap(0x1000, 4096, 4096, MREMAP_MAYMOVE <unfinished ...>
2 mmap(NULL, 8192 M = 0x1000
1 <... mremap resumed>) = 0x9000
2 munmap(0x1000, 8192) = 0
1 munmap(0x9000, 4096) = 0
`, "a 0 4096; a 1 8192; f 1; f 0", ""},
		{"and one that shrinks", `
1 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 2
1 mmap(NULL, 8192 M = 0x1000
1 mremap(0x1000, 8192, 4096, MREMAP_MAYMOVE <unfinished ...>
2 mmap(NULL, 4096 M = 0x2000
1 <... mremap resumed>) = 0x1000
2 munmap(0x2000, 4096) = 0
`, "a 0 8192; t 0 4096; a 1 4096; f 1", ""},
		{"a call that does not return does nothing", `
1 mmap(NULL, 4096 M = 0x1000
1 ???( <unfinished ...>
1 munmap(0x1000, 4096 <unfinished ...>
`, "a 0 4096", "dropped calls whose return is not in the file: 1"},
		{"mprotect changes what is before a hole, and fails", `
1 mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x1000
1 mmap(NULL, 4096 M = 0x3000
1 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x8000
1 mprotect(0x2000, 65536, PROT_READ) = -1 ENOMEM (Cannot allocate memory)
1 mprotect(0x7000, 65536, PROT_READ) = -1 ENOMEM (Cannot allocate memory)
1 mprotect(0x8000, 4096, PROT_READ) = -1 EACCES (Permission denied)
`, "a 0 4096; a 1 4096", "reservations of addresses (PROT_NONE: no memory before mprotect): 2"},
		{"pids are used again", `
1 fork() = 2
2 mmap(NULL, 4096 M = 0x1000
2 +++ killed by SIGKILL +++
1 fork() = 2
2 mmap(NULL, 8192 M = 0x1000
1 fork() = 2
`, "a 0 4096; f 0; a 1 8192; f 1", ""},
		{"on a terminal the first task has a number when it is not alone", `
mmap(NULL, 4096 M = 0x1000
clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLDstrace: Process 20 attached
 <unfinished ...>
[pid    20] mmap(NULL, 8192 M = 0x2000
[pid    19] <... clone resumed>, child_tidptr=0x7f5cf9ddaa10) = 20
[pid    19] munmap(0x1000, 4096 <unfinished ...>
[pid    20] +++ exited with 0 +++
<... munmap resumed>) = 0
mmap(NULL, 12288 M = 0x1000
clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLDstrace: Process 21 attached
, child_tidptr=0x7f5cf9ddaa10) = 21
hello from the program
+++ exited with 0 +++
`, "a 0 4096; a 1 8192; f 0; f 1; a 2 12288", "dropped lines that are no call, signal or end of a task: 1"},
		{"the numbers of -X raw", `
1 mmap(0, 0x1000, 0x3, 0x22, 0xffffffff, 0) = 0x1000
1 mmap(0, 0x2000, 0, 0x22, 0xffffffff, 0) = 0x8000
1 clone(0, 0x100, flags=0x10100) = 2
2 munmap(0x1000, 0x1000) = 0
`, "a 0 4096; f 0", "reservations of addresses (PROT_NONE: no memory before mprotect): 1"},
	} {
		got, told := straceTrace(t, tt.log, Options{})
		if got != tt.want || told != tt.told {
			t.Errorf("%s:\n got %s\nwant %s\ntold %s\nwant %s", tt.what, got, tt.want, told, tt.told)
		}
	}
	const two = "1 mmap(NULL, 4096 M = 0x1000\n1 fork() = 2\n2 mmap(NULL, 8192 M = 0x2000\n1 fork() = 3\n3 mmap(NULL, 12288 M = 0x5000\n"
	if got, _ := straceTrace(t, two, Options{Process: "2"}); got != "a 0 8192" {
		t.Errorf("process 2: %s", got)
	}
}

// TestStraceTimes has one call at each of two times.
func TestStraceTimes(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{"", "", "a 0 4096; a 1 4096"},
		{"1795344188.680687 ", "1795344189.680688 ", "@ 0; a 0 4096; @ 1000001000; a 1 4096"},
		{"7 1795344188.680687 ", "7 1795344189.680688 ", "@ 0; a 0 4096; @ 1000001000; a 1 4096"},
		{"23:59:59.5 ", "00:00:01 ", "@ 0; a 0 4096; @ 1500000000; a 1 4096"},
		{"     0.000000 ", "     1.500000 ", "@ 0; a 0 4096; @ 1500000000; a 1 4096"},
		{"7 15:13:15 (+     0.000000) ", "7 15:13:16 (+     0.700000) ", "@ 0; a 0 4096; @ 1000000000; a 1 4096"},
		{"[   9] [00007f896e50dca3] ", "[   9] [00007f896e50dca3] ", "a 0 4096; a 1 4096"},
	} {
		log := fmt.Sprintf("%smmap(NULL, 4096 M = 0x1000\n > /lib/a.so(f+0x1) [0x2]\n%smmap(NULL, 4096 M = 0x2000\n", tt.first, tt.second)
		if got, _ := straceTrace(t, log, Options{}); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.first, got, tt.want)
		}
	}
}

// TestStraceCutOff: what stands before a line that is cut off counts.
func TestStraceCutOff(t *testing.T) {
	got, told := straceTrace(t, "1 mmap(NULL, 4096 M = 0x1000\n1 munmap(0x1000, 40", Options{})
	if got != "a 0 4096" || told != "dropped a last line that is cut off: 1" {
		t.Errorf("got %s, told %s", got, told)
	}
}

// TestStraceWindow begins after an object was made: the first thing in the window may be
// its free.
func TestStraceWindow(t *testing.T) {
	const log = "1 1700000001.0 mmap(NULL, 4096 M = 0x1000\n1 1700000001.5 mmap(NULL, 8192 M = 0x4000\n1 1700000003.0 munmap(0x1000, 4096) = 0\n"
	if got, _ := straceTrace(t, log, Options{From: time.Second}); got != "@ 0; a 0 4096; a 1 8192; f 0" {
		t.Errorf("got %s", got)
	}
}

// TestStraceCaptures reads real logs: all is freed at the end, and the operations are as
// many as another converter made of them.
func TestStraceCaptures(t *testing.T) {
	for _, tt := range []struct {
		file   string
		allocs int
		peak   uint64
	}{
		{"gxx.strace.gz", 537, 528592896},
		{"numpy_mt.strace.gz", 1627, 137879552},
		{"tsc.strace.gz", 1801, 405012480},
	} {
		im, err := Import(strings.NewReader(recorded(t, tt.file)), tt.file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if s := im.Streams[0]; len(im.Streams) != 1 || s.Allocs != tt.allocs || s.Frees != tt.allocs || s.Left != 0 || s.Peak != tt.peak {
			t.Errorf("%s: %d allocations, %d frees, %d left, peak %d", tt.file, s.Allocs, s.Frees, s.Left, s.Peak)
		}
	}
}

func FuzzStrace(f *testing.F) {
	fuzz(f, strace, stracedLog,
		"1 mmap(NULL, 4096, "+anon+" = 0x1000\n1 vfork( <unfinished ...>\n2 execve(\"/b\" <unfinished ...>\n1 <... vfork resumed>) = 2\n2 <... execve resumed>) = 0\n",
		"brk(NULL) = 0x1000\nclone(flags=SIGCHLDstrace: Process 2 attached\n) = 2\n[pid 2] +++ superseded by execve in pid 3 +++\n",
		"12:00:00 mremap(0x1000, 4096, 8192, MREMAP_DONTUNMAP <unfinished ...>\n12:00:01 fork() = 3\n<... mremap resumed>) = 0x1000\n")
}

// TestStracePending has more interrupted calls than there are tasks; each takes memory.
func TestStracePending(t *testing.T) {
	var b strings.Builder
	for pid := 1; pid <= 1<<18+1; pid++ {
		fmt.Fprintf(&b, "%d mmap(NULL, <unfinished ...>\n", pid)
	}
	refuse(t, b.String(), Options{}, "capture:262145: more than 262144 interrupted calls at once")
}
