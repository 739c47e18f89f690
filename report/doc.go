// Package report turns a run directory into one HTML file that compares
// placement strategies, and into the sentences that a terminal prints.
//
// # Idea
//
// A run leaves files: run.bench, aa.bench and curves.bench in the Go benchmark format,
// placements as traces, CPU profiles. The report reads those and nothing else.
// No allocator runs and no clock is read, so a directory of last year is as
// good as a new one, and the same directory gives the same bytes.
//
// The page answers questions in the order in which a driver engineer asks
// them: what do I take and may I believe it, what does a driver pay, what does
// fragmentation cost at the sg table, by how much is it faster and did the machine hold still, how does
// free memory break up, where does it sit and why was one refused, which sizes,
// what do builders of tables cost, what do the page tables cost, how long may a
// table live, how does cost grow, what do several goroutines gain, where does the
// time go, how do I run it again. A heading states what was found, not what is
// shown; a rule makes it from the data, as it does every verdict.
//
// # Rooms
//
// Each room is a package in internal that imports only those above it in this
// list; the sections do not know each other. Tests hold that.
//
//	stat list text theme chart   arithmetic, lists of names, numbers and sentences as text, colours, drawing
//	rundir                       reads a run directory; a benchmark is one type in a file, a field of Curves and a line in readers
//	cost                         what a driver pays: a part is a line in Parts
//	judge                        what was found, as values without words; a rule is one function and one line in rules
//	words                        the sentences, with marks for strategies, without HTML
//	section                      what a section is: id, title, template, and a function that finds what it says
//	summary pays times memory age addrmap tables growth cpu    the sections, by subject
//	figures                      what a reader does with figures: values, hiding strategies, files to save
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
//     that become CSS custom properties; a drawing in which one is left fails. What
//     they draw are Series of package chart, which are also the values that the page shows
//     and saves: there is no second copy. Fewer than two points are a sentence, no line.
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
// only what is live. For the maps all traces are read a second time, those of a
// workload side by side: an operation costs a few steps for each strategy and each
// pair of them, a frame one pass over what changed since the frame before and one
// over the cells. A run of 15 workloads of 100,000 operations takes ten seconds of
// processor time, of which the maps are half, and 200 MB; one workload of ten
// million operations takes 45 seconds and 570 MB.
//
// The data of all maps together is capped at 8 MiB, or as the reader says: first
// fewer objects, then fewer layers, then fewer frames. A map has at most 200,000
// objects and eight strategies; a region beyond 2^53 bytes has none.
//
// Six strategies have colours of their own; a seventh repeats the first.
package report
