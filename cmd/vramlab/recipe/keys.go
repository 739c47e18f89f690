package recipe

// Kind is what a value is.
type Kind int

// The kinds of values.
const (
	Switch Kind = iota // true or false
	Number             // a whole number
	Text               // a text
	List               // a list of texts or whole numbers, which the flag takes with commas between
	Path               // a file or directory, relative to the file
	Paths              // a list of files, of which the flag takes one at a time
)

// String is the kind in an error.
func (k Kind) String() string {
	return [...]string{"true or false", "a whole number", "a text", "a list of texts or numbers", "a path", "a list of paths"}[k]
}

// many reports whether a value is a list.
func (k Kind) many() bool { return k == List || k == Paths }

// path reports whether values are paths.
func (k Kind) path() bool { return k == Path || k == Paths }

// Key is something that a file says of a run.
type Key struct {
	Table, Name string // where it stands: name = ... below [table]
	Flag        string // of run, which it stands for
	Kind        Kind
	Doc         string // what it is, for the starter
	Sample      string // in TOML: the default where there is one, otherwise an example
	Set         bool   // the starter has it, and not as a comment
}

// String is the key with its table.
func (k Key) String() string { return k.Table + "." + k.Name }

// Keys are all there are beside those of strategies, in the order of a file. To add one,
// add a line, and the flag to run.
func Keys() []Key {
	return []Key{
		{"workloads", "names", "workloads", List, "Generators and recorded traces by name, drivers for those of what drivers ask for, or all. Default: all, or none with traces or models.", `["all"]`, true},
		{"workloads", "traces", "trace", Paths, "Traces and captures of your own.", `["game.trace.gz"]`, false},
		{"workloads", "models", "workload", Paths, "Workloads as the command model writes them.", `["game.model"]`, false},
		{"workloads", "device", "device", Text, "Of captures with several regions only this one.", `"vram0"`, false},
		{"workloads", "most", "most", Number, "The most operations of a trace; the rest is left out.", `5000000`, false},

		{"tables", "builders", "builders", List, "How the tables of the workloads are built, or all; the curves use the first.", `["counted"]`, false},
		{"tables", "policies", "policies", List, "The driver policies whose page tables are counted.", `["all"]`, false},

		{"run", "count", "count", Number, "Samples of each cell; with quick 6, if nothing is said here.", `10`, false},
		{"run", "seed", "seed", Number, "Seed of the generated workloads and of the order of samples.", `1`, false},
		{"run", "quick", "quick", Switch, "Short workloads and few samples, to try things out.", `false`, false},
		{"run", "ops", "ops", Number, "About how many operations a generated workload has. Default: what suits each.", `100000`, false},
		{"run", "sample-time", "sample-time", Text, "The least time of a sample; with quick 10ms, if nothing is said here.", `"40ms"`, false},
		{"run", "budget", "budget", Text, "How long the run should take. Samples are shortened for it, and never left out.", `"1m0s"`, false},
		{"run", "skip", "skip", List, "Experiments to leave out, or all; the command list prints them.", `["migrations", "sharing"]`, false},
		{"run", "all", "all", Switch, "With traces or models: also the experiments that have nothing to do with them.", `false`, false},
		{"run", "only", "only", Text, "With \"trace\" the workloads alone, without the experiments that have nothing to do with them. Default: all there is.", `"trace"`, false},
		{"run", "cpu", "cpu", List, "Numbers of goroutines that share an allocator; [] for none. Default: 1, and 2 where two can run.", `[1, 2]`, false},
		{"run", "sweep", "sweep", Text, "Region sizes and numbers of live objects to sweep over. Default: no sweep.", `"region=1GiB..1TiB,live=1e3..1e6"`, false},
		{"run", "manager", "manager", Text, "How much is replayed under a memory manager: \"brief\" the beginning, \"ttm\" all of each workload, or \"none\".", `"brief"`, false},
		{"run", "placements", "placements", Text, "Where objects may lie under it, in order of preference; doc/managed.md has the rules.", `"mapped:visible; vram"`, false},
		{"run", "pressure", "pressure", List, "The sizes of its region, in percent of what is live at the peak.", `["80%", "100%"]`, false},
		{"run", "isolate", "isolate", Switch, "Each sample in a process of its own; takes several times as long.", `false`, false},
		{"run", "pin", "pin", Switch, "What runs on one goroutine on one core, the last that may be used (Linux only).", `false`, false},
		{"run", "profile", "profile", Switch, "A CPU profile of each strategy, for flame graphs.", `false`, false},
		{"run", "profile-time", "profile-time", Text, "How long the profile of one strategy takes, beside the budget; with quick 1.5s, if nothing is said here.", `"20s"`, false},

		{"gate", "rules", "gate", List, "What may change against the baseline, as for compare -gate. The exit code is 1 if a rule is violated, 2 if one cannot be judged.", `["segs/table exact", "AllocFree/* ns/op +5%"]`, false},
		{"gate", "baseline", "baseline", Path, "A run directory, or a file in the Go benchmark format.", `"run-1"`, false},
	}
}

// tables are those that keys stand in, in their order, with what the starter says of them.
var tables = []struct{ name, doc string }{
	{"workloads", "What is replayed."},
	{"tables", "What is built of the blocks granted."},
	{"run", "How, and how long."},
	{"gate", "What the figures are held to, when the run is over."},
}

// The keys of a strategy, beside its parameters.
const (
	strategiesKey = "strategies"
	nameKey       = "name"
	libraryKey    = "library"
)
