package workloads

import "github.com/vramlab/vramlab/strategies"

// imageUnit is the alignment of images, and of their sizes: tiled layouts use
// blocks of 64 KiB.
const imageUnit = 64 * kib

// gfx is a graphics session at 85 % of 16 GiB. Of a hundred requests
//
//	40  are uniform, command and staging buffers of 4 to 64 KiB,
//	20  are vertex, index and storage buffers of 64 KiB to 4 MiB,
//	10  are texture arrays and acceleration structures of 8 to 64 MiB,
//	30  are textures of 256 to 4096 texels a side with their mip chain, 70 % of
//	    them block-compressed (1 byte a texel), the others 4 bytes a texel.
//
// Images start at multiples of 64 KiB. Objects are freed at random; the live set
// is replaced about fifteen times. Every 5,000 operations the window is resized:
// all render targets are freed and requested again at another resolution, 8 to
// 64 MiB each, the swap chain contiguous. Most requests are small; a fragmented
// region refuses the few large ones.
func gfx() Workload {
	w := Workload{
		Name:   "gfx",
		Title:  "Graphics session",
		Doc:    "Small buffers, textures with mip chains, and render targets remade at each resize, 4 KiB to 64 MiB, keep 16 GiB 85 % full, as a game or a browser does.",
		Region: strategies.Region{Size: 16 * gib, Page: page},
	}
	const resize = 5000
	return generate(w, func(g *gen) {
		level := percent(85, w.Region.Size)
		var live, targets pool
		for next := 0; g.more(); {
			switch {
			case g.made() >= next:
				targets = g.renderTargets(targets)
				next += resize
			case g.used < level:
				live.add(g.alloc(g.resource()))
			default:
				g.free(live.pick(g))
			}
		}
	})
}

// resource draws the request for one buffer or texture.
func (g *gen) resource() strategies.Request {
	switch class := g.below(100); {
	case class < 40:
		return strategies.Request{Size: g.size(4*kib, 64*kib)}
	case class < 60:
		return strategies.Request{Size: g.size(64*kib, 4*mib)}
	case class < 70:
		return image(g.size(8*mib, 64*mib), false)
	}
	return image(g.texels(), true)
}

// texels draws the size in bytes of a texture's largest mip level.
func (g *gen) texels() uint64 {
	var side uint64
	switch p := g.below(100); {
	case p < 15:
		side = 256
	case p < 40:
		side = 512
	case p < 70:
		side = 1024
	case p < 92:
		side = 2048
	default:
		side = 4096
	}
	if g.below(100) < 70 {
		return side * side
	}
	side = min(side, 2048) // larger ones are always compressed
	return side * side * 4
}

// image is the request for an image of so many bytes; a mip chain adds a third.
func image(bytes uint64, mips bool) strategies.Request {
	if mips {
		bytes += bytes / 3
	}
	return strategies.Request{Size: roundUp(bytes, imageUnit), Align: imageUnit}
}

// renderTargets frees the old render targets and allocates new ones: three
// images of the swap chain, four targets of 4 bytes a pixel (albedo, normals,
// motion, depth), two of 8 (lighting, history), two shadow maps of 64 MiB.
func (g *gen) renderTargets(old pool) pool {
	for _, o := range old {
		g.free(o)
	}
	resolutions := [...]uint64{1920 * 1080, 2560 * 1440, 3840 * 2160}
	pixels := resolutions[g.below(uint64(len(resolutions)))]
	targets := old[:0]
	for i, bytes := range [...]uint64{4, 4, 4, 4, 4, 4, 4, 8, 8} {
		r := image(pixels*bytes, false)
		if i < 3 {
			r.Flags = strategies.Contiguous
		}
		targets.add(g.alloc(r))
	}
	for range 2 {
		targets.add(g.alloc(image(4096*4096*4, false)))
	}
	return targets
}
