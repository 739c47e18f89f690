// What is drawn over the cells: the picked object, the window of a refusal with what pins
// it, kept objects where the layers are coarse; and the strokes and the drift below.

// momentRects are the boxes of an address range on the map of a moment: part of a row, whole
// rows, part of a row.
function momentRects(canvas, start, size) {
  const g = grid(), row = g.columns * g.cell, w = canvas.width, h = canvas.height / g.rows;
  const a = clamp(start - g.lo, 0, row * g.rows), b = clamp(start + size - g.lo, 0, row * g.rows), out = [];
  for (let at = a; at < b;) {
    const r = Math.floor(at / row), from = at - r * row;
    const rows = from === 0 ? Math.max(1, Math.floor((b - at) / row)) : 1, to = Math.min(b, (r + rows) * row);
    out.push([from / row * w, r * h, rows > 1 ? w : (to - at) / row * w, rows * h]);
    at = to;
  }
  return out;
}
// historyRect is the box of an address range over a span of operations.
function historyRect(canvas, t0, t1, start, size) {
  const w = canvas.width, h = canvas.height, span = view.hi - view.lo;
  const x0 = clamp(shareOf(t0), 0, 1) * w, x1 = clamp(shareOf(t1), 0, 1) * w;
  const y0 = clamp((start - view.lo) / span, 0, 1) * h, y1 = clamp((start + size - view.lo) / span, 0, 1) * h;
  return x1 > x0 && y1 > y0 ? [x0, y0, x1 - x0, y1 - y0] : null;
}
// box makes what is hardly seen large enough, and keeps it on the canvas.
function box([x, y, w, h], least, canvas) {
  const bw = Math.max(w, least), bh = Math.max(h, least);
  return [clamp(x - (bw - w) / 2, 0, canvas.width - bw), clamp(y - (bh - h) / 2, 0, canvas.height - bh), bw, bh];
}
function outline(ctx, b, inner, outer, u) {
  ctx.lineWidth = 3.5 * u;
  ctx.strokeStyle = outer;
  ctx.strokeRect(...b);
  ctx.lineWidth = 1.5 * u;
  ctx.strokeStyle = inner;
  ctx.strokeRect(...b);
}
// light dims a canvas but for the boxes of the picked object, which have an outline.
function light(ctx, boxes, own) {
  const { canvas, unit: u } = ctx, least = 4 * u;
  ctx.fillStyle = css(palette.bg);
  ctx.globalAlpha = 0.66;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.globalAlpha = 1;
  const large = boxes.map((b) => box(b, least, canvas));
  large.forEach((b) => outline(ctx, b, css(palette.ink), css(palette.bg), u));
  ctx.fillStyle = own;
  large.forEach((b) => ctx.fillRect(...b));
  canvas.dataset.lit = boxes.length ? view.picked : "";
}
// pickedBoxes is where the picked object lies with a lane.
function pickedBoxes(lane, place) {
  const x = view.picked < 0 ? null : extentsOf(map(), lane), out = [];
  for (let i = x ? x.at[view.picked] : 0; x && i < x.at[view.picked + 1]; i++) out.push(...place(x.start[i], x.size[i]));
  return out;
}
const ownOf = (lane) => css(colour(classOf(lane.s)));

// image brings the picture of a history up to the view. One that takes long is stretched
// while the view moves, and made anew when it rests.
let settling = 0, rested = false;
function image(row, history) {
  const how = JSON.stringify([modeOf(row.lane).mode, view.diff, history.width, history.height]);
  const key = how + [view.t0, view.t1, view.lo, view.hi];
  if (row.key === key) return;
  if (row.how === how && row.image && row.cost > 8 && !rested) {
    clearTimeout(settling);
    settling = setTimeout(() => { rested = true; request(ALL); }, 120);
    return;
  }
  const begin = performance.now();
  row.image = historyImage(row.lane, history);
  row.cost = performance.now() - begin;
  row.key = row.image && !waiting() ? key : "";
  row.how = row.key && how;
}

// busy hatches a map whose data are on their way: blank it would look like free memory.
const busy = (canvas, image) => canvas.parentElement.setAttribute("aria-busy", String(!image && waiting()));

