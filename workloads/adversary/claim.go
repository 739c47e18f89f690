package adversary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A Claim is what a trace proves of a strategy, exactly: whoever replays the trace sees it.
// It stands in the trace as a comment, "claim: " and one of
//
//	buddy refuses 262144 bytes with 2031616 of 2097152 free, at most 1048576 live
//	buddy grants 262144 bytes in 10 segments with 1310720 of 2097152 free, at most 1048576 live
//	tlsf visits 4128768 places in the last 2048 operations, at most 8388608 live
//
// It is about the last request, or the last operations. Free is what was free when the
// request came; live counts the bytes requested, with those of the request at hand.
type Claim struct {
	Strategy string
	Kind     Objective // Refusal for Space too, [Segments] or [Visits]

	Size, Segments uint64 // of the request: bytes, and what it was granted in
	Free, Region   uint64 // bytes
	Visits, Over   uint64 // places, and the operations in which they were visited
	Live           uint64 // the most bytes live at a time
}

// The forms of a claim behind the name of the strategy.
const (
	refuses = "refuses %d bytes with %d of %d free, at most %d live"
	grants  = "grants %d bytes in %d segments with %d of %d free, at most %d live"
	visited = "visits %d places in the last %d operations, at most %d live"
)

// String is the claim as it stands in a trace.
func (c Claim) String() string {
	form, values := c.fields()
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = *v
	}
	return c.Strategy + " " + fmt.Sprintf(form, args...)
}

// fields are the numbers of a claim in the order of its form.
func (c *Claim) fields() (form string, values []*uint64) {
	switch c.Kind {
	case Segments:
		return grants, []*uint64{&c.Size, &c.Segments, &c.Free, &c.Region, &c.Live}
	case Visits:
		return visited, []*uint64{&c.Visits, &c.Over, &c.Live}
	}
	return refuses, []*uint64{&c.Size, &c.Free, &c.Region, &c.Live}
}

// ParseClaim reads what String writes.
func ParseClaim(text string) (Claim, error) {
	name, rest, _ := strings.Cut(text, " ")
	if err := strategies.CheckName(name); err != nil {
		return Claim{}, fmt.Errorf("claim %q: strategy %w", text, err)
	}
	for _, kind := range []Objective{Refusal, Segments, Visits} {
		c := Claim{Strategy: name, Kind: kind}
		form, values := c.fields()
		args := make([]any, len(values))
		for i, v := range values {
			args[i] = v
		}
		if _, err := fmt.Sscanf(rest, form, args...); err == nil && c.String() == text {
			return c, nil
		}
	}
	return Claim{}, fmt.Errorf("claim %q is none of the forms %q, %q, %q", text, refuses, grants, visited)
}

// Ratio is the region that the claim shows to be needed at least, by what is live: a region
// of a page less is refused. It is 0 if the claim is of another kind.
func (c Claim) Ratio(page uint64) float64 {
	if c.Kind != Refusal || c.Live == 0 {
		return 0
	}
	return float64(c.Region+page) / float64(c.Live)
}

// ErrNothing is that of a trace, or a program, which proves nothing.
var ErrNothing = errors.New("the last operation is not what the claim is about")

// Measure replays operations on a new allocator of the strategy and returns what they prove,
// as a claim of this kind. over is the number of last operations that a claim of visits is
// about.
func Measure(s strategies.Strategy, region strategies.Region, ops []workloads.Op, kind Objective, over uint64) (c Claim, err error) {
	defer strategies.Catch(&err)
	if err := replay.Check(ops); err != nil {
		return Claim{}, err
	}
	a, err := s.New(region)
	if err != nil {
		return Claim{}, err
	}
	if kind == Space {
		kind = Refusal
	}
	c = Claim{Strategy: s.Name, Kind: kind, Region: region.Managed(), Over: over}
	if kind == Visits {
		return c, c.visits(a, ops)
	}
	table := replay.NewLive(ops)
	player := replay.NewPlayer(a, table)
	m := meter{sizes: make([]uint64, table.Slots()), table: table}
	for i := range ops {
		op := &ops[i]
		last := i == len(ops)-1
		if op.Kind == workloads.Alloc {
			c.Live = max(c.Live, m.live+op.Req.Size)
		}
		if last {
			c.Free, c.Size = c.Region-m.granted, op.Req.Size
		}
		m.before(op)
		what, _ := player.Do(op)
		m.after(op, what)
		if !last {
			continue
		}
		switch {
		case kind == Refusal && what == replay.Refused && c.Size <= c.Free:
			return c, nil
		case kind == Segments && what == replay.Granted && op.Kind == workloads.Alloc:
			c.Segments = uint64(runs(table.Held(op.Slot)))
			return c, nil
		}
	}
	return Claim{}, ErrNothing
}

// meter keeps account of what is live in a replay.
type meter struct {
	sizes         []uint64 // by slot: bytes requested
	table         *replay.Live
	live, granted uint64
}

func (m *meter) held(slot uint32) (sum uint64) {
	for _, b := range m.table.Held(slot) {
		sum += b.Size
	}
	return sum
}

func (m *meter) before(op *workloads.Op) { m.granted -= m.held(op.Slot) }

