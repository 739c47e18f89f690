// The rows of the machine and what they answer to: pointer, wheel and keys. One change of the
// view leads to one painting, in the next frame of the screen.
const by = (id) => document.getElementById(id);
const section = by("map"), maps = by("maps"), slider = by("scrub"), moment = by("map-moment"), drift = by("map-drift");
let rows = [], built = "";

// build makes the rows of the strategies shown: both maps, the strokes and the caption.
function build() {
  const want = view.m + ":" + view.s;
  if (want === built) return;
  built = want;
  maps.querySelectorAll(".line,.history,.moment").forEach((e) => e.remove());
  rows = lanes().map((lane) => {
    const name = nameOf(lane.s), canvas = (className) => make("canvas", { className });
    const r = { lane, key: "", history: canvas("area"), moment: canvas("area"), strokes: canvas("strokes"), caption: make("span", { className: "caption" }) };
    for (const c of [r.history, r.moment]) c.setAttribute("role", "img");
    r.strokes.setAttribute("aria-hidden", "true");
    r.cursor = make("i", { className: "cursor" });
    r.level = make("i", { className: "level" });
    r.spot = make("i", { className: "spot" });
    r.axis = make("i", { className: "axis", title: "Wheel here: zoom addresses" });
    const line = make("p", { className: "line" }, named(lane.s), r.caption);
    const tag = make("span", { className: "tag" }, named(lane.s));
    const left = make("div", { className: "history" }, make("div", { className: "frame" }, r.history, r.axis, r.cursor, r.level, tag), r.strokes);
    const right = make("div", { className: "moment" }, make("div", { className: "frame" }, r.moment, r.spot));
    const behind = maps.querySelector(".scrub");
    behind.before(line, left, right);
    listen(r);
    r.history.title = name;
    return r;
  });
  maps.style.setProperty("--n", rows.length);
  maps.dataset.lanes = rows.length;
}

let due = {}, pending = 0, late = 0;
function request(what) {
  due = { history: due.history || what.history, moment: due.moment || what.moment };
  if (pending) return;
  pending = requestAnimationFrame(draw);
  late = setTimeout(draw, 150); // where no frame comes: a page in the background
}
// draw brings the page up to the view.
function draw() {
  cancelAnimationFrame(pending);
  clearTimeout(late);
  pending = 0;
  const { history } = due;
  due = {};
  const settled = rested;
  build();
  unpackFirst(lanes().map((l) => [l, modeOf(l).mode]).filter((of) => !fromObjects(...of)).map((of) => layerName(...of)));
  rows.forEach((r) => {
    const why = (whyOf(r.lane) || {}).op;
    if (history || why !== r.why) paintHistory(r);
    r.why = why;
    if (history) paintStrokes(r);
    paintMoment(r);
    caption(r);
    r.cursor.style.left = 100 * shareOf(view.op) + "%";
    r.cursor.hidden = shareOf(view.op) < 0 || shareOf(view.op) > 1;
    r.history.setAttribute("aria-label", `${nameOf(r.lane.s)}: addresses ${hex(view.lo)} to ${hex(Math.min(view.hi, map().managed))} over operations ${number.format(view.t0)} to ${number.format(view.t1)}, by ${view.diff ? "difference" : view.colour}`);
    r.moment.setAttribute("aria-label", `${nameOf(r.lane.s)} at operation ${number.format(view.op)}: ${r.said}`);
  });
  slider.min = view.t0;
  slider.max = view.t1;
  slider.value = view.op;
  const text = momentText();
  slider.setAttribute("aria-valuetext", text);
  moment.textContent = text;
  mark();
  tellWhys(by("map-whys"));
  tellObject(by("map-object"), noted === view.op ? note : "");
  by("map-window").textContent = windowText();
  bar(history);
  maps.classList.toggle("zoomed", zoomed());
  maps.classList.toggle("diff", Boolean(view.diff));
  if (view.diff && history) paintDrift(drift);
  if (settled) rested = false;
  answer();
}
// mark shows the address pointed at on all maps.
function mark() {
  const g = grid(), row = g.columns * g.cell, at = view.mark - g.lo, inside = view.mark >= 0 && at >= 0 && at < row * g.rows;
  const cell = Math.floor(at / g.cell), x = cell % g.columns, y = Math.floor(cell / g.columns);
  for (const r of rows) {
    r.spot.style.cssText = inside ? `display:block;left:calc(${100 * x / g.columns}% - 3px);top:calc(${100 * y / g.rows}% - 3px);width:calc(${100 / g.columns}% + 6px);height:calc(${100 / g.rows}% + 6px)` : "";
    r.level.style.cssText = inside ? `display:block;top:${100 * (at + g.cell / 2) / (row * g.rows)}%` : "";
  }
  by("map-address").textContent = pointed();
}
function point(address) {
  if (address === view.mark) return;
  view.mark = address;
  mark();
}

