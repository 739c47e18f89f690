// Package sgtable turns the blocks that an allocator granted into what a driver
// hands to its hardware, a scatter-gather table, and has what drivers do with
// such tables: build them in different ways, walk them, count what their page
// tables cost, and hold on to them after the object has moved on.
//
// # Idea
//
// A placement costs nothing by itself. It costs when the driver walks it: every
// segment is an entry to allocate, to map for DMA, to write into page tables.
// This package is that step, so that the lab can say what a placement is worth:
// one best-fit extent is one segment, five scattered buddy blocks are up to
// five.
//
// A table is a slice of [Segment]. Everything that consumes one is a loop over
// it, so it needs no type of its own; what differs is how it comes to be, which
// is a [Builder], and who keeps it alive, which is a [Ref].
//
// # Rules
//
// The rules are those of i915's table construction. Blocks are walked in the
// order granted. A block that begins where the one before it ended continues
// its segment; so neighbours are merged only when they follow each other in
// ascending order, and a buddy that grants high halves first often returns
// adjoining blocks in the order that cannot be merged. No segment is longer
// than [Options].MaxSegment. The page size and the longest segment come from
// the caller with every call, never from a constant here: one machine has
// regions with different ones. The exception is what one driver does:
// [Builders] and [Policies] that bear its name have its numbers.
//
// # Builders
//
// What drivers do differs more than by a constant. i915 does not know how many
// segments there will be, so it allocates an entry for each page of the object,
// 0.8 % of its size, and throws nearly all of them away again; amdgpu and xe
// count first. [Builders] has both ways and three more, and [Pool], where tables
// take their memory from, counts what each takes: a 64 MiB object in one block
// needs one entry, and worstcase takes 0.5 MiB to find out. With tables that are
// used again it takes several hundred times as long as counted, and with new
// ones several thousand times.
//
// counted makes two passes. The first one finds the usual case, in which no block
// merges and none is split, and then the second is a copy: together less than
// twice as long as a loop that copies as many records of 16 bytes
//
//	go test -run '^$' -bench Builders/layout=pieces/builder=/size=64MiB -count 10 ./bench
//
// (builder=loop there) and five times as long as memmove (builder=copy), which a
// loop that converts each record cannot reach: it does two stores to a segment
// where memmove does half of one.
//
// # Memory
//
// A segment is 16 bytes where the kernel's entry has 32: there is no CPU page and
// no chain pointer, since device memory has no struct page worth the name and a
// slice needs no chain. The worstcase builder uses a [Chain] of the kernel's
// entries for what is temporary, and ends with a slice as all do.
//
// # Complexity and limits
//
// O(blocks + bytes/MaxSegment) time for all builders but worstcase, O(pages), and
// sorted, O(blocks log blocks). All but grow, worstcase and sorted need no memory but
// the table's. With a [Pool] that reuses, once it is warm, nothing comes from the Go
// heap. A table of one object of more than 2^32 pages is not built ([TooBig]), and
// there are no empty blocks: a segment of length 0 ends a table for all that walk it.
//
// # Tried and rejected
//
//   - A table type with methods: it only wrapped the slice, and every loop
//     unwrapped it.
//   - Counting and filling in one pass, into memory for as many segments as there
//     are blocks: 0.85 ns a segment, hardly less than the 0.9 of two passes (1,024 to
//     262,144 blocks, none merging), and no longer the exact size.
//   - Keeping the longest block by max in the counting pass, to compare it once at
//     the end: 0.8 ns a block against 0.3 with a branch that is never taken.
//   - Both passes one block at a time: 0.56 and 0.57 ns a block, against 0.42 and
//     0.52 in fours; so they are in fours.
//   - Merging without branches (masks for new and old segments): 1.6 ns a block
//     against 2.3 where a quarter of the blocks merge at random, slower where few
//     do, and nobody could read it.
package sgtable