func (m *meter) after(op *workloads.Op, what replay.Outcome) {
	m.granted += m.held(op.Slot)
	switch what {
	case replay.Granted, replay.Given:
		m.sizes[op.Slot] = op.Req.Size
		m.live += op.Req.Size
	case replay.Freed:
		m.live -= m.sizes[op.Slot]
		m.sizes[op.Slot] = 0
	}
}

// visits completes a claim of visits.
func (c *Claim) visits(a strategies.Allocator, ops []workloads.Op) error {
	counter, ok := strategies.As[strategies.Counter](a)
	if !ok || c.Over == 0 || c.Over > uint64(len(ops)) {
		return ErrNothing
	}
	table := replay.NewLive(ops)
	player := replay.NewPlayer(a, table)
	m := meter{sizes: make([]uint64, table.Slots()), table: table}
	from := len(ops) - int(c.Over)
	for i := range ops {
		op := &ops[i]
		if i == from {
			c.Visits = counter.Counters().Visits
		}
		if op.Kind == workloads.Alloc {
			c.Live = max(c.Live, m.live+op.Req.Size)
		}
		what, _ := player.Do(op)
		m.after(op, what)
	}
	c.Visits = counter.Counters().Visits - c.Visits
	return nil
}

// A Proof is a trace with its claim.
type Proof struct {
	Name   string // of the file
	Region strategies.Region
	Ops    []workloads.Op
	Claim  Claim
	From   int // operations before the trace was shrunk, 0: not known

	Program Program // that it was made by; nil: not known
	Growth  Growth  // of the visits of the program; zero if that is not known
}

// ReadProof reads a trace with its claim.
func ReadProof(r *trace.Reader, name string) (p Proof, err error) {
	if p.Ops, err = workloads.FromTrace(r); err != nil {
		return p, err
	}
	p.Name, p.Region = name, r.Region()
	claimed := false
	for _, c := range r.Comments() {
		key, value, _ := strings.Cut(c, ": ")
		switch key {
		case "claim":
			claimed = true
			p.Claim, err = ParseClaim(value)
		case "growth":
			p.Growth, err = parseGrowth(value)
		case "program":
			p.Program, err = ParseProgram(value)
		}
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !claimed {
		return p, fmt.Errorf("%s: no comment \"claim: ...\"", name)
	}
	return p, nil
}

// Check replays the proof on s and reports how what it shows differs from what is claimed,
// nil if it does not. Of a growth it plays the smaller live limits; [Proof.CheckGrowth] plays
// all.
func (p Proof) Check(ctx context.Context, s strategies.Strategy) error {
	if s.Name != p.Claim.Strategy {
		return fmt.Errorf("%s: a claim about %s, not %s", p.Name, p.Claim.Strategy, s.Name)
	}
	found, err := Measure(s, p.Region, p.Ops, p.Claim.Kind, p.Claim.Over)
	if err != nil {
		return fmt.Errorf("%s: %v: %w", p.Name, p.Claim, err)
	}
	if found != p.claimed() {
		return fmt.Errorf("%s: the claim is false: %v; a replay says: %v", p.Name, p.Claim, found)
	}
	return p.checkGrowth(ctx, s, quickLimit)
}

// claimed is the claim with the size of the region, which a claim of visits does not say.
func (p Proof) claimed() Claim {
	c := p.Claim
	if c.Kind == Visits {
		c.Region = p.Region.Managed()
	}
	return c
}

// Write writes the trace with its claims, under comments of the caller's.
func (p Proof) Write(to io.Writer, comments ...string) error {
	comments = append(comments, "claim: "+p.Claim.String())
	if len(p.Growth.Visits) != 0 {
		comments = append(comments, "growth: "+p.Growth.String())
	}
	if p.Program != nil {
		text, err := json.Marshal(p.Program)
		if err != nil {
			return err
		}
		comments = append(comments, "program: "+string(text))
	}
	w := trace.NewWriter(to, p.Region, comments...)
	for i := range p.Ops {
		switch op := &p.Ops[i]; op.Kind {
		case workloads.Alloc:
			w.Alloc(uint64(op.Slot), op.Req)
		case workloads.Free, workloads.FreeCleared:
			w.Free(uint64(op.Slot), op.Kind == workloads.FreeCleared)
		}
	}
	return w.Flush()
}

// CheckGrowth plays the program of a proof at all live limits of its growth, if it claims
// one, and reports how the visits differ.
func (p Proof) CheckGrowth(ctx context.Context, s strategies.Strategy) error {
	return p.checkGrowth(ctx, s, MostLive)
}

// checkGrowth is CheckGrowth up to a live limit in pages.
func (p Proof) checkGrowth(ctx context.Context, s strategies.Strategy, most uint64) error {
	g := p.Growth
	if len(g.Visits) == 0 || p.Program == nil {
		return nil
	}
	t := Target{Strategy: s, Aim: Visits, Page: p.Region.Page, Largest: g.Largest * p.Region.Page}
	found, err := t.growth(ctx, p.Program, g.From, min(most, g.Limit(len(g.Visits)-1)), math.MaxUint64)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	for i, v := range found.Visits {
		if v != g.Visits[i] {
			return fmt.Errorf("%s: the claim is false: %.2f visits an operation at %d pages; played it is %.2f", p.Name, g.Visits[i], g.Limit(i), v)
		}
	}
	return nil
}
