package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/cmd/vramlab/progress"
)

// event is a line of run -json with the fields of all events.
type event struct {
	Event      string   `json:"event"`
	Dir        string   `json:"dir"`
	Strategies []string `json:"strategies"`
	Workloads  []string `json:"workloads"`
	Samples    int      `json:"samples"`
	Skipped    []string `json:"skipped"`
	Phase      string   `json:"phase"`
	Done       int      `json:"done"`
	Total      int      `json:"total"`
	What       string   `json:"what"`
	ETA        *float64 `json:"eta_s"`
	Message    string   `json:"message"`
	Code       int      `json:"exit_code"`
	Report     string   `json:"report"`
	Headline   string   `json:"headline"`
	Verdicts   []string `json:"verdicts"`
	Growth     []string `json:"growth"`
	Scope      string   `json:"scope"`
	Baseline   string   `json:"baseline"`
	Summary    string   `json:"summary"`
	Rows       int      `json:"rows"`
	Findings   []struct {
		Rule    string   `json:"rule"`
		Outcome string   `json:"outcome"`
		Bench   string   `json:"benchmark"`
		Unit    string   `json:"unit"`
		Old     *float64 `json:"old"`
		New     *float64 `json:"new"`
		Message string   `json:"message"`
	} `json:"findings"`
}

// eventsIn decodes every line, none of which may have a field that is not documented.
func eventsIn(t *testing.T, stdout string) (all []event) {
	t.Helper()
	for line := range strings.Lines(stdout) {
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		var e event
		if err := d.Decode(&e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if rest, _ := io.ReadAll(d.Buffered()); len(bytes.TrimSpace(rest)) > 0 {
			t.Fatalf("%q: more than one value", line)
		}
		all = append(all, e)
	}
	return all
}

// TestJSON: a start, steps up to the last, warnings and the end, and nothing else.
func TestJSON(t *testing.T) {
	withoutRace(t)
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-json", "-quick", "-count", "1", "-only", "trace", "-ops", "4000", "-workloads", "pages", "-trace", golden, "-o", dir)
	if code != exitOK || strings.Contains(stderr, "%") {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	all := eventsIn(t, stdout)
	first, last := all[0], all[len(all)-1]
	if first.Event != "start" || first.Dir != dir || !slices.Equal(first.Strategies, []string{"buddy", "rangemgr"}) || len(first.Workloads) != 2 || first.Samples != 1 || !slices.Contains(first.Skipped, "holes") {
		t.Errorf("the first event is %+v", first)
	}
	if last.Event != "end" || last.Report != filepath.Join(dir, "report.html") || last.Headline == "" || len(last.Verdicts) != 2 || last.Growth == nil || last.Scope == "" {
		t.Errorf("the last event is %+v", last)
	}
	steps, known := []event{}, 0
	for _, e := range all[1 : len(all)-1] {
		switch e.Event {
		case "step":
			if e.ETA != nil {
				known++
			}
			if n := len(steps); n > 0 && e.Done < steps[n-1].Done || e.Done > e.Total || e.What == "" || e.Phase == "" {
				t.Errorf("%+v", e)
			}
			steps = append(steps, e)
		case "warning":
		default:
			t.Errorf("%+v in the middle", e)
		}
	}
	if n := len(steps); n < 10 || steps[n-1].Done != steps[n-1].Total || known < n/2 {
		t.Errorf("%d steps, the last %+v, time left known of %d", n, steps[n-1], known)
	}
}

// TestJSONGate: which rules do not hold stands before the end, which is the last; the exit
// code is that of the gate.
func TestJSONGate(t *testing.T) {
	withoutRace(t)
	const bench = "AllocFree/strategy=buddy/workload=trace_04"
	old := write(t, "old.bench", "Benchmark"+bench+" 1 50 served-pct\n")
	small := []string{"-json", "-quick", "-count", "1", "-skip", "all", "-strategies", "buddy", "-trace", golden, "-baseline", old}
	for _, tt := range []struct {
		rules    string
		code     int
		findings string
	}{
		{bench + " served-pct exact, none +5%", exitFailed, bench + " served-pct exact: violated " + bench + " served-pct 50 91.6; none +5%: not judged"},
		{"none +5%", exitUsage, "none +5%: not judged"},
		{bench + " served-pct +5%", exitOK, ""},
		{"", exitOK, ""},
	} {
		args := append([]string{"run", "-o", filepath.Join(t.TempDir(), "run")}, small...)
		if tt.rules != "" {
			args = append(args, "-gate", tt.rules)
		}
		code, stdout, stderr := vramlab(args...)
		all := eventsIn(t, stdout)
		if len(all) < 3 || code != tt.code {
			t.Fatalf("%s: exit code %d, %s%s", tt.rules, code, stdout, stderr)
		}
		gate, end := all[len(all)-2], all[len(all)-1]
		var findings []string
		for _, f := range gate.Findings {
			text := f.Rule + ": " + f.Outcome
			if f.Old != nil && f.New != nil {
				text += fmt.Sprintf(" %s %s %.3g %.3g", f.Bench, f.Unit, *f.Old, *f.New)
			}
			findings = append(findings, text)
			if f.Message == "" {
				t.Errorf("no message: %+v", f)
			}
		}
		if slices.Contains(all[0].Skipped, "crossings") || !slices.Contains(all[0].Skipped, "holes") {
			t.Errorf("skipped: %q, and crossings never are", all[0].Skipped)
		}
		if gate.Event != "gate" || gate.Code != tt.code || gate.Baseline != old || gate.Summary == "" || strings.Join(findings, "; ") != tt.findings || end.Event != "end" {
			t.Errorf("%s: %+v, then %+v", tt.rules, gate, end)
		}
		if (gate.Rows > 0) != strings.Contains(tt.rules, "served-pct") {
			t.Errorf("%s: %d rows", tt.rules, gate.Rows)
		}
		if tt.code != exitOK && !strings.Contains(stderr, "the gate does not hold") {
			t.Errorf("%s: %s", tt.rules, stderr)
		}
	}
}

// TestJSONFails: what fails is the last line, also of a mistake behind the flag.
func TestJSONFails(t *testing.T) {
	for _, tt := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, `no workload "nobody"`, []string{"-workloads", "nobody"}},
		{exitUsage, "-bogus", []string{"-bogus"}},
		{exitFailed, "no-such-file", []string{"-trace", "no-such-file"}},
	} {
		code, stdout, stderr := vramlab(append([]string{"run", "-json"}, tt.args...)...)
		all := eventsIn(t, stdout)
		if code != tt.code || len(all) != 1 || all[0].Event != "error" || all[0].Code != code || !strings.Contains(all[0].Message, tt.want) || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit code %d, %s, %s", tt.args, code, stdout, stderr)
		}
	}
	if code, stdout, _ := vramlab("run", "-json=false", "-workloads", "nobody"); code != exitUsage || stdout != "" {
		t.Errorf("exit code %d, %s", code, stdout)
	}
}

