package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"strconv"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// umpire is what Umpire logs to be replayed: one JSON object a line, perhaps behind the
// prefix of a log. It has three forms, of which a file may be any:
//
//	{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "makeAllocator", "payload": { "allocator_name":"pool" }, "result": { "allocator_ref":"0x10" } }
//	{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "allocate", "payload": { "allocator_ref": "0x10", "size": 64 } }
//	{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "allocate", "payload": { "allocator_ref": "0x10", "size": 64 }, "result": { "memory_ptr": "0x20" } }
//	{"category":"operation","name":"allocate","numeric_args":{"size":64},"string_args":{"allocator_ref":"0x10","pointer":"0x20"},"timestamp":1558388052211435757}
//
// The second line is an attempt, which some versions log before the result in the third:
// one that has no result has failed. The fourth is how later versions log events.
//
// Each allocator is a region, by its name where the file tells it. A pool and the resource
// below it are two: what the pool takes from the resource is no event of the file.
var umpire = capture.Format{
	Name:    "umpire",
	Doc:     "a replay log of LLNL's Umpire (JSON lines); an object is one allocation; -device picks an allocator",
	Granule: 16,
	Detect: func(head []byte) bool {
		return bytes.Contains(head, []byte(`"kind":"replay"`)) || bytes.Contains(head, []byte(`"kind": "replay"`)) ||
			bytes.Contains(head, []byte(`"allocator_ref"`)) || bytes.Contains(head, []byte(`"numeric_args"`)) && bytes.Contains(head, []byte(`"string_args"`))
	},
	Read: readUmpire,
}

// umpireLine is what a line may hold, in any form.
type umpireLine struct {
	UID       json.Number     `json:"uid"`
	Timestamp json.Number     `json:"timestamp"`
	Event     string          `json:"event"`
	Payload   umpireArgs      `json:"payload"`
	Result    json.RawMessage `json:"result"`

	Name    string     `json:"name"` // the event, in the form of later versions
	Numbers umpireArgs `json:"numeric_args"`
	Strings umpireArgs `json:"string_args"`
	Tags    umpireArgs `json:"tags"`
}

type umpireArgs struct {
	Ref           string      `json:"allocator_ref"`
	Size          json.Number `json:"size"`
	Memory        string      `json:"memory_ptr"`
	Pointer       string      `json:"pointer"`
	Old           string      `json:"ptr"`
	Name          string      `json:"name"`
	AllocatorName string      `json:"allocator_name"`
}

// umpireAllocator is an allocator of a process.
type umpireAllocator struct {
	uid, ref string
	name     string
	heap     *capture.Heap // once it has an event
	tried    bool          // an attempt has no result yet
	size     uint64        // bytes of it
}

// umpireLog is a file as it is read.
type umpireLog struct {
	in    *capture.Input
	c     *capture.Capture
	all   []*umpireAllocator
	byRef map[[2]string]*umpireAllocator
	named map[string]bool // names of heaps
}

func readUmpire(in *capture.Input, c *capture.Capture) error {
	u := umpireLog{in: in, c: c, byRef: make(map[[2]string]*umpireAllocator), named: make(map[string]bool)}
	for line := range in.Lines() {
		if !bytes.Contains(line, []byte(`"event"`)) && !bytes.Contains(line, []byte(`"string_args"`)) {
			continue
		}
		start := bytes.IndexByte(line, '{')
		for _, first := range []string{`{"`, `{ "`} {
			if i := bytes.Index(line, []byte(first)); i >= 0 {
				start = i
				break
			}
		}
		if start < 0 {
			continue
		}
		var l umpireLine
		if err := json.Unmarshal(line[start:], &l); err != nil {
			return in.Errorf("the line is no event of Umpire: %v", err)
		}
		if err := u.event(&l); err != nil {
			return err
		}
	}
	for _, a := range u.all {
		u.failed(a)
	}
	return nil
}

func (u *umpireLog) event(l *umpireLine) error {
	if l.Timestamp != "" {
		at, ok := umpireTime(string(l.Timestamp))
		if !ok {
			return u.in.Errorf("the timestamp %s is no whole number of 64 bits", l.Timestamp)
		}
		u.c.At(at)
	}
	uid := string(l.UID)
	u.c.By(uid, "")
	args := l.Payload
	if l.Event == "" { // a later version
		l.Event = l.Name
		args = l.Strings
		args.Size = l.Numbers.Size
		args.AllocatorName = cmp.Or(args.AllocatorName, l.Tags.AllocatorName)
	}
	var result umpireArgs
	if len(l.Result) > 0 && json.Unmarshal(l.Result, &result) != nil {
		var ref string // of a memory resource
		if json.Unmarshal(l.Result, &ref) == nil {
			result.Ref = ref
		}
	}
	switch l.Event {
	case "makeMemoryResource", "makeAllocator", "registerAllocator", "make_memory_resource", "make_allocator", "register_allocator":
		ref, name := cmp.Or(result.Ref, args.Ref), cmp.Or(args.AllocatorName, args.Name)
		if ref == "" || name == "" {
			return nil // an attempt
		}
		a, err := u.allocator(uid, ref)
		if err == nil && a.heap == nil {
			a.name = name[:min(len(name), maxName)]
		}
		return err
	case "allocate", "allocate_named", "allocate_resource":
		return u.allocate(uid, args, cmp.Or(result.Memory, args.Pointer, args.Memory, args.Old))
	case "deallocate", "deallocate_resource":
		return u.free(uid, args, cmp.Or(args.Memory, args.Pointer, args.Old))
	case "reallocate", "reallocate_ex":
		return u.resize(uid, args, cmp.Or(result.Memory, args.Memory))
	}
	return nil
}

