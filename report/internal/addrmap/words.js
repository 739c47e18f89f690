// What the maps say in words: captions, what is pointed at, the picked object, the reasons of
// refusals. Names come from traces, so all but Go's own sentences goes in as text.
const NBSP = "\u00a0";
// put replaces what is in an element by text and elements.
const put = (e, ...parts) => { e.replaceChildren(...parts); return e; };
const make = (tag, props, ...parts) => { const e = Object.assign(document.createElement(tag), props); e.append(...parts); return e; };
const named = (s) => make("b", { className: classOf(s) }, nameOf(s));
const hex = (n) => "0x" + BigInt(Math.round(n)).toString(16);
const plural = (n, one) => number.format(n) + NBSP + one + (n === 1 ? "" : "s");

// size and percent write numbers as the rest of the page does: three digits, and two.
function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let u = 0;
  while (bytes >= 1024 && u < units.length - 1) { bytes /= 1024; u++; }
  return number.format(bytes >= 1000 ? Math.round(bytes) : Number(bytes.toPrecision(3))) + NBSP + units[u];
}
const percent = (v) => (v >= 9.95 ? v.toFixed(0) : v >= 0.05 ? Math.round(v * 10) / 10 : Math.round(v * 100) / 100) + NBSP + "%";

// below is how many of ascending numbers are at most v.
function below(list, v) {
  let lo = 0, hi = list.length;
  while (lo < hi) { const mid = (lo + hi) >> 1; if (list[mid] <= v) lo = mid + 1; else hi = mid; }
  return lo;
}
// numbersOf is what a caption counts: of the frame, or of the very operation from objects.
function numbersOf(lane) {
  const m = map(), f = frame(), exact = between() ? exactly(m, lane, view.op) : null;
  const n = exact || { live: lane.live[f], largest: lane.largest[f], broken: lane.broken[f], count: [lane.pte4k[f], lane.pte64k[f], lane.pte2m[f]] };
  let refused = lane.refused[f];
  if (exact) refused = below(extentsOf(m, lane).refused, view.op);
  return { ...n, refused, entries: n.count[0] + n.count[1] + n.count[2] };
}
// caption begins with the words that stand there without a script. Entries are counted from
// addresses alone, not as a driver's policy maps a table: only the colours of pages name them.
function caption(row) {
  const m = map(), n = numbersOf(row.lane), split = n.count.map((c, i) => ["4K", "64K", "2M"][i] + " " + number.format(c)).join(", ");
  row.said = [percent(100 * n.live / m.managed) + " full", percent(n.broken) + " broken", number.format(n.refused) + NBSP + "refused"].join(" · ");
  if (modeOf(row.lane).mode === "page") row.said += " · " + number.format(n.entries) + " entries by address: " + split;
  row.caption.textContent = row.said;
  row.caption.title = "largest hole " + size(n.largest) + "; broken: how much of free memory is outside whole 2" + NBSP + "MiB pages; page-table entries by address alone: " + split;
}
// moment is the operation in words.
function momentText() {
  const m = map(), text = "operation " + number.format(view.op) + " of " + number.format(m.ops);
  return between() && !complete() ? text + ", drawn as after " + number.format(m.at[frame()]) : text;
}
const windowText = () => zoomed() ? `Shown: operations ${number.format(view.t0)} to ${number.format(view.t1)}, addresses ${hex(view.lo)} to ${hex(Math.min(view.hi, map().managed))}. ` +
  (complete() ? "" : map().objects ? `The outlines are kept objects, ${number.format(map().objects.kept)} of ${number.format(map().objects.of)}; between them are the cells and moments of the whole map.` : "Drawn are the cells and moments of the whole map: no objects are in this file.") : "";

// whatAt says what a lane has in [lo,hi) at the moment.
function whatAt(lane, lo, hi) {
  const m = map(), at = complete() ? view.op : m.at[frame()], list = found(m, lane, at, lo, hi);
  if (list.length) {
    const { k } = list[0], o = objectsOf(m);
    return `object ${idOf(m, k)} (${size(o.size[k])})` + (list.length > 1 ? ` and ${number.format(list.length - 1)} more` : "");
  }
  if (complete() && extentsOf(m, lane)) return "free";
  const layer = layerOf(lane, "fullness"), i = Math.floor(lo / m.cell) * m.at.length + frame();
  if (!layer) return "";
  const l = layer[i >> 1] >> ((i & 1) << 2) & 15;
  return l === 0 ? "free" : l === 15 ? "full" : "part used, about " + Math.round(100 * l / 15) + NBSP + "%";
}
function pointed() {
  if (view.mark < 0) return "";
  const g = grid(), cell = Math.min(g.cell, map().cell);
  return "Address " + hex(view.mark) + ": " + lanes().map((l) => nameOf(l.s) + " " + whatAt(l, view.mark, view.mark + cell)).join(", ") + ".";
}

