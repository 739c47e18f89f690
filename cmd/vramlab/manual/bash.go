package manual

import (
	"fmt"
	"io"
	"strings"
)

// Bash writes a completion for bash, of version 3.2 or later. Where it finds nothing, bash
// completes files.
func Bash(w io.Writer, p Program) error {
	var b strings.Builder
	id := "_" + identifier(p.Name)
	fmt.Fprintf(&b, `# Completion of %[2]s for bash.

# %[1]s_words completes $1 as one of the words in $2, as the last of a list if $3 is many.
%[1]s_words() {
	local before=
	if [ "$3" = many ]; then
		case $1 in *,*) before="${1%%,*}," ;; esac
	fi
	COMPREPLY=($(compgen -P "$before" -W "$2" -- "${1#"$before"}"))
}

%[1]s() {
	local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" flags=
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		%[1]s_words "$cur" %[3]s
		return
	fi
	# bash makes words of -flag, = and value.
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev="${COMP_WORDS[COMP_CWORD-2]}"
	fi
	case $prev in --*) prev="${prev#-}" ;; esac
	case "${COMP_WORDS[1]} $prev" in
`, id, p.Name, quoted(p.commandNames()))
	for _, c := range p.Commands {
		var free []string // flags of which the value is a file, or anything
		for _, f := range c.Flags {
			switch {
			case f.Takes.Words != nil:
				fmt.Fprintf(&b, "\t%s) %s_words \"$cur\" %s%s; return ;;\n", quoted(c.Name+" -"+f.Name), id, quoted(strings.Join(f.Takes.Words, " ")), many(f.Takes))
			case f.Value != "":
				free = append(free, quoted(c.Name+" -"+f.Name))
			}
		}
		if free != nil {
			fmt.Fprintf(&b, "\t%s) return ;;\n", strings.Join(free, " | "))
		}
	}
	b.WriteString("\tesac\n\tcase ${COMP_WORDS[1]} in\n")
	for _, c := range p.Commands {
		fmt.Fprintf(&b, "\t%s)\n\t\tflags=%s\n", quoted(c.Name), quoted(hyphened(c.Flags)))
		if c.Operand.Words != nil {
			fmt.Fprintf(&b, "\t\tcase $cur in -*) ;; *) %s_words \"$cur\" %s%s ;; esac\n", id, quoted(strings.Join(c.Operand.Words, " ")), many(c.Operand))
		}
		b.WriteString("\t\t;;\n")
	}
	fmt.Fprintf(&b, `	esac
	case $cur in -*) %[1]s_words "$cur" "$flags" ;; esac
}

complete -o default -F %[1]s %[2]s
`, id, quoted(p.Name))
	_, err := io.WriteString(w, b.String())
	return err
}

// many is the third argument of the function that completes words.
func many(v Values) string {
	if v.Many {
		return " many"
	}
	return ""
}
