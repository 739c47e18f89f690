package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/vramlab/vramlab/"

// importRule is what a package may import, directly or through others.
type importRule struct {
	pkg     string
	allowed []string // packages of this module, beside itself
	third   bool     // other modules are allowed
}

// reportRules are the rooms of the report: those that all sections stand on, in
// their order, the sections by subject, which do not know each other, and on top
// the page and its public face.
func reportRules() []importRule {
	const rooms = "report/internal/"
	outside := []string{"strategies", "sgtable", "workloads/trace", "workloads/reason", "bench/schema", "bench/journal", "internal/fit", "internal/changepoint", "internal/survival", "internal/cells"}
	var rules []importRule
	below := slices.Clone(outside)
	for _, room := range []string{"stat", "list", "text", "theme", "chart", "rundir", "cost", "judge", "words", "decisions", "section"} {
		rules = append(rules, importRule{rooms + room, slices.Clone(below), true})
		below = append(below, rooms+room)
	}
	top := slices.Clone(below)
	for _, room := range []string{"figures", "summary", "pays", "managed", "times", "kernels", "memory", "age", "hindsight", "addrmap", "tables", "hindsight", "growth", "cpu", "terminal"} {
		rules = append(rules, importRule{rooms + room, below, true})
		top = append(top, rooms+room)
	}
	return append(rules, importRule{rooms + "page", top, true}, importRule{"report", append(top, rooms+"page"), true},
		importRule{"report/change", []string{"bench/schema", "bench/journal", "internal/cells", rooms + "stat"}, true},
		importRule{"report/perfetto", below, true},
		importRule{"report/serve", append(top[:len(top):len(top)], rooms+"page", "report", "report/change"), true},
		importRule{"report/history", []string{"bench/schema", "bench/journal", "internal/changepoint", "internal/cells", rooms + "stat", "report/change"}, true})
}

// TestReportRooms holds what two rooms of the report may not know: judging knows no
// wording, and wording no HTML.
func TestReportRooms(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	for _, r := range []struct{ room, unknown string }{
		{"judge", module + "report/internal/text"},
		{"words", "html/template"},
	} {
		out, err := exec.Command("go", "list", "-f", "{{join .Imports \"\\n\"}}", module+"report/internal/"+r.room).Output()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(strings.Fields(string(out)), r.unknown) {
			t.Errorf("package %s imports %s", r.room, r.unknown)
		}
	}
}

// unpacking is below all that read files.
const unpacking = "workloads/unpack"

