// Flame graphs that zoom and search. The boxes that stand in the page are replaced by those
// of the whole trees; a frame is {name, depth, ns: [a, b] or [ns], tint, parent, children}.
const source = document.getElementById("flamedata");
if (!source) return;
const data = JSON.parse(source.textContent);
const { state } = lab;
const levels = 9; // below what is zoomed
const narrow = matchMedia("screen and (max-width: 760px)");

// short3 writes a number as the page does elsewhere: three digits, from 100 on all before the point.
function short3(v) {
  if (v >= 99.95) return lab.number.format(v < 99999.95 ? Math.round(v * 10) / 10 : Math.round(v));
  return v === 0 ? "0" : String(Number(v.toPrecision(3)));
}
const nanoseconds = (ns) => short3(ns) + "\u00a0ns";

// unfold makes the frames of a tree from its numbers, in the order of a walk down it.
function unfold(nodes, times) {
  const step = 3 + times, all = [], path = [];
  for (let i = 0; i < nodes.length; i += step) {
    const depth = nodes[i + 1], parent = depth > 0 ? path[depth - 1] : null;
    const f = { id: all.length, name: data.names[nodes[i]], depth, parent, children: [],
      ns: nodes.slice(i + 2, i + 2 + times), tint: nodes[i + step - 1] };
    path[depth] = f;
    if (parent) parent.children.push(f);
    all.push(f);
  }
  return all;
}

// make is a new element with text, in front of what is given or at its end.
function make(tag, attributes, text) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text) e.textContent = text;
  return e;
}

let query = "";
const hit = (f) => query !== "" && f.name.toLowerCase().includes(query);

// matched is the time of the outermost frames that match below a frame: what a match within
// another takes is in that of the other.
function matched(f, side) {
  return hit(f) ? f.ns[side] : f.children.reduce((sum, c) => sum + matched(c, side), 0);
}

// share is a part in percent, one digit behind the point.
const share = (part, all) => (all > 0 ? 100 * part / all : 0).toFixed(1) + "\u00a0%";

// valueOf and classOf are what a frame of a panel says and whose colour it has.
function valueOf(panel, f) {
  const mine = f.ns[panel.side], other = f.ns[1 - panel.side];
  if (!panel.pair) return nanoseconds(mine);
  if (other === 0) return nanoseconds(mine) + ", only here";
  if (mine > other) return nanoseconds(mine) + ", " + short3(mine - other) + " more";
  return nanoseconds(mine) + (mine < other ? ", " + short3(other - mine) + " less" : ", as much");
}
function classOf(panel, f) {
  return panel.pair ? panel.pair.class[f.ns[panel.side] < f.ns[1 - panel.side] ? 1 - panel.side : panel.side] : panel.class;
}

// detail is what is told of the frame that has the focus or the pointer.
function detail(panel, f) {
  const s = panel.side, own = f.ns[s] - f.children.reduce((sum, c) => sum + c.ns[s], 0);
  return f.name + ": " + valueOf(panel, f) + "; " + share(f.ns[s], panel.all[0].ns[s]) + " of an operation" +
    (f.children.length && own > 0 ? ", " + nanoseconds(own) + " of it in itself" : "");
}

// draw lays out a panel: what is zoomed and those above it take the whole width.
function draw(panel) {
  const { all, side } = panel, zoom = all[panel.zoom] && all[panel.zoom].ns[side] > 0 ? all[panel.zoom] : all[0];
  panel.zoom = zoom.id;
  const scale = zoom.parent ? zoom.ns[side] : panel.scale, least = narrow.matches ? 0.03 : 1 / 120;
  panel.shown = [];
  for (let f = zoom.parent; f; f = f.parent) panel.shown.unshift({ f, left: 0, width: 1 });
  const place = (f, left) => {
    const width = f.ns[side] / scale;
    if (f !== zoom && (width < least || f.depth - zoom.depth > levels)) return; // zooming shows more
    panel.shown.push({ f, left, width });
    for (const c of f.children) { place(c, left); left += c.ns[side] / scale; }
  };
  place(zoom, 0);
  if (!panel.shown.some((s) => s.f === panel.at)) panel.at = zoom;
  const rows = Math.max(...panel.shown.map((s) => s.f.depth)) + 1;
  panel.list.style.setProperty("--rows", rows);
  panel.list.replaceChildren(...panel.shown.map((s) => box(panel, s, zoom)));
  panel.reset.hidden = !zoom.parent;
  tell(panel);
}

// box is the element of a frame.
function box(panel, { f, left, width }, zoom) {
  const percent = (v) => (100 * v).toFixed(3) + "%", value = valueOf(panel, f);
  const li = make("li", { class: classOf(panel, f) + (width < 0.03 ? " thin" : "") + (hit(f) ? " hit" : "") + (f.depth < zoom.depth ? " above" : ""), title: f.name + ", " + value });
  li.style.cssText = `left:${percent(left)};width:${percent(width)};--d:${f.depth};--w:${percent(width)};--t:${f.tint}%`;
  const button = make("button", { type: "button", tabindex: f === panel.at ? 0 : -1 });
  button.append(make("span", {}, f.name), " ", make("em", {}, value));
  button.dataset.frame = f.id;
  li.append(button);
  return li;
}

// tell says how much of a panel matches what is looked for.
function tell(panel) {
  const root = panel.all[0], of = (side) => share(matched(root, side), root.ns[side]);
  let text = "";
  if (query !== "") {
    text = "matches " + of(panel.side) + " of the time";
    if (panel.pair) text += ", of that of " + panel.pair.strategies[1 - panel.side] + " " + of(1 - panel.side);
  }
  panel.matches.textContent = text;
}

