// Package migrate is a load for scatter-gather tables: buffer objects that move
// between a region of device memory and system pages, asynchronously and so that
// no failure loses contents, as i915 does it over TTM. It exists for one question:
// how long must a table live, and who sees to it?
//
// # Idea
//
// A driver that queues a move does not wait for it. The state of the object is
// ahead at once: its memory is the new memory, the table it keeps is that of the
// new memory. The copy runs later, and before it does the object may have been
// moved again, and again. Three users still need the table of memory that the
// object has left:
//
//   - An asynchronous bind takes a snapshot of the table when it is asked for, and
//     the bind worker writes page-table entries from it when the contents have
//     arrived. The binding keeps the snapshot until it is taken down and nobody
//     holds it any more. An unbind is asynchronous too if the binding uses exactly
//     the table that the object has; a view, with a table of its own, is refused
//     that (EAGAIN) and the driver waits.
//   - An error capture, at a random time, takes a hold on the binding (it is left
//     out if there is none any more) and reads the addresses in the table, and the
//     contents there. While it does, the unbind waits for it, and the move for the
//     unbind.
//   - The recovery of a copy takes the target's table and, except for a clear, the
//     source's when the move is queued. When the copy's fence says that it failed,
//     a worker copies with the CPU, by these tables. Only then the migration's own
//     fence is done. If the CPU does not reach the memory, the object is left in
//     the unknown state, in which it is not bound.
//
// The same load is run over four answers, the [Lifetimes]: tables with a
// reference count, tables copied by each user, tables that live and die with the
// memory that they describe, and plain pointers with a garbage collector. All are
// under test by the same bytes: contents are verified in a simulated memory after
// each recovery, through each binding as it is taken down, in each capture that
// finds them there, and at the end.
//
// # Why a table that dies with its memory is not enough
//
// In most moves it is: the old memory waits for the migration's fence, as the
// kernel keeps it in a ghost object, and its table with it. But an eviction is
// pipelined. The manager takes the victim's memory back at once and promises it to
// the next object, whose copy is ordered behind the copy out. The bytes stay as long
// as they are needed, and the table goes at once, with the resource. Whoever
// was to read it finds it gone: a recovery, a capture that is under way, a bind that
// still waits. That is a hazard; it is noticed by a generation and counted, a
// recovery that meets it leaves the object in the unknown state, and the load
// goes on.
//
// # Who does what
//
// The driver alone changes what objects are. Behind it are four steps: the copy
// engine runs the queue in order, each command behind the fences of the move
// before, of the unbind and of evictions; the fence workers finish or recover what
// was copied, in any order; the bind worker writes bindings and takes them down;
// the capture walks a few segments at a time. With workers each step is a
// goroutine. Without, the driver calls them in an order drawn from the seed: the
// same code, and every count of the [Result] is exact, the hazards too.
//
// # Invariants
//
//   - Memory is protected by fences, tables by their lifetime, and these are two
//     different things: no lifetime makes anybody touch memory that belongs to
//     another, and no fence keeps a table.
//   - A fence waits only for what was queued before it. So there is no cycle, and
//     the eviction callback, which runs in the middle of an allocation, never waits:
//     what it could not move at once is busy.
//   - Old memory is scribbled over before its fence is done, and a failed copy
//     leaves rubbish. So contents that are right were copied there.
//   - What is asked is drawn from the seed alone and is the same for all lifetimes
//     and strategies. What is evicted for it is the strategy's doing.
//   - However the load ends, [Run] returns with the queue empty, no goroutine, no
//     table, no reference and no memory left.
//
// # Complexity and cost
//
// A migration is O(pages of the object) for the copy and the checks, and O(1) for
// all else; objects have 1 to 64 pages. One takes some 3 us on a virtual
// machine with an AMD EPYC, tables of any lifetime: one hundred thousand take a
// third of a second, and 4 s under the race detector with 8 bytes a page. Memory is the contents, the
// objects, and what is in flight, 64 migrations at most but for evictions.
//
// # Differences to the kernel
//
//   - Who may not copy with the CPU wedges the GPU there, so that nothing runs any
//     more. Here the object alone is out of order, until a clear.
//   - The kernel frees the table of system pages with the pages, and late holders
//     keep an empty container. Here the last holder frees it, as for device memory.
//   - A clear fills the object with a new pattern: zeros would be the same in
//     every object, and tell nothing.
//   - When the work for a recovery cannot be allocated the kernel waits and copies
//     in the caller. Here the caller waits for a worker that does it.
//   - One copy engine, and one queue.
//
// # Limits
//
// One driver: submission does not scale, and only the users are concurrent with
// it. A page has 64 bytes of contents unless more are asked for; all of them are
// checked. Times contain the simulated copies and the checks, which are the same
// for all lifetimes, so differences between them are smaller in ns per migration
// than they are in ns per hold. They contain what it costs to count, too: resource
// takes a mutex for each segment read, only to notice hazards; gc has an atomic
// counter, only to know how many tables are alive; copy counts its copies under the
// lock of the store. So a small gap in time between two lifetimes says nothing.
//
// Of the lifetime gc the tables counted are those that somebody still points at;
// garbage that waits for its collection is memory, too, and is not counted.
//
// # Tried and rejected
//
// Contents as bytes, written eight at a time: the race detector looks at each byte
// of these, and a migration took half as long again under it as with words.
package migrate
