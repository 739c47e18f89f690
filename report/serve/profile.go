package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/driver"
	"github.com/google/pprof/profile"
	"github.com/klauspost/compress/gzip"

	"github.com/vramlab/vramlab/bench/schema"
)

// mostProfile is the bytes that a profile expands to.
const mostProfile = 8 << 20

// views are the pages of pprof that are shown: those that read nothing but the profile.
var views = map[string]bool{"flamegraph": true, "graph": true, "top": true, "peek": true, "download": true}

// closed are its other pages, and why they are not shown.
var closed = map[string]string{
	"source":       "That page reads the source files that a profile names, wherever they are; only files of the directory are served. To see it: go tool pprof -http localhost: FILE.",
	"disasm":       "That page reads the program that a profile names, wherever it is; only files of the directory are served. To see it: go tool pprof -http localhost: FILE.",
	"saveconfig":   "Settings are not saved: this server writes nothing.",
	"deleteconfig": "Settings are not changed: this server writes nothing.",
}

// mostNodes is how many functions a graph is drawn of at most.
const mostNodes = 300

// profile is a page of pprof's about a profile of a run; its first one is the flame graph.
func (s *Server) profile(w http.ResponseWriter, r *http.Request) error {
	v, err := s.lookup(r)
	if err != nil {
		return err
	}
	name, view := path.Join(schema.Profiles, r.PathValue("file")), r.PathValue("view")
	f, ok := find(v.Profiles(), name)
	switch {
	case !ok:
		return notFound("The run has no such profile.")
	case closed[view] != "":
		return refused(closed[view])
	case view == "":
		w.Header().Set("Location", "flamegraph")
		w.WriteHeader(http.StatusSeeOther)
		return nil
	case !views[view]:
		return notFound("pprof has no such page.")
	}
	pages, err := s.profiles.get(r.Context(), v.Name+"\x00"+f.Name, stamp([]file{f}), func() (map[string]http.Handler, error) { return s.loadProfile(v, f) })
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return broken("The profile cannot be shown: %s", s.within(err))
	}
	page := pages["/"+view]
	if page == nil {
		return notFound("This version of pprof has no such page.")
	}
	if view == "graph" { // by another program, which may take long
		done, err := turn(r.Context(), s.drawing)
		if err != nil {
			return nil
		}
		defer done()
		q := r.URL.Query()
		if n := q.Get("n"); n != "" && len(n) > len("99") {
			q.Set("n", fmt.Sprint(mostNodes))
			r = r.Clone(r.Context())
			r.URL.RawQuery = q.Encode()
		}
	}
	sandbox(w)
	page.ServeHTTP(w, r)
	return nil
}

// loading is held while pprof loads: it keeps its configuration in variables.
var loading sync.Mutex

// loadProfile reads a profile and has pprof make its pages.
func (s *Server) loadProfile(v runView, f file) (map[string]http.Handler, error) {
	in, err := s.open(v.path(), f)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	p, err := readProfile(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return pagesOf(p, v.Title()+" "+strings.TrimSuffix(path.Base(f.Name), ".pprof"))
}

// readProfile reads a profile within bounds. A profile that is packed twice is none.
func readProfile(in io.Reader) (*profile.Profile, error) {
	data, err := io.ReadAll(io.LimitReader(in, mostProfile+1))
	if err != nil {
		return nil, reason(err)
	}
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		if data, err = io.ReadAll(io.LimitReader(z, mostProfile+1)); err != nil {
			return nil, err
		}
	}
	if len(data) > mostProfile {
		return nil, fmt.Errorf("it has, or expands to, more than %s", bytesText(mostProfile))
	}
	p, err := profile.ParseUncompressed(data)
	if err != nil {
		return nil, err
	}
	if err := p.CheckValid(); err != nil {
		return nil, err
	}
	if len(p.SampleType) == 0 {
		return nil, errors.New("it holds no samples")
	}
	return p, nil
}

// pagesOf are pprof's pages of a profile. What it would look for elsewhere (programs, their
// symbols, profiles on the network) it does not find; that it would save a copy, or open a
// browser, is prevented by what it is told of the source and by its flags.
func pagesOf(p *profile.Profile, title string) (pages map[string]http.Handler, err error) {
	for _, m := range p.Mapping {
		m.BuildID = "" // pprof would look for files of that name
		if m.File != "" {
			m.File = filepath.Base(m.File)
		}
	}
	if len(p.Mapping) == 0 {
		p.Mapping = []*profile.Mapping{{ID: 1}}
		for _, l := range p.Location {
			l.Mapping = p.Mapping[0]
		}
	}
	p.Mapping[0].File = title // the heading of the pages
	loading.Lock()
	defer loading.Unlock()
	said := new(sayings)
	err = driver.PProf(&driver.Options{
		Flagset: flags{}, Fetch: fetched{p}, Sym: unchanged{}, Obj: nothing{}, UI: said,
		HTTPTransport: offline{}, Writer: nowhere{},
		HTTPServer: func(args *driver.HTTPServerArgs) error {
			pages = args.Handlers
			return nil
		},
	})
	if err != nil && said.last() != "" {
		err = fmt.Errorf("%w: %s", err, said.last())
	}
	return pages, err
}

// flags is a command line that says: the web pages, no browser, no symbols.
type flags struct{}

func (flags) Bool(name string, def bool, _ string) *bool {
	v := def || name == "no_browser"
	return &v
}

func (flags) Int(_ string, def int, _ string) *int             { return &def }
func (flags) Float64(_ string, def float64, _ string) *float64 { return &def }

func (flags) String(name, def, _ string) *string {
	v, ok := map[string]string{"http": "localhost:1", "symbolize": "none", "tools": ""}[name]
	if !ok {
		v = def
	}
	return &v
}

func (flags) StringList(string, string, string) *[]*string { return new([]*string) }
func (flags) ExtraUsage() string                           { return "" }
func (flags) AddExtraUsage(string)                         {}
func (flags) Parse(func()) []string                        { return []string{"profile"} }

// fetched is a profile that is there already. The source is not named: what has one is a
// profile from the network to pprof, of which it saves a copy.
type fetched struct{ p *profile.Profile }

func (f fetched) Fetch(string, time.Duration, time.Duration) (*profile.Profile, string, error) {
	return f.p, "", nil
}

// unchanged leaves a profile with the symbols it has.
type unchanged struct{}

func (unchanged) Symbolize(string, driver.MappingSources, *profile.Profile) error { return nil }

var errClosed = errors.New("nothing but the profile is read")

// nothing finds no program.
type nothing struct{}

func (nothing) Open(string, uint64, uint64, uint64, string) (driver.ObjFile, error) {
	return nil, errClosed
}
func (nothing) Disasm(string, uint64, uint64, bool) ([]driver.Inst, error) { return nil, errClosed }

// offline reaches nobody.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) { return nil, errClosed }

// nowhere writes nothing.
type nowhere struct{}

func (nowhere) Open(string) (io.WriteCloser, error) { return nil, os.ErrPermission }

// sayings keep the last that pprof complains of. Its pages call it from several goroutines.
type sayings struct {
	mu   sync.Mutex
	text string
}

func (s *sayings) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

func (s *sayings) PrintErr(args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = cut(strings.TrimSpace(fmt.Sprint(args...)))
}

func (*sayings) Print(...any)                        {}
func (*sayings) ReadLine(string) (string, error)     { return "", io.EOF }
func (*sayings) IsTerminal() bool                    { return false }
func (*sayings) WantBrowser() bool                   { return false }
func (*sayings) SetAutoComplete(func(string) string) {}
