// Package sgtable turns the blocks that an allocator granted into a scatter-gather
// table, which is what a driver gives to its hardware. It also does what drivers do
// with such tables: build them in different ways, walk them, count the page-table
// entries that map them, and keep them alive after the object has moved on.
//
// # Idea
//
// A placement costs nothing by itself. It costs when the driver walks it: every
// segment is an entry to allocate, to map for DMA, to write into page tables. This
// package is that step, so that the lab can show what a placement is worth: one
// best-fit extent is one segment, five scattered buddy blocks are up to five.
//
// A table is a slice of [Segment]. Every user of a table is a loop over it, so it
// has no type of its own. A [Builder] is a way to make one, a [Cursor] and an
// [Index] find a byte in one, a [DMA] maps one for another device, a [Ref] counts
// who needs it, a [Policy] is what one kernel driver adds to an allocator, and
// [MapCost] counts page-table entries.
//
// # Rules
//
// The rules are those of i915's table construction. Blocks are walked in the order
// granted. A block that begins where the block before it ended continues its
// segment. So neighbours merge only if they follow each other in ascending order;
// a buddy that grants high halves first often returns adjoining blocks in an order
// that cannot merge. No segment is longer than [Options].MaxSegment.
//
// The page size and the longest segment come from the caller with every call, since
// the regions of one machine differ in them. Only [Builders] and [Policies] that
// model one driver have that driver's numbers.
//
// # Invariants
//
//   - A table has no empty segment; a segment of length 0 ends a table for every
//     function that walks it. So no block may be empty.
//   - A table never has more segments than its builder's rule needs.
//   - [Pool] counts all memory of tables, temporary tables included.
//
// [Validate] checks the rules of a table.
//
// # Complexity
//
// Builders take O(blocks + bytes/MaxSegment) time, except worstcase, O(pages), and
// sorted, O(blocks log blocks). grow, worstcase and sorted need temporary memory,
// the others only the table's. With a [Pool] that reuses memory, a builder takes
// nothing from the Go heap once the pool is warm. Walks and mappings are O(segments);
// to find a byte is that too, as in the kernel, or O(log segments) by an Index.
//
// # Limits
//
// An object of 2^32 pages or more has no table ([TooBig]). A segment is 16 bytes
// where the kernel's entry has 32: it has no CPU page, since device memory has
// none, and no link, since a slice needs none.
//
// Rejected: a table type with methods. It only wrapped the slice, and every loop
// unwrapped it.
package sgtable
