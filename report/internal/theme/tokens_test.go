package theme

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// linear are the components of a colour as amounts of light, 0 to 1.
func linear(hex string) (out [3]float64) {
	for i := range out {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			out[i] = c / 12.92
		} else {
			out[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	return out
}

type matrix3 [3][3]float64

func (m matrix3) times(v [3]float64) (out [3]float64) {
	for i, row := range m {
		for j, f := range row {
			out[i] += f * v[j]
		}
	}
	return out
}

// contrast is the ratio of WCAG 2.
func contrast(a, b string) float64 {
	luminance := func(hex string) float64 {
		l := linear(hex)
		return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// lab is a colour, as light, in CIE Lab under D65.
func lab(light [3]float64) [3]float64 {
	xyz := matrix3{{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505}}.times(light)
	var f [3]float64
	for i, white := range []float64{0.95047, 1, 1.08883} {
		t := xyz[i] / white
		if t > 216.0/24389 {
			f[i] = math.Cbrt(t)
		} else {
			f[i] = (24389.0/27*t + 16) / 116
		}
	}
	return [3]float64{116*f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])}
}

// eyes are what the common colour deficiencies make of light, at full
// strength (Machado, Oliveira and Fernandes 2009).
var eyes = []struct {
	name string
	see  matrix3
}{
	{"normal", matrix3{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
	{"protan", matrix3{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
	{"deutan", matrix3{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
	{"tritan", matrix3{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
}

// apart is the distance in Lab of two colours as an eye sees them.
func apart(a, b string, eye matrix3) float64 {
	see := func(hex string) [3]float64 {
		light := eye.times(linear(hex))
		for i, v := range light {
			light[i] = min(1, max(0, v))
		}
		return lab(light)
	}
	la, lb := see(a), see(b)
	return math.Hypot(math.Hypot(la[0]-lb[0], la[1]-lb[1]), la[2]-lb[2])
}

// The colours of text must be readable on the page in both themes.
func TestContrast(t *testing.T) {
	page := Tokens[0]
	for _, tok := range Tokens {
		if tok.Name != "ink" && tok.Name != "muted" && !isStrategy(tok) {
			continue
		}
		if l, d := contrast(tok.light, page.light), contrast(tok.dark, page.dark); l < 4.5 || d < 4.5 {
			t.Errorf("%s: contrast %.2f light, %.2f dark; want at least 4.5", tok.Name, l, d)
		}
	}
}

func isStrategy(tok token) bool {
	n, ok := strings.CutPrefix(tok.Name, "s")
	return ok && len(n) == 1
}

// The colours of any two strategies must stay apart for every eye.
func TestColoursApart(t *testing.T) {
	var own []token
	for _, tok := range Tokens {
		if isStrategy(tok) {
			own = append(own, tok)
		}
	}
	if len(own) != Colours {
		t.Fatalf("%d strategies have a colour, want %d", len(own), Colours)
	}
	const least, leastBroken = 28.9, 19
	broken := Tokens[slices.IndexFunc(Tokens, func(tok token) bool { return tok.Name == "broken" })]
	for _, tok := range own {
		for _, eye := range eyes {
			if l, d := apart(tok.light, broken.light, eye.see), apart(tok.dark, broken.dark, eye.see); l < leastBroken || d < leastBroken {
				t.Errorf("%s and broken memory, %s: %.1f apart in light, %.1f in dark; want at least %d", tok.Name, eye.name, l, d, leastBroken)
			}
		}
	}
	for i, b := range own {
		for _, a := range own[:i] {
			for _, eye := range eyes {
				if l, d := apart(a.light, b.light, eye.see), apart(a.dark, b.dark, eye.see); l < least || d < least {
					t.Errorf("%s and %s, %s: %.1f apart in light, %.1f in dark; want at least %v", a.Name, b.Name, eye.name, l, d, least)
				}
			}
		}
	}
}
