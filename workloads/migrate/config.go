package migrate

import (
	"cmp"
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Config describes a run of the load. Only Strategy has no default.
type Config struct {
	Strategy strategies.Strategy // places objects in the device region
	Region   strategies.Region   // of the device; zero means 4 MiB in pages of 4 KiB
	Lifetime Lifetime            // of tables; zero means the first of [Lifetimes]
	Builder  sgtable.Builder     // of tables; zero means the first of [sgtable.Builders]

	Objects    int // buffer objects; 0 means as many as need 1.5 times the region
	Migrations int // migrations that the load asks for; 0 means 10,000
	InFlight   int // most migrations of one object that are queued and not done; 0 means 4

	// Seed decides all random choices: sizes, which object moves, what fails and,
	// without workers, the order in which queued work runs.
	Seed uint64

	// CopyFaults is the share of GPU copies that fail half way, 0 to 1.
	CopyFaults float64
	// AllocFaults is the share of migrations for which an allocation fails, 0 to 1:
	// in equal parts the target memory, the target's table (both refuse the
	// migration) and the work that would recover it (the driver then waits for
	// the copy).
	AllocFaults float64
	// CaptureRate is the number of error captures per migration asked for, 0 to 1,
	// at random times. In addition, a share of CaptureRate/2 of the asynchronous
	// unbinds, evictions included, has a capture that begins just before it.
	CaptureRate float64

	// Workers is the number of goroutines that complete and recover copies. If it
	// is not 0, the queue, the binds and the captures have one goroutine each as
	// well. If it is 0, all work runs on the calling goroutine in an order drawn
	// from Seed, and all counts of the result are the same on every machine.
	Workers int

	// PageBytes is the number of bytes of contents of a page of 4 KiB in the
	// simulated memory, a multiple of 8 up to 4096; 0 means 64. All of them are
	// verified.
	PageBytes int

	// Tracker, if not nil, tracks the references of tables. Only the lifetime
	// refcount has references.
	Tracker *sgtable.Tracker
}

// mostMemory is the largest size of the simulated memory, in bytes of the Go heap.
const mostMemory = 1 << 30

// withDefaults returns c with its zero values filled in, or the first rule that it
// breaks.
func (c Config) withDefaults() (Config, error) {
	if c.Region == (strategies.Region{}) {
		c.Region = strategies.Region{Size: 4 << 20, Page: strategies.MinPage}
	}
	if c.Lifetime.rules == nil {
		c.Lifetime = Lifetimes()[0]
	}
	if c.Builder.Build == nil {
		c.Builder = sgtable.Builders()[0]
	}
	c.Migrations = cmp.Or(c.Migrations, 10_000)
	c.InFlight = cmp.Or(c.InFlight, 4)
	c.PageBytes = cmp.Or(c.PageBytes, 64)
	return c, c.validate()
}

// validate returns the first rule that c breaks, wrapping strategies.ErrInvalid.
func (c *Config) validate() error {
	if err := strategies.Validate(c.Strategy); err != nil {
		return fmt.Errorf("%w: migrate: %v", strategies.ErrInvalid, err)
	}
	if err := c.Region.Validate(); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: migrate: "+format, append([]any{strategies.ErrInvalid}, args...)...)
	}
	if min(c.Objects, c.Migrations, c.InFlight, c.Workers) < 0 {
		return invalid("a negative number of objects, migrations, migrations in flight or workers")
	}
	for _, rate := range []float64{c.CopyFaults, c.AllocFaults, c.CaptureRate} {
		if !(rate >= 0 && rate <= 1) {
			return invalid("a rate of %v is not between 0 and 1", rate)
		}
	}
	if c.PageBytes < 8 || c.PageBytes > strategies.MinPage || c.PageBytes%8 != 0 {
		return invalid("%d bytes of contents for a page are not a multiple of 8 up to %d", c.PageBytes, strategies.MinPage)
	}
	if r := c.Region; r.Visible != 0 && r.Visible < r.Page {
		return invalid("the visible part of %d bytes is smaller than a page of %d", r.Visible, r.Page)
	}
	if c.smallBAR() && !c.Strategy.Caps.Has(strategies.CapWindow) {
		return invalid("a small BAR needs windows, which %s does not support", c.Strategy.Name)
	}
	if !c.fits() {
		return invalid("the region and twice the objects, with %d bytes of contents for a page, may need more than %d bytes",
			c.PageBytes, mostMemory)
	}
	return nil
}

// smallBAR reports whether the CPU does not reach all device memory.
func (c *Config) smallBAR() bool { return c.Region.Visible != 0 && c.Region.Visible < c.Region.Size }

// fits reports whether the contents fit into mostMemory: those of the region, and for
// system memory twice those of all objects at their largest size.
func (c *Config) fits() bool {
	device, most := c.Region.Managed()/strategies.MinPage, uint64(mostMemory/c.PageBytes)
	if device > most {
		return false
	}
	object := mostPages(c.Region) * (c.Region.Page / strategies.MinPage)
	if c.Objects == 0 {
		return 2*(device+device/2+object) <= most-device
	}
	return uint64(c.Objects) <= (most-device)/(2*object)
}

// mostPages is the largest size of an object in pages of the region: 64, but at most
// an eighth of the visible part.
func mostPages(r strategies.Region) uint64 {
	visible := r.Visible
	if visible == 0 {
		visible = r.Managed()
	}
	return max(min(visible/r.Page/8, 64), 1)
}
