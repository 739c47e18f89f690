// Package migrate is a load for scatter-gather tables: buffer objects move between a
// region of device memory and system memory, asynchronously and so that no failure
// loses contents, as i915 does it over TTM. It answers one question: how long must a
// table live, and who makes sure that it does?
//
// # Idea
//
// A driver queues a move and does not wait for it. The state of the object changes at
// once: its memory is the new memory, and its table describes that. The copy runs
// later; by then the object may have been moved again. Three users still need the
// table of memory that the object has left:
//
//   - A bind is asynchronous: it takes a snapshot of the table, and the bind worker
//     writes page-table entries from the snapshot once the contents have arrived.
//     The binding keeps the snapshot until it is taken down and nobody holds it. An
//     unbind is asynchronous too if the binding uses the object's own table; for a
//     view, which has a table of its own, the driver must wait (EAGAIN).
//   - An error capture begins at a random time, takes a hold on the binding, if there
//     is one, and reads the addresses in the table and the contents there. Until it
//     ends, the unbind waits for it, and the move waits for the unbind.
//   - The recovery of a copy holds the target's table and, except for a clear, the
//     source's, from the moment the move is queued. If the copy fails, a worker
//     copies with the CPU by these tables, and only then is the migration's fence
//     done. If the CPU does not reach the memory, the object is left in the unknown
//     state, in which it is not bound.
//
// The load runs over four [Lifetimes]: tables with a reference count, tables that
// every user copies, tables that live and die with their memory, and plain pointers
// with a garbage collector. Contents are verified in a simulated memory after each
// recovery, through each binding as it is taken down, in each capture that finds them
// there, and at the end.
//
// A table that dies with its memory is enough for most moves: the old memory waits for
// the migration's fence (the kernel keeps it in a ghost object), and its table with
// it. But an eviction is pipelined. The manager takes the victim's memory back at once
// and promises it to the next object, whose copy is ordered behind the copy out. The
// bytes stay as long as they are needed; the table goes at once. A recovery, a capture
// or a bind that reads it later meets a hazard: a generation in the table reveals it,
// it is counted, and the load goes on.
//
// # Who does what
//
// The driver alone changes the state of objects. Four steps work behind it: the copy
// engine runs the queue in order, each copy after the fences of the object's last
// move, of the unbind and of evictions; fence workers finish or recover copies in any
// order; the bind worker writes bindings and takes them down; captures walk a few
// segments at a time. With workers each step is a goroutine. Without, the driver calls
// the steps in an order drawn from the seed, and every count of the [Result] is exact,
// hazards too.
//
// # Invariants
//
//   - Fences protect memory, lifetimes protect tables. No lifetime lets anybody touch
//     memory that belongs to another object, and no fence keeps a table.
//   - A fence waits only for work queued before it, so there is no cycle. The eviction
//     callback, which runs in the middle of an allocation, never waits: an object
//     that it could not move at once is busy.
//   - Old memory is scribbled over before its fence is done, and a failed copy leaves
//     rubbish. So correct contents were copied there.
//   - What the load asks for depends on the seed alone, not on lifetime or strategy.
//     Which objects are evicted for it depends on the strategy.
//   - However the load ends, [Run] returns with an empty queue and no goroutine,
//     table, reference or memory left.
//
// # Complexity and limits
//
// A migration takes O(pages of the object), 1 to 64 pages, for the copy and the checks
// and O(1) for the rest: some microseconds.
//
//	go test -run '^$' -bench Migrate -count 10 ./bench
//
// Times include copies, checks and counting, which differ little between lifetimes, so
// they differ less per migration than per hold, and a small difference between two
// lifetimes means nothing. There is one driver, one copy engine and one queue. A page
// has 64 bytes of contents by default. For the lifetime gc, garbage that is not
// collected yet is not counted.
package migrate
