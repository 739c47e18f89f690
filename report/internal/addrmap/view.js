// The view: what is shown of the data, how it stands in the fragment, and where operations
// and addresses lie on the canvases.
const ALL = { history: true, moment: true };
const MODES = ["fullness", "object", "age", "page"];
const view = { m: 0, op: 1, s: [], colour: "fullness", t0: 0, t1: 1, lo: 0, hi: 1, diff: null, picked: -1, mark: -1 };
const map = () => atlas.maps[view.m];
const lanes = () => map().lanes.filter((l) => view.s.includes(l.s));
const nameOf = (s) => atlas.strategies[s].name;
const classOf = (s) => atlas.strategies[s].class;
const clamp = (v, lo, hi) => Math.max(lo, Math.min(hi, v));

// The whole of a map: all operations, and the addresses of full rows, a little over the end.
const rowsOf = (m) => Math.ceil(m.cells / m.columns);
const whole = (m) => rowsOf(m) * m.columns * m.cell;
const timeZoomed = () => view.t0 > 0 || view.t1 < map().ops;
const addressZoomed = () => view.lo > 0 || view.hi < whole(map());
const zoomed = () => timeZoomed() || addressZoomed();
// complete says that objects alone draw any moment; only then there is one between frames.
const complete = () => Boolean(map().objects && map().objects.complete);
const frame = () => frameOf(map(), view.op);
const between = () => map().at[frame()] !== view.op;

// grid is the cells of the moment: those of the tiles, or smaller ones of the part shown, down
// to a page.
function grid() {
  const m = map(), span = view.hi - view.lo;
  const cell = addressZoomed() ? Math.max(Math.min(m.cell, m.page), span / (rowsOf(m) * m.columns)) : m.cell;
  const rows = Math.max(1, Math.round(span / (m.columns * cell)));
  return { lo: view.lo, cell, columns: m.columns, rows };
}

// whatOf is the operation or the address at a share of a history.
const opAt = (x) => view.t0 + x * (view.t1 - view.t0);
const shareOf = (op) => (op - view.t0) / (view.t1 - view.t0);
const addressAt = (y) => view.lo + y * (view.hi - view.lo);

// seek goes to an operation; where there is none between frames the maps show the one before.
function seek(op, keep) {
  const m = map();
  let moved = false;
  view.op = clamp(Math.round(op), Math.min(m.at[0], 1), m.ops);
  if (!keep && timeZoomed() && (view.op < view.t0 || view.op > view.t1)) {
    const span = view.t1 - view.t0;
    setTime(view.op - span / 2, span);
    moved = true;
  }
  changed(moved || view.picked >= 0 ? ALL : { moment: true });
}
// step goes n frames, or n operations where the zoom shows single ones.
const fine = () => timeZoomed() && complete();
function step(n) {
  const m = map();
  if (fine()) { seek(view.op + n); return; }
  const f = frame();
  seek(m.at[clamp(n < 0 && between() ? f + n + 1 : f + n, 0, m.at.length - 1)]);
}
// snap is the operation that the scrubber stops at near another.
function snap(op) {
  const m = map();
  if (fine()) return Math.round(op);
  const f = frameOf(m, op);
  return f + 1 < m.at.length && m.at[f + 1] - op < op - m.at[f] ? m.at[f + 1] : m.at[f];
}

// closest is the least number of operations between two frames: there are more frames around
// some operations of a map without all objects.
function closest(m) {
  return m.closest ||= Math.max(1, Math.min(m.ops, ...m.at.map((op, f) => op - (f ? m.at[f - 1] : 0))));
}

