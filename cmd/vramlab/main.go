// Command vramlab compares allocators of device memory (VRAM): it replays
// generated workloads and recorded traces through several strategies, builds a
// scatter-gather table of each grant, and reports what differs.
//
//	vramlab run                        measure buddy and rangemgr on every workload and write a report
//	vramlab run -trace FILE            the same on one recorded trace
//	vramlab replay -strategy S FILE    print the placements of a trace, as a trace
//	vramlab report DIR                 write the report of a run directory again
//	vramlab list                       list strategies, workloads, builders, policies, lifetimes
//
// "vramlab help COMMAND" prints flags and examples. The exit code is 0 on success,
// 1 on failure, 2 on wrong usage and 130 after an interrupt (SIGINT or SIGTERM); an error
// is one line on standard error.
//
// The command is package [github.com/vramlab/vramlab/cmd/vramlab/lab], which
// runs it with strategies of other modules as well.
package main

import (
	"github.com/vramlab/vramlab/cmd/vramlab/lab"
	"github.com/vramlab/vramlab/strategies/all"
)

func main() { lab.Main(all.List()...) }
