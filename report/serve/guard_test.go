package serve

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestHosts: a page of another site reaches this server only by another name, which is
// refused, also one that its owner points here.
func TestHosts(t *testing.T) {
	at := func(addr string) net.Addr {
		a, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct {
		given, bound, host string
		want               bool
	}{
		{"", "127.0.0.1:8080", "127.0.0.1:8080", true},
		{"", "127.0.0.1:8080", "localhost:8080", true},
		{"", "127.0.0.1:8080", "LocalHost:8080", true},
		{"", "127.0.0.1:8080", "[::1]:8080", true},
		{"", "127.0.0.1:8080", "127.0.0.1:8081", false},
		{"", "127.0.0.1:8080", "127.0.0.1", false},
		{"", "127.0.0.1:8080", "evil.example:8080", false},
		{"", "127.0.0.1:8080", "localhost.evil.example:8080", false},
		{"", "127.0.0.1:8080", "192.168.0.7:8080", false},
		{"", "127.0.0.1:8080", "", false},
		{"", "127.0.0.1:8080", "127.0.0.1:8080:8080", false},
		{"", "127.0.0.1:80", "127.0.0.1", true},
		{"", "127.0.0.1:80", "localhost", true},
		{"", "[::1]:80", "[::1]", true},
		{"127.0.0.2:9", "127.0.0.2:9", "127.0.0.2:9", true},
		{"127.0.0.2:9", "127.0.0.2:9", "127.0.0.3:9", false},
		{"box:9", "192.168.0.7:9", "box:9", true},
		{"box:9", "192.168.0.7:9", "192.168.0.7:9", true},
		{"box:9", "192.168.0.7:9", "evil.example:9", false},
		{":9", "[::]:9", "192.168.0.7:9", true},
		{":9", "[::]:9", "evil.example:9", false},
	} {
		if got := Hosts(c.given, at(c.bound))(c.host); got != c.want {
			t.Errorf("given %q, bound to %s: Host %q is %v, want %v", c.given, c.bound, c.host, got, c.want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "localhost:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "box:1": false, "localhost.evil.example:1": false, "127.0.0.1": false, "": false,
	} {
		if got := Loopback(addr); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

// TestGuard: what is refused, and the headers of every answer, also of those.
func TestGuard(t *testing.T) {
	s := open(t, t.TempDir())
	for _, host := range []string{"evil.example", "evil.example:80", strings.TrimPrefix(s.url, "http://") + ".evil.example"} {
		if a := s.ask("GET", "/", func(r *http.Request) { r.Host = host }); a.code != 403 || strings.Contains(a.body, "<") {
			t.Errorf("Host %s: %d %s", host, a.code, a.body)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		if a := s.ask(method, "/", nil); a.code != 405 || a.head.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, a.code, a.head)
		}
	}
	if a := s.ask("HEAD", "/", nil); a.code != 200 || a.body != "" {
		t.Errorf("HEAD: %d %q", a.code, a.body)
	}
	for _, path := range []string{"/", "/nothing", "/style.css", "/live.js", "/live.json", "/run/x/", "/compare", "/%00"} {
		a := s.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy":      policy,
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Access-Control-Allow-Origin":  "",
		} {
			if got := a.head.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	if a := s.get("/style.css"); a.head.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(a.body, "prefers-color-scheme:dark") {
		t.Error("the style has no dark colours, or is not one")
	}
}

// TestPolicy holds the words of the policy: a looser one is a decision.
func TestPolicy(t *testing.T) {
	for _, d := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy+";", d+";") {
			t.Errorf("the policy does not say %s", d)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(reportPolicy, "same-origin") || !strings.Contains(reportPolicy, "default-src 'none'") {
		t.Error("a policy lets in too much")
	}
}
