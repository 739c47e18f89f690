package lab

import (
	"bytes"
	"strings"
)

// output keeps the beginning and the end of what is written to it.
type output struct {
	head, tail bytes.Buffer
	n          int
}

// outputPart is the most of each that is kept.
const outputPart = 32 << 10

func (o *output) Write(p []byte) (int, error) {
	o.n += len(p)
	rest := p
	if room := outputPart - o.head.Len(); room > 0 {
		n := min(room, len(rest))
		o.head.Write(rest[:n])
		rest = rest[n:]
	}
	o.tail.Write(rest)
	if extra := o.tail.Len() - outputPart; extra > 0 {
		o.tail.Next(extra)
	}
	return len(p), nil
}

// text is what is kept, as text.
func (o *output) text() string {
	return strings.ToValidUTF8(o.head.String()+o.tail.String(), "?")
}
