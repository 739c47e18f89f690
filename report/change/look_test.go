package change_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/internal/cells"
	"github.com/vramlab/vramlab/report/change"
)

// TestFitsTerminal: no line is wider than the terminal, the verdict of every row stays, and
// colours change nothing but colours.
func TestFitsTerminal(t *testing.T) {
	const name = "BenchmarkAllocFree/strategy=a_strategy_with_a_long_name/workload=and_a_workload_with_one-2"
	older := read(t, units+times(name, "ns/op", ten(100)...)+times(name, "segs/table", 2)+times(name, "served-pct", 90)+times("BenchmarkGone", "ns/op", 1)+times(name, "p99-ns", ten(50)...))
	newer := read(t, units+times(name, "ns/op", ten(120)...)+times(name, "segs/table", 1)+times(name, "served-pct", 90)+times(name, "p99-ns", ten(50)...))
	table := change.Compare(older, newer)
	rules, err := change.ParseRules("ns/op +5%, segs/table +0%, none exact")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, columns := range []int{60, 80, 120, 200} {
		var plain, coloured bytes.Buffer
		look := change.Look{All: true, Columns: columns}
		if err := table.Write(&plain, change.Formats()[0], table.Gate(rules), look); err != nil {
			t.Fatal(err)
		}
		look.Colour = true
		table.Write(&coloured, change.Formats()[0], table.Gate(rules), look)
		if got := codes.ReplaceAllString(coloured.String(), ""); got != plain.String() {
			t.Errorf("%d columns: with colours\n%s\nwithout\n%s", columns, got, &plain)
		}
		for line := range strings.Lines(plain.String()) {
			if n := cells.Width(strings.TrimSuffix(line, "\n")); n > columns {
				t.Errorf("%d columns: %d in %q", columns, n, line)
			}
		}
		for _, want := range []string{"  worse", "  better", "  not judged"} {
			if !strings.Contains(plain.String(), want) {
				t.Errorf("%d columns: no %q in\n%s", columns, want, &plain)
			}
		}
		for colour, want := range map[string]string{"32": "better", "31": "worse", "2": "not judged"} {
			if !regexp.MustCompile("\x1b\\[" + colour + "m[^\x1b\n]*  " + want).MatchString(coloured.String()) {
				t.Errorf("%d columns: %s has no colour in\n%q", columns, want, &coloured)
			}
		}
	}
}

// TestHostileRules: whatever a file holds, its error is short, and says where.
func TestHostileRules(t *testing.T) {
	binary := make([]byte, 4096)
	for i := range binary {
		binary[i] = byte(i * 7)
	}
	for name, c := range map[string]struct {
		text, want string
	}{
		"binary":   {string(binary), "binary:"},
		"huge":     {strings.Repeat("x exact\n", 1<<18), "huge: more than 1 MiB"},
		"line":     {strings.Repeat("y", 1<<20), `line:1: rule "yyyy`},
		"words":    {"ok exact\n" + strings.Repeat("y ", 1<<18), `words:2: rule "y y`},
		"pattern":  {"ns/op[" + strings.Repeat("z", 300) + " exact", "is no pattern"},
		"percent":  {"ns/op +" + strings.Repeat("9", 400) + "%", "is neither exact nor a percentage"},
		"escapes":  {"\x1b[31mns/op exact", "it is not text"},
		"encoding": {"\xff\xfe exact", "it is not text"},
	} {
		file := filepath.Join(t.TempDir(), name)
		os.WriteFile(file, []byte(c.text), 0o666)
		rules, err := change.ParseRules(file)
		if err == nil {
			t.Errorf("%s: %d rules", name, len(rules))
			continue
		}
		text := strings.ReplaceAll(err.Error(), filepath.Dir(file), "")
		if len(text) > 200 || strings.ContainsAny(text, "\n\x1b\x00") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d bytes: %.300q, want %s", name, len(text), text, c.want)
		}
	}
	if _, err := change.ParseRules(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
}
