package recipe

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

const whole = `# an experiment
[[strategies]]
name = "buddy"

[[strategies]]
name = "tlsf"
bins = 64
as = "fine"

[[strategies]]
library = "sub/libmine.so"
name = "first_fit"

[workloads]
names = ["gfx", "steady"]
traces = [
	"a.trace",
	"/abs/b.trace.gz",
]
most = 1e6

[run]
count = 20
seed = "18446744073709551615"
cpu = [1, 2]
sample-time = "10ms"
profile = true

[gate]
rules = ["ns/op +5%"]
baseline = "../run-1"
`

func TestParse(t *testing.T) {
	f, err := Parse("dir/experiment.toml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	library, _ := filepath.Abs("dir/sub/libmine.so")
	var items []string
	for _, s := range f.Strategies {
		items = append(items, fmt.Sprintf("%d %s", s.Line, s.Item()))
	}
	if want := []string{"2 buddy", "5 tlsf:bins=64:as=fine", "10 so:" + library + ":first_fit"}; !slices.Equal(items, want) {
		t.Errorf("strategies %q, want %q", items, want)
	}
	var got []string
	for _, e := range f.Entries {
		got = append(got, fmt.Sprintf("%d -%s %s", e.Line, e.Flag, e.Text()))
	}
	want := []string{
		"15 -workloads gfx,steady", "16 -trace " + filepath.Join("dir", "a.trace") + ",/abs/b.trace.gz", "20 -most 1000000",
		"23 -count 20", "24 -seed 18446744073709551615", "26 -sample-time 10ms", "25 -cpu 1,2", "27 -profile true",
		"30 -gate ns/op +5%", "31 -baseline run-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if at := f.Entries[1].Values[1].Line; at != 18 {
		t.Errorf("the second trace stands at line %d", at)
	}
}

// TestErrors makes mistakes: each is one line with the file and the line.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"[run]\ncuont = 3", `x.toml:2: [run] has no key "cuont" (have: count, seed, quick,`},
		{"\n\ncount = 3", `x.toml:3: no table "count" (have: strategies, workloads, tables, run, gate)`},
		{"[run]\ncount = true", "x.toml:2: count is a whole number, as in count = 10; not true or false"},
		{"[run]\ncount = 1.5", "x.toml:2: count is a whole number, as in count = 10; not a number with a fraction"},
		{"[run]\ncount = 9007199254740992.0", "x.toml:2: count is a whole number"},
		{"[run]\ncount = 2026-01-01", "x.toml:2: count is a whole number, as in count = 10; not a date or time"},
		{"[run]\nquick = \"yes\"", "x.toml:2: quick is true or false, as in quick = false; not a text"},
		{"[run]\ncpu = 2", "x.toml:2: cpu is a list of texts or numbers, as in cpu = [1, 2]; not a whole number"},
		{"[workloads]\nnames = [\n\"gfx\",\n[1],\n]", `x.toml:2: names is a list of texts or numbers, as in names = ["all"]; not a list`},
		{"[workloads]\nnames = [\"\"]", "x.toml:2: names: an empty text"},
		{"[workloads]\ntraces = [\"a.trace\", 3]", `x.toml:2: traces is a list of paths, as in traces = ["game.trace.gz"]; not a whole number`},
		{"[workloads]\ntraces = [\"-\"]", "x.toml:2: traces: - is standard input, and a file is needed"},
		{"run = 3", "x.toml:1: run is a table: [run]"},
		{"[run]\ncount = 1\ncount = 2", "x.toml:3:"},
		{"[run]\ncount = 1\n[run]\nseed = 2", "x.toml:3:"},
		{"[run]\ncount 1", "x.toml:2:"},
		{"[run\n", "x.toml:1:"},
		{"run.count = 1\nrun.seed = 1\nrun.sed = 2", `x.toml:3: [run] has no key "sed"`},
		{"run = {count = 1, sed = 2}", `x.toml:1: [run] has no key "sed"`},
		{"strategies = 3", "x.toml:1: strategies are tables"},
		{"strategies = [3]", "x.toml:1: a strategy is a table"},
		{"strategies = []", "x.toml:1: no strategy in the list"},
		{"[[strategies]]\nname = \"buddy\"\n[[strategies]]\nas = \"a\"", "x.toml:3: a strategy needs a name, or a library"},
		{"[[strategies]]\nname = \"buddy\"\nbins = [3]", "x.toml:3: bins is a text or a number, not a list"},
		{"[[strategies]]\nname = \"buddy\"\n[strategies.bins]\na = 3", "x.toml:3: bins is a text or a number, not a table"},
		{"[[strategies]]\nname = \"buddy,tlsf\"", `x.toml:2: strategy name "buddy,tlsf": ',' at 5`},
		{"[[strategies]]\nname = \"buddy\"\nas = \"Mine\"", `x.toml:3: name "Mine": 'M' at 0`},
		{"[[strategies]]\nname = \"buddy\"\nbins = \"a:b\"", `x.toml:3: bins: "a:b" is no value of a parameter`},
		{"[[strategies]]\nlibrary = \"a.so\"\nbins = 3", `x.toml:3: a strategy in a library has no parameter "bins" (it has: name)`},
		{"[[strategies]]\nlibrary = \"a.so\"\nas = \"mine\"", "x.toml:3: a strategy in a library has the name"},
		{"[[strategies]]\nlibrary = \"a,b.so\"", "x.toml:2: library: a comma in the path"},
		{"[[strategies]]\nlibrary = \"\"", "x.toml:2: library: an empty text"},
		{"\x00\x01\x02", "x.toml:1:"},
		{"[run]\ncount = \"\xff\"", "x.toml:2:"},
		{strings.Repeat("[", 100_000), "x.toml:1:"},
		{"a = " + strings.Repeat("[", 200_000), "x.toml:1:"},
		{"a = " + strings.Repeat("{a=", 60_000), "x.toml:1:"},
		{strings.Repeat("a.", 100_000) + "b = 1", `x.toml:1: no table "a"`},
	} {
		_, err := Parse("x.toml", []byte(tt.text))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.toml")
	os.WriteFile(large, bytes.Repeat([]byte("# a comment\n"), maxBytes/10), 0o666)
	for path, want := range map[string]string{
		large:                           large + ": more than 256 KiB",
		dir:                             dir + ": not a regular file",
		filepath.Join(dir, "none.toml"): "none.toml: no such file",
	} {
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestRoundTrip writes random experiments and reads them again.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f := randomFile(random)
		var b, again bytes.Buffer
		if err := f.Write(&b, "made by a test"); err != nil {
			t.Fatal(err)
		}
		got, err := Parse("/some/experiment.toml", b.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		forgetLines(got)
		if !reflect.DeepEqual(got, f) {
			t.Fatalf("got\n%+v, want\n%+v, of\n%s", got, f, b.String())
		}
		if got.Write(&again, "made by a test"); again.String() != b.String() {
			t.Fatalf("written again:\n%s\nbefore:\n%s", again.String(), b.String())
		}
	}
	bad := File{Entries: []Entry{{Key: keyOf(t, "traces"), Values: []Value{{Text: "a\xff.trace"}}}}}
	if err := bad.Write(new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), "no UTF-8") {
		t.Errorf("a path that is no UTF-8: %v", err)
	}
}

