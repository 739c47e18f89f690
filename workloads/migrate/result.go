package migrate

import "time"

// Result counts what a run did. Without workers all counts are exact: only the times
// differ between runs of one Config.
type Result struct {
	Migrations int // migrations queued and completed, evictions included
	Evictions  int // of these, evictions by the manager
	Clears     int // of these, clears: the target was filled, without a source
	Refused    int // migrations asked for and not begun, for lack of memory or an injected failure
	Recovered  int // failed copies that were recovered with the tables held
	Lost       int // failed copies that could not be recovered: the object was left in the unknown state
	Waited     int // migrations whose recovery work could not be allocated: the driver waited
	InFlight   int // most migrations of one object in flight at a time

	Captures        int // error captures that got a hold on their binding
	CapturesLeftOut int // error captures that found no binding, or one that nobody held any more
	Binds           int // bindings written
	BindsSkipped    int // bindings not written: the object was in the unknown state, or see BindHazards
	Unbinds         int // bindings taken down asynchronously
	SyncUnbinds     int // bindings whose unbind had to be waited for (EAGAIN)

	// Hazards is how often somebody needed a table that had been released: the
	// sum of the next three, one for each user of tables.
	Hazards         int
	CaptureHazards  int // captures that ended early
	RecoveryHazards int // recoveries, each also counted in Lost
	BindHazards     int // binds, each also counted in BindsSkipped

	PeakTables int    // most tables alive at a time, users' copies included
	PeakBytes  uint64 // most bytes of their segments at a time

	// Elapsed is the time from the first migration asked for to the end of the
	// last queued work, without the setup and the check at the end.
	Elapsed time.Duration
	// CaptureP50 and CaptureP99 are the median and the 99th percentile of the
	// working time of a capture: taking its hold on the table, walking the table
	// and the contents, dropping the hold. Only the last 65,536 captures count,
	// and none that ended in a hazard.
	CaptureP50, CaptureP99 time.Duration
}

// PerMigration is Elapsed divided by the number of migrations, evictions included.
func (r Result) PerMigration() time.Duration {
	return r.Elapsed / time.Duration(max(r.Migrations, 1))
}