function paintHistory(row) {
  const { lane, history } = row, ctx = fit(history), m = map();
  image(row, history);
  busy(history, row.image);
  delete history.dataset.lit;
  if (!row.image) return;
  const { canvas, span } = row.image, across = history.width / (view.t1 - view.t0), down = history.height / (view.hi - view.lo);
  ctx.drawImage(canvas, (span.t0 - view.t0) * across, (span.lo - view.lo) * down, (span.t1 - span.t0) * across, (span.hi - span.lo) * down);
  const o = objectsOf(m);
  if (zoomed() && o && !o.complete) outlineKept(ctx, lane, o);
  const why = whyOf(lane);
  if (why && why.hi > why.lo) {
    const b = historyRect(history, why.op - 0.5, why.op + 0.5, why.lo, why.hi - why.lo);
    if (b) outline(ctx, box(b, 5 * ctx.unit, history), css(palette.ink), css(palette.bg), ctx.unit * 0.8);
  }
  if (view.picked >= 0 && o) {
    const t0 = o.op[view.picked], t1 = Math.min(o.end[view.picked], m.ops);
    light(ctx, pickedBoxes(lane, (start, size) => { const b = historyRect(history, t0, t1, start, size); return b ? [b] : []; }), ownOf(lane));
  }
}
// outlineKept frames the kept objects on a zoomed history, those that can be seen.
function outlineKept(ctx, lane, o) {
  const x = extentsOf(map(), lane), u = ctx.unit;
  if (!x) return;
  ctx.strokeStyle = css(palette.ink);
  ctx.globalAlpha = 0.5;
  ctx.lineWidth = Math.max(1, u * 0.75);
  for (let k = 0, drawn = 0; k < o.n && drawn < 4000; k++) {
    if (o.op[k] > view.t1) break;
    if (o.end[k] <= view.t0) continue;
    for (let i = x.at[k]; i < x.at[k + 1]; i++) {
      const b = historyRect(ctx.canvas, o.op[k], o.end[k], x.start[i], x.size[i]);
      if (b && b[2] > 3 * u && b[3] > 3 * u) { ctx.strokeRect(...b); drawn++; }
    }
  }
  ctx.globalAlpha = 1;
}

function paintMoment(row) {
  const { lane, moment } = row, ctx = fit(moment), image = momentImage(row), m = map();
  busy(moment, image);
  delete moment.dataset.lit;
  delete moment.dataset.window;
  if (!image) return;
  ctx.drawImage(image, 0, 0, moment.width, moment.height);
  const o = objectsOf(m), place = (start, size) => momentRects(moment, start, size);
  if (addressZoomed() && o && !o.complete) {
    const x = extentsOf(m, lane), u = ctx.unit;
    ctx.strokeStyle = css(palette.ink);
    ctx.globalAlpha = 0.5;
    ctx.lineWidth = Math.max(1, u * 0.75);
    if (x) living(m, o, m.at[frame()], (k) => {
      for (let i = x.at[k]; i < x.at[k + 1]; i++) place(x.start[i], x.size[i]).forEach((b) => { if (b[2] > 2 * u) ctx.strokeRect(...b); });
    });
    ctx.globalAlpha = 1;
  }
  if (view.picked >= 0 && o) {
    const lives = o.op[view.picked] <= view.op && o.end[view.picked] > view.op;
    light(ctx, lives ? pickedBoxes(lane, place) : [], ownOf(lane));
  }
  const why = whyOf(lane);
  if (why && fresh(why)) markWindow(ctx, why, place);
}
// fresh says whether the memory shown is still that of a refusal.
const fresh = (why) => frameOf(map(), why.op) === frame() || why.frame === frame();

