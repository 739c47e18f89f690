package cost

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Prices are what the parts cost each, in the order and the units of [Parts]; those of parts
// that have none are not used.
type Prices []float64

// Defaults are the prices that hold if nobody gives others.
func Defaults() Prices {
	var p Prices
	for _, part := range Parts {
		p = append(p, part.Default)
	}
	return p
}

// MostPrice is the highest price, and its inverse the lowest rate.
const MostPrice = 1e6

// Parse reads prices such as "pte=4ns,copy=12GB/s"; those that are not named are the
// defaults. The unit may be left out.
func Parse(text string) (Prices, error) {
	prices := Defaults()
	for _, item := range strings.Split(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		i := slices.IndexFunc(Parts, func(p Part) bool { return p.Given() && p.Name == name })
		if !ok || i < 0 {
			return nil, fmt.Errorf("cost %q: want prices such as %s", item, Defaults())
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(value, Parts[i].Unit)), 64)
		if err != nil || math.IsNaN(v) || v < 0 || v > MostPrice || Parts[i].Rate && v < 1/MostPrice {
			return nil, fmt.Errorf("cost %q: want a number of %s up to %.0f, such as %s=%v%s", item, Parts[i].Unit, MostPrice, name, Parts[i].Default, Parts[i].Unit)
		}
		prices[i] = v
	}
	return prices, nil
}

// String is what Parse reads.
func (p Prices) String() string {
	var all []string
	for i, part := range Parts {
		if part.Given() {
			all = append(all, part.Name+"="+strconv.FormatFloat(p[i], 'g', -1, 64)+part.Unit)
		}
	}
	return strings.Join(all, ",")
}

// Changed reports whether some price is not the default.
func (p Prices) Changed() bool { return !slices.Equal(p, Defaults()) }
