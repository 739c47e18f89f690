// Package theme is the colours of the page: a token for each role, in light and
// dark, and what is coloured by them. It knows strategies by their index alone.
package theme

import (
	"fmt"
	"html/template"
	"image/color"
	"strings"
)

// A token is a colour with a role, one value for each theme. Everything
// coloured on the page takes its colour from here: the stylesheet as custom
// properties, the figures through sentinels, the canvases by asking the page.
type token struct {
	Name        string
	light, dark string
}

// Colours is the number of strategies that have a colour of their own. The
// pairs stay apart under the three common colour deficiencies, and from the amber
// of broken memory (a test computes it). From the seventh on the colours repeat, and the words beside them tell.
// Six is what there is room for: a search of all colours in steps of ten found one set for
// the dark theme that holds the distance of five.
const Colours = 6

// Dashes is the number of ways in which the lines of strategies from the third on are
// dashed.
const Dashes = 4

// Tokens lists the roles. Text colours have a contrast of at least 4.5 to the
// page in both themes (a test computes it).
var Tokens = []token{
	{"bg", "#ffffff", "#12151a"},
	{"ink", "#16191d", "#f1f4f7"},
	{"muted", "#5b6470", "#95a0ac"},
	{"line", "#dfe3e8", "#2c343e"},
	{"grid", "#e9ecf0", "#232a33"},
	{"axis", "#9aa3ad", "#5d6773"},
	{"panel", "#f5f7f9", "#191e25"},
	{"s0", "#0067a8", "#5cb3f2"},
	{"s1", "#b54708", "#f79552"},
	{"s2", "#7a1fe0", "#a05afa"},
	{"s3", "#3b3f46", "#c9ced4"},
	{"s4", "#621800", "#a0785a"},
	{"s5", "#8a725a", "#648296"},
	{"band0", "#bfd9ea", "#1d3d55"},
	{"band1", "#f0d3c0", "#4d3322"},
	{"band2", "#decbf8", "#362652"},
	{"band3", "#d2d4d7", "#3a3f46"},
	{"band4", "#d8c5bf", "#362e2a"},
	{"band5", "#e2dcd6", "#263039"},
	{"full", "#54627a", "#48566d"},
	{"broken", "#f5a800", "#ffbe3d"},
	{"free", "#eef1f5", "#161b22"},
}

// Sentinel is the opaque colour that stands for a role while a figure is
// drawn. No role has it as a real colour, and none is black, which the SVG
// writer leaves out.
func Sentinel(name string) color.Color {
	for i, t := range Tokens {
		if t.Name == name {
			return color.RGBA{R: 0x01, G: 0xfe, B: uint8(0x10 + i), A: 0xff}
		}
	}
	panic("report: no colour token " + name)
}

// SentinelHex is the sentinel of token i as it stands in an SVG.
func SentinelHex(i int) string { return fmt.Sprintf("#01FE%02X", 0x10+i) }

// Colour is the sentinel of strategy i, and bandOf the one of its bands.
func Colour(i int) color.Color { return Sentinel(Class(i)) }

// Band is the sentinel of the bands of strategy i.
func Band(i int) color.Color { return Sentinel("band" + string(rune('0'+i%Colours))) }

// CSS declares the tokens: light, dark when the system says so, either
// when the page was told, light again on paper.
func CSS() template.CSS {
	var light, dark strings.Builder
	for _, t := range Tokens {
		fmt.Fprintf(&light, "--%s:%s;", t.Name, t.light)
		fmt.Fprintf(&dark, "--%s:%s;", t.Name, t.dark)
	}
	l, d := "color-scheme:light;"+light.String(), "color-scheme:dark;"+dark.String()
	return template.CSS(":root{" + l + "}\n" + classes() +
		"@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){" + d + "}}\n" +
		"@media screen{:root[data-theme=dark]{" + d + "}}\n")
}

// classes are the rules of the strategies' classes: their colour, and as --own for marks.
func classes() string {
	var b strings.Builder
	for i := range Colours {
		fmt.Fprintf(&b, ".%[1]s{color:var(--%[1]s);--own:var(--%[1]s)}", Class(i))
	}
	return b.String() + "\n"
}
