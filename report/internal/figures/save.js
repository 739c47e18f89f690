// What a reader takes along of a figure: the drawing as SVG or PNG with its title, the names
// of what is shown and its caption, or the values as CSV. All are made here; nothing is
// fetched.
const font = '"Liberation Sans", Arial, Helvetica, sans-serif';
const resolved = (text) => text.replace(/var\(--([\w-]+)\)/g, (_, name) => getComputedStyle(lab.root).getPropertyValue("--" + name).trim());

const dashes = { d0: "8 3", d1: "2 2.5", d2: "10 3 2 3", d3: "4 3" };

// measured is the width of a text.
function measured(text, style) {
  const context = make("canvas").getContext("2d");
  context.font = style + " " + font;
  return context.measureText(text).width * 1.05;
}

// wrapped cuts a text into lines of a width.
function wrapped(text, width, style) {
  const lines = [""];
  for (const word of text.split(/[ \n]+/)) {
    const longer = (lines[lines.length - 1] + " " + word).trim();
    if (lines[lines.length - 1] && measured(longer, style) > width) lines.push(word); else lines[lines.length - 1] = longer;
  }
  return lines;
}

// picture is the drawing that is shown as an SVG that stands alone, in the colours of the
// theme.
function picture(figure) {
  const { svg } = figure.shown();
  const { width, height } = svg.viewBox.baseVal;
  const out = svg.cloneNode(false), margin = 16, across = width + 2 * margin;
  const texts = ["title", "desc"].map((name) => (svg.querySelector(name) || { textContent: "" }).textContent);
  let top = margin;
  const write = (text, left, size, colour, bold) => {
    const t = mark("text", { x: left, y: top, "font-size": size, fill: colour, ...(bold && { "font-weight": 700 }) });
    t.textContent = text;
    out.append(t);
  };
  for (const name of ["title", "desc"]) if (svg.querySelector(name)) out.append(svg.querySelector(name).cloneNode(true));
  const ground = mark("rect", { width: across, fill: "var(--bg)" });
  out.append(ground);
  for (const line of wrapped(texts[0], width, "700 15px")) { top += 16; write(line, margin, 15, "var(--ink)", true); top += 4; }
  const keys = figure.keys.filter((k) => !figure.hidden.has(k.strategy));
  let left = margin;
  if (keys.length) top += 18;
  for (const k of keys) {
    const long = measured(k.name, "12px") + 40;
    if (left > margin && left + long > width) { left = margin; top += 16; }
    const icon = k.element.querySelector("i").classList;
    if (icon.contains("line")) out.append(mark("line", { x1: left, x2: left + 18, y1: top - 4, y2: top - 4, stroke: token(k.strategy), "stroke-width": 2.5, "stroke-dasharray": dashes[icon[1]] || "none" }));
    else out.append(mark("rect", { x: left + 4, y: top - 9, width: 10, height: 10, rx: icon[0] === "mark" && !icon[1] ? 5 : 0, fill: token(k.strategy) }));
    write(k.name, left + 24, 12, "var(--ink)");
    left += long;
  }
  top += 10;
  const body = mark("g", { transform: "translate(" + margin + "," + top + ")" });
  for (const child of svg.cloneNode(true).children) if (!/^(title|desc)$/.test(child.tagName)) body.append(child.cloneNode(true));
  body.querySelectorAll(".cross").forEach((e) => e.remove());
  for (const g of body.querySelectorAll("g")) if (g.style.display === "none") g.remove();
  for (const t of body.querySelectorAll("text")) {
    for (const [k, v] of Object.entries({ "paint-order": "stroke", stroke: "var(--bg)", "stroke-width": 3, "stroke-linejoin": "round" })) t.setAttribute(k, v);
    if (t.classList.contains("b")) t.setAttribute("font-weight", 700);
  }
  out.append(body);
  top += height + 6;
  for (const line of [...wrapped(texts[1], width, "12px"), ["vramlab", run.date].filter(Boolean).join(", ")]) { top += 16; write(line, margin, 12, "var(--muted)"); }
  top += margin;
  for (const [k, v] of Object.entries({ viewBox: "0 0 " + across + " " + top, width: across, height: top, "font-family": font, "font-size": 12 })) out.setAttribute(k, v);
  ground.setAttribute("height", top);
  for (const e of [out, ...out.querySelectorAll("*")]) for (const a of [...e.attributes]) if (a.value.includes("var(")) a.value = resolved(a.value);
  const xml = new XMLSerializer().serializeToString(out).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
  return { xml: '<?xml version="1.0" encoding="UTF-8"?>\n' + xml + "\n", width: across, height: top };
}

