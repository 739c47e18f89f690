// Package age lets strategies grow old: it runs a load that keeps a region full for as long
// as wanted, and finds after how many operations a strategy refuses a large page.
//
// # Idea
//
// A driver maps 2 MiB by one entry if they are contiguous and aligned. A fresh allocator
// always has such a page, an old one may have none although much is free; how long that
// takes says more of a strategy than any metric of one moment. [Run] does the operations of
// a [Load] and keeps, for each aligned page of the region, the bytes live in it. So after
// every operation it knows whether a page is free, at the cost of an addition.
//
// The headline, [Life.Refused], is the least number of operations, counted from the one that
// filled the region, after which [LargeRequest] would be refused: 0 if at once. It follows
// from the placements alone: it is where no aligned page is free. Without one no allocator
// can grant the request. That one is granted as long as a page is free is a rule of each
// strategy: the tests hold all of the lab to it, operation by operation, and [Life.Prove] asks
// forks, in each run of the command age and for one seed of each level in a run of the lab. A
// strategy of other rules is found out at one of them, and its headline is marked as a bound
// ([Life.AtMost]). Anybody can recompute it from the traces that age -o writes:
// scripts/ageing-headline does, and shares no code with this package.
//
// The median over seeds, with an interval that assumes no distribution, is in package
// internal/survival. A run that ends without a refusal is censored: its time is longer than
// the bound, and it is not left out.
//
// # Forks
//
// An allocator cannot be asked what it would grant without granting it, and a free does not
// always restore what an allocation changed: the order of a list is part of the state, and
// even a refusal reorders the lists of the buddy of 2021. So a question goes to a [Fork]: a
// second allocator that did the same operations. Strategies are deterministic, so it is the
// same state. It answers what is the largest request that fits, whether a large page would be
// granted, and how many large pages some frees would return ([Returns]).
//
// Tried and rejected: to ask the running allocator and free at once, for strategies that
// restore their state. None promises it, and a test can only find the contrary. To copy the
// allocator by reflection works for none that is in a library.
//
// # Steady
//
// Every 128 operations the share of free memory outside whole pages of 64 KiB is noted. Of 256
// such values, and whenever there are twice as many, the last two quarters are compared, in 8
// batches each. The curve is called steady if a Mann-Whitney test rejects both that the last
// quarter is higher by five points of percent and that it is lower by them, and if no
// change-point is in the window (package internal/changepoint). The confidence is that of the
// former. It allows for the number of looks, and for neighbours that are alike.
//
// Measured false alarms, on planted curves whose quarters differ by just five points at each
// look (go test -v -run FalseAlarms ./workloads/age), rising all the time or by jumps between the
// quarters, which is the hardest to tell: none without noise; 4 % and 7 % where neighbours
// correlate by 0.95, as those of real curves do; 7 % and 10 % at 0.98. Flat curves of the noise at
// 0.95 are found within 131,072 operations in 46 %, and in 1 % if the noise is twice as much; a
// buddy at 95 % has still more. "Not steady after N operations" says just that.
//
// # Limits
//
// The load is a model; [Fitted] takes any other. Operations until a refusal depend on the
// size of the region: twice the region has twice the pages to lose. A fork costs a replay up to
// its moment. Memory is that of two allocators, and does not grow with the length of the run.
package age
