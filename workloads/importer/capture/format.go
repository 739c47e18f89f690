package capture

// Format is one kind of file that other programs write.
type Format struct {
	Name    string // as -from takes it
	Doc     string // one sentence: which program writes it, and what an object is
	Granule uint64 // sizes come in multiples of it, a power of two; 0: in pages
	// Detect reports whether a file that begins with head, unpacked and at most [HeadSize]
	// bytes, is of this format. It must not take what another format takes.
	Detect func(head []byte) bool
	// Read reads the file to its end. Errors come from [Input.Errorf], or are those of in.
	Read func(in *Input, c *Capture) error
}

// HeadSize is the number of bytes by which a format is told.
const HeadSize = 64 << 10

// Read reads the rest of in as a format, and makes its streams.
func Read(in *Input, f Format, o Options) (*Imported, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := newCapture(&o)
	in.enough = c.Full
	if err := f.Read(in, c); err != nil && !in.DropCutOff(c) {
		return nil, err
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	switch {
	case c.full && len(c.heaps) == MaxHeaps:
		return nil, in.Errorf("the file has more than %d regions", MaxHeaps)
	case c.full:
		return nil, in.Errorf("the file has more than %d events: a time window makes it smaller", MaxEvents)
	}
	return c.finish(in, f)
}
