// Tables sort and filter. Without this script they are as they are written, and on paper too.
(function () {
const { state } = lab;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// What a unit is worth; what is not here counts as it is written.
const units = { ns: 1e-9, "µs": 1e-6, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, B: 1 };
["K", "M", "G", "T", "P", "E"].forEach((u, i) => { units[u] = units[u + "iB"] = 1024 ** (i + 1); });
const written = /^[<>≤≥≈~×(]*\s*([−+-]?)(∞|\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)\s*([^\s\d.,;:()]*)/;

// valueOf is the number that a text begins with, in seconds, bytes or as it is: null if
// there is none. A difference is percent, or from a tenth and ten times on a factor: 1/12 and 12×.
function valueOf(text) {
  const factor = /^1\/(∞|[\d,]+)/.exec(text), number = (s) => (s === "∞" ? Number.MAX_VALUE : Number(s.replaceAll(",", "")));
  if (factor) return 100 * (1 / number(factor[1]) - 1);
  const m = written.exec(text);
  if (!m) return null;
  const v = number(m[2]) * (m[1] === "−" || m[1] === "-" ? -1 : 1);
  if (m[3] === "×") return 100 * (v - 1);
  return Object.hasOwn(units, m[3]) ? v * units[m[3]] : v;
}
const plain = (text) => text.replace(/\s+/g, " ").trim();

// textOf is what a cell says, without notes, and labels and names that only telephones show.
function textOf(cell) {
  const walk = (n) => (n.nodeType === 3 ? n.data : n.nodeType !== 1 || n.matches("small, .label, .nm, .win, svg") ? "" : [...n.childNodes].map(walk).join(""));
  return cell ? plain(walk(cell)) : "";
}

// heads are the cells of a header that stand over one column each, by column.
function heads(table) {
  const grid = [];
  [...table.tHead.rows].forEach((row, y) => {
    let x = 0;
    for (const th of row.cells) {
      while (grid[x] && grid[x].until > y) x++;
      for (let i = 0; i < th.colSpan; i++) grid[x + i] = { th: th.colSpan === 1 ? th : null, until: y + th.rowSpan };
      x += th.colSpan;
    }
  });
  return grid.map((g) => g && g.th);
}

// parts are what is sorted apart: the rows below a heading across the table. A part has groups,
// whose rows stay together: bodies if there are several, and otherwise a row with those behind it
// whose first cell is empty. Rows about the run itself stay at the end, and are seen whatever is looked for.
function partsOf(table) {
  const parts = [];
  let part = null;
  for (const body of table.tBodies) {
    const first = body.rows[0];
    if (first && first.cells.length === 1 && first.cells[0].colSpan > 1 && body.rows.length === 1) {
      parts.push(part = { heading: body, bodies: [] });
      continue;
    }
    if (!part) parts.push(part = { heading: null, bodies: [] });
    if (first) part.bodies.push(body);
  }
  for (const p of parts) {
    p.groups = [];
    p.last = [];
    for (const body of p.bodies) {
      for (const row of body.rows) {
        const begins = p.bodies.length > 1 ? row === body.rows[0] : textOf(row.cells[0]) !== "";
        if (row.matches(".self, [data-last]")) p.last.push(row);
        else if (begins || !p.groups.length) p.groups.push({ body, rows: [row] });
        else p.groups[p.groups.length - 1].rows.push(row);
      }
    }
    for (const g of p.groups) {
      g.title = g.rows.length > 1 && !textOf(g.rows[1].cells[0]) ? [...g.rows[0].cells[0].childNodes] : null;
      g.name = plain(g.rows[0].cells[0].textContent);
    }
  }
  return parts;
}

// keysOf are what the rows are sorted by in a column: numbers if half of what is said begins
// with one.
function keysOf(t, column) {
  const keys = new Map(), texts = new Map();
  let numbers = 0, said = 0;
  for (const r of t.rows) {
    const cell = r.cells[column], own = cell && cell.dataset.value, text = own === undefined ? textOf(cell) : own;
    const missing = text === "" || text === "–";
    texts.set(r, missing ? null : text);
    const v = own === undefined ? valueOf(text) : own === "" ? null : Number(own) || 0;
    if (!missing) { said++; if (v !== null) numbers++; }
    keys.set(r, missing ? null : v);
  }
  return numbers * 2 >= said && numbers > 0 ? keys : texts;
}

// compare puts what is missing last, whatever the direction.
function compare(a, b, by) {
  if (a === null || b === null) return (a === null) - (b === null);
  return by * (typeof a === "number" ? (a > b) - (a < b) : collator.compare(a, b));
}

// arrange puts the rows of a table in order, hides what does not match, and has the title of a
// group stand in the first row that is seen.
function arrange(t, asGiven) {
  const by = !asGiven && t.by, keys = by && keysOf(t, by.column), sign = by && by.down ? -1 : 1;
  const rank = (a, b) => compare(keys.get(a), keys.get(b), sign);
  const words = asGiven ? "" : t.query.toLowerCase();
  let seen = 0;
  for (const p of t.parts) {
    const heading = p.heading ? plain(p.heading.textContent) : "";
    let any = false, at = p.heading;
    const shows = (row, name) => words === "" || (heading + " " + name + " " + plain(row.textContent)).toLowerCase().includes(words);
    const groups = p.groups.map((g) => {
      const rows = by ? g.rows.toSorted(rank) : g.rows, seenRows = rows.filter((r) => shows(r, g.name));
      rows.forEach((r) => r.classList.toggle("unmatched", !seenRows.includes(r)));
      seen += seenRows.length;
      any = any || seenRows.length > 0;
      return { g, rows, top: seenRows[0] || rows[0] };
    });
    if (by) groups.sort((a, b) => rank(a.top, b.top));
    for (const { g, rows, top } of groups) {
      g.body.append(...rows);
      if (g.title) {
        top.cells[0].append(...g.title);
        const begins = g.rows.some((r) => r.classList.contains("begins"));
        if (begins) g.rows.forEach((r) => r.classList.toggle("begins", r === top));
      }
      if (p.bodies.length > 1) { if (at) at.after(g.body); else t.table.tHead.after(g.body); at = g.body; }
    }
    for (const row of p.last) row.parentNode.append(row);
    if (p.heading) p.heading.rows[0].classList.toggle("unmatched", !any);
  }
  t.arranged = true;
  if (asGiven) return;
  t.heads.forEach((th, i) => {
    if (!th) return;
    if (by && by.column === i) th.setAttribute("aria-sort", by.down ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  });
  if (t.choice) t.choice.value = by ? by.column + (by.down ? ":d" : ":a") : "";
  if (t.count) t.count.textContent = words === "" ? "" : lab.number.format(seen) + " of " + lab.number.format(t.rows.length) + " rows";
}

// collect looks at what rows a table has.
function collect(t) {
  t.parts = partsOf(t.table);
  t.rows = t.parts.flatMap((p) => p.groups.flatMap((g) => g.rows));
}
function element(tag, attributes, text) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.textContent = text || "";
  return e;
}

// prepare gives a table its buttons, and a field if it is long.
function prepare(table, id) {
  const t = { table, id, by: null, query: "", heads: heads(table) };
  collect(t);
  if (t.rows.length < 2) return null;
  const tool = element("div", { class: "tabletool" }), options = [element("option", { value: "" }, "as given")];
  t.heads = t.heads.map((th, column) => {
    const said = (r) => r.cells[column] && (r.cells[column].dataset.value || !["", "–"].includes(textOf(r.cells[column])));
    if (!th || th.querySelector("svg, button") || !t.rows.some(said)) return null;
    const name = plain([...th.childNodes].map((n) => (n.nodeName === "BR" ? " " : n.textContent)).join("")); // innerText would lay the page out
    const button = element("button", { type: "button", class: "sortby" });
    button.append(...th.childNodes);
    th.append(button);
    if (column === 0) th.classList.add("leading");
    button.addEventListener("click", () => {
      const now = t.by && t.by.column === column ? t.by : null;
      t.by = !now ? { column, down: false } : now.down ? null : { column, down: true };
      arrange(t);
      note();
    });
    options.push(element("option", { value: column + ":a" }, name + " ↑"), element("option", { value: column + ":d" }, name + " ↓"));
    return th;
  });
  const label = element("label", { class: "sortchoice" }, "Sort ");
  label.append(t.choice = element("select", {}));
  t.choice.append(...options);
  t.choice.addEventListener("change", () => { t.by = parse(t, t.choice.value); arrange(t); note(); });
  if (table.matches(".times, .matrix")) tool.append(label); // whose header a telephone does not show
  if (t.rows.length > 8) {
    t.field = element("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows", autocomplete: "off", spellcheck: "false" });
    t.count = element("output", {});
    tool.append(t.field, t.count);
    t.field.addEventListener("input", () => { t.query = plain(t.field.value); arrange(t); note(); });
    t.field.addEventListener("keydown", (e) => {
      if (e.key !== "Escape") return;
      t.field.value = t.query = "";
      arrange(t);
      note();
      e.preventDefault();
    });
  }
  if (tool.firstChild) (table.closest(".scroll") || table).before(tool);
  table.addEventListener("rows", () => { collect(t); arrange(t); });
  return t;
}

// parse is a column and a direction as they stand in the fragment, null if there is none such.
function parse(t, text) {
  const [column, dir] = text.split(":");
  return column !== "" && t.heads[Number(column)] && (dir === "a" || dir === "d") ? { column: Number(column), down: dir === "d" } : null;
}

const tables = [], counts = {};
for (const table of document.querySelectorAll("main table")) {
  if (!table.tHead || table.dataset.sort === "no") continue;
  const section = table.closest("section[id]"), of = section ? section.id : "table";
  counts[of] = (counts[of] || 0) + 1;
  const t = prepare(table, table.id || of + counts[of]);
  if (t) tables.push(t);
}

// The view in the fragment: sort=times1:2:d;sizes1:0:a and filter=times1:text.
function note() {
  const list = (f) => tables.map(f).filter(Boolean).join(";");
  state.set({
    sort: list((t) => t.by && t.id + ":" + t.by.column + (t.by.down ? ":d" : ":a")),
    filter: list((t) => t.query && t.id + ":" + encodeURIComponent(t.query)),
  });
}
function restore() {
  const read = (key) => new Map(state.get(key).split(";").map((s) => [s.slice(0, s.indexOf(":")), s.slice(s.indexOf(":") + 1)]));
  const sort = read("sort"), filter = read("filter");
  for (const t of tables) {
    t.by = parse(t, sort.get(t.id) || "");
    try { t.query = plain(t.field ? decodeURIComponent(filter.get(t.id) || "") : ""); } catch { t.query = ""; }
    if (t.field && plain(t.field.value) !== t.query) t.field.value = t.query;
    const folded = t.table.closest("details");
    if (folded && (t.by || t.query)) folded.open = true;
    if (t.by || t.query || t.arranged) arrange(t);
  }
}
state.changed(restore);
restore();

// Paper has all rows in the order in which they are written.
const arranged = (f) => () => tables.filter((t) => t.arranged).forEach(f);
addEventListener("beforeprint", arranged((t) => arrange(t, true)));
addEventListener("afterprint", arranged((t) => arrange(t)));
})();
