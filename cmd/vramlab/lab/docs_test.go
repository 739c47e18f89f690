package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
)

const top = "../../.." // of the repository

// guides are the documents whose commands and links must hold, from top.
func guides(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "CONTRIBUTING.md", "doc/patches/README.md", "workloads/recorded/README.md", "bench/peers/README.md"}
	pages, err := filepath.Glob(top + "/doc/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages in doc (%v)", len(pages), err)
	}
	for _, path := range pages {
		list = append(list, "doc/"+filepath.Base(path))
	}
	return list
}

// shown is a command line of a guide.
type shown struct {
	guide string
	dir   string   // where it runs, from top
	words []string // without remarks, pipes and redirections
}

func (c shown) String() string { return c.guide + ": " + strings.Join(c.words, " ") }

var (
	inline    = regexp.MustCompile("`([^`\n]+)`")
	elsewhere = regexp.MustCompile(`^\(cd (\S+) && (.*)\)$`)
	remark    = regexp.MustCompile(`\s{2,}.*$`)
	word      = regexp.MustCompile(`'[^']*'|\S+`)
)

// commandsIn finds what a guide shows as a command: in indented lines, in fences
// without a language, and in backquotes.
func commandsIn(t *testing.T, guide string) (found []shown) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, guide))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	fence, code := false, false
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "```"):
			fence = !fence
			code = fence && line == "```\n"
		case code:
			lines = append(lines, line)
		case strings.HasPrefix(line, "    "):
			lines = append(lines, line)
		case !fence:
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				lines = append(lines, strings.ReplaceAll(m[1], `\|`, "|"))
			}
		}
	}
	dir := "."
	if guide == "bench/peers/README.md" {
		dir = filepath.Dir(guide)
	}
	for _, line := range lines {
		c := shown{guide, dir, nil}
		line = strings.TrimSpace(line)
		if m := elsewhere.FindStringSubmatch(remark.ReplaceAllString(line, "")); m != nil {
			c.dir, line = m[1], m[2]
		}
		for _, w := range word.FindAllString(remark.ReplaceAllString(line, ""), -1) {
			if strings.HasPrefix(w, ">") || w == "|" {
				break
			}
			c.words = append(c.words, strings.Trim(w, "'"))
		}
		if len(c.words) > 1 {
			found = append(found, c)
		}
	}
	return found
}

// begins returns what follows prefix in a command line.
func (c shown) begins(prefix ...string) (rest []string, ok bool) {
	if len(c.words) < len(prefix) || !slices.Equal(c.words[:len(prefix)], prefix) {
		return nil, false
	}
	return c.words[len(prefix):], true
}

