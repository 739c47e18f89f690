// Package smallest finds the smallest region in which a strategy serves a trace.
//
// # Idea
//
// "How much memory must the card have, with this allocator?" is what fragmentation costs
// in a unit that everybody understands. [Find] answers it by replaying the trace in
// regions of different sizes, in whole pages. The answer has its proof with it: the trace
// is served in a region of N pages, and in one of N-1 it is not; the first request that
// is refused there is named. Both were replayed.
//
// Whether a trace is served is not monotone in the size of the region. A buddy cuts a
// region of 13 MiB into blocks of 8, 4 and 1; a first fit places everything differently
// as soon as one request finds another hole. So the search finds a boundary, and a
// smaller region may serve the trace by chance. After the search, smaller regions are
// tried, round sizes first, as many as the caller allows ([Options.Smaller]): any that
// serves the trace begins the search again from there. Only if all down to the bound were
// tried ([Result.All]) is it the smallest there is.
//
// # What does not count
//
// Some requests no region helps: an alignment that the strategy calls invalid, a window
// that is too small or full. They are found first, by a replay in a region that is
// roomy (at least twice what the trace needs, doubled while a request without a window of
// its own is refused for space) and one in the trace's own region. Requests refused in
// the one of them that refuses less, the roomy one if they refuse as many, are "never
// served": reported, and not held against a smaller region. They may still be granted in one.
//
// # Windows
//
// A window is a place in the device: the part that the CPU reaches does not move when
// memory is taken away at the other end. So windows stay where they are. Where the region
// ends inside a window, it is cut there; where it ends before it, the request is
// refused, without asking the strategy. A window that ends with the trace's region (or
// behind it, or has no upper limit) means "to the end" and ends with every region tried,
// also a larger one.
//
// A state in which the trace begins stays where it is too, so a region holds it.
//
// # Invariants
//
//   - The same arguments give the same result: no clock, no random numbers.
//   - A region that the strategy cannot manage does not serve. It can manage the roomy one.
//   - A trim that is refused is no refusal: the strategy holds more, and needs more.
//   - An allocation and its fallback are one request.
//   - Sizes below what the trace needs at least (package census) are not tried, but for
//     the proof. If that is served nevertheless, the search goes on below.
//
// # Complexity and limits
//
// The boundary takes about 15 to 30 replays, most of which end early, at the first
// refusal. Memory is one allocator and the operations:
//
//	go test -run '^$' -bench Find ./workloads/smallest
package smallest
