// Package bound says how small the smallest region could be that holds a recorded trace,
// if all lifetimes were known before.
//
// # Idea
//
// A strategy is asked for memory without being told for how long. A recording knows. The
// least region that holds it, with each object in one piece, is what every strategy that
// does not scatter is measured against: dynamic storage allocation, which is NP-complete
// (Garey and Johnson 1979, SR2). So [Find] gives two numbers between which it lies. Below
// the lower one nothing serves the trace, and it says why. In a region of the upper one the
// trace is served: its placement is a strategy ([Placement.Strategy]), which is replayed
// under [strategies.Checked] before the result is given away. Where they meet, the placement
// is optimal.
//
// # The lower bound
//
// What [census.Census.Bound] knows (bytes live at the peak in whole pages, places of aligned
// objects, windows, the state to begin in), the most crowded moment in the granule that all
// sizes are multiples of, and the lowest place that an object has between those whose place
// is given. Where a search tries every order of placing in vain, it rises by a page.
//
// # The upper bound
//
// Cheapest first, each ends as soon as the bounds meet:
//
//   - A sweep over the operations that takes the lowest place: first fit. It knows the
//     places that are reserved for jobs not born yet. What did not fit is reserved one
//     before the next sweep. That alone is optimal for most recorded traces.
//   - Sweeps with the short-lived from above.
//   - Piles: jobs one after the other into the lowest or the tightest gap, by size,
//     lifetime, area and the most crowded moment of their lives.
//   - Valleys, where jobs may lie anywhere: a depth-first search that decides next, wherever in
//     time, what has the fewest choices, and goes back behind a dead end to what it touches. It is
//     begun again and again after a number of nodes with other ranks of the jobs, at the lower
//     bound and between it and the best; and is proof if it ends. What it leaves is little: that
//     is the beginning of ejections.
//   - Skylines, for all jobs: the same with rising offsets, by the rules of MiniMalloc (Moffitt,
//     2023).
//   - Boxes: jobs of the same life are stacked, and a job that begins where one of its size
//     ends takes its place, until few large boxes are left for valleys and ejections. That is
//     the idea of Buchsbaum and others (2003), which box jobs by size and lifetime to bound the
//     loss; here nothing is rounded, and what boxing lost is seen at the end.
//   - Ejections: a job is put where what it overlaps costs least, and that is thrown out.
//
// The searches that choose an order and those that move jobs run side by side, each with its own
// seed and steps, and are joined after a round in a fixed order.
//
// # Invariants
//
//   - Time counts in sections: it goes on only where something is born after something died,
//     since only between these what is live is a set that no other contains.
//   - Offsets count in granules, so that bounds of a trace with all sizes multiplied are
//     those multiplied, if no alignment, window or page says otherwise.
//   - Work is counted in steps, not by the clock: the same seed and effort give the same result.
//   - Alignment, windows and what a second attempt asks for are those of the contract of
//     [strategies.Allocator]. A trimmed object keeps its place, and takes less from then on.
//
// # Complexity and limits
//
// For n jobs: a sweep takes O(n log n) and what is reserved in the life of each, a pile O(n^2)
// (so only of 20,000 jobs at most); for 4,000 jobs without trims, a node of a skyline or a valley
// takes O(n), and a move of an ejection about as many steps as jobs live at the same time. TestSteps
// holds the growth of the steps of a sweep. A region may scatter what it grants: then less may do
// than the lower bound says, since that counts on one piece.
//
// # Tried and rejected
//
//   - A beam of skylines with the least waste died half way on instances without any free space.
//   - Moves that weigh how far jobs overlap, instead of throwing them out, took 20 times the steps
//     of ejections for the same height.
//   - Piling again with what stuck out first stayed a third above the optimum of instances without
//     free space, where boxes reach it.
//   - All the others without valleys leave one of the six instances that TestCuts holds to the
//     height of 1,024 that does at 1,028.
//   - Valleys decided from the lowest up, or that go back to the last decision whether or not the
//     dead end touches it, placed fewer instances in as many nodes.
//   - To throw out the job that costs most, the last or the first one, other ties between valleys,
//     and other rises of costs changed no more than the seed does.
//   - To fill a window of time anew with valleys around all else, until nothing sticks out: of the
//     last two kinds of TestCuts with 350 and 450 objects, at an effort of 10, it left the first
//     three of each 0.41 % above in the mean instead of 0.57 %, but the next three 0.40 % instead
//     of 0.42 %, for as much code as valleys are. Moves that begin at what valleys left (0.56 % of
//     the first three), or at the best without what lives in a window (0.53 %), gain less.
package bound
