// Painting: small images of cells, scaled to the screen without smoothing. A history is kept
// until what it shows changes; the moment is painted anew for each step.
let palette;
const rgba = (c) => (255 << 24 | Math.round(c[2]) << 16 | Math.round(c[1]) << 8 | Math.round(c[0])) >>> 0;
const css = (c) => `rgb(${c.map(Math.round).join()})`;
const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);

// oklch is a colour by lightness, chroma and hue, as eyes see them, in sRGB.
function oklch(l, c, h) {
  const a = c * Math.cos(h * Math.PI / 180), b = c * Math.sin(h * Math.PI / 180);
  const [x, y, z] = [l + 0.3963 * a + 0.2158 * b, l - 0.1056 * a - 0.0639 * b, l - 0.0895 * a - 1.2915 * b].map((v) => v ** 3);
  return [4.0767 * x - 3.3077 * y + 0.231 * z, -1.2684 * x + 2.6098 * y - 0.3413 * z, -0.0042 * x - 0.7034 * y + 1.7076 * z].map((v) =>
    255 * clamp(v <= 0.0031308 ? 12.92 * v : 1.055 * Math.max(0, v) ** (1 / 2.4) - 0.055, 0, 1));
}
// readPalette takes the colours of the theme. Objects get hues that lie far apart for
// neighbours and three lightnesses; ages go from bright to deep.
function readPalette() {
  const dark = lab.isDark() && root.dataset.theme !== "light";
  const full = colour("full"), broken = colour("broken"), free = colour("free");
  const scale = (n, f) => [free, ...Array.from({ length: n }, (_, i) => f(i))];
  const age = dark ? (t) => oklch(0.93 - 0.56 * t, 0.09 + 0.07 * t, 95 - 175 * t) : (t) => oklch(0.86 - 0.56 * t, 0.14 - 0.01 * t, 85 - 165 * t);
  palette = {
    full, broken, free, ink: colour("ink"), bg: colour("bg"), line: colour("line"),
    fullness: scale(15, (i) => mix(full, broken, (14 - i) / 15)), // as much amber as is free
    object: scale(15, (i) => oklch([0.62, 0.76, 0.52][i % 3] + (dark ? 0.04 : 0), 0.12, 20 + 24 * ((i * 7) % 15))),
    age: scale(15, (i) => age(i / 14)),
    page: [free, oklch(dark ? 0.68 : 0.62, 0.2, 18), oklch(0.78, 0.13, 90), oklch(dark ? 0.5 : 0.52, 0.09, 195)],
    fate: [free, full, oklch(dark ? 0.76 : 0.66, 0.13, 200), oklch(dark ? 0.7 : 0.58, 0.22, 355)],
  };
  for (const key of ["fullness", "object", "age", "page", "fate"]) palette["_" + key] = Uint32Array.from(palette[key], rgba);
}

// fit gives a canvas as many pixels as the screen shows.
function fit(canvas) {
  const scale = Math.min(devicePixelRatio || 1, 3);
  const w = Math.max(1, Math.round(canvas.clientWidth * scale)), h = Math.max(1, Math.round(canvas.clientHeight * scale));
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const ctx = canvas.getContext("2d");
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.globalAlpha = 1;
  ctx.clearRect(0, 0, w, h);
  ctx.imageSmoothingEnabled = false;
  ctx.unit = scale;
  return ctx;
}
// picture is an image of cells with a canvas of its size to scale it from.
function picture(w, h) {
  const canvas = document.createElement("canvas");
  canvas.width = w;
  canvas.height = h;
  const image = new ImageData(w, h);
  return { canvas, pixels: new Uint32Array(image.data.buffer), done() { canvas.getContext("2d").putImageData(image, 0, 0); return canvas; } };
}

// modeOf is how a lane is coloured: the two of a diff by where the objects of the other are.
function modeOf(lane) {
  if (!view.diff || !view.diff.includes(lane.s)) return { mode: view.colour };
  return { mode: "fate", other: map().lanes.find((l) => l.s === view.diff.find((s) => s !== lane.s)) };
}
// layerOf is the layer of a mode, or null if it has to come from objects, or has not come yet.
const layerName = (lane, mode) => lane.layers[mode === "fullness" || mode === "fate" ? "level" : mode];
const layerOf = (lane, mode) => tile(layerName(lane, mode));
const fromObjects = (lane, mode) => complete() && (mode === "fate" || !layerName(lane, mode));