// pick lights up the next of the kept objects of a lane in [lo,hi) at the moment. What is
// asked before the objects are unpacked is kept, and answered when they are; a note is of the
// moment at which it was made.
let note = "", noted = 0, lastPick = "", asked = null;
function pick(lane, lo, hi) {
  const m = map(), at = complete() ? view.op : m.at[frame()];
  const list = found(m, lane, at, lo, hi).map((x) => x.k), key = [lane.s, at, lo, hi].join();
  note = "";
  noted = view.op;
  asked = null;
  if (list.length) {
    const i = key === lastPick ? list.indexOf(view.picked) + 1 : 0;
    view.picked = list[i % list.length];
    if (list.length > 1) note = `${number.format(list.length)} objects here; click again for the next.`;
  } else {
    view.picked = -1;
    const there = whatAt(lane, lo, hi);
    if (!m.objects) note = "No objects of this workload are in this file.";
    else if (waiting()) {
      note = "The objects are being unpacked.";
      asked = { lane, lo, hi, of: map(), op: view.op };
    } else if (there !== "free" && !complete()) note = `What ${nameOf(lane.s)} has at ${hex(lo)} is not among the ${number.format(m.objects.kept)} of ${number.format(m.objects.of)} objects that are in this file.`;
    else note = `${nameOf(lane.s)} has nothing at ${hex(lo)} at this moment.`;
  }
  lastPick = key;
  request(ALL);
}
// answer picks what was asked for, unless the reader went on to something else.
function answer() {
  if (!asked || waiting()) return;
  const { lane, lo, hi, of, op } = asked;
  asked = null;
  if (of === map() && op === view.op) pick(lane, lo, hi);
}

// listen hears what is done to the maps of a row.
const share = (e, c) => {
  const r = c.getBoundingClientRect();
  return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
};
const cellAt = (x, y) => {
  const g = grid();
  return g.lo + (clamp(Math.floor(y * g.rows), 0, g.rows - 1) * g.columns + clamp(Math.floor(x * g.columns), 0, g.columns - 1)) * g.cell;
};
let active = 0; // the row that Enter picks from
function listen(row) {
  const { history, moment, lane, axis } = row;
  let down = null;
  const press = (c) => (e) => {
    if (e.button) return;
    stop();
    maps.focus({ preventScroll: true });
    active = rows.indexOf(row);
    c.setPointerCapture(e.pointerId);
    down = { x: e.clientX, y: e.clientY, moved: false, view: { ...view } };
    if (c === history && !zoomed()) seek(snap(opAt(share(e, c)[0])));
  };
  const drag = (c) => (e) => {
    const [x, y] = share(e, c), inside = x >= 0 && x < 1 && y >= 0 && y < 1;
    if (!down || !(e.buttons & 1)) {
      point(!inside ? -1 : c === history ? addressAt(y) - addressAt(y) % grid().cell : cellAt(x, y));
      return;
    }
    if (Math.abs(e.clientX - down.x) + Math.abs(e.clientY - down.y) > 4) down.moved = true;
    if (!down.moved) return;
    const r = c.getBoundingClientRect(), dx = (down.x - e.clientX) / r.width, dy = (down.y - e.clientY) / r.height;
    const { t0, t1, lo, hi } = down.view;
    if (c === history && !zoomed()) { seek(snap(opAt(x))); return; }
    if (c === history && timeZoomed()) setTime(t0 + dx * (t1 - t0), t1 - t0);
    if (addressZoomed()) setAddress((lo + hi) / 2 + dy * (hi - lo), hi - lo);
    changed(ALL);
  };
  const release = (c) => (e) => {
    if (!down) return;
    const { moved } = down, [x, y] = share(e, c);
    down = null;
    if (moved) return;
    if (c === history) {
      if (zoomed()) seek(snap(opAt(x)), true);
      const high = (view.hi - view.lo) / history.clientHeight, at = addressAt(y);
      pick(lane, Math.floor(at / high) * high, (Math.floor(at / high) + 1) * high);
      return;
    }
    const at = cellAt(x, y);
    pick(lane, at, at + grid().cell);
  };
  for (const c of [history, moment]) {
    c.addEventListener("pointerdown", press(c));
    c.addEventListener("pointermove", drag(c));
    c.addEventListener("pointerup", release(c));
    c.addEventListener("pointercancel", () => { down = null; });
    c.addEventListener("pointerleave", () => { if (!down) point(-1); });
    c.addEventListener("dblclick", () => { if (zoomed()) reset(); });
  }
  // A wheel zooms only who works with the maps: otherwise it scrolls the page.
  const wheel = (c, address) => (e) => {
    if (!e.ctrlKey && !maps.contains(document.activeElement)) return;
    e.preventDefault();
    stop();
    const factor = Math.exp(-clamp(e.deltaY || e.deltaX, -120, 120) / 240), [x, y] = share(e, c);
    if (c === history && !address && !e.shiftKey) { zoomTime(factor, opAt(x)); return; }
    turned += Math.log2(factor) * 1.4; // whole doublings of addresses, from as many small turns as it takes
    const n = Math.trunc(turned);
    if (n) { turned -= n; zoomAddress(2 ** n, c === moment ? cellAt(x, y) : addressAt(y)); }
  };
  history.addEventListener("wheel", wheel(history), { passive: false });
  axis.addEventListener("wheel", wheel(history, true), { passive: false });
  moment.addEventListener("wheel", wheel(moment, true), { passive: false });
}
let turned = 0;

