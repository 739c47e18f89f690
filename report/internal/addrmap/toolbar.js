// The bar over the maps: which workload, which strategies, which colours; and where to jump.
const chooser = by("map-workload"), boxes = by("map-strategies"), pairs = by("map-diff"), colouring = by("map-colour");
const why = by("map-why"), first = by("map-first"), different = by("map-different"), diverge = by("map-divergence"), headline = section.querySelector("h2");

for (const [recorded, label] of [[true, "recorded"], [false, "generated"]]) {
  const group = make("optgroup", { label });
  atlas.maps.forEach((m, i) => { if (Boolean(m.recorded) === recorded) group.append(make("option", { value: i }, (m.title || m.name) + (m.facts ? " (" + m.facts + ")" : ""))); });
  if (group.children.length) chooser.append(group);
}
chooser.addEventListener("change", () => {
  stop();
  note = "";
  choose(+chooser.value);
  changed(ALL);
});

// bar brings the controls up to the view; the lists only when another map is shown.
let barOf = -1;
function bar(all) {
  const m = map();
  chooser.value = view.m;
  if (barOf !== view.m) lists(m);
  if (barOf !== view.m && headline) put(headline, (m.title || m.name) + (m.facts ? ", " + m.facts : "") + " ", ...headline.querySelectorAll("a")); // its link to itself stays
  barOf = view.m;
  by("map-before").disabled = refusal(false) === view.op;
  by("map-next").disabled = refusal(true) === view.op;
  if (!all) { driftText(view.op); return; }
  boxes.querySelectorAll("input").forEach((b) => {
    b.checked = view.s.includes(+b.value);
    b.disabled = b.checked && view.s.length === 1 || !b.checked && view.s.length >= 6;
  });
  colouring.value = view.colour;
  colouring.disabled = Boolean(view.diff); // the pair of a difference has colours of its own
  colouring.title = view.diff ? "While a difference is shown it has the colours" : "";
  pairs.value = view.diff ? view.diff.slice().sort((a, b) => a - b).join() : "";
  legend(by("map-legend"));
  const f = lanes().map((l) => l.first).filter((f) => f >= 0), refused = lanes().some((l) => l.refused.some((n) => n > 0));
  first.disabled = !f.length;
  first.title = f.length ? "First refusal" : refused ? "Only invalid requests are refused" : "Nothing is refused";
  different.title = lanes().length > 1 ? "Most different" : "Most broken";
  const p = divergence();
  diverge.hidden = lanes().length < 2;
  diverge.disabled = !p || !p.first;
  diverge.title = (p && !p.first ? "No divergence" : "First divergence") + (p ? ": " + nameOf(p.a) + " and " + nameOf(p.b) : "");
  why.querySelector(".steps").hidden = !lanes().some((l) => (l.why || []).length);
  by("map-reset").disabled = !zoomed();
  by("map-note").textContent = m.note || "";
  driftText(view.op);
}
function lists(m) {
  put(boxes, make("legend", { className: "sr" }, "Strategies"), ...m.lanes.map((l) => {
    const b = make("input", { type: "checkbox", value: l.s });
    b.addEventListener("change", () => {
      if (!boxes.querySelector("input:checked")) b.checked = true; // one stays
      view.s = [...boxes.querySelectorAll("input:checked")].map((c) => +c.value);
      if (view.diff && !view.diff.every((s) => view.s.includes(s))) view.diff = null;
      changed(ALL);
    });
    return make("label", { className: classOf(l.s) }, b, nameOf(l.s));
  }));
  boxes.hidden = m.lanes.length < 2;
  const options = [make("option", { value: "" }, "no diff")];
  m.lanes.forEach((a, i) => m.lanes.slice(i + 1).forEach((b) => options.push(make("option", { value: a.s + "," + b.s }, nameOf(a.s) + " against " + nameOf(b.s)))));
  put(pairs, ...options);
  pairs.parentElement.hidden = m.lanes.length < 2;
}
colouring.addEventListener("change", () => {
  view.colour = colouring.value;
  changed(ALL);
});
pairs.addEventListener("change", () => {
  view.diff = pairs.value ? pairs.value.split(",").map(Number) : null;
  if (view.diff) show(view.diff);
  changed(ALL);
});