// tint gives each cell of a raster its colour. ops is the moment of a column.
function tint(m, lane, raster, pixels, from, n, { mode, other }, size, ops, columns) {
  const o = objectsOf(m), { used, who, page } = raster, lut = palette["_" + mode];
  const fate = mode === "fate" ? fates(m, lane, other) : null;
  for (let i = 0; i < n; i++) {
    const k = who[i];
    let v = 0;
    switch (mode) {
      case "fullness": { const share = used[i] / size; v = share <= 0 ? 0 : share > 0.99999 ? 15 : clamp(Math.round(15 * share), 1, 14); break; }
      case "object": v = k < 0 ? 0 : o.hue[k]; break;
      case "age": v = k < 0 ? 0 : ageOf(Math.max(0, ops(i % columns) - o.op[k])); break;
      case "page": v = most(page, i); break;
      case "fate": v = k < 0 || !fate ? 0 : fate[k]; break;
    }
    pixels[from + i] = lut[v];
  }
}

// historyImage is the picture of a history, and of which operations and addresses it is one.
function historyImage(lane, canvas) {
  const m = map(), how = modeOf(lane), frames = m.at.length;
  if (zoomed() && complete() || fromObjects(lane, how.mode)) {
    const exact = objectHistory(m, lane, how, canvas);
    if (exact || how.mode !== "fullness") return exact; // else the layer until the objects are there
  }
  const layer = layerOf(lane, how.mode);
  if (!layer) return null;
  const first = Math.floor(view.lo / m.cell), cells = Math.round((view.hi - view.lo) / m.cell) || 1;
  const rows = cells / m.columns;
  const bins = Math.min(cells, rows >= 1 && !addressZoomed() ? rows * Math.max(1, Math.floor(256 / rows)) : 256);
  // Frames that are not equally spaced are drawn where they lie, at the pixels of the screen.
  const near = timeZoomed() || closest(m) * frames < m.ops / 2, columns = near ? Math.min(canvas.width, 700) : frames;
  const { t0, t1 } = near ? view : { t0: 0, t1: m.ops }, of = new Uint16Array(columns);
  for (let c = 0; c < columns; c++) of[c] = near ? frameOf(m, t0 + (c + 1) * (t1 - t0) / columns) : c;
  const p = picture(columns, bins);
  const second = how.mode === "fate" && layerOf(how.other, "fate");
  for (let b = 0; b < bins; b++) {
    const from = first + Math.floor(b * cells / bins), to = Math.min(m.cells, first + Math.max(Math.floor(b * cells / bins) + 1, Math.floor((b + 1) * cells / bins)));
    if (to <= from) continue;
    if (how.mode === "fullness") fullBins(p.pixels, b * columns, layer, from, to, frames, of);
    else commonBins(p.pixels, b * columns, layer, second, from, to, frames, of, how.mode);
  }
  return { canvas: p.done(), span: { t0, t1, lo: view.lo, hi: view.hi } };
}
// fullBins: a pixel of a history stands for many cells. Their plain mean would be mud, so the
// free memory lost in part used cells counts three times. of is the frame of each column.
function fullBins(pixels, out, layer, from, to, frames, of) {
  for (let x = 0; x < of.length; x++) {
    if (x && of[x] === of[x - 1]) { pixels[out + x] = pixels[out + x - 1]; continue; }
    const f = of[x];
    let used = 0, lost = 0, free = 0;
    for (let c = from; c < to; c++) {
      const i = c * frames + f, l = layer[i >> 1] >> ((i & 1) << 2) & 15;
      if (l === 0) free++; else { used += l; lost += 15 - l; }
    }
    pixels[out + x] = shade(used / 15, lost / 15, free, to - from);
  }
}
function shade(used, lost, free, n) {
  const { full, broken, free: none } = palette, bare = free / (used + free || 1), amber = Math.min(1, (n > 1 ? 3 : 1) * lost / n);
  let v = 255;
  for (let i = 2; i >= 0; i--) {
    const ground = full[i] + (none[i] - full[i]) * bare;
    v = v << 8 | Math.round(ground + (broken[i] - ground) * amber);
  }
  return v >>> 0;
}
// commonBins: in the other colours a pixel has that of most of its cells.
function commonBins(pixels, out, layer, second, from, to, frames, of, mode) {
  const lut = palette["_" + mode], count = new Uint16Array(16);
  for (let x = 0; x < of.length; x++) {
    if (x && of[x] === of[x - 1]) { pixels[out + x] = pixels[out + x - 1]; continue; }
    const f = of[x];
    count.fill(0);
    for (let c = from; c < to; c++) {
      const i = c * frames + f, l = layer[i >> 1] >> ((i & 1) << 2) & 15;
      count[mode === "fate" ? levelFate(l, second, i) : l]++;
    }
    let best = 0;
    for (let v = 1; v < 16; v++) if (count[v] > count[best]) best = v;
    pixels[out + x] = lut[best];
  }
}
// levelFate compares a cell's levels where objects are not known.
function levelFate(level, second, i) {
  if (!level || !second) return 0;
  const l = second[i >> 1] >> ((i & 1) << 2) & 15;
  return l === 0 ? ONLY : l === level ? SAME : MOVED;
}
// objectHistory draws the part shown from the objects, at the pixels of the screen.
function objectHistory(m, lane, how, canvas) {
  const near = zoomed(), columns = near ? Math.min(canvas.width, 700) : m.at.length, bins = Math.min(canvas.height, 256);
  const cells = Math.max(1, Math.round((view.hi - view.lo) / m.cell)), by = how.mode === "fullness" ? Math.max(1, Math.ceil(cells / bins)) : 1;
  const rows = by > 1 ? Math.ceil(cells / by) : bins;
  const wide = by > 1 ? Math.min(columns, 240) : columns, lines = by > 1 ? cells : rows;
  const raster = rasterHistory(m, lane, view, wide, lines, how.mode, near ? 0.5 : 1);
  if (!raster) return null;
  const p = picture(wide, rows), size = (view.hi - view.lo) / lines, n = wide * rows;
  if (by === 1) {
    const width = (view.t1 - view.t0) / wide;
    if (how.mode === "fullness") for (let i = 0; i < n; i++) raster.used[i] *= size;
    tint(m, lane, raster, p.pixels, 0, n, how, size, (c) => view.t0 + (c + 1) * width, wide);
  } else {
    for (let r = 0; r < rows; r++) for (let c = 0; c < wide; c++) {
      let used = 0, lost = 0, free = 0;
      const end = Math.min(lines, (r + 1) * by);
      for (let j = r * by; j < end; j++) {
        const u = Math.min(1, raster.used[j * wide + c]);
        if (u <= 0) free++; else { used += u; lost += u > 0.99999 ? 0 : 1 - u; }
      }
      p.pixels[r * wide + c] = shade(used, lost, free, end - r * by);
    }
  }
  const { t0, t1, lo, hi } = view;
  return { canvas: p.done(), span: { t0, t1, lo, hi } };
}

