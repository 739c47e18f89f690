package drawing

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/workloads/census"
)

// heat is the map of sizes and lifetimes: only the rows and columns from the first in use to
// the last.
type heat struct {
	rows    []heatRow // the smallest size first
	columns []string
	most    uint64
}

// heatRow is a class of sizes with the number of objects of each column.
type heatRow struct {
	size string
	of   []uint64
}

// newHeat is the map of a census.
func newHeat(c *census.Census) (m heat) {
	t := c.Table()
	m.columns = append(t.Decades, "at end")
	for _, r := range t.Rows {
		row := heatRow{r.Size, append(r.Freed, r.Left)} // the table is a copy
		for _, n := range row.of {
			m.most = max(m.most, n)
		}
		m.rows = append(m.rows, row)
	}
	return m
}

// draw draws the map.
func (m heat) draw(c draw.Canvas) {
	c.FillText(style(draw.XLeft, draw.YBottom), vg.Point{X: c.Min.X, Y: c.Max.Y + 6}, "objects by size (upwards) and lifetime in operations (to the right)")
	if len(m.rows) == 0 {
		c.FillText(style(draw.XLeft, draw.YTop), vg.Point{X: c.Min.X, Y: c.Max.Y}, "none")
		return
	}
	w, h := (c.Max.X-c.Min.X)/vg.Length(len(m.columns)), (c.Max.Y-c.Min.Y)/vg.Length(len(m.rows))
	for i, row := range m.rows {
		y := c.Min.Y + vg.Length(i)*h
		c.FillText(style(draw.XRight, draw.YCenter), vg.Point{X: c.Min.X - 6, Y: y + h/2}, row.size)
		for j, n := range row.of {
			x := c.Min.X + vg.Length(j)*w
			shade := m.shade(n)
			c.FillPolygon(shade, []vg.Point{{X: x + 1, Y: y + 1}, {X: x + w - 1, Y: y + 1}, {X: x + w - 1, Y: y + h - 1}, {X: x + 1, Y: y + h - 1}})
			if n == 0 {
				continue
			}
			sty := style(draw.XCenter, draw.YCenter)
			if shade.G < 0x90 {
				sty.Color = color.White
			}
			c.FillText(sty, vg.Point{X: x + w/2, Y: y + h/2}, census.Short(n))
		}
	}
	for j, name := range m.columns {
		c.FillText(style(draw.XCenter, draw.YTop), vg.Point{X: c.Min.X + (vg.Length(j)+0.5)*w, Y: c.Min.Y - 4}, name)
	}
}

// shade is the colour of a field: nearly white for none, and darker in equal steps for each
// factor.
func (m heat) shade(n uint64) color.NRGBA {
	if n == 0 {
		return color.NRGBA{0xf4, 0xf5, 0xf7, 0xff}
	}
	share := math.Log(float64(n)+1) / math.Log(float64(m.most)+1)
	mix := func(light, dark uint8) uint8 {
		return uint8(math.Round(float64(light) + share*(float64(dark)-float64(light))))
	}
	return color.NRGBA{mix(0xe6, 0x16), mix(0xef, 0x4a), mix(0xf9, 0x86), 0xff}
}
