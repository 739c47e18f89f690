package manual

import (
	"fmt"
	"io"
	"strings"
)

// Man writes a man page of all commands, in the macros of man(7).
func Man(w io.Writer, p Program) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Made by %s.\n", roff(p.Name+" man"))
	fmt.Fprintf(&b, ".TH %s 1 \"\" %s\n", macro(strings.ToUpper(p.Name)), macro(p.Version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(p.Name), roff(p.Doc))
	b.WriteString(".SH SYNOPSIS\n")
	for i, c := range p.Commands {
		if i > 0 {
			b.WriteString(".br\n")
		}
		synopsis(&b, p, c)
	}
	b.WriteString(".SH DESCRIPTION\n")
	paragraphs(&b, p.Long)
	b.WriteString(".SH COMMANDS\n")
	for _, c := range p.Commands {
		fmt.Fprintf(&b, ".SS %s\n", macro(c.Name+" - "+c.Doc))
		synopsis(&b, p, c)
		if c.Long != "" {
			b.WriteString(".PP\n")
			paragraphs(&b, c.Long)
		}
		for _, f := range c.Flags {
			fmt.Fprintf(&b, ".TP\n\\fB%s\\fR", roff("-"+f.Name))
			if f.Value != "" {
				fmt.Fprintf(&b, " \\fI%s\\fR", roff(f.Value))
			}
			doc := f.Doc
			if f.Default != "" {
				doc += " (default " + f.Default + ")"
			}
			fmt.Fprintf(&b, "\n%s\n", line(doc))
		}
		examples(&b, p, c.Examples)
	}
	b.WriteString(".SH EXIT STATUS\n")
	paragraphs(&b, p.Exit)
	_, err := io.WriteString(w, b.String())
	return err
}

// synopsis writes how a command is called.
func synopsis(b *strings.Builder, p Program, c Command) {
	fmt.Fprintf(b, "\\fB%s %s\\fR%s\n", roff(p.Name), roff(c.Name), strings.TrimRight(" "+roff(c.Args), " "))
}

// examples writes command lines, one a line.
func examples(b *strings.Builder, p Program, list []string) {
	if len(list) == 0 {
		return
	}
	b.WriteString(".PP\nExamples:\n.PP\n.nf\n.RS 4\n")
	for _, e := range list {
		fmt.Fprintf(b, "%s\n", line(p.Name+" "+e))
	}
	b.WriteString(".RE\n.fi\n")
}

// paragraphs writes text with an empty line between paragraphs.
func paragraphs(b *strings.Builder, text string) {
	for i, para := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		kept := strings.HasPrefix(para, " ") // lines that begin with spaces stay as they are
		if kept {
			b.WriteString(".nf\n.RS 2\n")
		}
		for l := range strings.Lines(para) {
			fmt.Fprintf(b, "%s\n", line(strings.TrimSpace(l)))
		}
		if kept {
			b.WriteString(".RE\n.fi\n")
		}
	}
}

// line is a line of text: one that begins as a request of roff does is none.
func line(text string) string {
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + roff(text)
	}
	return roff(text)
}

// macro is text as one argument of a macro.
func macro(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }

// roff is text as roff prints it, letter for letter: as ASCII, so that what is copied out of
// a page can be typed.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "\n", " ").Replace(text)
}
