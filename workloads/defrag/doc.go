// Package defrag says what it would have cost to grant a request in one piece that a strategy
// refuses at some moment of a stream: by moving objects out of the way, by evicting the
// least recently used as package ttm does, or by waiting.
//
// # Idea
//
// An allocator's state is what its history made of it. So a stream is replayed up to the
// moment, what is live is read off, and moves are planned on that. Then the stream is
// replayed again, the moves are done through the strategy ([strategies.Placer], or a window of
// the size, names each place), and the request is made. Only if it is granted is a plan
// called proven. Eviction is no model either: a real manager of package ttm takes over the
// allocator with all that is live, and evicts until the request fits. What waiting costs is
// found by replaying on, and asking again where the place seems to be free.
//
// # What a move is
//
// The cost of moves is the bytes they copy. A copy engine reads one place and writes another,
// so both exist while it runs: nothing moves onto its own addresses, as by a slide.
//
//   - An object that was asked for in one piece, and any object of a strategy that does not
//     scatter, moves whole. Another may leave in parts, of its alignment at least: only what
//     lies in the window is copied.
//   - Each lies again at multiples of its alignment and inside the window that its request
//     named. An extent of the state in which a stream begins was asked for nobody knows
//     how: it may go anywhere. Nothing is pinned.
//   - Bytes are those granted, which may be more than were asked for.
//
// # Bounds
//
// Which window serves the request follows from the strategy's rule ([reason.Shapes]), which is
// taken from its abilities: the tests hold it for those of the lab.
//
// From below: whatever the order of the moves, what lies in the window that is free in the end
// was copied at least once. A whole object of it that no hole takes must come to lie where
// others are, and these are copied too: the place that costs least counts. The least of that
// over all windows is a bound, and so is the cost of the cheapest window not looked at. Moves are
// impossible if less is free than is asked for, if nothing can move at all, or if each
// window holds an object that has no other place.
//
// From above: the windows are tried, the cheapest first. The large whole objects go first,
// each into the smallest hole that takes it; what may lie in parts fills what they leave.
// Where no hole takes an object, the cheapest places for it are cleared in the same way, two
// objects deep. Each plan is checked ([Plan.Check]) and done by replay. Where it copies no more
// than the bound it is the optimum. TestBrackets holds both bounds against all sequences of
// copies on tiny states: of those with a way, more than nine in ten are met.
//
// # Invariants
//
//   - The same arguments give the same answers: no clock, no random numbers, no map order.
//   - Lower is never above the optimum, and a proven Plan never below it.
//   - A request that is granted as it is costs nothing, and has no costs.
//
// # Complexity and limits
//
// The cost of a window is two binary searches in the sorted pieces; the windows that count
// begin or end at a piece, so that there are four times as many as pieces at most. [Limits]
// bound the windows tried and the steps taken. Each moment takes a replay for eviction, one
// for each plan that is proven, and one for each time that a place seems to have come free.
//
// A request that may be granted in pieces is refused for want of memory, which moves do not
// make. Streams do not say when memory is used, so the oldest allocation is the least recently
// used, and whether what was evicted comes back is not known: it is written out once, and
// read back once at most.
//
// # Tried and rejected
//
// To sum sets of objects as package reason does, which looks for what to free: an object that
// lies in pieces would cost all of its bytes. To let one candidate stand for its window alone
// in the bound: a window moved along free memory may leave a hole that the other covers.
package defrag