// divergence is the pair that a jump to the first divergence is about.
function divergence() {
  const pair = view.diff || lanes().slice(0, 2).map((l) => l.s);
  return pair.length === 2 ? pairOf(map(), ...pair) : null;
}
// mostDifferent is the frame at which the strategies shown differ most in what they broke, of
// one alone the most broken; where none breaks more, that at which most lies with one alone.
function mostDifferent() {
  const m = map(), list = lanes();
  if (m.name === atlas.start.map && String(view.s) === String(atlas.start.s)) return m.start;
  let best = m.start, top = 0;
  const look = (value) => m.at.forEach((_, f) => { const v = value(f); if (v > top) { top = v; best = f; } });
  if (list.length === 1) { look((f) => (list[0].live[f] > 0 ? list[0].broken[f] : 0)); return best; }
  look((f) => { const b = list.map((l) => (l.live[f] > 0 ? l.broken[f] : 0)); return Math.max(...b) - Math.min(...b); });
  if (top >= 0.5) return best;
  top = 0;
  const p = divergence();
  if (p) look((f) => p.onlyA[f] + p.onlyB[f]);
  return best;
}
const jump = (e, to) => e.addEventListener("click", () => { stop(); seek(to()); });
play.addEventListener("click", toggle);
jump(first, () => map().at[Math.min(...lanes().map((l) => l.first).filter((f) => f >= 0))]);
jump(different, () => map().at[mostDifferent()]);
jump(diverge, () => divergence().first);
jump(by("map-end"), () => map().ops);
// refusal is the operation of the explanation before or behind the moment.
function refusal(forward) {
  const ops = lanes().flatMap((l) => (l.why || []).map((w) => w.op)).sort((a, b) => a - b);
  return (forward ? ops.find((op) => op > view.op) : ops.findLast((op) => op < view.op)) || view.op;
}
jump(by("map-next"), () => refusal(true));
jump(by("map-before"), () => refusal(false));
by("map-in").addEventListener("click", () => { zoomTime(2, view.op); });
by("map-out").addEventListener("click", () => { zoomTime(0.5, view.op); });
by("map-reset").addEventListener("click", reset);

// drifted is which of the live bytes of a pair lie where after an operation: from objects, if
// all are there, else of the frame at or before it.
function drifted(p, op) {
  const m = map(), f = frameOf(m, op), o = m.at[f] !== op && complete() && objectsOf(m), lane = (s) => m.lanes.find((l) => l.s === s);
  const fate = o && fates(m, lane(p.a), lane(p.b));
  if (!fate) return { at: m.at[f], same: p.same[f], moved: p.moved[f], onlyA: p.onlyA[f], onlyB: p.onlyB[f] };
  const sum = { at: op, same: 0, moved: 0, onlyA: 0, onlyB: 0 }, { at } = extentsOf(m, lane(p.a));
  living(m, o, op, (k) => {
    const what = [null, "same", "moved", at[k] < at[k + 1] ? "onlyA" : "onlyB"][fate[k]];
    if (what) sum[what] += o.size[k];
  });
  return sum;
}
// driftText says it in words.
function driftText(op) {
  const out = by("map-drift-text");
  if (!view.diff) { put(out, ""); return; }
  const p = pairOf(map(), ...view.diff);
  if (!p) { put(out, "The two were not compared."); return; }
  const d = drifted(p, op), sum = d.same + d.moved + d.onlyA + d.onlyB, part = (n) => `${size(n)} (${percent(sum ? 100 * n / sum : 0)})`;
  put(out, d.at === op ? "Live at operation " : "Live at the sample before, operation ", `${number.format(d.at)}: ${part(d.same)} at the same addresses, ${part(d.moved)} elsewhere, ${part(d.onlyA)} only in `, named(p.a), `, ${part(d.onlyB)} only in `, named(p.b), ". ",
    p.first ? `First divergence: operation ${number.format(p.first)}.` : "They never diverge.");
}

// Wide gives the machine the width of the window, wherever the page has put it.
const wide = by("map-wide"), stage = section.querySelector(".stage");
function spread() {
  const on = section.classList.contains("wide");
  stage.style.cssText = "";
  if (!on) return;
  const room = root.clientWidth - 48, left = stage.getBoundingClientRect().left;
  stage.style.cssText = `width:${Math.min(room, 1800)}px;margin-left:${Math.round((root.clientWidth - Math.min(room, 1800)) / 2 - left)}px`;
}
wide.addEventListener("click", () => {
  wide.setAttribute("aria-pressed", String(section.classList.toggle("wide")));
  spread();
  request(ALL);
});

// Begin.
readPalette();
restore();
state.changed(() => {
  if (!restore()) return;
  stop();
  request(ALL);
  reveal();
});
// reveal brings the section to the reader whom a link sends to a view of it.
function reveal() {
  const r = section.getBoundingClientRect();
  if (r.bottom < 80 || r.top > innerHeight - 80) section.scrollIntoView({ block: "start" });
}
repainted(() => {
  readPalette();
  rows.forEach((r) => { r.key = ""; });
  due = ALL;
  draw();
});
section.classList.add("live");
if (headline) headline.classList.add("sr"); // the list above the maps says it
due = ALL;
draw();
if (state.get("map") && state.get("op")) reveal();
new ResizeObserver(() => { spread(); request(ALL); }).observe(section);
new ResizeObserver(() => request(ALL)).observe(maps);