// bitmap is a promise of the picture as PNG, twice as large as it is shown.
async function bitmap(figure) {
  const { xml, width, height } = picture(figure);
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(xml);
  await image.decode();
  const canvas = make("canvas", { width: Math.round(2 * width), height: Math.round(2 * height) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// table is the values as CSV: a column of what is read along, and one for each series, with
// units in the head. Panels read along something else follow behind an empty line. A text
// that a spreadsheet reads as a formula is quoted.
function table(figure) {
  const cell = (v) => {
    const text = /^[=+\-@\t]/.test(v) ? "'" + v : String(v);
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const head = (q, name) => cell((name ? (q.name === name[0] ? "" : name[0] + ", ") + q.name + ", " + name[1] : q.name) + (q.unit ? " (" + q.unit.replace("±", "") + ")" : ""));
  const blocks = new Map();
  for (const p of figure.drawings[0].panels) {
    const axis = p.byY ? p.y : p.x, key = head(axis);
    if (!blocks.has(key)) blocks.set(key, { heads: [], rows: new Map() });
    const block = blocks.get(key);
    for (const s of visible(figure, p)) {
      const column = block.heads.push(head(p.byY ? p.x : p.y, [p.title, s.name])) - 1;
      for (const at of s.points) {
        const [along, value] = p.byY ? [at.y, at.x] : [at.x, at.y];
        if (!block.rows.has(along)) block.rows.set(along, []);
        block.rows.get(along)[column] = value;
      }
    }
  }
  return [...blocks].map(([key, { heads, rows }]) => [[key, ...heads].join(","),
    ...[...rows].sort((a, b) => a[0] - b[0]).map(([along, values]) => [along, ...heads.map((_, i) => values[i] ?? "")].join(","))].join("\n") + "\n").join("\n");
}

// named is the name of a file: the date of the run, the figure, the workload or a number.
const named = (figure, ending) => lab.fileName([run.date, figure.workload ? figure.id.replace(/-\d+$/, "") : figure.id, figure.workload]) + "." + ending;

for (const f of figures) {
  const ways = [
    ["SVG", () => lab.download(named(f, "svg"), "image/svg+xml", picture(f).xml)],
    ["PNG", async () => lab.download(named(f, "png"), "image/png", await bitmap(f))],
    ["CSV", () => lab.download(named(f, "csv"), "text/csv", table(f))],
  ];
  if (navigator.clipboard && navigator.clipboard.write && window.ClipboardItem) {
    ways.push(["Copy image", () => navigator.clipboard.write([new ClipboardItem({ "image/png": bitmap(f) })])]);
  }
  const menu = make("details", { class: "save" }, make("summary", {}, "Save"));
  const list = make("div", {});
  for (const [name, act] of ways) {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", async () => {
      try {
        await act();
        button.textContent = name;
        if (name === "Copy image") button.textContent = "Copied"; else menu.open = false;
      } catch {
        button.textContent = name + ": not possible here";
      }
    });
    list.append(button, " ");
  }
  menu.append(list);
  menu.addEventListener("keydown", (e) => { if (e.key === "Escape") { menu.open = false; menu.firstChild.focus(); } });
  menu.addEventListener("focusout", (e) => { if (!menu.contains(e.relatedTarget) && e.relatedTarget) menu.open = false; });
  const tools = make("div", { class: "tools" });
  const legend = f.element.querySelector(".keys");
  f.element.prepend(tools);
  if (legend) tools.append(legend);
  tools.append(menu);
}
