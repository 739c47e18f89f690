package importer

import (
	"strings"
	"testing"
)

// umpired has a pool on a resource, each with an attempt before the result.
const umpired = `{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "version", "payload": { "major":2, "minor":1, "patch":0 } }
{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "makeMemoryResource", "payload": { "name": "HOST" }, "result": "0xa0" }
{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "makeAllocator", "payload": { "type":"umpire::strategy::QuickPool", "with_introspection":true, "allocator_name":"pool", "args": [ "HOST", 64 ] } }
{ "kind":"replay", "uid":7, "timestamp":1558388052, "event": "makeAllocator", "payload": { "type":"umpire::strategy::QuickPool", "with_introspection":true, "allocator_name":"pool", "args": [ "HOST", 64 ] }, "result": { "allocator_ref":"0xb0" } }
[2019-05-20][REPLAY]: { "kind":"replay", "uid":7, "timestamp":1558388053, "event": "allocate", "payload": { "allocator_ref": "0xb0", "size": 64 } }
{ "kind":"replay", "uid":7, "timestamp":1558388053, "event": "allocate", "payload": { "allocator_ref": "0xb0", "size": 64 }, "result": { "memory_ptr": "0x1000" } }
{ "kind":"replay", "uid":7, "timestamp":1558388053, "event": "allocate", "payload": { "allocator_ref": "0xa0", "size": 40 } }
{ "kind":"replay", "uid":7, "timestamp":1558388053, "event": "allocate", "payload": { "allocator_ref": "0xa0", "size": 40 }, "result": { "memory_ptr": "0x9000" } }
{ "kind":"replay", "uid":7, "timestamp":1558388054, "event": "allocate", "payload": { "allocator_ref": "0xb0", "size": 4096 } }
{ "kind":"replay", "uid":7, "timestamp":1558388055, "event": "allocate", "payload": { "allocator_ref": "0xb0", "size": 16 } }
{ "kind":"replay", "uid":7, "timestamp":1558388055, "event": "allocate", "payload": { "allocator_ref": "0xb0", "size": 16 }, "result": { "memory_ptr": "0x2000" } }
{ "kind":"replay", "uid":7, "timestamp":1558388056, "event": "reallocate", "payload": { "ptr": "0x1000", "size": 32, "allocator_ref": "0xb0" } }
{ "kind":"replay", "uid":7, "timestamp":1558388056, "event": "reallocate", "payload": { "ptr": "0x1000", "size": 32, "allocator_ref": "0xb0" }, "result": { "memory_ptr": "0x3000" } }
{ "kind":"replay", "uid":7, "timestamp":1558388057, "event": "deallocate", "payload": { "allocator_ref": "0xb0", "memory_ptr": "0x2000" } }
{ "kind":"replay", "uid":7, "timestamp":1558388057, "event": "deallocate", "payload": { "allocator_ref": "0xb0", "memory_ptr": "0x7777" } }
program says { hello }
`

func TestUmpire(t *testing.T) {
	// The pool has 4 units of 16 bytes, 1, and 2 for the 4: a peak of 5, and 5 / 0.85 is 5.9.
	// The host has 2.5, which are 3, and 3 / 0.85 is 3.5.
	check(t, umpired, Options{}, `
pool:
region 24576 page 4096
@ 0
a 0 16384
@ 2000000000
a 1 1048576
! ENOSPC
f 1
a 2 4096
@ 3000000000
f 0
a 3 8192
@ 4000000000
f 2
HOST:
region 16384 page 4096
@ 0
a 0 12288
`, `
all sizes are multiplied by 256 (sizes come in units of 16 bytes)
requests that failed: their line has no result: 1
dropped frees of objects that nobody saw: 1
`)
	check(t, umpired, Options{Device: "HOST"}, "HOST:\nregion 16384 page 4096\n@ 0\na 0 12288\n", `
all sizes are multiplied by 256 (sizes come in units of 16 bytes)
requests that failed: their line has no result: 1
dropped frees of objects that nobody saw: 1
left out as asked: allocations on other devices: 4
`)
}

