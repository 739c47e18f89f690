package workloads

import "slices"

// Drivers lists the workloads of what drivers ask for beside a number of bytes: memory
// that is zero, addresses rounder than the size, the alignments of Vulkan, parts of a
// grant given back. Each stresses one thing that the workloads of [List] leave out:
//
//   - clear: what does keeping zeroed memory apart from dirty memory cost, and does it
//     come back as large blocks?
//   - oddsizes: what does a size below its alignment, or no multiple of it, waste?
//   - vulkan: do the sizes and alignments of real programs' buffers and images pack?
//   - svm: what do page faults leave behind that take and give back 64 KiB and 2 MiB
//     between large, old objects?
//
// The default run leaves them out: they say most of strategies that have an ability
// (clear memory, trimming), and a strategy without it does the same stream as well as it
// can: a cleared free is a free, a trim is refused and the whole object stays. [Lookup]
// finds them, and run -workloads takes the group by its name.
func Drivers() []Workload {
	return []Workload{clearing(), oddSizes(), vulkan(), svm()}
}

// All is every workload that has a name: [List], [Drivers] and [Plain].
func All() []Workload {
	return slices.Concat(List(), Drivers(), Plain())
}