// tellObject writes the line and the table of the picked object.
function tellObject(where, note) {
  const m = map(), k = view.picked, o = objectsOf(m);
  where.hidden = k < 0 && !note;
  if (k < 0 || !o) { put(where, note ? make("p", {}, note) : ""); return; }
  const end = o.end[k], age = view.op - o.op[k];
  const life = end === FOREVER ? `lives to the end (${plural(m.ops - o.op[k], "operation")} and more)` : `freed at ${number.format(end)}, a life of ${plural(end - o.op[k], "operation")}`;
  const now = age < 0 ? "not allocated yet" : view.op >= end ? "already freed" : `now ${plural(age, "operation")} old`;
  const line = make("p", {}, make("b", {}, "Object " + idOf(m, k)), `: ${size(o.size[k])}, allocated at operation ${number.format(o.op[k])}, ${life}; ${now}.` + (note ? " " + note : ""));
  const head = make("tr", {}, ...["strategy", "blocks", "segments", "first address"].map((h, i) => make("th", { scope: "col", className: i ? "num" : "" }, h)));
  const body = make("tbody", {});
  for (const lane of lanes()) {
    const x = extentsOf(m, lane), tr = make("tr", {}, make("th", { scope: "row" }, named(lane.s)));
    const n = x ? x.at[k + 1] - x.at[k] : 0;
    if (!x) tr.append(make("td", { colSpan: 3 }, "not in this file"));
    else if (!n) tr.append(make("td", { colSpan: 3, className: "num" }, "refused"));
    else {
      let inside = false;
      for (let i = x.at[k]; i < x.at[k + 1]; i++) inside = inside || x.start[i] < view.hi && x.start[i] + x.size[i] > view.lo;
      [number.format(x.blocks[k]), number.format(n), hex(x.start[x.at[k]])].forEach((t) => tr.append(make("td", { className: "num" }, t)));
      if (!inside) tr.lastChild.append(make("small", {}, "outside the addresses shown"));
    }
    body.append(tr);
  }
  put(where, line, make("table", { className: "plain" }, make("thead", {}, head), body));
}

// whyOf is the latest refusal, or grant in pieces, of a lane that is explained, at or before the
// moment.
function whyOf(lane) {
  let last = null;
  for (const w of lane.why || []) if (w.op <= view.op) last = w; else break;
  return last;
}
// tellWhys shows for each lane the reason that holds. Head and body are Go's, escaped there.
function tellWhys(where) {
  const list = lanes().map((l) => [l, whyOf(l)]), key = view.m + ":" + list.map(([l, w]) => [l.s, w ? w.op : 0, w && fresh(w)]).join(";");
  if (where.dataset.key === key) return;
  where.dataset.key = key;
  where.parentElement.hidden = !lanes().some((l) => l.refused[l.refused.length - 1] > 0 || (l.why || []).length);
  put(where, ...list.map(([lane, why]) => {
    const p = make("p", { className: "why " + classOf(lane.s) });
    if (!why) {
      const all = lane.refused[lane.refused.length - 1];
      p.append(make("span", { className: "none" }, named(lane.s), !all ? " refuses nothing." : (lane.why || []).length ? " has refused nothing yet." : ` refuses ${number.format(all)}, none of which is explained here.`));
      return p;
    }
    const head = make("b", {}), body = make("span", {});
    head.innerHTML = why.head;
    body.innerHTML = why.body;
    p.append(head, " ", body);
    const marks = [];
    if (why.hi > why.lo) marks.push("dashed: the best window");
    if ((why.pins || []).length) marks.push("hatched or dark: what pins it");
    if (why.proven && (why.frees || []).length) marks.push("with a dot: without " + (why.frees.length === 1 ? "this it" : "these it") + " is granted, a replay proved");
    if (marks.length) p.append(make("small", {}, (fresh(why) ? "On the map, " : "On the map of that moment, ") + marks.join("; ") + "."));
    return p;
  }));
}

// legend names the colours of the maps.
function legend(where) {
  const m = map(), item = (c, t) => make("span", {}, make("i", { className: "cell", style: "background:" + css(c) }), t);
  const ramp = (list, from, to) => make("span", {}, from, make("i", { className: "cell ramp", style: `background:linear-gradient(90deg,${list.map(css).join()})` }), to);
  const free = item(palette.free, "free");
  free.firstChild.classList.add("free");
  const modes = {
    fullness: () => [item(palette.full, "full"), ramp([palette.full, palette.broken], "", "part used"), free],
    object: () => [ramp(palette.object.slice(1), "", "a colour an object, the same in every map"), free],
    age: () => [make("span", {}, "age of the object, in operations:"), ...[1, 4, 7, 10, 13, 15].map((v) => item(palette.age[v], v === 15 ? number.format(2 ** 14) + " and more" : number.format(2 ** (v - 1) - 1 || 0))), free],
    page: () => [item(palette.page[1], "4K"), item(palette.page[2], "64K"), item(palette.page[3], "2M"), free, make("span", { className: "how" }, "the largest page that can map most of the cell, by physical address; a driver's policy may map less")],
  };
  if (!view.diff) { put(where, ...modes[view.colour]()); return; }
  const byObject = complete(), others = lanes().filter((l) => !view.diff.includes(l.s));
  put(where, item(palette.fate[SAME], byObject ? "same address" : "equally full"), item(palette.fate[MOVED], byObject ? "moved" : "used in both, not equally"), item(palette.fate[ONLY], "only here"),
    make("span", { className: "how" }, byObject ? "by object" : "by cell: not all objects are in this file"));
  if (!others.length) return;
  where.append(make("span", { className: "how" }, ...others.flatMap((l, i) => [i ? ", " : "", named(l.s)]), ":"), ...modes[view.colour]());
}
