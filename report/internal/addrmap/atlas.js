// The data of the maps. The page has them as JSON and as tiles, deflate streams in base64;
// a tile is unpacked when something drawn needs it, and kept. Nothing here draws.
const { root, inflate, colour, repainted, number, state } = lab;
const source = document.getElementById("atlas");
if (!source) return;
const atlas = JSON.parse(source.textContent);
if (!atlas.maps || !atlas.maps.length) return;

// tile is the bytes of a tile, or null until they are unpacked; then the page is drawn again.
// While one of those ahead is on its way no other is begun: who needs it asks again.
const tiles = new Map();
let ahead = [];
function tile(id) {
  if (!id) return null;
  const have = tiles.get(id);
  if (have !== undefined) return have;
  if (!ahead.includes(id) && ahead.some((a) => tiles.get(a) === null)) return null;
  const text = document.getElementById(id);
  if (!text) return null;
  tiles.set(id, null);
  inflate(text.textContent.trim()).then((bytes) => { tiles.set(id, bytes); request(ALL); });
  return null;
}
// unpackFirst unpacks what the maps shown are painted from before anything else.
function unpackFirst(ids) {
  ahead = ids.filter(Boolean);
  ahead.forEach(tile);
}
// waiting says whether tiles that something needs are not unpacked yet.
const waiting = () => [...tiles.values()].includes(null);

// leb reads unsigned numbers of 7 bits a byte, lowest first.
function leb(bytes) {
  let p = 0;
  return () => {
    let b = bytes[p++];
    if (b < 128) return b;
    let v = b & 127, unit = 128;
    do {
      b = bytes[p++];
      v += (b & 127) * unit;
      unit *= 128;
    } while (b >= 128);
    return v;
  };
}

// frameOf is the last frame at or before an operation, the first one before all.
function frameOf(m, op) { return Math.max(0, slotOf(m, op) - 1); }

// slotOf is how many frames are at or before an operation.
function slotOf(m, op) {
  let lo = 0, hi = m.at.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (m.at[mid] <= op) lo = mid + 1; else hi = mid;
  }
  return lo;
}

// objectsOf is the kept objects of a map as columns, or null if there are none or not yet.
// An object lives from operation op[k] up to but without end[k].
const FOREVER = 2 ** 60;
function objectsOf(m) {
  if (m.parsed || !m.objects) return m.parsed || null;
  const bytes = tile(m.objects.tile);
  if (!bytes) return null;
  const n = m.objects.kept, next = leb(bytes);
  const column = () => new Float64Array(n);
  const o = { n, complete: m.objects.complete, op: column(), end: column(), size: column(), id: column(), hue: new Uint8Array(n) };
  for (let k = 0, at = 0; k < n; k++) o.op[k] = at += next();
  for (let k = 0; k < n; k++) {
    const life = next();
    o.end[k] = life ? o.op[k] + life : FOREVER;
  }
  for (let k = 0; k < n; k++) o.size[k] = next() * m.page;
  for (let k = 0; k < n; k++) o.id[k] = next();
  for (let k = 0, order = 0; k < n; k++) {
    order = (order + next()) % 2 ** 32; // what a trim left of an object has an earlier one
    o.hue[k] = 1 + Math.min(14, Math.imul(order, 2654435761) >>> 28);
  }
  o.index = index(m, o);
  m.parsed = o;
  return o;
}

// idOf is the name of an object.
const idOf = (m, k) => String(BigInt(m.objects.base || 0) + BigInt(m.parsed.id[k]));

// index files objects by the time they live, in a segment tree over the frames: each object
// stands in the few nodes that make up its life, and those that live at a moment are in the
// nodes from its leaf to the root. A moment costs as much as lives then, however long the run.
function index(m, o) {
  let leaves = 1;
  while (leaves <= m.at.length) leaves *= 2;
  const from = new Uint16Array(o.n), to = new Uint16Array(o.n), begin = new Uint32Array(2 * leaves + 1);
  const nodes = (k, visit) => {
    for (let a = leaves + from[k], b = leaves + to[k] + 1; a < b; a >>= 1, b >>= 1) {
      if (a & 1) visit(a++);
      if (b & 1) visit(--b);
    }
  };
  for (let k = 0; k < o.n; k++) {
    from[k] = slotOf(m, o.op[k]);
    to[k] = slotOf(m, Math.min(o.end[k], m.ops));
    nodes(k, (a) => { begin[a + 1]++; });
  }
  for (let a = 0; a < 2 * leaves; a++) begin[a + 1] += begin[a];
  const items = new Uint32Array(begin[2 * leaves]), fill = begin.slice();
  for (let k = 0; k < o.n; k++) nodes(k, (a) => { items[fill[a]++] = k; });
  return { leaves, begin, items };
}

