// The names above a figure hide the marks of a strategy in it, with Shift in all figures.
// The key series of the view lists what is hidden: a name for all figures that have it, or
// figure:name.
function hide(figure, key, on) {
  if (on) figure.hidden.add(key.strategy); else figure.hidden.delete(key.strategy);
  key.element.setAttribute("aria-pressed", String(!on));
  for (const g of figure.element.querySelectorAll("svg g.k" + key.strategy)) g.style.display = on ? "none" : "";
}

function write() {
  const having = new Map();
  for (const f of figures) for (const k of f.keys) having.set(k.name, [...(having.get(k.name) || []), f.hidden.has(k.strategy) && f]);
  const out = [];
  for (const [name, of] of having) {
    const text = encodeURIComponent(name);
    if (of.every(Boolean)) out.push(text); else of.filter(Boolean).forEach((f) => out.push(f.id + ":" + text));
  }
  lab.state.set({ series: out.join(",") });
}

function read() {
  const wanted = new Set(lab.state.get("series").split(","));
  for (const f of figures) {
    for (const k of f.keys) {
      const text = encodeURIComponent(k.name);
      hide(f, k, wanted.has(text) || wanted.has(f.id + ":" + text));
    }
  }
}

for (const f of figures) {
  for (const k of f.keys) {
    const button = make("button", { type: "button", class: k.element.className, "data-k": k.strategy, "aria-pressed": "true", title: "Hide or show; with Shift in all figures" });
    button.append(...k.element.childNodes);
    k.element.replaceWith(button);
    k.element = button;
    button.addEventListener("click", (e) => {
      const on = !f.hidden.has(k.strategy);
      for (const other of e.shiftKey ? figures : [f]) other.keys.filter((o) => o.name === k.name).forEach((o) => hide(other, o, on));
      f.leave();
      write();
    });
  }
}
lab.state.changed(read);
read();
