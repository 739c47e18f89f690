package perfetto_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/perfetto"
)

// document is the format as its description has it: an object with a list of events.
type document struct {
	DisplayTimeUnit string           `json:"displayTimeUnit"`
	TraceEvents     []map[string]any `json:"traceEvents"`
}

func written(t *testing.T, dir string) document {
	t.Helper()
	var out bytes.Buffer
	if err := perfetto.Write(&out, dir); err != nil {
		t.Fatal(err)
	}
	var d document
	dec := json.NewDecoder(&out)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFormat holds every event to what the format demands of its phase, and the whole to
// the run: an instant for each refusal, a value of each counter for each moment.
func TestFormat(t *testing.T) {
	dir := fixture.Plain().Write(t)
	run, err := rundir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	refused, moments := 0, 0
	for _, w := range run.Workloads {
		for s := range run.Strategies {
			moments += len(w.Moments[s])
			if p := w.Placement(s); p != nil {
				refused += p.Refusals.N
			}
		}
	}
	d := written(t, dir)
	if d.DisplayTimeUnit != "ms" && d.DisplayTimeUnit != "ns" {
		t.Errorf("displayTimeUnit is %q", d.DisplayTimeUnit)
	}
	count := make(map[string]int)
	last := make(map[string]float64)
	for _, e := range d.TraceEvents {
		name, phase := e["name"].(string), e["ph"].(string)
		pid, tid, at := e["pid"].(float64), e["tid"].(float64), e["ts"].(float64)
		args, _ := e["args"].(map[string]any)
		if name == "" || pid < 1 || at < 0 {
			t.Fatalf("%v", e)
		}
		count[phase]++
		switch phase {
		case "M":
			if name != "process_name" && name != "thread_name" || args["name"] == "" {
				t.Errorf("metadata %v", e)
			}
		case "C":
			for unit, v := range args {
				if f, ok := v.(float64); !ok || f < 0 {
					t.Errorf("%s of %s is %v, which is no number to draw", unit, name, v)
				}
			}
			if len(args) != 1 {
				t.Errorf("%d series in %v", len(args), e)
			}
			key := strings.Join([]string{e["name"].(string), string(rune(int(pid)))}, "/")
			if before, ok := last[key]; ok && at < before {
				t.Errorf("%s goes back from %v to %v", key, before, at)
			}
			last[key] = at
			if strings.HasSuffix(name, ": live") {
				count["live"]++
			}
		case "i":
			if e["s"] != "t" || tid < 1 {
				t.Errorf("an instant without its thread: %v", e)
			}
			if bytes, _ := args["bytes"].(float64); bytes <= 0 || !strings.HasPrefix(name, "refused: E") {
				t.Errorf("an instant that does not say what was refused: %v", e)
			}
		default:
			t.Errorf("phase %q", phase)
		}
	}
	if count["i"] != refused || refused == 0 {
		t.Errorf("%d instants of %d refusals", count["i"], refused)
	}
	if count["live"] != moments || moments == 0 {
		t.Errorf("%d values of what is live at %d moments", count["live"], moments)
	}
	if want := len(run.Workloads) * (1 + len(run.Strategies)); count["M"] != want {
		t.Errorf("%d names, want %d", count["M"], want)
	}
}

type broken struct{}

var errDisk = errors.New("the disk is full")

func (broken) Write([]byte) (int, error) { return 0, errDisk }

func TestErrors(t *testing.T) {
	if err := perfetto.Write(new(bytes.Buffer), t.TempDir()); err == nil || !strings.Contains(err.Error(), "run.bench") {
		t.Errorf("no run: %v", err)
	}
	if err := perfetto.Write(broken{}, fixture.Plain().Write(t)); !errors.Is(err, errDisk) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestHostile: names of a run from somebody else are only text, whatever they hold, and the
// document stays one.
func TestHostile(t *testing.T) {
	f := fixture.Plain()
	f.Strategies = []string{"buddy", "a\"}]}"}
	f.Loads = f.Loads[:1]
	f.Loads[0].Title = "</script><script>alert(1)\x00\xff\"},{"
	var out bytes.Buffer
	if err := perfetto.Write(&out, f.Write(t)); err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(out.Bytes()) || bytes.ContainsAny(out.Bytes(), "<>\x00") {
		t.Error("a name is not escaped")
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	for _, e := range d.TraceEvents {
		for key := range e {
			if !slices.Contains([]string{"name", "ph", "ts", "pid", "tid", "s", "args"}, key) {
				t.Fatalf("a field %q of the format's", key)
			}
		}
	}
}

// TestBound: of very many refusals the first are drawn, and the others counted.
func TestBound(t *testing.T) {
	const most, more = 20_000, 7
	f := fixture.Plain()
	f.Strategies, f.Loads = f.Strategies[:1], f.Loads[:1]
	f.Loads[0].Ops = most + more
	dir := f.Write(t)
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	fmt.Fprintf(z, "vramlab trace 1\n# small: none fits\n# strategy: buddy\nregion %d page 4096\n", 8<<20)
	for i := range most + more {
		fmt.Fprintf(z, "a %d %d\n! ENOSPC\n", i, 9<<20)
	}
	fixture.Must(t, z.Close())
	fixture.Must(t, os.WriteFile(filepath.Join(dir, "placements", "small.buddy.trace.gz"), text.Bytes(), 0o666))
	if r, err := rundir.Read(dir); err != nil || r.Workloads[0].Placement(0) == nil {
		t.Fatal(err, r.Warnings.All())
	}
	drawn, left := 0, 0.0
	for _, e := range written(t, dir).TraceEvents {
		if e["ph"] != "i" {
			continue
		}
		if n, ok := e["args"].(map[string]any)["requests"].(float64); ok {
			left = n
		} else {
			drawn++
		}
	}
	if drawn != most || left != more {
		t.Errorf("%d are drawn and %v counted", drawn, left)
	}
}
