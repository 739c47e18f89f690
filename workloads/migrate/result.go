package migrate

import "time"

// Result is what a run did. Without workers all of it but the times is exact.
type Result struct {
	Migrations int // migrations queued and completed, evictions included
	Evictions  int // of them made by the manager, to make room for others
	Clears     int // of them without a source: the target was filled
	Refused    int // migrations asked for and not begun, for lack of memory or an injected failure
	Recovered  int // failed copies made good with the tables held
	Lost       int // failed copies that could not be: the object was left in the unknown state
	Waited     int // migrations whose recovery work could not be allocated: the driver waited
	InFlight   int // most migrations of one object that were in flight at a time

	Captures        int // error captures that got a hold on their binding
	CapturesLeftOut int // those that came too late: there was no binding, or no hold left
	Binds           int // bindings written
	BindsSkipped    int // bindings not written: the object was in the unknown state, or see BindHazards
	Unbinds         int // bindings taken down asynchronously
	SyncUnbinds     int // those refused that (EAGAIN), for which the driver waited

	// Hazards is how often somebody needed a table that had been released: the
	// sum of the three that follow, one for each user of tables.
	Hazards         int
	CaptureHazards  int // captures that ended there
	RecoveryHazards int // recoveries: each one is Lost, too
	BindHazards     int // binds: each one is skipped, too

	PeakTables int    // most tables alive at a time, copies for users included
	PeakBytes  uint64 // most bytes of such tables, by their segments, at a time

	// Elapsed is the time from the first migration asked for to the end of the
	// last work queued. Setting up and the check at the end are not in it.
	Elapsed time.Duration
	// CaptureP50 and CaptureP99 are the median and the 99th percentile of the
	// time that a capture worked: taking what it needs to read the table later,
	// walking the table and the contents, giving it back. Of many captures the
	// last 65,536 count; those that ended in a hazard do not.
	CaptureP50, CaptureP99 time.Duration
}

// PerMigration is the time for one migration, evictions counted as such.
func (r Result) PerMigration() time.Duration {
	return r.Elapsed / time.Duration(max(r.Migrations, 1))
}
