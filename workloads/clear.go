package workloads

import "github.com/vramlab/vramlab/strategies"

// clearing is a driver that wipes memory when it is released, as amdgpu does since Linux
// 6.10, so that the next object need not wait to be wiped. 8 GiB stay 85 % full. Of a
// hundred objects
//
//	70  are user space's, 4 KiB to 16 MiB: they must begin as zero, so their requests
//	    prefer clear memory (DRM_BUDDY_CLEAR_ALLOCATION). Seven of eight are wiped when
//	    they are released, and come back clear (DRM_BUDDY_CLEARED); one is not, since
//	    the copy engine was busy or the object was moved away.
//	30  are the driver's, page tables and rings of 4 to 64 KiB: nobody asks for zero, and
//	    they come back dirty.
//
// Every 25,000 operations the machine resumes from suspend: the contents of memory were
// lost, and nothing that is free is known to be zero any more (amdgpu's resume resets
// that).
//
// It stresses what telling clear from dirty memory costs. A buddy that does not merge the
// two (Linux 6.11 to 7.1) has smaller free blocks than one that does not tell them apart,
// and merges by force when a large request would fail: with seed 1 it grants 2.4 % more
// blocks than without a word of clear memory, and the one queued after 7.1, which merges
// them, 1.2 %. A strategy without clear memory does the same frees as plain ones.
func clearing() Workload {
	w := Workload{
		Name:   "clear",
		Title:  "Clear memory",
		Doc:    "User space's objects of 4 KiB to 16 MiB ask for zeroed memory and are wiped on release, page tables between them are not, while 8 GiB stay 85 % full.",
		Region: strategies.Region{Size: 8 * gib, Page: page},
	}
	const resume = 25_000
	return generate(w, func(g *gen) {
		level := percent(85, w.Region.Size)
		var users, driver pool
		for next := resume; g.more(); {
			switch {
			case g.made() >= next:
				g.add(Op{Kind: ResetDirty})
				next += resume
			case g.used < level && g.below(100) < 70:
				users.add(g.alloc(strategies.Request{Size: g.size(4*kib, 16*mib), Flags: strategies.Clear}))
			case g.used < level:
				driver.add(g.alloc(strategies.Request{Size: g.size(4*kib, 64*kib)}))
			case g.below(uint64(len(users)+len(driver))) >= uint64(len(users)):
				g.free(driver.pick(g))
			case g.oneIn(8):
				g.free(users.pick(g))
			default:
				g.freeAs(FreeCleared, users.pick(g))
			}
		}
	})
}
