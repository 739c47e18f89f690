package importer

import (
	"bytes"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// rep is the format of a course's malloc lab: four lines of numbers, in any order, then
// "a ID BYTES", "r ID BYTES" and "f ID".
var rep = capture.Format{
	Name:    "rep",
	Doc:     "a trace of the CMU malloc lab (.rep); an object is one malloc",
	Granule: 16,
	Detect:  detectRep,
	Read:    readRep,
}

// repHeader is the number of lines above the operations.
const repHeader = 4

func detectRep(head []byte) bool {
	lines := bytes.SplitN(head, []byte{'\n'}, repHeader+2)
	if len(lines) < repHeader+2 {
		return false
	}
	for _, line := range lines[:repHeader] {
		if _, ok := field.Number(bytes.TrimSpace(line)); !ok {
			return false
		}
	}
	op := bytes.Fields(lines[repHeader])
	return len(op) >= 2 && len(op[0]) == 1 && strings.Contains("arf", string(op[0]))
}

func readRep(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	n := 0
	for line := range in.Lines() {
		f := bytes.Fields(line)
		if n++; n <= repHeader {
			if _, ok := field.Number(bytes.TrimSpace(line)); !ok {
				return in.Errorf("%q where one of the %d numbers of the head is expected", line, repHeader)
			}
			continue
		}
		if len(f) == 0 {
			continue
		}
		switch op := string(f[0]); {
		case op == "f" && len(f) == 2 && string(f[1]) == "-1":
			c.Drop("frees of a null pointer")
		case op == "f" && len(f) == 2:
			id, ok := field.Number(f[1])
			if !ok {
				return in.Errorf("%q is no id", f[1])
			}
			h.Free(capture.Key{id}, false)
		case (op == "a" || op == "r") && len(f) == 3:
			id, ok1 := field.Number(f[1])
			size, ok2 := field.Number(f[2])
			if !ok1 || !ok2 {
				return in.Errorf("%q is not %s ID BYTES", line, op)
			}
			if key := (capture.Key{id}); op == "r" && h.Known(key) {
				h.Free(key, false)
			}
			h.Alloc(capture.Key{id}, strategies.Request{Size: size})
		default:
			return in.Errorf("%q is not a ID BYTES, r ID BYTES or f ID", line)
		}
	}
	return nil
}
