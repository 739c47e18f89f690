// A figure of the page: its drawings, its data, and which strategies are hidden in it. The
// data of both widths are as package chart writes them.
const figures = [...document.querySelectorAll("figure.figure")].map(function (element) {
  const raw = JSON.parse(element.querySelector("script.values").textContent);
  const drawings = [...element.querySelectorAll(".fig")].map((box, i) => {
    const data = i ? { ...raw.wide, ...raw.narrow } : raw.wide;
    return { box, svg: box.querySelector("svg"), panels: placed(data) };
  });
  const keys = [...element.querySelectorAll(".keys [data-k]")].map((e) => ({ element: e, strategy: +e.dataset.k, name: e.textContent }));
  return {
    element, drawings, keys, hidden: new Set(),
    id: element.id.replace(/^figure-/, ""), workload: element.dataset.workload,
    shown: () => drawings.find((d) => d.box.getClientRects().length) || drawings[0],
  };
});

// placed are the panels of a drawing with each point where it is drawn.
function placed(data) {
  return data.p.map((p, i) => {
    const [x, y] = data.g[i].map(scale);
    const series = p.s.map((s) => ({
      name: s.n, strategy: s.k, silent: Boolean(s.q),
      points: data.x[s.x].map((v, k) => ({ x: v, y: s.y[k] })).filter((at) => at.x !== null && at.y !== null)
        .map((at) => ({ ...at, left: x(at.x), top: y(at.y) })),
    }));
    const [across, up] = data.g[i];
    return {
      title: p.t, x: { name: p.x[0], unit: p.x[1] }, y: { name: p.y[0], unit: p.y[1] }, byY: Boolean(p.by), series, places: data.g[i],
      left: Math.min(across[3], across[4]), right: Math.max(across[3], across[4]), top: Math.min(up[3], up[4]), bottom: Math.max(up[3], up[4]),
    };
  });
}

// scale is the function from values to places on the drawing, those beyond an end at it.
function scale([kind, lo, hi, from, to]) {
  const of = { lin: (v) => v, log: Math.log10, odds: (v) => Math.log10(v / (100 - v)) }[kind];
  return (v) => from + (to - from) * Math.min(1, Math.max(0, (of(v) - lo) / (hi - lo)));
}

// visible are the series of a panel that a reader sees.
const visible = (figure, panel) => panel.series.filter((s) => !figure.hidden.has(s.strategy));

// make is a new element with a text and children.
function make(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
  e.append(...children);
  return e;
}