// living calls visit with every kept object that lives after an operation.
function living(m, o, op, visit) {
  const { leaves, begin, items } = o.index;
  for (let a = leaves + slotOf(m, op); a >= 1; a >>= 1) {
    for (let i = begin[a]; i < begin[a + 1]; i++) {
      const k = items[i];
      if (o.op[k] <= op && o.end[k] > op) visit(k);
    }
  }
}

// extentsOf is where a lane put the kept objects: those of object k are from at[k] up to but
// without at[k+1], in bytes. No extent at all: it was refused there.
function extentsOf(m, lane) {
  if (lane.parsed) return lane.parsed;
  const o = objectsOf(m), bytes = tile(lane.extents);
  if (!o || !bytes) return null;
  const at = new Uint32Array(o.n + 1), blocks = new Uint32Array(o.n);
  let start = new Float64Array(o.n + 16), size = new Float64Array(o.n + 16), i = 0, end = 0;
  const next = leb(bytes);
  for (let k = 0; k < o.n; k++) {
    const n = next();
    if (n) blocks[k] = next();
    if (i + n > start.length) {
      const more = (a) => { const b = new Float64Array(2 * (i + n)); b.set(a); return b; };
      start = more(start);
      size = more(size);
    }
    for (let j = 0; j < n; j++, i++) {
      const d = next(), first = end + (d % 2 ? -(d + 1) / 2 : d / 2), pages = next();
      end = first + pages;
      start[i] = first * m.page;
      size[i] = pages * m.page;
    }
    at[k + 1] = i;
  }
  const refused = [];
  for (let k = 0; k < o.n; k++) if (at[k] === at[k + 1]) refused.push(o.op[k]);
  lane.parsed = { at, blocks, start, size, refused };
  return lane.parsed;
}

// Where an object lies with two strategies: at the same addresses, elsewhere, or with one
// alone.
const NEITHER = 0, SAME = 1, MOVED = 2, ONLY = 3;
function fates(m, a, b) {
  m.fates = m.fates || new Map();
  const key = a.s + "," + b.s;
  if (m.fates.has(key)) return m.fates.get(key);
  const x = extentsOf(m, a), y = extentsOf(m, b);
  if (!x || !y) return null;
  const out = new Uint8Array(m.objects.kept);
  for (let k = 0; k < out.length; k++) {
    const n = x.at[k + 1] - x.at[k], l = y.at[k + 1] - y.at[k];
    if (!n && !l) out[k] = NEITHER;
    else if (!n || !l) out[k] = ONLY;
    else if (n === 1 && l === 1) out[k] = x.start[x.at[k]] === y.start[y.at[k]] && x.size[x.at[k]] === y.size[y.at[k]] ? SAME : MOVED;
    else out[k] = joined(x, k) === joined(y, k) ? SAME : MOVED;
  }
  m.fates.set(key, out);
  return out;
}

// joined is the addresses of an object whatever the order of its extents, adjoining ones as one.
function joined(x, k) {
  const list = [];
  for (let i = x.at[k]; i < x.at[k + 1]; i++) list.push([x.start[i], x.start[i] + x.size[i]]);
  list.sort((a, b) => a[0] - b[0]);
  return list.filter(([a], i) => !i || list[i - 1][1] !== a).map(([a]) => a) + ":" + list.filter((e, i) => i + 1 === list.length || list[i + 1][0] !== e[1]).map(([, b]) => b);
}

// pairOf is the series of two strategies, turned so that a is the first.
function pairOf(m, a, b) {
  const p = m.pairs.find((p) => p.a === a && p.b === b || p.a === b && p.b === a);
  if (!p || p.a === a) return p;
  return { ...p, a, b, onlyA: p.onlyB, onlyB: p.onlyA };
}

// The pieces of an extent by the page that can map them: the inside in pages of 2 MiB, around
// it such of 64 KiB, at the ends the smallest ones. visit gets start, end and 1, 2 or 3.
const MIB2 = 2 << 20, KIB64 = 64 << 10, PAGE = [4 << 10, KIB64, MIB2];
function pagesOf(start, end, visit) {
  const a = Math.ceil(start / MIB2) * MIB2, b = Math.floor(end / MIB2) * MIB2;
  if (a >= b) { middle(start, end, visit); return; }
  middle(start, a, visit);
  visit(a, b, 3);
  middle(b, end, visit);
}
function middle(start, end, visit) {
  const a = Math.ceil(start / KIB64) * KIB64, b = Math.floor(end / KIB64) * KIB64;
  if (a >= b) {
    if (end > start) visit(start, end, 1);
    return;
  }
  if (a > start) visit(start, a, 1);
  visit(a, b, 2);
  if (end > b) visit(b, end, 1);
}

// ageOf is a life so far as a step of the scale, as in the tiles.
const ageOf = (ops) => 1 + Math.min(14, Math.floor(Math.log2(1 + ops)));