func keyOf(t *testing.T, name string) Key {
	i := slices.IndexFunc(Keys(), func(k Key) bool { return k.Name == name })
	if i < 0 {
		t.Fatalf("no key %s", name)
	}
	return Keys()[i]
}

// forgetLines leaves what a file says.
func forgetLines(f *File) {
	for i := range f.Strategies {
		f.Strategies[i].Line = 0
	}
	for i := range f.Entries {
		f.Entries[i].Line = 0
		for k := range f.Entries[i].Values {
			f.Entries[i].Values[k].Line = 0
		}
	}
}

func randomFile(random *rand.Rand) *File {
	one := func(list ...string) string { return list[random.IntN(len(list))] }
	f := &File{Path: "/some/experiment.toml"}
	for range 1 + random.IntN(3) {
		s := Strategy{Name: one("buddy", "tlsf", "x_1.2")}
		switch random.IntN(3) {
		case 0:
			s.Library = one("/a/b.so", `/a "b" 'c'.so`)
		case 1:
			s.As = one("mine", "m2")
			s.Params = []Param{{"bins", one("1", "007", "64")}, {"from", one("high", "low")}}
		}
		f.Strategies = append(f.Strategies, s)
	}
	for _, k := range Keys() {
		if random.IntN(2) == 0 {
			continue
		}
		n := 1
		if k.Kind.many() {
			n = random.IntN(4)
		}
		e := Entry{Key: k}
		for range n {
			text := one("a", "b c", "tab\tand\nline", `"quoted" \ 'both'`, "größe", "12", "-3", "+5%", "1e9", "0x10", "true", "\a\x7f\u0085")
			switch k.Kind {
			case Switch:
				text = one("true", "false")
			case Number:
				text = strconv.FormatUint(random.Uint64(), 10)
			case Path, Paths:
				text = "/" + text
			}
			e.Values = append(e.Values, Value{Text: text})
		}
		f.Entries = append(f.Entries, e)
	}
	return f
}

