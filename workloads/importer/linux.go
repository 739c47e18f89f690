package importer

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/tracepoint"
)

// kinds says of the events about memory which format reads them, or why none does.
// Kprobes have any name: see probe.
var kinds = map[string]kind{
	"i915_gem_object_create":  {format: "i915"},
	"i915_gem_object_destroy": {format: "i915"},
	"i915_vma_bind":           {format: "i915"},
	"i915_vma_unbind":         {format: "i915"},
	"amdgpu_bo_move":          {format: "amdgpu"},
	"amdgpu_ttm_bo_move":      {format: "amdgpu"},
	"mm_page_alloc":           {format: "pages"},
	"mm_page_free":            {format: "pages"},
	"mm_page_free_batched":    {again: true}, // of pages that mm_page_free has told

	"amdgpu_bo_create":   {why: "it has no event for a free", instead: "amdgpu_bo_move, or " + buddyProbes},
	"amdgpu_vm_bo_map":   {why: "it tells virtual addresses only", instead: "amdgpu_bo_move, or " + buddyProbes},
	"amdgpu_vm_bo_unmap": {why: "it tells virtual addresses only", instead: "amdgpu_bo_move, or " + buddyProbes},
	"xe_bo_create":       {why: "it does not say which object it is, or when that is freed", instead: buddyProbes},
	"xe_bo_validate":     {why: "it does not say which object it is, or when that is freed", instead: buddyProbes},
	"xe_bo_cpu_fault":    {why: "it does not say which object it is, or when that is freed", instead: buddyProbes},
	"xe_bo_move":         {why: "the last free of an object is not among the moves", instead: buddyProbes},
	"radeon_bo_create":   {why: "it has no event for a free", instead: "the list of the range manager in debugfs instead, which is a state"},
	"gpu_mem_total":      {why: "it is a running total", instead: buddyProbes},
}

// buddyProbes is the capture that serves all drivers whose memory is a buddy.
const buddyProbes = "the buddy instead, by scripts/capture/buddy"

// kind is what is known of an event.
type kind struct {
	format  string
	why     string // it cannot be replayed
	instead string // what to capture
	again   bool   // it repeats what other events say
}

// kindOf is the kind of an event. The zero kind is that of one which says nothing of memory.
func kindOf(e *tracepoint.Event) kind {
	if probe(e) != noProbe {
		return kind{format: "kprobe"}
	}
	return kinds[string(e.Name)]
}

// linuxTrace makes a format of a kind of events. A file may hold events of several: the
// first of the list that the head has is it, unless the user names another.
func linuxTrace(name, doc string, read func(c *capture.Capture) func(e *tracepoint.Event) error) capture.Format {
	return capture.Format{
		Name:   name,
		Doc:    doc,
		Detect: func(head []byte) bool { return linuxFormat(head) == name },
		Read: func(in *capture.Input, c *capture.Capture) error {
			return readLinux(in, c, name, read(c))
		},
	}
}

// linuxFormats are the formats of Linux traces, the most exact first.
var linuxFormats = []string{"kprobe", "i915", "amdgpu", "pages"}

// linuxFormat is the format that a file begins as, "" if it is no Linux trace. One without
// events for any of them is of the first, which says what is in it instead.
func linuxFormat(head []byte) string {
	best := len(linuxFormats)
	is := bytes.HasPrefix(head, []byte("# tracer: ")) || bytes.HasPrefix(head, []byte("cpus="))
	var e tracepoint.Event
	for line := range bytes.Lines(head) {
		if !e.Parse(bytes.TrimRight(line, "\r\n")) {
			continue
		}
		is = true
		if i := slices.Index(linuxFormats, kindOf(&e).format); i >= 0 {
			best = min(best, i)
		}
	}
	switch {
	case best < len(linuxFormats):
		return linuxFormats[best]
	case is:
		return linuxFormats[0]
	}
	return ""
}

// readLinux reads a trace to its end. What of it is of the format goes to do; the rest is
// counted.
func readLinux(in *capture.Input, c *capture.Capture, format string, do func(e *tracepoint.Event) error) error {
	var e tracepoint.Event
	found := false
	var others capture.Tally
	for line := range in.Lines() {
		if !e.Parse(line) {
			if n, ok := tracepoint.Lost(line); ok {
				c.DropMany("events that the tracer itself lost", n)
			} else if !tracepoint.Between(line) {
				c.Drop("lines that are no events")
			}
			continue
		}
		c.At(e.At)
		switch k := kindOf(&e); {
		case k.format == format:
			found = true
			c.ByAny(e.Pid, e.Group, e.Command)
			if err := do(&e); err != nil {
				return in.Errorf("%v", err)
			}
		case k.again:
		case k.format != "":
			others.Add(k.format, 1)
		case k.why != "":
			others.Add(string(e.Name), 1)
		default:
			c.Drop("events that say nothing of memory")
		}
	}
	if !found && in.Err() == nil {
		return noEvents(in, format, others)
	}
	for _, o := range others {
		c.DropMany(o.Why+" events"+instead(o.Why), o.N)
	}
	return nil
}

// noEvents is the error of a trace without an event of the format. It says what to do
// with those that are there.
func noEvents(in *capture.Input, format string, others capture.Tally) error {
	if len(others) == 0 {
		return in.Errorf("no event in the file is of format %s, or of another that tells of memory", format)
	}
	var words string
	for _, o := range others.Sorted() {
		words += fmt.Sprintf("; %s of %s%s", capture.Grouped(uint64(o.N)), o.Why, instead(o.Why))
	}
	return in.Errorf("no event in the file is of format %s%s", format, words)
}

// instead says what to do about events that were not read: a format, or the name of some.
func instead(what string) string {
	if k, ok := kinds[what]; ok {
		return fmt.Sprintf(" (%s: capture %s)", k.why, k.instead)
	}
	return fmt.Sprintf(" (-from %s reads them)", what)
}
