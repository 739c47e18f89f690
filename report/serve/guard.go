package serve

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// The policies of pages. Those of the server have one script and one style sheet, from here.
// Reports and the pages of pprof have theirs inline, so they are put into a sandbox, in which
// they have no origin: they can be looked at and save files, and that is all.
const (
	policy       = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	reportPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-downloads"
)

// guard lets through what this server is meant to be asked, and gives every answer the
// headers that keep other sites and other types of content out.
func guard(next http.Handler, allowed func(host string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !allowed(r.Host):
			http.Error(w, "This server does not go by that name.", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "Nothing can be changed here: only GET and HEAD are answered.", http.StatusMethodNotAllowed)
		case strings.ContainsRune(r.URL.Path, 0) || strings.ContainsRune(r.URL.RawQuery, 0):
			http.Error(w, "No name has a NUL.", http.StatusBadRequest)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// sandbox gives an answer the policy of a page with scripts of its own. A page in a sandbox
// cannot also have an opener policy: a browser then shows an error in its place.
func sandbox(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", reportPolicy)
	w.Header().Del("Cross-Origin-Opener-Policy")
}

// Loopback reports whether only this machine can reach what listens at a host and port.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Hosts says which Host headers are those of a server that was told to listen at given and
// does at bound. On loopback these are the names of loopback and the address, with the port.
// Where other machines may ask it is any address of this one too, but no name other than
// the given one: a name can be pointed here by whoever owns it.
func Hosts(given string, bound net.Addr) func(host string) bool {
	_, port, _ := net.SplitHostPort(bound.String())
	name, _, _ := net.SplitHostPort(given)
	open := !Loopback(bound.String())
	return func(host string) bool {
		h, p, err := net.SplitHostPort(host)
		if err != nil { // a browser leaves out the port that http has anyway
			h, p = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), strconv.Itoa(80)
		}
		if p != port {
			return false
		}
		if strings.EqualFold(h, "localhost") || h == "127.0.0.1" || h == "::1" || name != "" && strings.EqualFold(h, name) {
			return true
		}
		ip, err := netip.ParseAddr(h)
		return err == nil && (open || ip.String() == boundIP(bound))
	}
}

// boundIP is the address that a listener is bound to.
func boundIP(bound net.Addr) string {
	host, _, _ := net.SplitHostPort(bound.String())
	return host
}
