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
// again. A heading states what was found, never what is shown; it is made by a
// rule from the data, as every verdict is.
//
// # Rules of a verdict
//
//   - Strategies that did not grant the same requests are not compared by time
//     at all: who refuses does less work. The placement traces tell who refused
//     what; without them equal shares of served requests must do.
//   - A difference in time is called when three things hold: the Mann-Whitney
//     test (benchmath, what benchstat prints) stays below 0.05 after Holm's
//     correction for all comparisons of the run together; the difference is
//     more than any strategy differed from itself on that workload; the lanes
//     of strategies against themselves (A/A) did not fail as a whole.
//   - Where none is called the sentence says which difference this run would
//     have seen, from the spread of both A/A lanes and the number of samples:
//     80 % power at the strictest level that Holm's correction asks for.
//   - The A/A lanes fail when more of them differ by 3 % and more than chance
//     explains (1 %), or when half of them are off by 10 %. Then no time is
//     called anywhere, and exact counts alone get verdicts. Smaller differences
//     and single loud lanes are floors, below which nothing is called.
//   - Counts (refusals, entries, broken memory, metadata, splits, merges,
//     visits) are deterministic: any difference is real, so there is no
//     interval and no p.
//   - Builders and lifetimes are no strategies: nothing is to be taken there, and
//     their headings speak of exact counts. A time joins them only when five
//     samples a side do not overlap, it is more than twofold and A/A did not fail.
//   - Page-table entries are compared among those that served within 1 % of
//     requests as much of a workload as the best beside them: who refuses the
//     large requests needs fewer entries. A note names who is left out.
//   - How cost grows is said by the exponent b of cost = a·n^b, of least squares
//     on logarithms through the medians, with a 95 % interval by Student's t. Each
//     size counts once, however many samples it has, so that the interval holds
//     what lifts one size off the line as well as noise. Growth is fast when the
//     interval lies above 0.2, not told when it reaches across, else no faster
//     than its upper end; with two sizes there is no interval and nothing is told.
//   - Strategies cross between two sizes at which their samples lie apart the one
//     way and the other, five a side and 3 % at least; what several goroutines
//     gain is called by the same rule.
//   - Calls into a C library cross a boundary, which is not the library's work, and
//     scaling and concurrency hold a crossing in every call; a sentence says so.
//     Such a strategy is in no crossing of curves, and of its growth nothing is
//     told but that it is fast: a constant part pulls the exponent towards 0.
//   - Where no strategy served anything there is no work to compare, and none
//     is to be taken.
//   - Percentages are of the base, the first strategy.
//
// # How it is built
//
// [Load] reads and summarises; prose is written with marks for strategies, so
// that the page colours them and the terminal does not; each section has a
// file with its heading rule and its figure; templates only range and choose.
// Static figures are drawn with gonum/plot in opaque sentinel colours that
// become CSS custom properties afterwards, and drawing fails when one is left.
// The address map is a few hundred frames of four bits a cell in one deflate
// stream, painted by a script of the page. Page, styles and script are
// embedded; the page forbids itself the network by its content policy.
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
// and refuse. The interval of a difference (Hodges and Lehmann) is of the
// typical ratio of samples and widened to hold the ratio of the medians.
//
// # Considered and rejected
//
//   - The libraries' own axes and legends: ticks of 4.1 µs, labels outside the
//     drawing, panels that do not line up. The plotters here draw labels where
//     they are told to, and names stand at the ends of lines.
//   - Benjamini and Hochberg's correction instead of Holm's: it would call
//     more, but it bounds the share of wrong calls, and one wrong win is what
//     a reader remembers.
//   - A bitmap of pages for the maps: simpler, but its memory follows the
//     region, and traces have regions of 2^64-1 bytes. Sorted extents merged
//     once a frame follow what is live.
//   - Fitting exponents through all samples instead of the medians: ten samples
//     at four sizes pretend to 38 degrees of freedom where two are left, and give
//     a curve with a step in it, an outgrown cache, an interval a ninth as wide.
//   - XOR of each frame with the one before: larger, for most maps, once a
//     cell's frames stand together.
//   - Silencing a run whenever lanes of a strategy against itself differ more
//     often than chance: two instances of one allocator do by a percent or
//     two, always. Such differences are a floor instead.
package report
