// From objects to cells: what lies in each cell of a part of the address space, at one moment
// or in columns of time. The buffers are kept and used again.

// buffers are one number a cell for what is used, for the piece that covers most of it, and
// for whose that is.
const buffers = { length: 0 };
function clean(n, mode) {
  if (buffers.length < n) {
    buffers.length = n;
    buffers.used = new Float32Array(n);
    buffers.best = new Float32Array(n);
    buffers.who = new Int32Array(n);
    buffers.page = [1, 2, 3].map(() => new Float32Array(n));
  }
  if (mode === "page") { buffers.page.forEach((p) => p.fill(0, 0, n)); return buffers; }
  buffers.used.fill(0, 0, n);
  if (mode === "fullness") return buffers;
  buffers.best.fill(0, 0, n);
  buffers.who.fill(-1, 0, n);
  return buffers;
}

// rasterMoment fills cells, each of that many bytes from address lo on, with what a lane has
// there after an operation.
function rasterMoment(m, lane, op, lo, cell, cells, mode) {
  const o = objectsOf(m), x = extentsOf(m, lane);
  if (!o || !x) return null;
  const { used, best, who, page } = clean(cells, mode), whose = mode !== "fullness" && mode !== "page";
  const hi = lo + cell * cells;
  const put = (start, end, k, into) => {
    const a = Math.max(start, lo) - lo, b = Math.min(end, hi) - lo;
    for (let c = Math.floor(a / cell); c * cell < b; c++) {
      const part = Math.min(b, (c + 1) * cell) - Math.max(a, c * cell);
      into[c] += part;
      if (whose && part > best[c]) { best[c] = part; who[c] = k; }
    }
  };
  living(m, o, op, (k) => {
    for (let i = x.at[k]; i < x.at[k + 1]; i++) {
      const start = x.start[i], end = start + x.size[i];
      if (end <= lo || start >= hi) continue;
      if (mode !== "page") put(start, end, k, used);
      else pagesOf(start, end, (a, b, p) => { if (b > lo && a < hi) put(a, b, k, page[p - 1]); });
    }
  });
  return buffers;
}

// rasterHistory does so for columns of time: cell r*columns+c is row r in column c, which
// shows the moment at the share of its width that late says.
function rasterHistory(m, lane, span, columns, rows, mode, late) {
  const o = objectsOf(m), x = extentsOf(m, lane);
  if (!o || !x) return null;
  const { used, best, who, page } = clean(columns * rows, mode), whose = mode !== "fullness" && mode !== "page";
  const { t0, t1, lo, hi } = span;
  const step = (t1 - t0) / columns, high = (hi - lo) / rows;
  const put = (start, end, k, c0, c1, into) => {
    const a = (Math.max(start, lo) - lo) / high, b = (Math.min(end, hi) - lo) / high;
    for (let r = Math.floor(a); r < b && r < rows; r++) {
      const part = Math.min(b, r + 1) - Math.max(a, r);
      for (let i = r * columns + c0, z = r * columns + c1; i <= z; i++) {
        into[i] += part;
        if (whose && part > best[i]) { best[i] = part; who[i] = k; }
      }
    }
  };
  for (let k = 0; k < o.n; k++) {
    if (o.op[k] > t1) break;
    if (o.end[k] <= t0) continue;
    const c0 = Math.max(0, Math.ceil((o.op[k] - t0) / step - late));
    const c1 = Math.min(columns, Math.ceil((o.end[k] - t0) / step - late)) - 1;
    if (c1 < c0) continue;
    for (let i = x.at[k]; i < x.at[k + 1]; i++) {
      const start = x.start[i], end = start + x.size[i];
      if (end <= lo || start >= hi) continue;
      if (mode !== "page") put(start, end, k, c0, c1, used);
      else pagesOf(start, end, (a, b, p) => { if (b > lo && a < hi) put(a, b, k, c0, c1, page[p - 1]); });
    }
  }
  return buffers;
}

// most is which of the three page sizes has most of a cell, 0 if none has any.
function most(page, i) {
  const [a, b, c] = [page[0][i], page[1][i], page[2][i]];
  return a + b + c === 0 ? 0 : c >= a && c >= b ? 3 : b >= a ? 2 : 1;
}

// found lists the kept objects of a lane that live after an operation and lie in [lo,hi), the
// one with most there first, of equals the one with the lower address.
function found(m, lane, op, lo, hi) {
  const o = objectsOf(m), x = extentsOf(m, lane), out = [];
  if (!o || !x) return out;
  living(m, o, op, (k) => {
    let part = 0, first = FOREVER;
    for (let i = x.at[k]; i < x.at[k + 1]; i++) {
      const a = Math.max(lo, x.start[i]), b = Math.min(hi, x.start[i] + x.size[i]);
      if (b > a) { part += b - a; first = Math.min(first, a); }
    }
    if (part) out.push({ k, part, first });
  });
  return out.sort((a, b) => b.part - a.part || a.first - b.first);
}

// sorted is the extents of a lane by address: how long each lives, and how many entries of each
// size of page it takes. It is made once, when something is asked of a moment between frames;
// one pass over it without a jump is quicker than to gather and sort what lives.
function sorted(m, o, x) {
  if (x.sorted) return x.sorted;
  const n = x.at[o.n], owner = new Uint32Array(n), order = new Uint32Array(n);
  for (let k = 0; k < o.n; k++) owner.fill(k, x.at[k], x.at[k + 1]);
  for (let i = 0; i < n; i++) order[i] = i;
  order.sort((i, j) => x.start[i] - x.start[j]);
  const column = (f) => Float64Array.from(order, f);
  const s = { n, op: column((i) => o.op[owner[i]]), end: column((i) => o.end[owner[i]]), from: column((i) => x.start[i]), to: column((i) => x.start[i] + x.size[i]), counts: new Uint32Array(3 * n) };
  for (let i = 0; i < n; i++) pagesOf(s.from[i], s.to[i], (a, b, p) => { s.counts[3 * i + p - 1] += Math.ceil((b - a) / PAGE[p - 1]); });
  x.sorted = s;
  return s;
}
// exactly counts what the series of a lane have, for a moment between frames, from objects
// that are complete: live bytes, the largest hole, the broken share, page-table entries.
function exactly(m, lane, moment) {
  const o = objectsOf(m), x = extentsOf(m, lane);
  if (!o || !x || !o.complete) return null;
  const { n, op, end, from, to, counts } = sorted(m, o, x), count = [0, 0, 0];
  let live = 0, at = 0, largest = 0, whole = 0;
  const hole = (a, b) => {
    if (b - a > largest) largest = b - a;
    if (b - a >= MIB2) whole += Math.max(0, Math.floor(b / MIB2) - Math.ceil(a / MIB2)) * MIB2;
  };
  for (let i = 0; i < n; i++) {
    if (op[i] > moment || end[i] <= moment) continue;
    live += to[i] - from[i];
    count[0] += counts[3 * i];
    count[1] += counts[3 * i + 1];
    count[2] += counts[3 * i + 2];
    if (from[i] > at) hole(at, from[i]);
    at = to[i];
  }
  if (m.managed > at) hole(at, m.managed);
  const free = m.managed - live;
  return { live, largest, broken: free > 0 ? 100 * (free - whole) / free : 0, count };
}
