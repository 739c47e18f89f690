// Package report turns a run directory into one HTML file that compares
// placement strategies, and into the sentences that a terminal prints.
//
// # Idea
//
// A run leaves files: run.bench and curves.bench in the Go benchmark format,
// placements as traces, CPU profiles. The report reads those and nothing else.
// No allocator runs and no clock is read, so a directory of last year is as
// good as a new one, and the same directory gives the same bytes.
//
// The page answers questions in the order in which a driver engineer asks
// them: what do I take and may I believe it, what does fragmentation cost at
// the sg table, by how much is it faster, how does free memory break up, where
// does it sit and why was one refused, which sizes, what do builders of tables
// cost, what do the page tables cost, how long may a table live, how does cost
// grow, what do several goroutines gain, where does the time go, how do I run it
// again. A heading states what was found, not what is shown; a rule makes it
// from the data, as it does every verdict.
//
// # Rooms
//
// Each room is a package in internal that imports only those above it in this
// list; the sections do not know each other. Tests hold that.
//
//	stat list text theme chart   arithmetic, lists of names, numbers and sentences as text, colours, drawing
//	rundir                       reads a run directory; a benchmark is one type in a file, a field of Curves and a line in readers
//	judge                        what was found, as values without words; a rule is one function and one line in rules
//	words                        the sentences, with marks for strategies, without HTML
//	section                      what a section is: id, title, template, and a function that finds what it says
//	summary times memory addrmap tables growth cpu    the sections, by subject
//	page                         the list of sections and the frame around them
//
// To add a section, write a file with a section.Section in the room of its
// subject, its template beside it, and add a line to the list in package page.
// Names of benchmarks, keys, units and facts come from bench/schema.
//
// # Invariants
//
//   - What decides a verdict stands in package judge, with its reasons.
//   - A sentence names strategies by marks. The page turns them into coloured
//     names, the terminal into plain ones, and no label that happens to contain a
//     strategy's name gets its colour.
//   - Figures are drawn with gonum/plot in opaque colours that no page has and
//     that become CSS custom properties; a drawing in which one is left fails.
//   - Page, styles and script are embedded, and the page forbids itself the
//     network by its content policy. Templates only range and choose.
//   - A damaged line or file becomes a warning on the page and is left out, as does a
//     file of another run. What is left out is counted.
//   - The directory may come from somebody else: only regular files are opened, links in
//     it are not written through, and all that is read is bounded (rundir/bounds.go).
//
// # Complexity and limits
//
// Reading is linear in the files, the traces on all processors; a trace keeps
// only what is live. The two strategies of the map are replayed a second time,
// each frame one pass over the live blocks. A run of 15 workloads of 100,000
// operations takes two to three seconds and makes a page of half a megabyte.
// All maps together are capped at 1.5 MiB: beyond that there are fewer frames.
//
// Five strategies have colours of their own; a sixth repeats the first. The
// map shows two: the base and the one that refused or broke most. One workload
// is shown in full, the one where strategies differ most in what they break
// and refuse.
package report
