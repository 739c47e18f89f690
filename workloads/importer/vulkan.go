package importer

import (
	"bytes"
	"cmp"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// A Vulkan layer log begins with a line "# vk-memlog 1: ..." and has a line for each call,
// TIME,FRAME,OP,NAME=VALUE,...:
//
//	0.01,0,device,dev=0x1,vendor=0x10005,...
//	0.01,0,heap,index=0,size=2147483648,flags=0x1
//	0.02,0,alloc,mem=0x2,size=2097152,type=0,heap=0,props=0xf,dedicated=0,import=0,result=0
//	0.03,0,buffer,res=0x3,size=4,usage=0x219ff,req_size=4,req_align=64,types=0x1
//	0.03,0,image,res=0x4,format=125,w=640,...,req_size=1228800,req_align=16,types=0x1
//	0.04,0,bind,res=0x3,mem=0x2,offset=0
//	0.05,0,destroy,res=0x3
//	0.06,0,free,mem=0x2
//	0.07,0,destroy_device,dev=0x1
//
// It has two levels, which are two formats: what the program gets from the driver, in
// large pieces, and what it puts into these.

// vulkan is the level of the driver. Each heap of each device is a region. A line of
// memory names no device: it is of the device that was made last.
var vulkan = capture.Format{
	Name:   "vulkan",
	Doc:    "a Vulkan layer log (vk-memlog); an object is one vkAllocateMemory (vulkan-resources: one buffer or image)",
	Detect: func(head []byte) bool { return bytes.HasPrefix(head, []byte("# vk-memlog ")) },
	Read:   func(in *capture.Input, c *capture.Capture) error { return readVulkan(in, c, (*vulkanLog).memory) },
}

// vulkanResources is the level of buffers and images, as if each had memory of its own
// from creation to destruction. They are in one region, as large as the largest heap that
// is local to the device: which heap holds them is not in their lines.
var vulkanResources = capture.Format{
	Name:   "vulkan-resources",
	Doc:    "the buffers and images of a Vulkan layer log (vk-memlog); an object is one, with the size and alignment it requires",
	Detect: func([]byte) bool { return false }, // only by name: a log holds both levels
	Read:   func(in *capture.Input, c *capture.Capture) error { return readVulkan(in, c, (*vulkanLog).resource) },
}

// vulkanLog is what is known of the devices of a log.
type vulkanLog struct {
	in      *capture.Input
	c       *capture.Capture
	devices int                      // so far
	owner   map[uint64]*capture.Heap // of memory that is live
	largest uint64                   // bytes of the largest heap,
	local   uint64                   // and of the largest that is local to a device
}

// vulkanLine is a line in parts.
type vulkanLine struct {
	op     string
	fields map[string][]byte
}

func readVulkan(in *capture.Input, c *capture.Capture, level func(*vulkanLog, vulkanLine) error) error {
	v := &vulkanLog{in: in, c: c, owner: make(map[uint64]*capture.Heap)}
	var parts [][]byte
	l := vulkanLine{fields: make(map[string][]byte)}
	for line := range in.Lines() {
		if len(line) == 0 || line[0] == '#' {
			if version, ok := bytes.CutPrefix(line, []byte("# vk-memlog ")); ok && !bytes.HasPrefix(version, []byte("1:")) {
				return in.Errorf("a log of another version than 1")
			}
			continue
		}
		parts = field.Cells(parts, line)
		if len(parts) < 3 {
			return in.Errorf("%.60q is not TIME,FRAME,OP,NAME=VALUE,...", line)
		}
		ns, ok := field.Seconds(parts[0])
		if !ok {
			return in.Errorf("%q is no time in seconds", parts[0])
		}
		c.At(ns)
		l.op = string(parts[2])
		clear(l.fields)
		for _, part := range parts[3:] {
			name, value, _ := bytes.Cut(part, []byte{'='})
			l.fields[string(name)] = value
		}
		if err := level(v, l); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads fields that are numbers.
func (v *vulkanLog) numbers(l vulkanLine, names ...string) ([]uint64, error) {
	values := make([]uint64, len(names))
	for i, name := range names {
		var ok bool
		if values[i], ok = field.Number(l.fields[name]); !ok {
			return nil, v.in.Errorf("%s without %s=, a number of 64 bits", l.op, name)
		}
	}
	return values, nil
}

// heap is the region of a heap of the last device.
func (v *vulkanLog) heap(index uint64) *capture.Heap {
	name := fmt.Sprintf("heap%d", index)
	if v.devices > 1 {
		name = fmt.Sprintf("device%d-heap%d", v.devices, index)
	}
	return v.c.Heap(name)
}

// Results of Vulkan, and a flag of a heap.
const (
	vkSuccess           = "0"
	vkOutOfDeviceMemory = "-2"
	vkDeviceLocal       = 1
)

// memory does a line of the level of the driver.
func (v *vulkanLog) memory(l vulkanLine) error {
	switch l.op {
	case "device":
		v.devices++
	case "heap":
		n, err := v.numbers(l, "index", "size")
		if err == nil {
			v.heap(n[0]).Region(n[1])
		}
		return err
	case "alloc":
		n, err := v.numbers(l, "mem", "size", "heap")
		if err != nil {
			return err
		}
		v.alloc(l, n[0], n[1], v.heap(n[2]))
	case "free":
		n, err := v.numbers(l, "mem")
		if err != nil {
			return err
		}
		if h := v.owner[n[0]]; h != nil {
			h.Free(capture.Key{n[0]}, false)
			delete(v.owner, n[0])
		} else {
			v.c.DropFree()
		}
	}
	return nil
}

// alloc is a vkAllocateMemory, which may have failed, or have made memory of something
// that is there already.
func (v *vulkanLog) alloc(l vulkanLine, mem, size uint64, h *capture.Heap) {
	result, isImport := string(l.fields["result"]), l.fields["import"]
	switch {
	case result == vkOutOfDeviceMemory:
		h.Fail(strategies.Request{Size: size}, strategies.ErrNoSpace)
		return
	case result != vkSuccess && result != "":
		v.c.Drop("allocations that failed for another reason than device memory")
		return
	}
	if old := v.owner[mem]; old != nil && old != h {
		old.Free(capture.Key{mem}, false)
	}
	v.owner[mem] = h
	if len(isImport) > 0 && string(isImport) != "0" {
		h.Foreign(capture.Key{mem}, "imports of memory of others")
	} else {
		h.Alloc(capture.Key{mem}, strategies.Request{Size: size})
	}
}

// resource does a line of the level of buffers and images.
func (v *vulkanLog) resource(l vulkanLine) error {
	h := v.c.Heap("")
	switch l.op {
	case "heap":
		n, err := v.numbers(l, "size", "flags")
		if err != nil {
			return err
		}
		v.largest = max(v.largest, n[0])
		if n[1]&vkDeviceLocal != 0 {
			v.local = max(v.local, n[0])
		}
		h.Region(cmp.Or(v.local, v.largest))
	case "buffer", "image":
		n, err := v.numbers(l, "res", "req_size", "req_align")
		if err != nil {
			return err
		}
		h.Alloc(capture.Key{n[0]}, strategies.Request{Size: n[1], Align: n[2]})
	case "destroy":
		n, err := v.numbers(l, "res")
		if err != nil {
			return err
		}
		h.Free(capture.Key{n[0]}, false)
	}
	return nil
}