// TestImports holds the one direction in which packages may import each other,
// and that the core needs nothing but the standard library.
func TestImports(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH")
	}
	const imports = "workloads/importer/"
	core := []string{"strategies", "sgtable"} // and nothing of another module
	kit := append(core, "workloads/trace", "internal/shrink", "strategies/internal/program", "strategies/strategytest/internal/probe")
	replay := append(core, "workloads", "workloads/trace", "workloads/replay")
	meters := append(replay[:len(replay):len(replay)], "bench/schema", "bench/internal/result", "bench/internal/meter", "bench/internal/thread", "internal/changepoint")
	experiments := append(meters[:len(meters):len(meters)], "workloads/migrate", "strategies/ttm", "strategies/ttm/device", "strategies/rangemgr", "strategies/shared", "strategies/kernelwork", "workloads/census", "workloads/smallest", "workloads/fewest", "workloads/reason", "workloads/explain", "workloads/defrag", "workloads/adversary", "internal/fit", "internal/shrink", "workloads/managed", "workloads/age", "internal/survival", "workloads/bound", "bench/internal/perf")
	rules := []importRule{
		{"strategies", nil, false},
		{"sgtable", core[:1], false},
		{"strategies/buddy", core[:1], false},
		{"strategies/rangemgr", core[:1], false},
		{"strategies/tlsf", []string{"strategies", "strategies/internal/pages"}, false},
		{"strategies/radix", []string{"strategies", "strategies/internal/pages"}, false},
		{"strategies/kernelwork", core[:1], false},
		{"strategies/shared", core[:1], false},
		{"strategies/ttm", core[:1], false},
		{"strategies/ttm/device", []string{"strategies", "strategies/ttm"}, false},
		{unpacking, nil, true},
		{"workloads/trace", core, true},
		{"workloads/model", append(core, "workloads", "workloads/trace"), true},
		{"workloads/pickle", nil, true},
		{imports + "internal/field", nil, false},
		{imports + "internal/strace", []string{imports + "internal/field"}, false},
		{imports + "internal/tracepoint", []string{imports + "internal/field"}, false},
		{imports + "internal/layout", append(core, "workloads/trace"), true},
		{imports + "internal/vmadump", nil, false},
		{imports + "capture", append(core, "workloads/trace", imports+"internal/field"), true},
		{"workloads/importer", append(core, "workloads/trace", "workloads/pickle", imports+"capture", imports+"internal/field", imports+"internal/strace",
			imports+"internal/tracepoint", imports+"internal/layout", imports+"internal/vmadump"), true},
		{"workloads", append(core, "workloads/trace"), true},
		{"strategies/internal/firstfit", core[:1], false},
		{"strategies/internal/program", append(core, "workloads/trace", "internal/shrink"), true},
		{"strategies/strategytest", slices.Concat(kit, replay, []string{"strategies/internal/firstfit"}), true},
		{"internal/fit", nil, false},
		{"internal/shrink", nil, false},
		{"internal/cells", nil, true},
		{"internal/changepoint", nil, false},
		{"internal/survival", nil, false},
		{"cmd/vramlab/manual", nil, false},
		{"cmd/vramlab/spelling", nil, false},
		{"cmd/vramlab/recipe", core[:1], true},
		{"strategies/strategytest/kernel", append(kit, "internal/fit"), true},
		{"strategies/strategytest/metamorphic", kit, true},
		{"workloads/replay", replay, true},
		{"workloads/reason", core[:1], false},
		{"workloads/explain", append(replay[:len(replay):len(replay)], "workloads/reason"), true},
		{"workloads/defrag", append(replay[:len(replay):len(replay)], "strategies/ttm", "workloads/reason", "workloads/explain"), true},
		{"workloads/census", append(core, "workloads", "workloads/trace"), true},
		{"workloads/census/drawing", append(core, "workloads", "workloads/trace", "workloads/census"), true},
		{"workloads/adversary", append(replay[:len(replay):len(replay)], "internal/fit", "internal/shrink"), true},
		{"workloads/age", append(replay[:len(replay):len(replay)], "internal/survival", "internal/changepoint"), true},
		{"workloads/smallest", append(replay[:len(replay):len(replay)], "workloads/census"), true},
		{"workloads/fewest", replay, true},
		{"workloads/managed", append(core, "workloads", "workloads/trace", "strategies/ttm", "strategies/ttm/device", "strategies/rangemgr"), true},
		{"workloads/bound", append(replay[:len(replay):len(replay)], "workloads/census"), true},
		{"cmd/vramlab/hindsight", append(replay[:len(replay):len(replay)], "workloads/census", "workloads/bound", "workloads/smallest"), true},
		{"strategies/cabi", replay, true},
		{"workloads/migrate", append(core, "strategies/ttm"), false},
		{"bench/schema", nil, false},
		{"bench/journal", nil, false},
		{"bench/frag", core[:1], false},
		{"bench/internal/result", []string{"bench/schema"}, false},
		{"bench/internal/machine", nil, false},
		{"bench/internal/thread", nil, true},
		{"bench/internal/meter", meters, true},
		{"bench/internal/perf", nil, true},
		{"bench/internal/subject", slices.Concat(meters, []string{"bench/frag"}), true},
		{"bench/internal/experiment", experiments, true},
		{"bench/internal/rundir", slices.Concat(meters, []string{"bench/frag", "bench/journal", "bench/internal/subject"}), true},
		{"bench", slices.Concat(experiments, []string{"bench/frag", "bench/journal", "bench/internal/rundir", "bench/internal/subject", "bench/internal/experiment", "bench/internal/machine"}), true},
		{"bench/merge", slices.Concat(experiments, []string{"bench", "bench/frag", "bench/journal", "bench/internal/rundir", "bench/internal/subject", "bench/internal/experiment", "bench/internal/machine"}), true},
	}
	rules = append(rules, reportRules()...)
	for _, r := range rules {
		for _, dep := range deps(t, r.pkg) {
			name, ours := strings.CutPrefix(dep, module)
			switch {
			case !ours && r.third, name == unpacking && r.third, ours && name == r.pkg, ours && slices.Contains(r.allowed, name):
			default:
				t.Errorf("%s imports %s, directly or through others", r.pkg, dep)
			}
		}
	}
}

// deps lists what a package depends on outside the standard library.
func deps(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", module+pkg).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", pkg, err)
	}
	return strings.Fields(string(out))
}