// TestGuidesRunVramlab runs each vramlab command that a guide shows. Those that measure or
// search for long are interrupted before they begin; one that needs a library, a run
// directory or the example module is parsed.
func TestGuidesRunVramlab(t *testing.T) {
	good, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var found []shown
	for _, g := range guides(t) {
		found = append(found, commandsIn(t, g)...)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"game.trace", "placed.trace", "kernel.trace", "clear.trace", "plain.trace"} {
		os.WriteFile(name, good, 0o666)
	}
	os.WriteFile("capture.txt", []byte(rep), 0o666)
	os.WriteFile("A.1048576.csv", []byte(planned), 0o666)
	for _, dir := range []string{"run-1", "run-2"} {
		os.Mkdir(dir, 0o777)
		os.WriteFile(filepath.Join(dir, "run.bench"), []byte(results(100, 2)), 0o666)
	}
	for _, name := range []string{"old.txt", "new.txt"} {
		os.WriteFile(name, bytes.Repeat([]byte("BenchmarkInstructions/strategy=buddy/workload=gfx 100 795 insns/op\n"), 6), 0o666)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(good)
	z.Close()
	os.WriteFile("game.trace.gz", packed.Bytes(), 0o666)

	ran := 0
	for _, c := range found {
		args, ok := c.begins("go", "run", "./cmd/vramlab")
		own := false
		if !ok {
			args, ok = c.begins("vramlab")
			ok = ok && slices.ContainsFunc(commands, func(k command) bool { return k.name == args[0] })
		}
		if !ok {
			args, own = c.begins("go", "run", ".")
			ok = own
		}
		if !ok || len(args) == 0 {
			continue
		}
		ran++
		if own || args[0] == "report" || args[0] == "serve" || args[0] == "merge" || args[0] == "explain" && slices.Contains(args, "run-1") || slices.Contains(args, "-resume") || strings.Contains(strings.Join(args, " "), inLibrary) {
			checkParses(t, c, args)
			continue
		}
		ctx, cancel := context.WithCancel(context.Background())
		if slices.Contains([]string{"run", "generate", "attack", "age", "fewest"}, args[0]) {
			cancel()
		}
		var out, errs bytes.Buffer
		code := run(ctx, all.List(), append([]string{"vramlab"}, args...), &out, &errs)
		cancel()
		if code != exitOK && !strings.Contains(errs.String(), "interrupted") {
			t.Errorf("%v: exit code %d, %s", c, code, errs.String())
		}
	}
	if ran < 15 {
		t.Errorf("only %d commands of vramlab were found in the guides", ran)
	}
}

// checkParses parses a command line with the flags of its command.
func checkParses(t *testing.T, c shown, args []string) {
	t.Helper()
	for _, k := range commands {
		if k.name != args[0] {
			continue
		}
		fs, _ := k.flags(&environment{strategies: []strategies.Strategy{mine}})
		if err := fs.Parse(args[1:]); err != nil && err != flag.ErrHelp {
			t.Errorf("%v: %v", c, err)
		}
		return
	}
	t.Errorf("%v: there is no command %s", c, args[0])
}

// TestExamplesOfCommands parses the examples that -h prints.
func TestExamplesOfCommands(t *testing.T) {
	for _, k := range commands {
		for _, e := range k.examples {
			c := shown{guide: k.name + " -h", words: word.FindAllString(e, -1)}
			if i := slices.Index(c.words, ">"); i >= 0 {
				c.words = c.words[:i]
			}
			checkParses(t, c, c.words)
		}
	}
}

// TestGuidesNameTests looks for the packages, tests and benchmarks that a go test
// of a guide names, and for the scripts.
func TestGuidesNameTests(t *testing.T) {
	names, scripts := 0, 0
	for _, g := range guides(t) {
		for _, c := range commandsIn(t, g) {
			if strings.HasPrefix(c.words[0], "scripts/") {
				scripts++
				if info, err := os.Stat(filepath.Join(top, c.words[0])); err != nil || info.Mode()&0o111 == 0 {
					t.Errorf("%v: no such script (%v)", c, err)
				}
			}
			args, ok := c.begins("go", "test")
			if !ok {
				continue
			}
			for i, a := range args {
				named := a == "-run" || a == "-bench" || a == "-fuzz"
				if named && i+1 < len(args) && args[i+1] != "^$" {
					names++
					checkPattern(t, c, args[i+1])
				}
			}
		}
	}
	if names < 8 || scripts < 3 {
		t.Errorf("only %d patterns and %d scripts were found in the guides", names, scripts)
	}
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w*)\(`)

// checkPattern looks for the functions that each alternative of a pattern names in
// the packages of c.
func checkPattern(t *testing.T, c shown, pattern string) {
	t.Helper()
	have := testsIn(t, c)
	if pattern == "." {
		return
	}
	for _, alternative := range alternatives(pattern) {
		first, _, _ := strings.Cut(alternative, "/")
		re, err := regexp.Compile(first)
		if err != nil || !slices.ContainsFunc(have, re.MatchString) {
			t.Errorf("%v: no function matches %q (%v)", c, first, err)
		}
	}
}

// alternatives divides a pattern as package testing does, where no parenthesis is open.
func alternatives(pattern string) (list []string) {
	depth, from := 0, 0
	for i, r := range pattern {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				list, from = append(list, pattern[from:i]), i+1
			}
		}
	}
	return append(list, pattern[from:])
}

// testsIn are the test functions in the packages that a go test names; none given
// is the one in dir.
func testsIn(t *testing.T, c shown) (names []string) {
	t.Helper()
	var roots []string
	for _, w := range c.words {
		if strings.HasPrefix(w, "./") || w == "." {
			roots = append(roots, w)
		}
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		root, deep := strings.CutSuffix(root, "/...")
		root = filepath.Join(top, c.dir, root)
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != root && !deep:
				return filepath.SkipDir
			case strings.HasSuffix(path, "_test.go"):
				text, err := os.ReadFile(path)
				for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
					names = append(names, m[1])
				}
				return err
			}
			return nil
		})
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	return names
}

var (
	link = regexp.MustCompile(`\]\(([^)#]+)\)`)
	row  = regexp.MustCompile("(?m)^\\| (`[a-z_]+/[a-z/_]*`(?:, `[a-z/_]+`)*) \\|")
)

// TestGuidesNameFiles looks for what the links and the table of the layout name.
func TestGuidesNameFiles(t *testing.T) {
	rows := 0
	for _, g := range guides(t) {
		text, err := os.ReadFile(filepath.Join(top, g))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], "://") {
				checkFile(t, g, filepath.Join(top, filepath.Dir(g), m[1]))
			}
		}
		if g == "bench/peers/README.md" || g == "workloads/recorded/README.md" {
			continue // its tables are of units, or of traces
		}
		for _, m := range row.FindAllStringSubmatch(string(text), -1) {
			for _, name := range inline.FindAllStringSubmatch(m[1], -1) {
				rows++
				checkFile(t, g, filepath.Join(top, name[1]))
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d directories were found in the tables of the guides", rows)
	}
}

func checkFile(t *testing.T, guide, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s: %v", guide, err)
	}
}
