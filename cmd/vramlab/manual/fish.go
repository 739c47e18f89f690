package manual

import (
	"fmt"
	"io"
	"strings"
)

// Fish writes a completion for fish, of version 3 or later.
func Fish(w io.Writer, p Program) error {
	var b strings.Builder
	id := "__" + identifier(p.Name)
	fmt.Fprintf(&b, `# Completion of %[2]s for fish.

function %[1]s_in --description 'the command is one of the arguments'
	set -l words (commandline -opc)
	test (count $words) -ge 2; and contains -- $words[2] $argv
end

function %[1]s_bare --description 'there is no command yet'
	test (count (commandline -opc)) -eq 1
end

function %[1]s_many --description 'the arguments behind the last comma'
	set -l before (string match -r '^(?:-[^=]*=)?(.*,)' -- (commandline -ct))[2]
	for word in $argv
		echo "$before$word"
	end
end

`, id, p.Name)
	line := func(format string, args ...any) {
		fmt.Fprintf(&b, "complete -c %s "+format+"\n", append([]any{fishQuoted(p.Name)}, args...)...)
	}
	for _, c := range p.Commands {
		line("-n %s_bare -f -a %s -d %s", id, fishQuoted(c.Name), fishQuoted(c.Doc))
	}
	for _, c := range p.Commands {
		in := fishQuoted(id + "_in " + c.Name)
		for _, f := range c.Flags {
			switch {
			case f.Value == "":
				line("-n %s -o %s -d %s", in, fishQuoted(f.Name), fishQuoted(f.Doc))
			case f.Takes.Words == nil:
				line("-n %s -o %s -r -d %s", in, fishQuoted(f.Name), fishQuoted(f.Doc))
			default:
				line("-n %s -o %s -x -a %s -d %s", in, fishQuoted(f.Name), fishQuoted(fishWords(id, f.Takes)), fishQuoted(f.Doc))
			}
		}
		if c.Operand.Words != nil {
			line("-n %s -f -a %s", in, fishQuoted(fishWords(id, c.Operand)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fishQuoted is text as one word of fish.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// fishWords is what makes the words.
func fishWords(id string, v Values) string {
	words := strings.Join(v.Words, " ")
	if v.Many {
		return "(" + id + "_many " + words + ")"
	}
	return words
}
