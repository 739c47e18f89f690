package why

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// columns is the width of sentences.
const columns = 88

// Print writes what happened at an operation, in sentences and lines.
func Print(w io.Writer, strategy string, ev explain.Event) error {
	if ev.Why == nil {
		_, err := fmt.Fprintln(w, happened(strategy, ev))
		return err
	}
	x := *ev.Why
	x.Answers = nil // they have lines of their own
	head, body := x.Sentences(func(name string) string { return name })
	fmt.Fprintln(w, reason.Plain(head))
	for _, line := range wrap(reason.Plain(body), columns-2) {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  request\t%v, as allocation %d\n", x.Request(), x.ID)
	if x.Errno == "" {
		fmt.Fprintf(t, "  granted\t%v\n", strategies.Blocks(ev.Blocks))
	} else {
		fmt.Fprintf(t, "  answer\t! %s\n", x.Errno)
	}
	fmt.Fprintf(t, "  free\t%s, largest hole %s\n", bytes(x.Free), bytes(x.Largest))
	if x.Place[1] > 0 && x.Place[1] > x.Place[0] {
		fmt.Fprintf(t, "  best place\t%#x to %#x, %s\n", x.Place[0], x.Place[1], objects(x.NPins, x.PinBytes))
	}
	const most = 8
	for i, p := range x.Pins[:min(len(x.Pins), most)] {
		label := ""
		if i == 0 {
			label = "held by"
		}
		fmt.Fprintf(t, "  %s\tallocation %d, %s, granted at operation %d, %s\n", label, p.ID, bytes(p.Bytes), p.Op, extents(p.At))
	}
	if more := x.NPins - min(len(x.Pins), most); more > 0 {
		fmt.Fprintf(t, "  \tand %d more\n", more)
	}
	switch {
	case x.Cheapest:
		fmt.Fprintf(t, "  to free\t%s of %s: the least that would do, by replay\n", ids(x.Frees, x.NFrees), bytes(x.Freed))
	case x.Proven:
		fmt.Fprintf(t, "  to free\t%s of %s: these would do, by replay\n", ids(x.Frees, x.NFrees), bytes(x.Freed))
	}
	if err := t.Flush(); err != nil || len(ev.Why.Answers) == 0 {
		return err
	}
	fmt.Fprintln(w)
	for _, a := range ev.Why.Answers {
		fmt.Fprintf(t, "  %s\t%s\n", a.Strategy, a.Text())
	}
	return t.Flush()
}

// happened says what an operation did that is no request.
func happened(strategy string, ev explain.Event) string {
	at := fmt.Sprintf("operation %d", ev.Op)
	of := fmt.Sprintf("allocation %d, granted at operation %d: %v", ev.ID, ev.Born, strategies.Blocks(ev.Blocks))
	switch {
	case ev.Kind == workloads.Fallback:
		return fmt.Sprintf("%s was not asked at %s: it had granted the first attempt, operation %d.", strategy, at, ev.Op-1)
	case ev.Kind == workloads.Live:
		return fmt.Sprintf("%s lays out a live extent of the state in which the stream begins at %s: %v.", strategy, at, strategies.Blocks(ev.Blocks))
	case ev.Kind == workloads.ResetClear || ev.Kind == workloads.ResetDirty:
		return fmt.Sprintf("All free memory counts as %s from %s on.", map[bool]string{true: "clear", false: "dirty"}[ev.Kind == workloads.ResetClear], at)
	case ev.What == replay.Skipped && ev.Kind == workloads.Trim:
		return fmt.Sprintf("Nothing was trimmed at %s: %s had refused the allocation.", at, strategy)
	case ev.What == replay.Skipped:
		return fmt.Sprintf("Nothing was freed at %s: %s had refused the allocation.", at, strategy)
	case ev.Kind == workloads.Trim && ev.What == replay.Refused:
		return fmt.Sprintf("%s refused to trim at %s (%s) %s.", strategy, at, ev.Errno, of)
	case ev.Kind == workloads.Trim:
		return fmt.Sprintf("%s trimmed at %s what allocation %d holds, granted at operation %d, to %v.", strategy, at, ev.ID, ev.Born, strategies.Blocks(ev.Blocks))
	}
	return fmt.Sprintf("%s freed at %s %s.", strategy, at, of)
}

// PrintJSON writes what happened as an object on a line.
func PrintJSON(w io.Writer, workload, strategy string, ev explain.Event) error {
	if ev.Why != nil {
		return reason.Write(w, []*reason.Explanation{ev.Why})
	}
	return json.NewEncoder(w).Encode(struct {
		Workload string `json:"workload"`
		Strategy string `json:"strategy"`
		Op       int    `json:"op"`
		ID       uint64 `json:"id"`
		What     string `json:"what"`
	}{workload, strategy, ev.Op, ev.ID, happened(strategy, ev)})
}

// mostListed are the operations that a list shows.
const mostListed = 20

// List writes the refusals of a strategy, and the grants in pieces if there are any. command
// begins the command line that explains one: of the refusals the first of those that tell most.
func List(w io.Writer, strategy string, refused, pieces []explain.Found, command string) error {
	fmt.Fprintf(w, "%s: %s, %s\n", strategy, plural(len(refused), "request refused", "requests refused"), plural(len(pieces), "granted in pieces", "granted in pieces"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	shown := refused[:min(len(refused), mostListed)]
	for _, f := range shown {
		fmt.Fprintf(t, "%d\t%s\t%s\t\n", f.Op, bytes(f.Size), f.Errno)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if more := len(refused) - len(shown); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
	switch {
	case len(refused) > 0:
		most := slices.MaxFunc(refused, func(a, b explain.Found) int { return a.Weight - b.Weight })
		fmt.Fprintf(w, "  %s -op %d\n", command, most.Op)
	case len(pieces) > 0:
		most := slices.MaxFunc(pieces, func(a, b explain.Found) int { return a.Segments - b.Segments })
		fmt.Fprintf(w, "  the one in most pieces, %d: %s -op %d\n", most.Segments, command, most.Op)
	}
	return nil
}

// ListJSON writes the refusals and grants in pieces of a strategy as an object a line.
func ListJSON(w io.Writer, workload, strategy string, refused, pieces []explain.Found) error {
	e := json.NewEncoder(w)
	for _, list := range [][]explain.Found{refused, pieces} {
		for _, f := range list {
			if err := e.Encode(struct {
				Workload string `json:"workload"`
				Strategy string `json:"strategy"`
				Op       int    `json:"op"`
				Size     uint64 `json:"size"`
				Errno    string `json:"errno,omitempty"`
				Segments int    `json:"segments,omitempty"`
			}{workload, strategy, f.Op, f.Size, f.Errno, f.Segments}); err != nil {
				return err
			}
		}
	}
	return nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func objects(n int, size uint64) string {
	if n == 0 {
		return "free"
	}
	return plural(n, "object", "objects") + " of " + bytes(size)
}

// bytes is a size for a terminal.
func bytes(b uint64) string { return reason.Plain(reason.Size(b)) }

func extents(at [][2]uint64) string {
	const most = 4
	var list strategies.Blocks
	for _, e := range at[:min(len(at), most)] {
		list = append(list, strategies.Block{Start: e[0], Size: e[1]})
	}
	if more := len(at) - len(list); more > 0 {
		return fmt.Sprintf("%v and %d more", list, more)
	}
	return list.String()
}

func ids(list []uint64, all int) string {
	const most = 10
	texts := make([]string, min(len(list), most))
	for i := range texts {
		texts[i] = fmt.Sprint(list[i])
	}
	text := "allocations " + strings.Join(texts, ", ")
	if all == 1 {
		text = "allocation " + texts[0]
	}
	if more := all - len(texts); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// wrap breaks a text between words.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
