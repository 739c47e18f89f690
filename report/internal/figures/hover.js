// The values under the mouse, the finger or the arrow keys: all series at the nearest x, or
// at the nearest y where a panel is read that way. Panels that share this axis are read
// together.
const near = 4; // units of the drawing up to which a point belongs to a place

// groupsOf are the panels that are read together.
function groupsOf(panels) {
  const groups = new Map();
  for (const p of panels) {
    const key = JSON.stringify([p.byY, p.places[p.byY ? 1 : 0]]);
    groups.set(key, [...(groups.get(key) || []), p]);
  }
  return [...groups.values()];
}

// stopsOf are the places of a group where a series has a point, in the order of the keys.
function stopsOf(figure, group) {
  const along = group[0].byY ? "top" : "left", of = group[0].byY ? "y" : "x";
  const stops = new Map();
  for (const p of group) for (const s of visible(figure, p)) if (!s.silent) for (const at of s.points) stops.set(at[along], at[of]);
  return [...stops].map(([place, value]) => ({ group, place, value })).sort((a, b) => (group[0].byY ? b.place - a.place : a.place - b.place));
}

// valuesAt are the points of a panel at a stop, or none of a series.
function valuesAt(figure, panel, place) {
  const along = panel.byY ? "top" : "left";
  return visible(figure, panel).filter((s) => !s.silent).map((series) => {
    let at = null;
    for (const p of series.points) if (Math.abs(p[along] - place) <= near && (!at || Math.abs(p[along] - place) < Math.abs(at[along] - place))) at = p;
    return { series, at };
  });
}

