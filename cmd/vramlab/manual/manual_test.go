package manual

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zoo is a program whose texts have what shells and roff would take for their own.
func zoo() Program {
	fs := flag.NewFlagSet("feed", flag.ContinueOnError)
	fs.String("animals", "ape", "the `names` of the animals: [some], or all; it's \"free\"")
	fs.String("food", "", "the `kind` of food")
	fs.String("o", "", "the `file` to make")
	fs.Bool("q", false, "say nothing")
	fs.Int("n", 0, "how often, as a `number` of $HOME \\ ~ ^ ` `")
	takes := map[string]Values{"animals": {[]string{"ape", "asp", "bee_6.1"}, true}, "food": {[]string{"hay", "ham"}, false}}
	return Program{
		Name: "my-zoo", Version: "zoo 1.2", Doc: "keeps animals", Long: "'Tis a zoo.\n.And more.\n\n  one  line\n  and another", Exit: "0 or 1.",
		Commands: []Command{
			{Name: "feed", Args: "[flags] FILE", Doc: "feed: the animals' turn", Long: "Feeds.\n\n.Twice.", Examples: []string{"feed -o 'a b' x"},
				Flags: FlagsOf(fs, func(name string) Values { return takes[name] })},
			{Name: "open", Args: "DAY", Doc: "open the gate", Operand: Values{Words: []string{"monday", "sunday"}}},
		},
	}
}

// script writes what w writes into a file.
func script(t *testing.T, shell Shell, p Program) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := shell.Write(f, p); err != nil {
		t.Fatal(err)
	}
	return path
}

// need skips a test without a program.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("there is no %s to ask", program)
	}
}

func TestFlagsOf(t *testing.T) {
	want := []Flag{
		{"animals", "names", `the names of the animals: [some], or all; it's "free"`, "ape", Values{[]string{"ape", "asp", "bee_6.1"}, true}},
		{"food", "kind", "the kind of food", "", Values{[]string{"hay", "ham"}, false}},
		{"n", "number", "how often, as a number of $HOME \\ ~ ^ ` `", "", Values{}},
		{"o", "file", "the file to make", "", Values{}},
		{"q", "", "say nothing", "", Values{}},
	}
	got := zoo().Commands[0].Flags
	if len(got) != len(want) {
		t.Fatalf("%d flags, want %d", len(got), len(want))
	}
	for i, f := range got {
		w := want[i]
		if f.Name != w.Name || f.Value != w.Value || f.Doc != w.Doc || f.Default != w.Default || !slices.Equal(f.Takes.Words, w.Takes.Words) || f.Takes.Many != w.Takes.Many {
			t.Errorf("flag %d is %+v, want %+v", i, f, w)
		}
	}
}

// completions are what is typed behind the name of the program, the last word unfinished,
// and what it can become. Nothing leaves it to the shell, which completes files.
var completions = []struct{ typed, want string }{
	{"", "feed open"},
	{"o", "open"},
	{"x", ""},
	{"feed -", "-animals -food -n -o -q"},
	{"feed -q -fo", "-food"},
	{"feed -animals ", "ape asp bee_6.1"},
	{"feed -animals a", "ape asp"},
	{"feed --animals a", "ape asp"},
	{"feed -animals ape,b", "ape,bee_6.1"},
	{"feed -animals ape,bee_6.1,a", "ape,bee_6.1,ape ape,bee_6.1,asp"},
	{"feed -food ha", "hay ham"},
	{"feed -food hay,ha", ""},
	{"feed -o a", ""},
	{"feed -n a", ""},
	{"feed a", ""},
	{"feed -food hay -q a", ""},
	{"open ", "monday sunday"},
	{"open s", "sunday"},
	{"open -", ""},
}

// TestBash asks the function that bash calls.
func TestBash(t *testing.T) {
	need(t, "bash")
	path := script(t, Shells()[0], zoo())
	ask := func(words ...string) string {
		args := append([]string{"--norc", "-c", `. "$0" && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && { _my_zoo; echo "${COMPREPLY[*]}"; }`, path, "my-zoo"}, words...)
		out, err := exec.Command("bash", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", words, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for _, tt := range completions {
		if got := ask(strings.Split(tt.typed, " ")...); got != tt.want {
			t.Errorf("my-zoo %s: %q, want %q", tt.typed, got, tt.want)
		}
	}
	// bash makes words of -flag, = and value.
	for _, tt := range []struct{ words, want string }{
		{"feed -animals = a", "ape asp"}, {"feed -animals =", "ape asp bee_6.1"}, {"feed --food = hay", "hay"},
	} {
		if got := ask(strings.Fields(tt.words)...); got != tt.want {
			t.Errorf("my-zoo %s: %q, want %q", tt.words, got, tt.want)
		}
	}
	out, err := exec.Command("bash", "--norc", "-c", `. "$0" && complete -p my-zoo`, path).CombinedOutput()
	if want := "complete -o default -F _my_zoo my-zoo\n"; err != nil || string(out) != want {
		t.Errorf("%q (%v), want %q", out, err, want)
	}
}

// TestFish asks fish, which completes files by itself where it is not told otherwise.
func TestFish(t *testing.T) {
	need(t, "fish")
	path := script(t, Shells()[2], zoo())
	dir := t.TempDir() // without files
	for _, tt := range completions {
		if strings.Contains(tt.typed, "--") {
			continue // fish would offer each flag twice
		}
		cmd := exec.Command("fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, path, "my-zoo "+tt.typed)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
		out, err := cmd.CombinedOutput()
		var got []string
		for line := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got = append(got, word)
		}
		want := strings.Fields(tt.want)
		slices.Sort(want)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("my-zoo %s: %q (%v), want %q", tt.typed, got, err, want)
		}
	}
}