// umpireTime is a time in seconds, or in a finer unit if it would be after the year 5000.
func umpireTime(text string) (ns int64, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	for unit := int64(1e9); unit > 1; unit /= 1000 {
		if n < 1e11*(1e9/unit) {
			if n > math.MaxInt64/unit {
				return math.MaxInt64, true
			}
			return n * unit, true
		}
	}
	return n, true
}

// allocator is the one with a reference.
func (u *umpireLog) allocator(uid, ref string) (*umpireAllocator, error) {
	key := [2]string{uid, ref}
	a := u.byRef[key]
	if a == nil {
		if len(uid) > maxName || len(ref) > maxName {
			return nil, u.in.Errorf("the uid or allocator_ref has more than %d bytes", maxName)
		}
		if len(u.all) == capture.MaxHeaps {
			return nil, u.in.Errorf("the file has more than %d allocators", capture.MaxHeaps)
		}
		a = &umpireAllocator{uid: uid, ref: ref, name: ref}
		u.byRef[key] = a
		u.all = append(u.all, a)
	}
	return a, nil
}

// used is the allocator of a call, which has a heap from then on.
func (u *umpireLog) used(uid string, args umpireArgs) (*umpireAllocator, error) {
	if args.Ref == "" {
		return nil, u.in.Errorf("the event has no allocator_ref")
	}
	a, err := u.allocator(uid, args.Ref)
	if err != nil || a.heap != nil {
		return a, err
	}
	name := a.name
	if name == a.ref && args.AllocatorName != "" {
		name = args.AllocatorName[:min(len(args.AllocatorName), maxName)]
	}
	for _, more := range []string{a.ref, "of " + uid} {
		if u.named[name] {
			name += " " + more
		}
	}
	u.named[name] = true
	a.heap = u.c.Heap(name)
	return a, nil
}

// pointer reads an address.
func (u *umpireLog) pointer(text string) (uint64, error) {
	n, ok := field.Pointer([]byte(text))
	if !ok {
		return 0, u.in.Errorf("%q is no address", text)
	}
	return n, nil
}

func (u *umpireLog) size(args umpireArgs) (uint64, error) {
	n, err := strconv.ParseUint(string(args.Size), 10, 64)
	if err != nil {
		return 0, u.in.Errorf("the size %q is no whole number of 64 bits", string(args.Size))
	}
	return n, nil
}

// allocate is an attempt if memory is "".
func (u *umpireLog) allocate(uid string, args umpireArgs, memory string) error {
	a, err := u.used(uid, args)
	if err != nil {
		return err
	}
	size, err := u.size(args)
	if err != nil {
		return err
	}
	if memory == "" {
		u.failed(a) // the one before
		a.tried, a.size = true, size
		return nil
	}
	if a.tried && a.size != size {
		u.failed(a)
	}
	a.tried = false
	pointer, err := u.pointer(memory)
	if err == nil {
		a.heap.Alloc(capture.Key{pointer}, strategies.Request{Size: size})
	}
	return err
}

// failed tells of the attempt of a that has no result.
func (u *umpireLog) failed(a *umpireAllocator) {
	if !a.tried {
		return
	}
	a.tried = false
	u.c.By(a.uid, "")
	u.c.Note("requests that failed: their line has no result")
	a.heap.Fail(strategies.Request{Size: a.size}, strategies.ErrNoSpace)
}

func (u *umpireLog) free(uid string, args umpireArgs, memory string) error {
	a, err := u.used(uid, args)
	if err != nil {
		return err
	}
	pointer, err := u.pointer(memory)
	if err != nil {
		return err
	}
	a.heap.FreePointer(pointer)
	return nil
}

// resize is a reallocation. Where the allocation that it is made of has an event of its
// own, nothing is left to do.
func (u *umpireLog) resize(uid string, args umpireArgs, memory string) error {
	if memory == "" {
		return nil // an attempt
	}
	old, err := u.pointer(cmp.Or(args.Old, args.Pointer))
	if err != nil {
		return err
	}
	pointer, err := u.pointer(memory)
	if err != nil {
		return err
	}
	size, err := u.size(args)
	if err != nil {
		return err
	}
	h, err := u.owner(uid, args, old)
	switch {
	case err != nil:
		return err
	case h == nil:
		u.c.Drop("reallocations of objects that nobody saw")
		return nil
	case pointer != old && h.Known(capture.Key{pointer}):
		return nil
	}
	if h.Known(capture.Key{old}) { // or an event of its own has freed it
		h.Free(capture.Key{old}, false)
	}
	h.Alloc(capture.Key{pointer}, strategies.Request{Size: size})
	return nil
}

// maxOwners is among how many allocators the owner of an object is looked for.
const maxOwners = 256

// owner is the heap of an object that is resized; nil for one that nobody saw.
func (u *umpireLog) owner(uid string, args umpireArgs, pointer uint64) (*capture.Heap, error) {
	if args.Ref != "" {
		a, err := u.used(uid, args)
		if err != nil {
			return nil, err
		}
		return a.heap, nil
	}
	if len(u.all) > maxOwners {
		return nil, u.in.Errorf("the event has no allocator_ref, and there are more than %d allocators", maxOwners)
	}
	for _, a := range u.all {
		if a.heap != nil && a.uid == uid && a.heap.Known(capture.Key{pointer}) {
			return a.heap, nil
		}
	}
	return nil, nil
}