const token = (strategy) => "var(--" + (strategy < 0 ? "ink" : "s" + strategy % run.colours) + ")";
const mark = (name, attributes) => {
  const e = document.createElementNS(figures[0].drawings[0].svg.namespaceURI, name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
};

// readout is the text at a stop.
function readout(figure, stop) {
  const first = stop.group[0], axis = first.byY ? first.y : first.x;
  const out = [make("b", {}, axis.name + " " + say(stop.value, axis.unit))];
  for (const p of stop.group) {
    const rows = valuesAt(figure, p, stop.place);
    if (stop.group.length > 1 && rows.length) out.push(make("small", {}, p.title));
    for (const { series, at } of rows) {
      const value = at ? (p.byY ? say(at.x, p.x.unit) : say(at.y, p.y.unit)) : "–";
      out.push(make("span", {}, make("i", { style: "background:" + token(series.strategy) }), make("em", {}, series.name), make("output", {}, value)));
    }
  }
  return out;
}

// grid is the same as a table, for where it stands below a narrow drawing: a row for each
// strategy, a column for each panel.
function grid(figure, stop) {
  const first = stop.group[0], rows = new Map();
  stop.group.forEach((p, i) => {
    for (const { series, at } of valuesAt(figure, p, stop.place)) {
      if (!rows.has(series.name)) rows.set(series.name, { series, values: stop.group.map(() => "–") });
      if (at) rows.get(series.name).values[i] = say(at.y, p.y.unit);
    }
  });
  return make("table", {},
    make("thead", {}, make("tr", {}, make("th", {}, first.x.name + " " + say(stop.value, first.x.unit)), ...stop.group.map((p) => make("th", {}, p.title)))),
    make("tbody", {}, ...[...rows].map(([name, { series, values }]) => make("tr", {},
      make("th", {}, make("i", { style: "background:" + token(series.strategy) }), name), ...values.map((v) => make("td", {}, v))))));
}

// point shows a stop in the drawing that is shown.
function point(figure, stop, aloud) {
  figure.leave();
  const drawing = figure.shown(), { svg, box: frame } = drawing;
  const [width, height] = [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height];
  const cross = mark("g", { class: "cross" });
  for (const p of stop.group) {
    cross.append(p.byY ? mark("line", { x1: p.left, x2: p.right, y1: stop.place, y2: stop.place }) : mark("line", { x1: stop.place, x2: stop.place, y1: p.top, y2: p.bottom }));
    for (const { series, at } of valuesAt(figure, p, stop.place)) if (at) cross.append(mark("circle", { cx: at.left, cy: at.top, r: 4, style: "fill:" + token(series.strategy) }));
  }
  svg.append(cross);
  const part = stop.group[0], rows = readout(figure, stop), label = make("div", { class: "readout" });
  if (!part.byY && stop.group.length > 1 && width < 400) { // beside the line it would hide what it speaks of
    label.className += " below";
    label.append(grid(figure, stop));
  } else {
    label.append(...rows);
    beside(label, part, stop.place, width, height);
  }
  frame.append(label);
  if (aloud) figure.live.textContent = rows.map((e) => [...(e.children.length ? e.children : [e])].map((c) => c.textContent).join(" ").trim()).join("; ");
  figure.stop = stop;
}

// beside puts a text next to the cross, on the side where there is more room.
function beside(label, part, place, width, height) {
  const x = (part.byY ? (part.left + part.right) / 2 : place) / width, y = (part.byY ? place : part.top) / height;
  label.style[x > 0.5 ? "right" : "left"] = "calc(" + 100 * (x > 0.5 ? 1 - x : x) + "% + 10px)";
  label.style.maxWidth = "min(300px, " + (100 * Math.max(x, 1 - x)) + "% - 12px)";
  if (part.byY && y > 0.5) label.style.bottom = "calc(" + 100 * (1 - y) + "% + 10px)"; else label.style.top = "calc(" + 100 * y + "% + 10px)";
}

// nearest is the stop for a place on the drawing, if it is near a panel.
function nearest(figure, left, top) {
  const away = (p) => Math.max(p.left - left, left - p.right, 0) + Math.max(p.top - top, top - p.bottom, 0);
  let best = null;
  for (const group of groupsOf(figure.shown().panels)) {
    const d = Math.min(...group.map(away));
    if (d < 40 && (!best || d < best.d)) best = { d, group };
  }
  if (!best) return null;
  const at = best.group[0].byY ? top : left;
  return stopsOf(figure, best.group).reduce((a, b) => (!a || Math.abs(b.place - at) < Math.abs(a.place - at) ? b : a), null);
}

for (const f of figures) {
  f.live = make("p", { class: "unseen", "aria-live": "polite" });
  f.element.append(f.live);
  f.leave = () => {
    f.element.querySelectorAll(".cross, .readout").forEach((e) => e.remove());
    f.stop = null;
  };
  for (const { box: frame, svg } of f.drawings) {
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", "Values of the figure: left and right arrow keys");
    const move = (e) => {
      const r = svg.getBoundingClientRect(), unit = svg.viewBox.baseVal.width / r.width;
      const stop = nearest(f, (e.clientX - r.left) * unit, (e.clientY - r.top) * unit);
      if (stop) point(f, stop); else f.leave();
    };
    frame.addEventListener("pointermove", move);
    frame.addEventListener("pointerdown", move);
    frame.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse") f.leave(); });
    frame.addEventListener("blur", f.leave);
    frame.addEventListener("keydown", (e) => {
      const stops = groupsOf(f.shown().panels).flatMap((g) => stopsOf(f, g));
      const now = f.stop ? stops.findIndex((s) => s.place === f.stop.place && s.group[0] === f.stop.group[0]) : -1;
      const to = { ArrowRight: now + 1, ArrowLeft: now < 0 ? stops.length - 1 : now - 1, Home: 0, End: stops.length - 1 }[e.key];
      if (e.key === "Escape") f.leave();
      if (to === undefined || !stops.length || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault();
      point(f, stops[Math.min(stops.length - 1, Math.max(0, to))], true);
    });
  }
}
addEventListener("pointerdown", (e) => { for (const f of figures) if (f.stop && !f.element.contains(e.target)) f.leave(); });
addEventListener("resize", () => figures.forEach((f) => f.leave()));
