// Package adversary searches for the traces that are the worst for a strategy, and keeps
// those that were found, each with a claim that a replay proves.
//
// # Idea
//
// A benchmark says how a strategy does on what somebody recorded; nobody says how bad it can
// get. Robson's proofs do, for allocators at large: a program that looks where its objects
// were placed, and frees accordingly, has any allocator need far more memory than is live. The
// strategies here are deterministic, so such a program played against one of them leaves a
// trace, and whoever replays that sees the same.
//
// A [Program] is a few phases: each frees by a [Rule] and then fills memory with objects of a
// size, up or down a ladder of sizes. That is enough for Robson's program ([Ladder] of
// [Occupy]), for killers of buddies ([Block] keeps a page in each block), for the checkerboard,
// the sawtooth and interleaved lifetimes; and since a phase says nothing that could be wrong,
// mutation and crossover always give valid traces. [Climb] is greedy, goes up
// by single pages, and is worse than Robson's program for each strategy here: it is not bound
// to powers of two.
//
// A [Search] begins with these constructions and evolves programs for an [Objective].
// The best is played once more, its trace is shrunk with what it proves (package shrink), and
// measured: a [Claim]. [Corpus] is what was found so, for the tests of all strategies.
//
// # Invariants
//
//   - The same target, seed and number of evaluations give the same programs, traces and
//     claims. There is no clock; a search that was saved and loaded goes on as if it had not
//     been.
//   - A claim is exact: [Proof.Check] replays it, and any other number is an error.
//   - What is live never exceeds the limit, counted in bytes requested, with the request at
//     hand. So a refused region of N pages shows that N+1 are needed, which compares with
//     [Robson]. Requests are whole pages.
//   - For regions and refusals each request is contiguous, without alignment or window: only
//     the placement of the strategy stands between it and free memory.
//   - Visits are those of a probe: one request again and again, as many as pages may be live,
//     after a state was made. What the state costs once evens out.
//
// # What visits tell
//
// A logarithm has an exponent too: from 512 to 32,768 pages log n grows as n^0.12, its square
// as n^0.25, and log n less a constant faster than either. So a search looks for steep
// programs with few pages live, and the best are then played with ever twice as many, up to a
// million pages, which LawOf of package fit calls a power, a logarithm, no growth, or undecided. What
// is called logarithmic and found to be a power above n^0.2 is a defect. See doc/attack.md
// for what was found, and for how often the test errs.
//
// # Complexity and limits
//
// A game is at most 8 operations for each page that may be live, and its probe; an evaluation
// of [Space] some ten games, one of [Visits] four up to the live limit. With 256 pages that is
// a few milliseconds. A growth is games up to 128 times the live limit, or until they have
// taken some 60 million operations and visits.
//
// A worst case that is not found may exist: the search proves what it finds and nothing else.
// It does not come near what is known of best fit, nearly m·n (Robson 1977). [Space] is found
// by bisection, though a larger region may be refused by chance. Games use neither trims nor
// states to begin in.
//
// # Tried and rejected
//
//   - Genomes of single operations: almost every mutation of one is a worse trace, or none.
//   - Programs that do not see addresses: they find half of what is above the live bytes.
//   - A probe of a few hundred requests: what an index costs when it is built looked like
//     growth.
package adversary