// TestUmpireLater has the events of later versions, two allocators of one name, numbers
// that floats do not hold, and a reallocation that is told as its parts.
func TestUmpireLater(t *testing.T) {
	const text = `{"category":"metadata","name":"version","numeric_args":{"major":2022,"minor":3,"patch":0},"string_args":{"rc":""},"tags":{"replay":"true"},"timestamp":1658388052211435757}
{"category":"operation","name":"make_memory_resource","numeric_args":{},"string_args":{"allocator_ref":"0xa0","name":"DEVICE"},"tags":{"replay":"true"},"timestamp":1658388052211435758}
{"category":"operation","name":"allocate","numeric_args":{"size":9007199254740993},"string_args":{"allocator_ref":"0xa0","pointer":"0x20000000000001"},"tags":{"replay":"true"},"timestamp":1658388052211435760}
{"category":"operation","name":"allocate","numeric_args":{"size":16},"string_args":{"allocator_ref":"0xc0","pointer":"0x10"},"tags":{"allocator_name":"DEVICE","replay":"true"},"timestamp":1658388052211435761}
{"category":"operation","name":"deallocate","numeric_args":{},"string_args":{"allocator_ref":"0xa0","pointer":"0x20000000000001"},"tags":{"replay":"true"},"timestamp":1658388052211435762}
{"category":"operation","name":"allocate","numeric_args":{"size":32},"string_args":{"allocator_ref":"0xc0","pointer":"0x40"},"tags":{"replay":"true"},"timestamp":1658388052211435763}
{"category":"operation","name":"reallocate","numeric_args":{"size":32},"string_args":{"ptr":"0x10","memory_ptr":"0x40"},"tags":{"replay":"true"},"timestamp":1658388052211435763}
{"category":"operation","name":"deallocate","numeric_args":{},"string_args":{"allocator_ref":"0xc0","pointer":"0x10"},"tags":{"replay":"true"},"timestamp":1658388052211435763}
`
	// 2^53 + 1 bytes are a page more than 2^53.
	check(t, text, Options{Scale: 1, Region: 1 << 54}, `
DEVICE:
region 18014398509481984 page 4096
@ 0
a 0 9007199254745088
@ 2
f 0
DEVICE 0xc0:
region 18014398509481984 page 4096
@ 0
a 0 4096
@ 2
a 1 4096
f 0
`, "")
}

func TestUmpireRefuses(t *testing.T) {
	event := func(payload string) string {
		return `{ "kind":"replay", "uid":7, "timestamp":5, "event": "allocate", "payload": ` + payload + `, "result": { "memory_ptr": "0x9" } }` + "\n"
	}
	for _, c := range []struct{ text, want string }{
		{event(`{ "allocator_ref": "0xb0" }`), `capture:1: the size "" is no whole number of 64 bits`},
		{event(`{ "allocator_ref": "0xb0", "size": 1.5 }`), `capture:1: the size "1.5" is no whole number`},
		{event(`{ "allocator_ref": "0xb0", "size": 18446744073709551616 }`), `the size "18446744073709551616" is no whole number`},
		{event(`{ "size": 5 }`), "capture:1: the event has no allocator_ref"},
		{event(`{ "size": 5 `), "capture:1: the line is no event of Umpire: unexpected end of JSON input"},
		{event(`[ "size", 5 ]`), "capture:1: the line is no event of Umpire: json: cannot unmarshal array"},
		{strings.Replace(event(`{ "allocator_ref": "0xb0", "size": 5 }`), `0x9"`, `9z"`, 1), `capture:1: "9z" is no address`},
		{strings.Replace(event(`{ "allocator_ref": "0xb0", "size": 5 }`), `:5,`, `:5.5,`, 1), "capture:1: the timestamp 5.5 is no whole number"},
		{event(strings.Repeat(`{"a":`, 20000)), "exceeded max depth"},
	} {
		refuse(t, c.text, Options{Format: "umpire"}, c.want)
	}
}

func TestUmpireTime(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1558388052": 1558388052e9, "1558388052001": 1558388052001e6,
		"1558388052000001": 1558388052000001e3, "1558388052000000001": 1558388052000000001, "99999999999": 1<<63 - 1} {
		if got, ok := umpireTime(text); !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, ok, want)
		}
	}
}

func FuzzUmpire(f *testing.F) {
	fuzz(f, umpire, umpired, `{"name":"allocate","numeric_args":{"size":64},"string_args":{"allocator_ref":"0x10","pointer":"0x20"},"timestamp":1558388052211435757}`+"\n")
}

// TestUmpireNames has names that are no reference of an allocator; a file has many.
func TestUmpireNames(t *testing.T) {
	const line = `{"event":"allocate","uid":1,"payload":{"allocator_ref":"REF","size":3},"result":{"memory_ptr":"0x1"}}` + "\n"
	refuse(t, strings.Replace(line, "REF", strings.Repeat("x", maxName+1), 1), Options{Format: "umpire"}, "capture:1: the uid or allocator_ref has more than 256 bytes")
	refuse(t, strings.Replace(line, ":1,", ":"+strings.Repeat("1", maxName+1)+",", 1), Options{Format: "umpire"}, "capture:1: the uid or allocator_ref has more than 256 bytes")
	im, err := Import(strings.NewReader(strings.Replace(line, `"size"`, `"allocator_name":"`+strings.Repeat("n", maxName+9)+`","size"`, 1)), "capture", Options{Format: "umpire"})
	if err != nil || len(im.Streams) != 1 || im.Streams[0].Heap != strings.Repeat("n", maxName) {
		t.Errorf("got %v, error %v", im, err)
	}
}
