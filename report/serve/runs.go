package serve

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
)

// self is the name of the run that the served directory itself is. No name below it begins
// with a slash, and a part of an address that is a slash alone the router of Go does not take.
const self = "/self"

// Bounds of the walk.
const (
	mostEntries = 5000     // of all directories that are looked into
	mostRuns    = 500      // that are listed
	mostHead    = 64 << 10 // bytes of run.bench that say what was measured
	mostWords   = 4        // workloads or strategies that are named in a row
)

// A runView is a run as the pages show it.
type runView struct {
	Name       string // path below the served directory, with slashes; or self
	Date       time.Time
	Command    string
	Strategies []string
	Workloads  []string
	State      state
	Err        string // why nothing of it can be read

	base  string // of the served directory
	files []file
}

// Title is the name for a reader.
func (v runView) Title() string {
	if v.Name == self {
		return v.base
	}
	return v.Name
}

// URL is the address of its page.
func (v runView) URL() string { return "/run/" + segment(v.Name) + "/" }

// segment escapes a name as one part of the path of an address.
func segment(name string) string { return url.PathEscape(name) }

// When is its date for a reader.
func (v runView) When() string {
	if v.Date.IsZero() {
		return "no date"
	}
	return v.Date.UTC().Format("2006-01-02 15:04")
}

// What names some of a list, and how many more there are.
func what(names []string) string {
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > mostWords+1:
		return strings.Join(names[:mostWords], ", ") + fmt.Sprintf(" and %d more", n-mostWords)
	}
	return strings.Join(names, ", ")
}

// Compared and Replayed are its strategies and workloads, cut down.
func (v runView) Compared() string { return what(v.Strategies) }
func (v runView) Replayed() string { return what(v.Workloads) }

// Profiles are the files of its CPU profiles.
func (v runView) Profiles() (out []file) {
	for _, f := range v.files {
		if strings.HasPrefix(f.Name, schema.Profiles+"/") && strings.HasSuffix(f.Name, ".pprof") {
			out = append(out, f)
		}
	}
	return out
}

// Plain are its files that stand in no directory but for the report, and Placed those with
// placements.
func (v runView) Plain() []file {
	return slices.DeleteFunc(slices.Clone(v.files), func(f file) bool { return f.Name == reportFile || strings.Contains(f.Name, "/") })
}

func (v runView) Placed() []file {
	return slices.DeleteFunc(slices.Clone(v.files), func(f file) bool { return !strings.HasPrefix(f.Name, schema.Placements+"/") })
}

// path is the place of the run below the root.
func (v runView) path() string { return place(v.Name) }

func place(name string) string {
	if name == self {
		return "."
	}
	return filepath.FromSlash(name)
}

// listing is what a walk found.
type listing struct {
	Runs  []runView // the newest first
	Notes []string
}

// walk finds the runs of the served directory.
func (s *Server) walk() (l listing) {
	found := &walker{s: s}
	found.into(self, 0)
	for i, name := range found.names {
		if i == mostRuns {
			l.Notes = append(l.Notes, fmt.Sprintf("%d more runs are not listed: begin the server in a directory further down.", len(found.names)-i))
			break
		}
		l.Runs = append(l.Runs, s.view(name))
	}
	slices.SortStableFunc(l.Runs, func(a, b runView) int { return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(a.Name, b.Name)) })
	if len(found.out) > 0 {
		l.Notes = append(l.Notes, fmt.Sprintf("Not followed, as links out of the directory or broken ones: %s.", what(found.out)))
	}
	if found.looked > mostEntries {
		l.Notes = append(l.Notes, fmt.Sprintf("Only the first %d files and directories were looked at.", mostEntries))
	}
	return l
}

// walker is a walk.
type walker struct {
	s      *Server
	names  []string
	out    []string // links that lead out, or nowhere
	looked int
}

// into notes a directory if it is a run, else looks at those in it, two levels deep.
func (w *walker) into(name string, depth int) {
	if w.s.isRun(name) {
		w.names = append(w.names, name)
		if name != self {
			return
		}
	}
	if depth == 2 || w.looked > mostEntries {
		return
	}
	d, err := w.s.root.Open(place(name))
	if err != nil {
		return
	}
	entries, _ := d.ReadDir(mostEntries + 1)
	d.Close()
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if w.looked++; w.looked > mostEntries {
			return
		}
		below := e.Name()
		if name != self {
			below = name + "/" + e.Name()
		}
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.Type()&fs.ModeSymlink != 0:
			info, err := w.s.root.Stat(place(below))
			if err != nil {
				w.out = append(w.out, below)
			} else if info.IsDir() {
				w.into(below, depth+1)
			}
		case e.IsDir():
			w.into(below, depth+1)
		}
	}
}

