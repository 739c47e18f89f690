package migrate

import (
	"cmp"
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Config is one run of the load. Only Strategy has no default.
type Config struct {
	Strategy strategies.Strategy // places objects in the device region
	Region   strategies.Region   // of the device; zero is 4 MiB in pages of 4 KiB
	Lifetime Lifetime            // of tables; zero is the first of [Lifetimes]
	Builder  sgtable.Builder     // of tables; zero is the first of [sgtable.Builders]

	Objects    int // buffer objects; 0 is as many as need half as much again as the region has
	Migrations int // migrations the load asks for; 0 is 10,000
	InFlight   int // most migrations of one object that are queued and not done; 0 is 4

	// Seed decides everything that is drawn: sizes, which object moves, what
	// fails and, with no workers, in which order queued work runs.
	Seed uint64

	// CopyFaults is the share of GPU copies that fail half way, 0 to 1.
	CopyFaults float64
	// AllocFaults is the share of migrations for which an allocation fails, 0 to 1:
	// in equal parts that of the target memory, of the target's table (both
	// refuse the migration) and of the work that would recover it (the driver
	// then waits for the copy).
	AllocFaults float64
	// CaptureRate is the number of error captures per migration asked for, 0 to 1,
	// at random times. Beside these, CaptureRate/2 of them begin per asynchronous
	// unbind, evictions included, in the moment in which it is about to begin.
	CaptureRate float64

	// Workers is the number of goroutines that complete and recover copies. The
	// queue, the binds and the captures have one each then. With 0 there is
	// none: all of them are steps on the calling goroutine in an order drawn
	// from Seed, and all counts of the result are the same on every machine.
	Workers int

	// PageBytes is how many bytes of contents a page of 4 KiB has in the
	// simulated memory: a multiple of 8 up to 4096; 0 is 64. All of them are
	// verified.
	PageBytes int

	// Tracker, if not nil, follows the references of the tables. Only tables of
	// the lifetime refcount have any.
	Tracker *sgtable.Tracker
}

// mostMemory is the largest simulated memory, in bytes that are really there.
const mostMemory = 1 << 30

// withDefaults is c with its zero values filled in, or what is wrong with it.
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

// validate reports the first rule that c breaks, wrapping strategies.ErrInvalid.
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
		return invalid("the visible part of %d bytes has no page of %d", r.Visible, r.Page)
	}
	if c.smallBAR() && !c.Strategy.Caps.Has(strategies.CapWindow) {
		return invalid("%s has no windows, and a small BAR needs them", c.Strategy.Name)
	}
	if !c.fits() {
		return invalid("the region and twice the objects, with %d bytes of contents for a page, may need more than %d bytes",
			c.PageBytes, mostMemory)
	}
	return nil
}

// smallBAR reports whether there is device memory that the CPU does not reach.
func (c *Config) smallBAR() bool { return c.Region.Visible != 0 && c.Region.Visible < c.Region.Size }

// fits reports whether the contents are within mostMemory: those of the region, and
// twice those of all objects for system memory, each as large as it can be.
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

// mostPages is the largest size of an object, in pages of the region: 64 of them, but
// no more than an eighth of what the CPU sees.
func mostPages(r strategies.Region) uint64 {
	visible := r.Visible
	if visible == 0 {
		visible = r.Managed()
	}
	return max(min(visible/r.Page/8, 64), 1)
}