// momentImage is the cells of a lane at the moment, or null while its data are on their way.
function momentImage(row) {
  const { lane } = row, m = map(), g = grid(), how = modeOf(lane), cells = g.columns * g.rows;
  if (!row.cells || row.cells.canvas.width !== g.columns || row.cells.canvas.height !== g.rows) row.cells = picture(g.columns, g.rows);
  const p = row.cells;
  p.pixels.fill(palette._fullness[0]);
  if (complete() && (addressZoomed() || between()) || fromObjects(lane, how.mode)) {
    const raster = rasterMoment(m, lane, view.op, g.lo, g.cell, cells, how.mode);
    if (raster) {
      if (how.mode === "fullness" && m.managed % m.cell && g.lo + g.cell * cells > m.managed) {
        const last = Math.floor((m.managed - g.lo) / g.cell); // the last cell may be cut off
        raster.used[last] *= g.cell / (m.managed - g.lo - last * g.cell);
      }
      tint(m, lane, raster, p.pixels, 0, cells, how, g.cell, () => view.op, 1);
      return p.done();
    }
    if (how.mode !== "fullness") return null;
  }
  const layer = layerOf(lane, how.mode), lut = palette["_" + how.mode];
  if (!layer) return null;
  const second = how.mode === "fate" && layerOf(how.other, "fate"), frames = m.at.length, f = frame();
  for (let i = 0; i < cells; i++) {
    const c = Math.floor((g.lo + (i + 0.5) * g.cell) / m.cell);
    if (c >= m.cells) break;
    const at = c * frames + f, l = layer[at >> 1] >> ((at & 1) << 2) & 15;
    p.pixels[i] = lut[how.mode === "fate" ? levelFate(l, second, at) : l];
  }
  return p.done();
}
