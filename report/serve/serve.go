// Package serve shows run directories in a browser: a list of those below a directory, their
// reports and files, what changed from one to another, how far a run is that is still going
// on, and pprof's own pages for their profiles.
//
// # What it trusts
//
// Nothing in the directory. A run may come from somebody else, so the name of a run is only
// ever looked up among those that a walk found, and files are opened through [os.Root]. The
// packages that read runs open files by path: a run is handed to them only if no link in it
// leads out of the directory (see files.go). Pages that hold scripts of their own, reports
// and those of pprof, are served in a sandbox: they have no origin, so they can read nothing
// else that is served here. Nothing is ever written, neither in the directory nor elsewhere.
//
// A server listens where other machines cannot reach it, unless it was told to, and refuses
// requests whose Host is not its own, which is how a page of another site would reach it
// (see guard.go).
//
// # What it costs
//
// What was rendered is kept until a file of its run changes. One thing is computed at a time:
// on this machine somebody may be measuring. So the findings of a run that is going on are
// read again at most once a round, and not more often than every ten seconds.
//
// # Limits
//
// Whoever can write into the directory while it is served can replace a file by a link
// between the look at it and the reading. That is somebody who can run programs here.
package serve

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// Server serves the runs of a directory. It is safe for use by several goroutines.
type Server struct {
	dir  string // absolute, without links
	root *os.Root

	heads    *cache[head]
	reports  *cache[[]byte]
	findings *cache[finding]
	profiles *cache[map[string]http.Handler]
	work     chan struct{} // holds a token while something is computed
	drawing  chan struct{} // holds a token while graphviz draws
	watched  watched
	now      func() time.Time
	again    time.Duration // between two readings of what a run that is going on has found
}

// Bounds of what is kept.
const (
	mostHeads    = 1000
	mostReports  = 8
	mostFindings = 64
	mostProfiles = 8
)

// New is a server of the runs in dir: dir itself if it is one, and those one or two levels
// below it. Whoever called it closes it.
func New(dir string) (*Server, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return &Server{
		dir: path, root: root, now: time.Now, again: 10 * time.Second,
		heads: newCache[head](mostHeads), reports: newCache[[]byte](mostReports),
		findings: newCache[finding](mostFindings), profiles: newCache[map[string]http.Handler](mostProfiles),
		work: make(chan struct{}, 1), drawing: make(chan struct{}, 1), watched: watched{first: make(map[string]sighting)},
	}, nil
}

// Close gives back what the server holds.
func (s *Server) Close() error { return s.root.Close() }

// Handler answers requests whose Host is one of those allowed, see [Hosts].
func (s *Server) Handler(allowed func(host string) bool) http.Handler {
	mux := http.NewServeMux()
	for pattern, page := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"/{$}":                              s.list,
		"/live.json":                        s.listLive,
		"/compare":                          s.compare,
		"/run/{run}/{$}":                    s.run,
		"/run/{run}/live.json":              s.runLive,
		"/run/{run}/report.html":            s.report,
		"/run/{run}/{file}":                 s.download,
		"/run/{run}/{dir}/{file}":           s.download,
		"/run/{run}/profiles/{file}/{$}":    s.profile,
		"/run/{run}/profiles/{file}/{view}": s.profile,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, page) })
	}
	mux.HandleFunc("/style.css", func(w http.ResponseWriter, r *http.Request) { send(w, "text/css; charset=utf-8", style) })
	mux.HandleFunc("/live.js", func(w http.ResponseWriter, r *http.Request) { send(w, "text/javascript; charset=utf-8", script) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, notFound("There is no such page.")) })
	return guard(mux, allowed)
}

// answer answers with a page, or with why there is none. What a file from somebody else makes
// panic is an error of its page.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, page func(w http.ResponseWriter, r *http.Request) error) {
	defer func() {
		if why := recover(); why == http.ErrAbortHandler {
			panic(why)
		} else if why != nil {
			s.fail(w, fmt.Errorf("it could not be read: %v", why))
		}
	}()
	if err := page(w, r); err != nil {
		s.fail(w, err)
	}
}

//go:embed pages/*.html
var pages embed.FS

//go:embed style.css
var rules []byte

//go:embed live.js
var script []byte

var (
	style     = append([]byte(theme.CSS()), rules...)
	templates = template.Must(template.New("").ParseFS(pages, "pages/*.html"))
)

// send answers with what is in memory.
func send(w http.ResponseWriter, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Write(data) // fails only if nobody listens
}

// page answers with a page made by a template.
func (s *Server) page(w http.ResponseWriter, name string, code int, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, struct {
		Dir  string
		Page any
	}{s.dir, data}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	w.Write(b.Bytes())
	return nil
}

// trouble is an error with the status of its answer.
type trouble struct {
	code int
	text string
}

func (t trouble) Error() string { return t.text }

func notFound(text string) error { return trouble{http.StatusNotFound, text} }
func refused(text string) error  { return trouble{http.StatusForbidden, text} }
func wrong(format string, a ...any) error {
	return trouble{http.StatusBadRequest, fmt.Sprintf(format, a...)}
}
func broken(format string, a ...any) error {
	return trouble{http.StatusUnprocessableEntity, fmt.Sprintf(format, a...)}
}

// fail answers with an error: one line in a page.
func (s *Server) fail(w http.ResponseWriter, err error) {
	t, ok := err.(trouble)
	if !ok {
		t = trouble{http.StatusInternalServerError, s.within(err)}
	}
	if s.page(w, "trouble.html", t.code, t.text) != nil {
		http.Error(w, t.text, t.code)
	}
}

// within is the text of an error without the place of the directory.
func (s *Server) within(err error) string { return shorten(err.Error(), s.dir) }

// turn waits until nothing else is computed, and returns what ends the turn.
func turn(ctx context.Context, tokens chan struct{}) (done func(), err error) {
	select {
	case tokens <- struct{}{}:
		return func() { <-tokens }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
