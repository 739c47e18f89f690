package recipe

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// Starter writes a file to begin with: that of a run without flags, which compares the
// strategies compared, with every key there is. A key that is not set is a comment. Of the
// strategies in all it tells the parameters.
func Starter(w io.Writer, program string, compared, all []strategies.Strategy) error {
	var b bytes.Buffer
	comment(&b, "An experiment of "+program+", in TOML: "+program+" run -config FILE does it. As it is, it is the run without flags. "+
		"What is a comment with a key shows the default, or an example. A flag on the command line counts instead of its key here. "+
		"Paths are relative to this file.")
	fmt.Fprintln(&b)
	comment(&b, "The strategies to compare, by the names that "+program+" list prints; the first is the base of comparisons. "+
		"One with other parameters than the usual has a name of its own: that of as, or one like tlsf_bins64.")
	for _, s := range compared {
		fmt.Fprintf(&b, "\n[[%s]]\n%s = %q\n", strategiesKey, nameKey, s.Name)
	}
	for _, s := range all {
		if len(s.Params) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n# [[%s]]\n# %s = %q\n# %s = %q\n", strategiesKey, nameKey, s.Name, asKey, "my_"+s.Name)
		for _, p := range s.Params {
			value, err := scalarTOML(p.Values[1], true)
			if err != nil {
				return err
			}
			comment(&b, p.Doc+"; one of "+strings.Join(p.Values, ", "))
			fmt.Fprintf(&b, "# %s = %s\n", p.Name, value)
		}
	}
	fmt.Fprintf(&b, "\n# [[%s]]\n# %s = %q\n# %s = %q\n", strategiesKey, libraryKey, "libmine.so", nameKey, "first_fit")
	for _, t := range tables {
		fmt.Fprintf(&b, "\n# %s\n[%s]\n", t.doc, t.name)
		for _, k := range Keys() {
			if k.Table != t.name {
				continue
			}
			fmt.Fprintln(&b)
			comment(&b, k.Doc)
			if !k.Set {
				b.WriteString("# ")
			}
			fmt.Fprintf(&b, "%s = %s\n", k.Name, k.Sample)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// comment writes text as comment lines.
func comment(b *bytes.Buffer, text string) {
	const most = 90
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > most {
			fmt.Fprintln(b, line)
			line = "#"
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}