// focus gives a frame the focus, if it is drawn.
function focus(panel, f) {
  if (!f || !panel.shown.some((s) => s.f === f)) return;
  panel.at = f;
  for (const b of panel.list.querySelectorAll("button")) {
    b.tabIndex = Number(b.dataset.frame) === f.id ? 0 : -1;
    if (b.tabIndex === 0) b.focus();
  }
}

// zoomTo draws a frame at full width and keeps the focus on it.
function zoomTo(panel, f) {
  const had = panel.list.contains(document.activeElement) || document.activeElement === panel.reset;
  panel.zoom = f.id;
  panel.at = f;
  draw(panel);
  if (had) focus(panel, f);
  note();
}

// panelOf adds to boxes in the page what it takes to use them.
function panelOf(element, panel) {
  panel.list = element.querySelector(".boxes");
  panel.matches = make("output", { class: "matches" });
  panel.reset = make("button", { type: "button", class: "reset" }, "Reset zoom");
  panel.said = make("p", { class: "said" });
  const bar = make("span", { class: "flamebar" });
  bar.append(panel.matches, panel.reset);
  element.querySelector("h3").append(" ", bar);
  panel.list.after(panel.said);
  panel.zoom = 0;
  const frameOf = (e) => { const b = e.target.closest("[data-frame]"); return b && panel.all[b.dataset.frame]; };
  panel.list.addEventListener("click", (e) => { const f = frameOf(e); if (f) zoomTo(panel, f); });
  for (const on of ["focusin", "pointerover"]) {
    panel.list.addEventListener(on, (e) => { const f = frameOf(e); if (f) panel.said.textContent = detail(panel, f); });
  }
  panel.reset.addEventListener("click", () => zoomTo(panel, panel.all[0]));
  element.addEventListener("keydown", (e) => {
    const f = panel.at, around = f.parent ? f.parent.children.filter((c) => panel.shown.some((s) => s.f === c)) : [f];
    const beside = (by) => around[around.indexOf(f) + by];
    const to = { ArrowUp: () => f.parent, ArrowDown: () => f.children[0], ArrowLeft: () => beside(-1), ArrowRight: () => beside(1) }[e.key];
    if (e.key === "Escape" && panel.zoom !== 0) { zoomTo(panel, panel.all[0]); e.preventDefault(); }
    if (to && frameOf(e)) { focus(panel, to()); e.preventDefault(); }
  });
  return panel;
}

const panels = [...document.querySelectorAll("#flames .flame")].map((e, i) => panelOf(e, {
  class: data.flames[i].class, side: 0, scale: data.widest, all: unfold(data.flames[i].nodes, 1),
}));
const place = document.getElementById("flamediff");
let diff = null, choice = null;
if (place) {
  diff = panelOf(place.querySelector(".flame"), {});
  choice = make("select", { id: "flamepair" });
  data.pairs.forEach((p, i) => [1, 0].forEach((side) => {
    choice.append(make("option", { value: i + "," + side }, p.strategies[side] + " against " + p.strategies[1 - side]));
  }));
  const label = make("label", { class: "flamefield" }, "Compare ");
  label.append(choice);
  place.prepend(label);
  choice.addEventListener("change", () => { compare(choice.value); note(); });
}

// compare shows a pair, named by its number and the side that is drawn.
function compare(which) {
  if (![...choice.options].some((o) => o.value === which)) which = choice.options[0].value;
  choice.value = which;
  const [i, side] = which.split(",").map(Number), pair = data.pairs[i];
  Object.assign(diff, { pair, side, scale: pair.scale, all: unfold(pair.nodes, 2), zoom: 0, at: null });
  const name = place.querySelector("h3 b");
  name.className = pair.class[side];
  name.textContent = pair.strategies[side];
  place.querySelector("h3 > span").textContent = pair.head[side];
  place.querySelector(".limits").textContent = pair.only[1 - side];
  diff.said.textContent = "";
  draw(diff);
}

const field = make("input", { type: "search", id: "flamefind", autocomplete: "off", spellcheck: "false", placeholder: "part of a name" });
const label = make("label", { class: "flamefield" }, "Find functions ");
label.append(field);
document.getElementById("flames").before(label);
const each = (f) => panels.concat(diff || []).forEach(f);
function find(text) { query = text.trim().toLowerCase(); each(draw); }
field.addEventListener("input", () => { find(field.value); note(); });
field.addEventListener("keydown", (e) => { if (e.key === "Escape") { field.value = ""; find(""); note(); e.preventDefault(); } });

// The view in the fragment: z for a panel that is zoomed and its frame, d for the pair, and q,
// at the end since it may hold anything, for what is looked for.
function note() {
  const parts = panels.map((p, i) => (p.zoom ? "z:" + i + ":" + p.zoom : "")).filter(Boolean);
  if (diff && choice.selectedIndex > 0) parts.push("d:" + choice.value);
  if (diff && diff.zoom) parts.push("z:d:" + diff.zoom);
  if (query) parts.push("q:" + query);
  state.set({ flame: parts.join(";") });
}
function restore() {
  const text = state.get("flame"), at = text.search(/(^|;)q:/);
  const parts = (at < 0 ? text : text.slice(0, at)).split(";");
  const value = (key) => (parts.find((p) => p.startsWith(key)) || "").slice(key.length);
  query = at < 0 ? "" : text.slice(text.indexOf("q:", at) + 2).trim().toLowerCase();
  if (field.value.trim().toLowerCase() !== query) field.value = query;
  if (diff) { compare(value("d:")); diff.zoom = Number(value("z:d:")) || 0; }
  panels.forEach((p, i) => { p.zoom = Number(value("z:" + i + ":")) || 0; });
  each(draw);
}
state.changed(restore);
narrow.addEventListener("change", () => each(draw));
restore();
