package capture

import (
	"fmt"
)

// Told says in lines what was done with a capture: what the streams are made of, and what
// they lack. A converter prints it, and writes it into the head of the trace.
func (im *Imported) Told() []string {
	lines := []string{fmt.Sprintf("read as %s: %s", im.Format.Name, im.Format.Doc)}
	if im.Scale != 1 {
		why := ""
		switch im.Format.Granule {
		case 0:
		case 1:
			why = " (the file counts in units of its own)"
		default:
			why = fmt.Sprintf(" (sizes come in units of %s bytes)", Grouped(im.Format.Granule))
		}
		lines = append(lines, fmt.Sprintf("all sizes are multiplied by %s%s", Grouped(im.Scale), why))
	}
	for _, c := range im.Noted {
		lines = append(lines, c.String())
	}
	for _, c := range im.Dropped {
		lines = append(lines, "dropped "+c.String())
	}
	for _, c := range im.Left {
		lines = append(lines, "left out as asked: "+c.String())
	}
	return lines
}

// Told says in lines what the stream holds.
func (s *Stream) Told() []string {
	first := fmt.Sprintf("%s, %s, %s live at the end", plural(s.Allocs-s.Refused, "allocation"), plural(s.Frees, "free"), Grouped(uint64(s.Left)))
	if s.Refused > 0 {
		first += fmt.Sprintf(", %s refused", plural(s.Refused, "request"))
	}
	if s.Given > 0 {
		first = fmt.Sprintf("%s to begin with, %s", plural(s.Given, "live extent"), first)
	}
	lines := []string{first}
	if s.Rounded > 0 {
		lines = append(lines, fmt.Sprintf("%s of %s sizes were rounded up to whole pages, which adds %.1f %% of bytes",
			Grouped(uint64(s.Rounded)), Grouped(uint64(s.Allocs)), 100*(float64(s.Taken)/float64(s.Asked)-1)))
	}
	lines = append(lines, fmt.Sprintf("peak of %s live bytes; region of %s bytes, %s", Grouped(s.Peak), Grouped(s.Region.Size), s.Sized))
	if scale := s.imported.Scale; scale != 1 {
		lines = append(lines, fmt.Sprintf("as the capture counts: peak of %s, region of %s", Grouped(s.Peak/scale), Grouped(s.Region.Size/scale)))
	}
	if s.Peak > s.Region.Managed() {
		lines = append(lines, "more is live than the region holds: it is too small, or the capture has missed frees")
	}
	return lines
}

// Comments are the head of the trace of a stream, made of a file of the given name.
func (s *Stream) Comments(file string) []string {
	of := ""
	if s.Heap != "" {
		of = ", " + s.Heap
	}
	head := []string{fmt.Sprintf("%s%s: %s", file, of, s.imported.Format.Doc)}
	return append(append(head, s.imported.Told()[1:]...), s.Told()...)
}

// plural is "1 free" or "2,000 frees".
func plural(n int, one string) string {
	if n != 1 {
		one += "s"
	}
	return Grouped(uint64(n)) + " " + one
}