slider.addEventListener("input", () => {
  stop();
  const v = +slider.value, m = map(), f = frame();
  const to = snap(v);
  if (to !== view.op || v === view.op || fine()) { seek(to, true); return; }
  step(v > view.op ? 1 : -1); // one tick of a device that knows no frames
});

// play
let timer = 0;
const playing = () => timer !== 0;
const play = by("map-play");
function stop() {
  if (!timer) return;
  clearInterval(timer);
  timer = 0;
  play.setAttribute("aria-pressed", "false");
  play.textContent = "▶";
  play.title = "Play";
  changed({});
}
function toggle() {
  if (timer) { stop(); return; }
  const m = map(), last = Math.min(view.t1, m.ops);
  if (view.op >= last) seek(fine() ? view.t0 : m.at[0], true);
  // Who asked for less motion gets a slide show of two dozen moments.
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, frames = fine() ? view.t1 - view.t0 : m.at.length;
  const n = Math.max(1, Math.round(calm ? frames / 24 : fine() ? frames / 480 : 1));
  play.setAttribute("aria-pressed", "true");
  play.textContent = "❚❚";
  play.title = "Pause";
  timer = setInterval(() => { if (view.op >= last) stop(); else step(n); }, calm ? 900 : 40);
}

// Keys act while the maps or something in them has the focus. A button keeps its own.
maps.addEventListener("keydown", (e) => {
  const on = e.target, press = /^(BUTTON|SELECT|INPUT)$/.test(on.tagName) && on !== slider;
  if (e.ctrlKey || e.metaKey || e.altKey || press && (e.key === " " || e.key === "Enter" || on.tagName === "SELECT")) return;
  const far = e.shiftKey ? 10 : 1, g = grid(), row = g.columns * g.cell, span = view.hi - view.lo;
  const vertical = (d) => {
    if (addressZoomed() && !(e.shiftKey && e.key.startsWith("Arrow"))) pan(0, d * span / 8);
    else point(clamp((view.mark < 0 ? view.lo - (d > 0 ? row : 0) : view.mark) + d * row, view.lo, Math.min(view.hi, map().managed) - g.cell));
  };
  const act = {
    arrowleft: () => step(-far), a: () => step(-far), arrowright: () => step(far), d: () => step(far),
    arrowup: () => vertical(-1), arrowdown: () => vertical(1),
    w: () => { if (e.shiftKey) vertical(-1); else zoomTime(1.5, view.op); },
    s: () => { if (e.shiftKey) vertical(1); else zoomTime(1 / 1.5, view.op); },
    "+": () => zoomAddress(2, view.mark < 0 ? (view.lo + view.hi) / 2 : view.mark), "-": () => zoomAddress(0.5, view.mark < 0 ? (view.lo + view.hi) / 2 : view.mark),
    ",": () => point(Math.max(view.lo, view.mark - g.cell)), ".": () => point(Math.min(view.hi - g.cell, view.mark + g.cell)),
    enter: () => {
      const lane = lanes()[Math.min(active, rows.length - 1)];
      const at = view.mark < 0 ? view.lo : view.mark;
      pick(lane, at, at + (view.mark < 0 ? span : g.cell));
    },
    " ": toggle, home: () => seek(map().at[0]), end: () => seek(map().ops),
    escape: () => { view.picked = view.mark = -1; note = ""; asked = null; reset(); },
  }[e.key.toLowerCase()];
  if (!act) return;
  e.preventDefault();
  if (e.key !== " ") stop();
  act();
});

// On the drift the values of a moment can be read, and a click goes there.
drift.addEventListener("pointermove", (e) => driftText(snap(opAt(share(e, drift)[0]))));
drift.addEventListener("pointerleave", () => driftText(view.op));
drift.addEventListener("click", (e) => seek(snap(opAt(share(e, drift)[0]))));
