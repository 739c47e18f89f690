package field

import (
	"bytes"
	"time"
)

// DayClock makes nanoseconds of times of the day, which ascend but for a little. One that is
// half a day back is of the next day. The zero value is a clock.
type DayClock struct {
	last int64 // nanoseconds since the first midnight
	days int64 // nanoseconds of the days that have passed
}

// Read reads HH:MM:SS, and a fraction behind a point or a colon.
func (d *DayClock) Read(b []byte) (ns int64, ok bool) {
	f := bytes.SplitN(b, []byte{':'}, 3)
	if len(f) != 3 {
		return 0, false
	}
	hour, ok1 := Number(f[0])
	minute, ok2 := Number(f[1])
	second, ok3 := Seconds(bytes.Replace(f[2], []byte{':'}, []byte{'.'}, 1))
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || second >= 61*int64(time.Second) {
		return 0, false
	}
	const day = 24 * int64(time.Hour)
	ns = d.days + int64(hour)*int64(time.Hour) + int64(minute)*int64(time.Minute) + second
	if ns < d.last-day/2 {
		d.days += day
		ns += day
	}
	d.last = ns
	return ns, true
}
