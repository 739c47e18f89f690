package lab

import (
	"context"
	"flag"
	"fmt"
	"net"

	"github.com/vramlab/vramlab/cmd/vramlab/opener"
	"github.com/vramlab/vramlab/report/serve"
)

var serveCommand = command{
	name: "serve", args: "[-addr HOST:PORT] [-open] [DIR]", gentle: true,
	doc: "show the runs below a directory in a browser, also one that is going on",
	long: `Lists the runs in DIR (default: the current directory), which may be one itself, and one or
two levels below it; shows their reports, files and what changed from one to another, as the
command compare does; says how far a run is that is still going on, and what it has found;
and has pprof's own pages for the profiles of a run with -profile. It writes nothing: a
report that is not there, or older than its files, is made in memory.

The address stands on standard output. It listens on this machine only, at port 8080 or one
of the next if that is taken; -addr chooses another, and takes one that other machines
reach only with -public: who can reach it can read all runs of DIR. Requests that name
another host are refused, links that lead out of DIR are not followed, and reports and
the pages of pprof, which have scripts, are kept from everything else that is served.
It ends when it is interrupted.

A run is going on while a process holds the lock of its journal, or, where files have no
locks, while the journal grows. What it has found is read again once a round, since reading
takes processor time that the run may be measuring.`,
	examples: []string{"serve", "serve -open nightly", "serve -addr 127.0.0.1:0 run-1"},
	setup: func(fs *flag.FlagSet, env *environment) action {
		addr := fs.String("addr", "", "the `address` to listen at (default "+serve.DefaultAddr+", or the next free port)")
		public := fs.Bool("public", false, "take an -addr that other machines can reach")
		open := fs.Bool("open", false, "open the system's browser")
		return func(ctx context.Context, args []string) error {
			dir := "."
			switch len(args) {
			case 0:
			case 1:
				dir = args[0]
			default:
				return usagef("one directory is served, got %d arguments", len(args))
			}
			if _, _, err := net.SplitHostPort(*addr); err != nil && *addr != "" {
				return usagef("-addr %s: it is HOST:PORT, as %s", *addr, serve.DefaultAddr)
			}
			if *addr != "" && !serve.Loopback(*addr) {
				if !*public {
					return usagef("-addr %s: other machines can reach that; -public says that they may", *addr)
				}
				fmt.Fprintf(env.stderr, "warning: whoever reaches %s can read all runs in %s\n", *addr, dir)
			}
			s, err := serve.New(dir)
			if err != nil {
				return err
			}
			defer s.Close()
			l, err := serve.Listen(*addr)
			if err != nil {
				return err
			}
			url := serve.URL(l)
			if _, err := fmt.Fprintf(env.stdout, "serving %s at %s\n", printable(dir), url); err != nil {
				l.Close()
				return err
			}
			if *open {
				env.open(url)
			}
			if err := s.Serve(ctx, l, *addr); err != nil {
				return err
			}
			return errInterrupted
		}
	},
}

// open shows a page in the system's browser. That there is none is no error: the page can be
// opened by hand.
func (env *environment) open(page string) {
	if err := opener.Open(page); err != nil {
		fmt.Fprintf(env.stderr, "note: no browser was opened: %s\n", oneLine(err))
	}
}