// TestItem makes strategies of the items of -strategies.
func TestItem(t *testing.T) {
	for _, item := range []string{"buddy", "tlsf:bins=64", "tlsf:bins=64:locks=2:as=mine", "buddy:as=b2"} {
		if s, err := ParseItem(item); err != nil || s.Item() != item {
			t.Errorf("%s became %s, %v", item, s.Item(), err)
		}
	}
	for item, want := range map[string]string{
		"tlsf:bins":            `"bins" is no parameter`,
		"tlsf:":                `"" is no parameter`,
		"tlsf:bins=":           `bins: "" is no value of a parameter`,
		"tlsf:bins=8:bins=8":   "bins is given twice",
		"tlsf:as=a:as=b":       "as is given twice",
		"tlsf:Bins=8":          `parameter name "Bins": 'B' at 0`,
		"tlsf:as=Mine:bins=64": `name "Mine": 'M' at 0`,
	} {
		if _, err := ParseItem(item); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", item, err, want)
		}
	}
}

// hidden is a comment that is a key or the head of a table.
var hidden = regexp.MustCompile(`(?m)^# (\[\[[a-z]+\]\]|[a-z-]+ = .*)$`)

// TestStarter reads the starter, as it is and with all that it has as comments.
func TestStarter(t *testing.T) {
	var b bytes.Buffer
	if err := Starter(&b, "vramlab", all.List()[:2], all.List()); err != nil {
		t.Fatal(err)
	}
	f, err := Parse("experiment.toml", b.Bytes())
	if err != nil || len(f.Strategies) != 2 || f.Strategies[0].Item() != all.List()[0].Name {
		t.Fatalf("%+v, %v", f, err)
	}
	if len(f.Entries) != 1 || f.Entries[0].Key != keyOf(t, "names") || f.Entries[0].Text() != "all" {
		t.Errorf("it sets %+v, beside strategies only the workloads are", f.Entries)
	}
	words := strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\n#", "")), " ")
	for _, k := range Keys() {
		if !strings.Contains(words, k.Doc) {
			t.Errorf("what %s is: not told", k)
		}
	}
	f, err = Parse("experiment.toml", hidden.ReplaceAll(b.Bytes(), []byte("$1")))
	if err != nil || len(f.Entries) != len(Keys()) {
		t.Fatalf("%d of %d keys, %v", len(f.Entries), len(Keys()), err)
	}
	for i, k := range Keys() {
		if f.Entries[i].Key != k {
			t.Errorf("%s stands where %s should", f.Entries[i].Key, k)
		}
	}
	var params []string
	for _, s := range f.Strategies {
		for _, p := range s.Params {
			params = append(params, p.Name)
		}
	}
	for _, s := range all.List() {
		for _, p := range s.Params {
			if !slices.Contains(params, p.Name) {
				t.Errorf("%s of %s is not told", p.Name, s.Name)
			}
		}
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > 100 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

// TestKeys holds that names are well formed and unique, and that each table is known.
func TestKeys(t *testing.T) {
	seen := make(map[string]bool)
	for _, k := range Keys() {
		if seen[k.String()] || seen[k.Flag] || k.Doc == "" || k.Sample == "" {
			t.Errorf("%+v", k)
		}
		seen[k.String()], seen[k.Flag] = true, true
		if !slices.ContainsFunc(tables, func(t struct{ name, doc string }) bool { return t.name == k.Table }) {
			t.Errorf("%s: no such table", k)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("strategies = [{name = 'a', b = 1}]\nrun.cpu = [1, 2]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("/x/experiment.toml", data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("/x/experiment.toml", b.Bytes())
		if err != nil {
			t.Fatalf("%v, in\n%s", err, b.String())
		}
		forgetLines(file)
		forgetLines(again)
		if !reflect.DeepEqual(file, again) {
			t.Fatalf("%+v became %+v", file, again)
		}
	})
}