// setTime shows span operations from t0 on, as many as there are at most.
function setTime(t0, span) {
  const m = map(), least = Math.min(m.ops, complete() ? 12 : Math.max(12, 8 * closest(m)));
  span = clamp(span, least, m.ops);
  view.t0 = Math.round(clamp(t0, 0, m.ops - span));
  view.t1 = Math.min(m.ops, Math.round(view.t0 + span));
}
// setAddress shows the 2^-k-th part of the addresses around one, in whole rows.
function setAddress(middle, span) {
  const m = map(), all = whole(m), least = Math.min(all, m.columns * Math.min(m.cell, m.page));
  let k = Math.round(Math.log2(all / clamp(span, least, all)));
  while (k > 0 && all / 2 ** k < least) k--;
  span = all / 2 ** k;
  const row = m.columns * Math.max(Math.min(m.cell, m.page), span / (rowsOf(m) * m.columns));
  view.lo = clamp(Math.round((middle - span / 2) / row) * row, 0, all - span);
  view.hi = view.lo + span;
}
function zoomTime(factor, at) {
  const span = (view.t1 - view.t0) / factor, x = shareOf(at);
  setTime(at - x * span, span);
  changed(ALL);
}
function zoomAddress(factor, at) {
  const span = (view.hi - view.lo) / factor, y = (at - view.lo) / (view.hi - view.lo);
  setAddress(at + (0.5 - y) * span, span);
  changed(ALL);
}
function pan(ops, bytes) {
  if (ops) setTime(view.t0 + ops, view.t1 - view.t0);
  if (bytes) setAddress((view.lo + view.hi) / 2 + bytes, view.hi - view.lo);
  changed(ALL);
}
function unzoom() {
  const m = map();
  view.t0 = 0;
  view.t1 = m.ops;
  view.lo = 0;
  view.hi = whole(m);
}
function reset() {
  unzoom();
  changed(ALL);
}

// choose shows another map: the strategies stay where it has them, the zoom does not.
function choose(i, op) {
  view.m = i;
  view.picked = view.mark = -1;
  const m = map();
  if (!lanes().length) view.s = atlas.start.s.filter((s) => m.lanes.some((l) => l.s === s));
  if (!lanes().length) view.s = m.lanes.slice(0, 2).map((l) => l.s);
  if (view.diff && !view.diff.every((s) => m.lanes.some((l) => l.s === s))) view.diff = null;
  unzoom();
  view.op = clamp(op || m.at[m.start] || 1, 1, m.ops);
}

// The fragment. It is written a little later, once for many changes: a browser allows no
// more than a few a second. What it says that is not known is as if it were not there.
let writing = 0;
function changed(what) {
  request(what);
  clearTimeout(writing);
  writing = setTimeout(save, playing() ? 900 : 250);
}
function save() {
  if (playing()) { changed({}); return; }
  const hex = (n) => "0x" + BigInt(Math.round(n)).toString(16);
  state.set({
    map: map().name, op: view.op, s: view.s.map(nameOf).join(","),
    colour: view.colour === "fullness" ? "" : view.colour,
    diff: view.diff ? view.diff.map(nameOf).join(",") : "",
    zoom: zoomed() ? `${view.t0}-${view.t1},${hex(view.lo)}-${hex(view.hi)}` : "",
  });
}
// indices are the strategies of a map that a list of names has.
function indices(m, names) {
  const all = names.split(",").map((n) => atlas.strategies.findIndex((s) => s.name === n));
  return all.filter((s, i) => m.lanes.some((l) => l.s === s) && all.indexOf(s) === i);
}
// restore takes the view from the fragment. It says whether that changed anything.
function restore() {
  const before = JSON.stringify([view.m, view.op, view.s, view.colour, view.diff, view.t0, view.t1, view.lo, view.hi]);
  const known = atlas.maps.findIndex((m) => m.name === (state.get("map") || atlas.start.map));
  const i = known >= 0 ? known : Math.max(0, atlas.maps.findIndex((m) => m.name === atlas.start.map));
  const m = atlas.maps[i], asked = indices(m, state.get("s"));
  view.s = asked.length ? asked.sort((a, b) => a - b) : atlas.start.s.slice();
  const op = /^\d{1,15}$/.test(state.get("op")) ? Number(state.get("op")) : 0;
  view.colour = MODES.includes(state.get("colour")) ? state.get("colour") : "fullness";
  const pair = indices(m, state.get("diff"));
  view.diff = pair.length === 2 ? pair : null;
  choose(i, known >= 0 ? op : 0);
  if (view.diff) show(view.diff);
  const z = /^(\d{1,15})-(\d{1,15}),0x([0-9a-f]{1,13})-0x([0-9a-f]{1,13})$/.exec(state.get("zoom"));
  if (z) {
    const [t0, t1, lo, hi] = [Number(z[1]), Number(z[2]), parseInt(z[3], 16), parseInt(z[4], 16)];
    if (t1 > t0) setTime(t0, t1 - t0);
    if (hi > lo) setAddress((lo + hi) / 2, hi - lo);
  }
  return before !== JSON.stringify([view.m, view.op, view.s, view.colour, view.diff, view.t0, view.t1, view.lo, view.hi]);
}
// show makes strategies visible beside those that are, up to six.
function show(list) {
  view.s = [...new Set([...list, ...view.s])].slice(0, 6).sort((a, b) => a - b);
}