// TestZsh reads the script, and looks at what it hands to zsh's own functions.
func TestZsh(t *testing.T) {
	need(t, "zsh")
	path := script(t, Shells()[1], zoo())
	if out, err := exec.Command("zsh", "-f", "-n", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("zsh -n: %v: %s", err, out)
	}
	ask := func(words string) string {
		const asked = `
			compdef() { print -- compdef "$@" }
			_describe() { print -rl -- "${(@P)2}" }
			_arguments() { print -- at $CURRENT; print -rl -- "$@" }
			. "$0"; words=("$@"); CURRENT=$#; _my_zoo`
		args := append([]string{"-f", "-c", asked, path, "my-zoo"}, strings.Split(words, " ")...)
		out, err := exec.Command("zsh", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", words, err, out)
		}
		return string(out)
	}
	for _, tt := range []struct{ words, want string }{
		{"f", "compdef _my_zoo my-zoo\nfeed:feed: the animals' turn\nopen:open the gate\n"},
		{"open m", "compdef _my_zoo my-zoo\nat 2\n*:argument:(monday sunday)\n"},
		{"feed -q x", "compdef _my_zoo my-zoo\nat 3\n" +
			`*-animals=[the names of the animals\: \[some\], or all; it's "free"]:names:_sequence compadd - ape asp bee_6.1` + "\n" +
			"*-food=[the kind of food]:kind:(hay ham)\n" +
			"*-n=[how often, as a number of $HOME \\\\ ~ ^ ` `]:number:_files\n" +
			"*-o=[the file to make]:file:_files\n*-q[say nothing]\n*:argument:_files\n"},
	} {
		if got := ask(tt.words); got != tt.want {
			t.Errorf("my-zoo %s:\n%s\nwant:\n%s", tt.words, got, tt.want)
		}
	}
}

// roffed is the man page as a file.
func roffed(t *testing.T) string { return script(t, Shell{Write: Man}, zoo()) }

func TestManSource(t *testing.T) {
	text, err := os.ReadFile(roffed(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		".TH \"MY\\-ZOO\" 1 \"\" \"zoo 1.2\"\n",
		"my\\-zoo \\- keeps animals\n",
		"\\&\\(aqTis a zoo.\n\\&.And more.\n.PP\n.nf\n.RS 2\none  line\nand another\n.RE\n.fi\n",
		".SS \"feed \\- feed: the animals\\(aq turn\"\n",
		".PP\n\\&.Twice.\n",
		".TP\n\\fB\\-animals\\fR \\fInames\\fR\nthe names of the animals: [some], or all; it\\(aqs \"free\" (default ape)\n",
		".TP\n\\fB\\-q\\fR\nsay nothing\n",
		"how often, as a number of $HOME \\e \\(ti \\(ha \\(ga \\(ga\n",
		"my\\-zoo feed \\-o \\(aqa b\\(aq x\n",
		".SH EXIT STATUS\n0 or 1.\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

// TestManTools has the page checked by what formats such pages.
func TestManTools(t *testing.T) {
	for _, tool := range []string{"mandoc -Tlint -W error", "groff -ww -man -Tascii -z"} {
		t.Run(strings.Fields(tool)[0], func(t *testing.T) {
			args := strings.Fields(tool)
			need(t, args[0])
			if out, err := exec.Command(args[0], append(args[1:], roffed(t))...).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%s: %v: %s", tool, err, out)
			}
		})
	}
	t.Run("man", func(t *testing.T) {
		need(t, "man")
		cmd := exec.Command("man", "-l", roffed(t))
		cmd.Env = append(os.Environ(), "LC_ALL=C", "MANWIDTH=100", "MANPAGER=cat", "MAN_KEEP_FORMATTING=")
		out, err := cmd.Output()
		if err != nil || len(out) == 0 {
			t.Skipf("man formats nothing here: %v", err) // as where pages are left out of an image
		}
		text := strings.Join(strings.Fields(string(out)), " ")
		for _, want := range []string{"'Tis a zoo. .And more.", "-animals names the names of the animals: [some], or all; it's \"free\" (default ape)", "$HOME \\ ~ ^ ` `", "my-zoo feed -o 'a b' x"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page as it is read lacks %q:\n%s", want, out)
			}
		}
	})
}
