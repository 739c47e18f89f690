package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// DefaultAddr is where a server listens that was not told where; if that port is taken, at
// one of the next, or at any that is free.
const DefaultAddr = "127.0.0.1:8080"

// Listen begins to listen at an address, and nowhere else. "" is [DefaultAddr].
func Listen(addr string) (net.Listener, error) {
	if addr != "" {
		return net.Listen("tcp", addr)
	}
	l, err := net.Listen("tcp", DefaultAddr)
	for port := 8081; err != nil && port < 8090; port++ {
		l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	}
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
}

// URL is the address of a server for a browser on this machine: that of a listener which
// listens at every address is the one of loopback.
func URL(l net.Listener) string {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// patience is how long answers that have begun may take to end, once the server is to end.
const patience = 2 * time.Second

// Serve answers requests to l until ctx ends, and then ends what it has begun. given is the
// address that l was asked for.
func (s *Server) Serve(ctx context.Context, l net.Listener, given string) error {
	server := &http.Server{
		Handler:           s.Handler(Hosts(given, l.Addr())),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      5 * time.Minute, // a large trace, or a report that is made first
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
