package lab

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/cmd/vramlab/manual"
	"github.com/vramlab/vramlab/strategies/all"
)

func TestHelp(t *testing.T) {
	for _, c := range commands {
		_, want, _ := vramlab(c.name, "-h")
		code, stdout, stderr := vramlab("help", c.name)
		if code != exitOK || stdout != want || stdout == "" {
			t.Errorf("help %s: exit code %d, %q %s, want what -h prints", c.name, code, stdout, stderr)
		}
	}
	if code, _, stderr := vramlab("help", "runn"); code != exitUsage || !strings.Contains(stderr, `vramlab help: no command "runn" (have: run, `) || !strings.Contains(stderr, "did you mean run?") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := vramlab("help", "run", "list"); code != exitUsage {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

func TestVersion(t *testing.T) {
	code, stdout, _ := vramlab("version")
	if line := regexp.MustCompile(`^vramlab \S.*, go\S+ \w+/\w+\n$`); code != exitOK || !line.MatchString(stdout) {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	if _, again, _ := vramlab("--version"); again != stdout {
		t.Errorf("--version prints %q", again)
	}
	system := ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	own := func(version string, settings ...string) *debug.BuildInfo {
		b := &debug.BuildInfo{Main: debug.Module{Path: ownModule, Version: version}}
		for i := 0; i < len(settings); i += 2 {
			b.Settings = append(b.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return b
	}
	theirs := own("v0.1.0")
	theirs.Main.Path = "example.com/mine"
	theirs.Deps = []*debug.Module{{Path: "other", Version: "v3"}, {Path: ownModule, Version: "v1.2.3", Replace: &debug.Module{Path: "../vramlab"}}}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for _, tt := range []struct {
		want string
		info *debug.BuildInfo
	}{
		{"of unknown version", nil},
		{"v1.2.3", own("v1.2.3")},
		{"(devel)", own("")},
		{"(devel), revision 0123456789ab of 2026-01-02T03:04:05Z", own("(devel)", "vcs.revision", revision, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "false")},
		{"v1.2.3, revision 0123456789ab with changes", own("v1.2.3", "vcs.revision", revision, "vcs.modified", "true")},
		{"v0.0.0-20260102030405-0123456789ab+dirty", own("v0.0.0-20260102030405-0123456789ab+dirty", "vcs.revision", revision, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "true")},
		{"v0.1.0, vramlab v1.2.3 replaced by ../vramlab", theirs},
	} {
		if got := versionOf(tt.info); got != tt.want+system {
			t.Errorf("%q, want %q", got, tt.want+system)
		}
	}
}

// TestListJSON reads what a program reads, by the names that the help gives.
func TestListJSON(t *testing.T) {
	code, stdout, stderr := with(append(all.List(), mine), "list", "-json")
	if code != exitOK {
		t.Fatal(stderr)
	}
	var got map[string][]map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{
		"strategies": "caps doc models name params", "workloads": "default doc name page recorded region title", "formats": "doc name",
		"experiments": "doc name synthetic", "builders": "doc name", "policies": "builder doc name", "lifetimes": "doc name",
	}
	item := func(array, name string) map[string]any {
		for _, it := range got[array] {
			if it["name"] == name {
				return it
			}
		}
		t.Fatalf("no %s among the %s", name, array)
		return nil
	}
	for array, items := range got {
		if fields[array] == "" {
			t.Errorf("an array %q that is not documented", array)
		}
		for _, it := range items {
			var names []string
			for name := range it {
				names = append(names, name)
			}
			slices.Sort(names)
			want := fields[array]
			if array == "strategies" && it["models"] == nil {
				want = "caps doc name params"
			}
			if strings.Join(names, " ") != want {
				t.Errorf("%s: %v has fields %v, want %s", array, it["name"], names, want)
			}
		}
	}
	for array := range fields {
		if len(got[array]) == 0 {
			t.Errorf("there are no %s", array)
		}
	}
	if x := item("strategies", "buddy_6.11"); x["models"] != "Linux 6.11" || !slices.Contains(x["caps"].([]any), any("window")) {
		t.Errorf("%v", x)
	}
	bins := item("strategies", "tlsf")["params"].([]any)[0].(map[string]any)
	if bins["name"] != "bins" || bins["doc"] == "" || !slices.Contains(bins["values"].([]any), any("64")) {
		t.Errorf("the first parameter of tlsf is %v", bins)
	}
	item("strategies", mine.Name)
	if x := item("workloads", "gfx"); x["default"] != true || x["recorded"] != false || x["page"] != 4096.0 {
		t.Errorf("%v", x)
	}
	if x := item("workloads", "chromium"); x["recorded"] != true {
		t.Errorf("%v", x)
	}
	if item("experiments", "holes")["synthetic"] != true || item("experiments", "smallest")["synthetic"] != false {
		t.Error("holes are synthetic, the search for the smallest region is not")
	}
	for array := range fields {
		if _, help, _ := vramlab("list", "-h"); !strings.Contains(help, array) {
			t.Errorf("list -h does not name the array %s", array)
		}
	}
	if code, _, _ := vramlab("list", "-json", "-header"); code != exitUsage {
		t.Errorf("-json and -header: exit code %d", code)
	}
}

// TestManual holds that each command, flag and name is in the man page and in the scripts.
func TestManual(t *testing.T) {
	_, page, _ := vramlab("man")
	texts := map[string]string{"man": strings.ReplaceAll(page, `\-`, "-")}
	for _, shell := range manual.Shells() {
		code, stdout, stderr := vramlab("completion", shell.Name)
		if code != exitOK {
			t.Fatal(stderr)
		}
		texts[shell.Name] = stdout
	}
	env := newEnvironment(all.List(), []string{"vramlab"}, nil, nil)
	for what, text := range texts {
		for _, c := range env.manual().Commands {
			if !strings.Contains(text, c.Name) {
				t.Errorf("%s lacks the command %s", what, c.Name)
			}
			for _, f := range c.Flags {
				flag := "-" + f.Name
				if what == "fish" {
					flag = "-n '__vramlab_in " + c.Name + "' -o '" + f.Name + "'"
				}
				if !strings.Contains(text, flag) {
					t.Errorf("%s lacks %s of %s", what, flag, c.Name)
				}
				for _, word := range f.Takes.Words {
					if what != "man" && !strings.Contains(text, word) {
						t.Errorf("%s lacks %s, which %s takes", what, word, flag)
					}
				}
			}
		}
	}
	if code, _, stderr := vramlab("completion", "fihs"); code != exitUsage || !strings.Contains(stderr, "did you mean fish?") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// Each flag that the commands say takes names is there, so that a flag whose name changes
// does not lose them.
func TestTakes(t *testing.T) {
	env := newEnvironment(all.List(), []string{"vramlab"}, nil, nil)
	for _, c := range commands {
		fs, _ := c.flags(env)
		for name, w := range c.takes {
			if name != "" && fs.Lookup(name) == nil {
				t.Errorf("%s has no flag -%s", c.name, name)
			}
			if len(w.names(env)) == 0 {
				t.Errorf("-%s of %s takes nothing", name, c.name)
			}
		}
	}
}

// TestBashCompletion asks bash what it would complete.
func TestBashCompletion(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	_, text, _ := vramlab("completion", "bash")
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ typed, want string }{
		{"com", "compare completion"},
		{"help fit", "fit-region"},
		{"run -work", "-workload -workloads"},
		{"run -strategies buddy,rang", "buddy,rangemgr"},
		{"replay -against tl", "tlsf"},
		{"run -skip crossings,refe", "crossings,references"},
		{"convert -from heap", "heaptrack"},
		{"compare -format j", "json"},
		{"generate ste", "steady"},
		{"completion z", "zsh"},
		{"run -trace ga", ""},
		{"inspect ga", ""},
	} {
		args := append([]string{"--norc", "-c", `. "$0"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _vramlab; echo "${COMPREPLY[*]}"`, path, "vramlab"}, strings.Split(tt.typed, " ")...)
		out, err := exec.Command("bash", args...).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("vramlab %s: %q (%v), want %q", tt.typed, got, err, tt.want)
		}
	}
}

// TestHelpEnds: no line of help ends with a blank, the list of commands has 80 columns, and
// what stands above the flags of one 100.
func TestHelpEnds(t *testing.T) {
	_, list, _ := vramlab("help")
	for line := range strings.Lines(list) {
		if len(line) > 81 {
			t.Errorf("more than 80 columns: %s", line)
		}
	}
	for _, c := range commands {
		_, stdout, _ := vramlab("help", c.name)
		text, _, _ := strings.Cut(stdout, "\nflags:\n")
		for line := range strings.Lines(stdout) {
			if line = strings.TrimSuffix(line, "\n"); strings.TrimRight(line, " \t") != line || len(line) > 100 && strings.Contains(text, line) {
				t.Errorf("help %s: %q", c.name, line)
			}
		}
	}
}
