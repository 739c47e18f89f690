package serve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vramlab/vramlab/bench/journal"
	"github.com/vramlab/vramlab/bench/schema"
)

// What a run is at. It is read from its journal: a process that works at a run holds the lock
// of that file, so a run that has not ended and whose lock is free was interrupted. Where
// files have no locks, and where another machine is at a run in a shared directory, the lock
// says nothing; a journal that has just grown does.
const (
	phaseUnknown = ""            // no journal, or none that can be read
	phaseRunning = "running"     // somebody is at it
	phaseStopped = "interrupted" // nobody is, and it has not ended
	phaseDone    = "done"
)

// fresh is how long after its last line a journal that nobody holds may still be growing.
const fresh = 10 * time.Second

// state is how far a run is.
type state struct {
	Phase string
	Where string        // in words: "in round 4 of 10"
	Done  int           // steps
	Total int           // 0: not known yet
	Left  time.Duration // 0: not known
	Round int           // in which it is, 0 before the first
	Note  string        // what is odd, as a sentence
}

// Live reports whether a page of the run has something to wait for.
func (st state) Live() bool { return st.Phase == phaseRunning }

// Words is the state for a reader, in a line.
func (st state) Words() string {
	switch st.Phase {
	case phaseDone:
		return "done"
	case phaseUnknown:
		return "its files do not say"
	}
	return st.Phase + " " + st.Where
}

// ETA is how long it still takes, for a reader.
func (st state) ETA() string {
	switch {
	case st.Phase != phaseRunning:
		return ""
	case st.Total > 0 && st.Done >= st.Total:
		return "about to end"
	case st.Left <= 0:
		return "time left not known yet"
	case st.Left < time.Minute:
		return fmt.Sprintf("about %d s left", max(1, int(st.Left.Seconds())))
	case st.Left < 100*time.Minute:
		return fmt.Sprintf("about %d min left", int(st.Left.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("about %d h left", int(st.Left.Round(time.Hour).Hours()))
}

// stateOf reads the journal of a run.
func (s *Server) stateOf(v runView) state {
	f, ok := find(v.files, schema.Journal)
	if !ok {
		return state{Note: "The run has no journal, as those of old versions: whether it came to its end is not known."}
	}
	in, err := s.open(v.path(), f)
	if err != nil {
		return state{Note: "The journal cannot be read: " + s.within(reason(err)) + "."}
	}
	defer in.Close()
	j, err := journal.Read(in)
	if err != nil && !errors.Is(err, journal.ErrEmpty) {
		return state{Note: "The journal cannot be read: " + err.Error() + "."}
	}
	if j.Last.Phase == journal.Ended {
		return state{Phase: phaseDone}
	}
	// Only now is the lock asked for, which keeps others from it for a moment, and then the
	// journal is read again: a run that has just ended says so.
	busy := journal.Busy(in)
	if again, err := journal.Read(in); err == nil {
		j = again
	}
	if j.Last.Phase == journal.Ended {
		return state{Phase: phaseDone}
	}
	st := state{Phase: phaseStopped, Where: j.After(), Round: j.Where()}
	grown := s.now().Sub(f.Time)
	switch {
	case busy:
		st.Phase = phaseRunning
	case grown < fresh:
		st.Phase = phaseRunning
		st.Note = "Nobody holds the lock of the journal, but it has just grown: it was interrupted a moment ago, or another machine is at it."
	}
	st.count(v, j)
	if st.Phase == phaseRunning {
		st.Left = s.watched.left(v, st, s.now())
	}
	return st
}

// count counts the steps that are done, and all of them: every replay that is recorded and
// every sample.
func (st *state) count(v runView, j journal.Journal) {
	pairs := len(fact(j, schema.FactStrategies)) * len(fact(j, schema.FactWorkloads))
	cells := 0
	for _, n := range j.Cells {
		cells += n
	}
	switch j.Last.Phase {
	case journal.SetUp, journal.Begun, "":
		st.Where = "setting up"
		if st.Phase == phaseStopped {
			st.Where = "before the first round"
		}
		return
	case journal.Recorded:
		st.Done = j.Last.At
		if st.Phase == phaseRunning {
			st.Where = fmt.Sprintf("recording placements, %d of %d", j.Last.At, pairs)
		}
	case journal.Measured:
		cells = max(cells, j.Last.Of)
		st.Done = pairs + (j.Last.Round-1)*cells + j.Last.At
	default:
		st.Done = pairs + j.Rounds*cells
		st.Where = "after the last round"
	}
	st.Total = pairs + j.Rounds*cells
	st.Done = min(max(st.Done, 0), st.Total)
}

func fact(j journal.Journal, key schema.Fact) []string {
	for _, f := range j.Facts {
		if f.Key == string(key) {
			return strings.Fields(f.Value)
		}
	}
	return nil
}

// watched remembers when the rounds of runs were first seen, and how far they were then: what
// was done since says what is left takes.
type watched struct {
	mu    sync.Mutex
	first map[string]sighting
}

type sighting struct {
	at   time.Time
	done int
}

// atLeast is how long a run is watched before what it did then says how long it takes.
const atLeast = 3 * time.Second

// left estimates how long a run takes that is in its rounds, 0 while that is not known. Of a
// run that was not watched for long, the rounds are taken to have begun when the last of its
// placements was written; that is too early for one that was resumed, and corrected after
// three seconds.
func (w *watched) left(v runView, st state, now time.Time) time.Duration {
	if st.Round == 0 || st.Total == 0 {
		return 0
	}
	from := w.since(v.Name, sighting{now, st.Done})
	least := 1
	if now.Sub(from.at) < atLeast || from.done == st.Done {
		placed := v.Placed()
		if len(placed) == 0 {
			return 0
		}
		last := slices.MaxFunc(placed, func(a, b file) int { return a.Time.Compare(b.Time) })
		from = sighting{last.Time, len(v.Strategies) * len(v.Workloads)}
		least = max(1, st.Total/20) // fewer say more of what lies between: the rehearsal
	}
	did := st.Done - from.done
	if did < least || !now.After(from.at) {
		return 0
	}
	return time.Duration(float64(now.Sub(from.at)) / float64(did) * float64(st.Total-st.Done))
}

// since is when a run was first seen in its rounds: now, if it was not or is another one.
func (w *watched) since(name string, seen sighting) sighting {
	w.mu.Lock()
	defer w.mu.Unlock()
	from, ok := w.first[name]
	if ok && from.done <= seen.done {
		return from
	}
	if len(w.first) >= mostHeads {
		clear(w.first)
	}
	w.first[name] = seen
	return seen
}