// TestOnly: -only takes one word, and no -all beside it.
func TestOnly(t *testing.T) {
	for _, tt := range []struct{ want, args string }{
		{"have: trace", "-only synthetic"},
		{"give one of them", "-only trace -all -trace " + golden},
	} {
		if code, _, stderr := vramlab(append([]string{"run"}, strings.Fields(tt.args)...)...); code != exitUsage || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit code %d, %s", tt.args, code, stderr)
		}
	}
}

// TestModelPiped: a model comes from standard input, once.
func TestModelPiped(t *testing.T) {
	code, text, stderr := vramlab("model", golden)
	if code != exitOK {
		t.Fatal(stderr)
	}
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := piping([]byte(text), false, "run", "-quick", "-count", "1", "-skip", "all", "-strategies", "buddy,rangemgr", "-workload", "-", "-cpu", "", "-o", dir)
	if made, err := os.ReadDir(filepath.Join(dir, "placements")); code != exitOK || len(made) != 2 || !strings.Contains(stdout, "\ntrace_04, fi") {
		t.Errorf("exit code %d, %s%s (%v)", code, stdout, stderr, err)
	}
	for _, args := range [][]string{{"-workload", "-", "-workload", "-"}, {"-workload", "-", "-trace", "-"}} {
		if code, _, stderr := piping([]byte(text), false, append([]string{"run"}, args...)...); code != exitUsage || !strings.Contains(stderr, "named twice") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
	if code, _, stderr := piping([]byte("no model\n"), false, "run", "-workload", "-"); code != exitFailed || !strings.Contains(stderr, "/dev/stdin:1: ") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestColumns: what is no terminal has 80 columns, or those that COLUMNS says, and no
// colours.
func TestColumns(t *testing.T) {
	for value, want := range map[string]int{"": 80, "120": 120, "-3": 80, "wide": 80} {
		t.Setenv("COLUMNS", value)
		if got := progress.Width(io.Discard); got != want || progress.Colours(io.Discard) {
			t.Errorf("COLUMNS=%s: %d columns", value, got)
		}
	}
}
