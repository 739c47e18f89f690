package manual

import (
	"fmt"
	"io"
	"strings"
)

// Zsh writes a completion for zsh, to be sourced, or to be a file _PROGRAM in its fpath.
func Zsh(w io.Writer, p Program) error {
	var b strings.Builder
	id := "_" + identifier(p.Name)
	fmt.Fprintf(&b, "#compdef %[2]s\n# Completion of %[2]s for zsh.\n\n%[1]s() {\n\tlocal -a commands\n\tcommands=(\n", id, p.Name)
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "\t\t%s\n", quoted(zshText(c.Name)+":"+c.Doc))
	}
	b.WriteString(`	)
	if (( CURRENT == 2 )); then
		_describe command commands
		return
	fi
	shift words
	(( CURRENT-- ))
	case $words[1] in
`)
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "\t%s)\n\t\t_arguments", quoted(c.Name))
		for _, f := range c.Flags {
			spec := "*-" + f.Name + "[" + zshText(f.Doc) + "]"
			if f.Value != "" {
				spec = "*-" + f.Name + "=[" + zshText(f.Doc) + "]:" + zshText(f.Value) + ":" + zshAction(f.Takes)
			}
			fmt.Fprintf(&b, " \\\n\t\t\t%s", quoted(spec))
		}
		fmt.Fprintf(&b, " \\\n\t\t\t%s\n\t\t;;\n", quoted("*:argument:"+zshAction(c.Operand)))
	}
	fmt.Fprintf(&b, `	esac
}

if [ "$funcstack[1]" = %[1]s ]; then
	%[1]s "$@"
else
	compdef %[1]s %[2]s
fi
`, id, quoted(p.Name))
	_, err := io.WriteString(w, b.String())
	return err
}

// zshText is text in a specification, where some characters end its parts.
func zshText(text string) string {
	return strings.NewReplacer(`\`, `\\`, ":", `\:`, "[", `\[`, "]", `\]`).Replace(text)
}

// zshAction is what completes a value.
func zshAction(v Values) string {
	switch words := strings.Join(v.Words, " "); {
	case v.Words == nil:
		return "_files"
	case v.Many:
		return "_sequence compadd - " + words
	default:
		return "(" + words + ")"
	}
}