// markWindow draws the best window of a refused request, hatches what pins it, and dots
// what need not have been there, as a replay without it proved.
function markWindow(ctx, why, place) {
  const { canvas, unit: u } = ctx;
  canvas.dataset.window = why.op;
  for (const [start, size, id] of why.pins || []) {
    for (const rect of place(start, size)) {
      if (rect[2] < 5 * u || rect[3] < 3 * u) { // no room for hatches
        ctx.fillStyle = css(palette.ink);
        ctx.fillRect(...box(rect, (why.pins.length > 8 ? 1.5 : 4) * u, canvas));
        continue;
      }
      const b = rect;
      ctx.save();
      ctx.beginPath();
      ctx.rect(...b);
      ctx.fillStyle = css(palette.bg);
      ctx.fill();
      ctx.clip();
      ctx.lineWidth = 1.3 * u;
      ctx.strokeStyle = css(palette.ink);
      ctx.beginPath();
      for (let x = b[0] - b[3]; x < b[0] + b[2]; x += 3.5 * u) { ctx.moveTo(x, b[1] + b[3]); ctx.lineTo(x + b[3], b[1]); }
      ctx.stroke();
      ctx.restore();
      ctx.lineWidth = 1.2 * u;
      ctx.strokeStyle = css(palette.ink);
      ctx.strokeRect(...b);
    }
    const first = (why.frees || []).includes(id) && place(start, size)[0];
    if (first) {
      const x = first[0] + Math.min(first[2], 20 * u) / 2, y = first[1] + Math.min(first[3], 20 * u) / 2, r = 4.5 * u;
      ctx.beginPath();
      ctx.arc(clamp(x, 2 * r, canvas.width - 2 * r), clamp(y, 2 * r, canvas.height - 2 * r), r, 0, 7);
      ctx.fillStyle = css(palette.ink);
      ctx.fill();
      ctx.lineWidth = 2 * u;
      ctx.strokeStyle = css(palette.bg);
      ctx.stroke();
    }
  }
  ctx.setLineDash([5 * u, 3 * u]);
  for (const b of why.hi > why.lo ? place(why.lo, why.hi - why.lo) : []) outline(ctx, box(b, 4 * u, canvas), css(palette.ink), css(palette.bg), u);
  ctx.setLineDash([]);
}

// paintStrokes draws how many requests were refused, by column, or each where objects tell.
function paintStrokes(row) {
  const m = map(), { lane, strokes } = row, ctx = fit(strokes), n = strokes.width, counts = new Float64Array(Math.min(m.at.length, n));
  const put = (op, by) => {
    const x = shareOf(op);
    if (x > 0 && x <= 1) counts[Math.min(counts.length - 1, Math.ceil(x * counts.length) - 1)] += by;
  };
  const x = fine() && extentsOf(m, lane);
  if (x) {
    x.refused.forEach((op) => put(op, 1));
  } else {
    m.at.forEach((op, f) => put(op, lane.refused[f] - (f ? lane.refused[f - 1] : 0)));
  }
  const top = Math.max(1, ...counts), step = n / counts.length;
  ctx.fillStyle = ownOf(lane);
  counts.forEach((c, i) => { if (c > 0) ctx.fillRect(i * step, 0, Math.max(ctx.unit, step * 0.6), strokes.height * (0.35 + 0.65 * c / top)); });
}

// paintDrift draws over the operations shown which share of the live bytes two strategies
// have at the same addresses, elsewhere, or one alone.
function paintDrift(canvas) {
  const m = map(), p = pairOf(m, ...view.diff), ctx = fit(canvas), { width: w, height: h } = canvas;
  if (!p) return;
  const parts = [[p.same, palette.fate[SAME]], [p.moved, palette.fate[MOVED]], [p.onlyA, colour(classOf(view.diff[0]))], [p.onlyB, colour(classOf(view.diff[1]))]];
  ctx.fillStyle = css(palette.free);
  ctx.fillRect(0, 0, w, h);
  m.at.forEach((op, f) => {
    const x0 = Math.round(shareOf(f ? m.at[f - 1] : 0) * w), x1 = Math.round(shareOf(op) * w), sum = p.same[f] + p.moved[f] + p.onlyA[f] + p.onlyB[f];
    if (x1 < 0 || x0 > w || !sum) return;
    let y = h;
    for (const [series, c] of parts) {
      const high = series[f] / sum * h;
      ctx.fillStyle = css(c);
      ctx.fillRect(x0, y - high, x1 - x0, high);
      y -= high;
    }
  });
}