// isRun reports whether a directory has what the beginning of a run leaves.
func (s *Server) isRun(name string) bool {
	for _, f := range []string{string(schema.Results), schema.Journal} {
		if info, err := s.root.Lstat(filepath.Join(place(name), f)); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// view reads what a list shows of a run.
func (s *Server) view(name string) runView {
	v := runView{Name: name, base: filepath.Base(s.dir)}
	var err error
	if v.files, err = s.filesOf(v.path()); err != nil {
		v.Err = s.within(err)
		return v
	}
	main, ok := find(v.files, string(schema.Results))
	v.Date = main.Time
	if ok {
		h, err := s.head(v, main)
		if err != nil {
			v.Err = s.within(err)
			return v
		}
		v.Command, v.Strategies, v.Workloads = h.command, h.strategies, h.workloads
		if !h.date.IsZero() {
			v.Date = h.date
		}
	}
	v.State = s.stateOf(v)
	if !ok && v.State.Phase == phaseUnknown {
		v.Err = string(schema.Results) + " is no file"
	}
	return v
}

// head is what the first lines of run.bench say.
type head struct {
	date                  time.Time
	command               string
	strategies, workloads []string
}

// head reads the head of run.bench, once for each state of the file. It is called for many
// runs in turn, so it is read at once.
func (s *Server) head(v runView, f file) (head, error) {
	key, mark := v.Name, stamp([]file{f})
	if it, ok := s.heads.last(key); ok && it.stamp == mark {
		return it.v, it.err
	}
	it := s.heads.start(key, mark, func() (head, error) { return s.readHead(v, f) })
	<-it.ready
	return it.v, it.err
}

func (s *Server) readHead(v runView, f file) (h head, err error) {
	in, err := s.open(v.path(), f)
	if err != nil {
		return h, err
	}
	defer in.Close()
	lines := bufio.NewScanner(io.LimitReader(in, mostHead))
	lines.Buffer(nil, mostHead)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), "# ")
		key, value, has := strings.Cut(rest, ": ")
		if !ok || !has {
			continue
		}
		switch schema.Fact(key) {
		case schema.FactDate:
			if h.date, err = time.Parse(time.RFC3339, value); err != nil {
				h.date = time.Time{}
			}
		case schema.FactCommand:
			h.command = cut(value)
		case schema.FactStrategies:
			h.strategies = words(value)
		case schema.FactWorkloads:
			h.workloads = words(value)
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
		return h, fmt.Errorf("%s: %w", f.Name, reason(err))
	}
	return h, nil
}

// words are the names in a fact, each cut down: a file from somebody else may hold anything.
func words(text string) []string {
	names := strings.Fields(text)
	for i, n := range names {
		names[i] = cut(n)
	}
	return names
}

// cut is text of at most two hundred letters.
func cut(text string) string {
	const most = 200
	letters := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	if len(letters) <= most {
		return string(letters)
	}
	return string(letters[:most]) + "..."
}

// lookup is the run that an address names: one that the walk finds now.
func (s *Server) lookup(r *http.Request) (runView, error) { return s.named(r.PathValue("run")) }

// named is the run of a name. No path is made of a name that was not found by walking.
func (s *Server) named(name string) (runView, error) {
	found := &walker{s: s}
	found.into(self, 0)
	if !slices.Contains(found.names, name) {
		return runView{}, notFound("There is no such run.")
	}
	return s.view(name), nil
}

// readable is the error of a run that is not handed to what reads runs by path.
func (s *Server) readable(v runView) error {
	if v.Err != "" {
		return broken("Nothing of this run is read: %s.", v.Err)
	}
	total := int64(0)
	for _, name := range schema.Files() {
		f, _ := find(v.files, string(name))
		total += f.Size
	}
	if total > mostBytes {
		return broken("The files of results have %s, more than the %s that a server reads: use the command line.", bytesText(total), bytesText(mostBytes))
	}
	return nil
}

// disk is where the run is, for what reads runs by path.
func (s *Server) disk(v runView) string { return filepath.Join(s.dir, v.path()) }
