"use strict";
(function () {
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search).get("theme");
  if (asked === "dark" || asked === "light") root.dataset.theme = asked;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const repaints = [];
  const repaint = () => repaints.forEach((f) => f());
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    repaint();
  });
  dark.addEventListener("change", repaint);

  // Paper is white, and what is folded on a screen cannot be opened on paper.
  let folded = [], theme;
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((d) => { d.open = true; });
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    repaint();
  });
  addEventListener("afterprint", () => {
    folded.forEach((d) => { d.open = false; });
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    repaint();
  });

  const source = document.getElementById("mapdata");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const frames = data.at.length, cells = data.cells, columns = data.columns;
  const rows = Math.ceil(cells / columns);
  const box = document.getElementById("maps");
  const slider = document.getElementById("scrub");
  const shown = document.getElementById("moment");
  const address = document.getElementById("address");
  const whys = [...document.querySelectorAll(".why")];
  const captions = [...box.querySelectorAll(".caption")];
  const histories = [...box.querySelectorAll(".history .area")];
  const strokes = [...box.querySelectorAll(".refusals")];
  const moments = [...box.querySelectorAll(".moment .area")];
  const cursors = [...box.querySelectorAll(".cursor")];
  const number = new Intl.NumberFormat("en");
  let now = data.start, packed = [], palette;

  // inflate turns the base64 of a deflate stream into bytes.
  async function inflate(text) {
    const raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  // level is how full a cell is in a frame: 0 free, 15 full.
  function level(map, cell, frame) {
    const i = cell * frames + frame;
    return (packed[map][i >> 1] >> ((i & 1) << 2)) & 15;
  }
  // A canvas cannot see custom properties: ask the page, and ask again when
  // the theme changes.
  function colour(name) {
    const v = getComputedStyle(root).getPropertyValue("--" + name).trim();
    return [1, 3, 5].map((i) => parseInt(v.slice(i, i + 2), 16));
  }
  const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);
  function readPalette() {
    const full = colour("full"), broken = colour("broken"), free = colour("free");
    const levels = [];
    for (let l = 0; l < 16; l++) {
      levels.push(l === 0 ? free : mix(full, broken, (15 - l) / 15)); // as much amber as is free
    }
    palette = { full, broken, free, levels };
  }
  // fit gives a canvas as many pixels as the screen shows.
  function fit(canvas) {
    const scale = Math.min(devicePixelRatio || 1, 3);
    const w = Math.max(1, Math.round(canvas.clientWidth * scale));
    const h = Math.max(1, Math.round(canvas.clientHeight * scale));
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const ctx = canvas.getContext("2d");
    ctx.clearRect(0, 0, w, h);
    ctx.imageSmoothingEnabled = false;
    return ctx;
  }
  const small = document.createElement("canvas");
  function put(canvas, image, high) {
    small.width = image.width;
    small.height = image.height;
    small.getContext("2d").putImageData(image, 0, 0);
    const ctx = fit(canvas);
    ctx.drawImage(small, 0, 0, canvas.width, high === undefined ? canvas.height : high);
  }
  function dot(image, at, c) {
    image.data[4 * at] = c[0];
    image.data[4 * at + 1] = c[1];
    image.data[4 * at + 2] = c[2];
    image.data[4 * at + 3] = 255;
  }

  // A history pixel stands for many cells. Their plain mean would be mud, so
  // the free memory lost in broken cells counts three times.
  function paintHistory(map) {
    const bins = Math.min(rows * Math.max(1, Math.floor(256 / rows)), cells);
    const image = new ImageData(frames, bins);
    const span = rows * columns;
    for (let b = 0; b < bins; b++) {
      const from = Math.floor(b * span / bins), to = Math.min(cells, Math.floor((b + 1) * span / bins));
      for (let f = 0; f < frames; f++) {
        let used = 0, lost = 0, free = 0;
        for (let c = from; c < to; c++) {
          const l = level(map, c, f);
          if (l === 0) free++;
          else { used += l / 15; lost += 1 - l / 15; }
        }
        const n = to - from;
        if (n <= 0) continue;
        const amber = Math.min(1, 3 * lost / n);
        const ground = mix(palette.full, palette.free, free / Math.max(1e-9, used + free));
        dot(image, b * frames + f, mix(ground, palette.broken, amber));
      }
    }
    put(histories[map], image);
  }
  function paintRefusals(map) {
    const m = data.maps[map], canvas = strokes[map], ctx = fit(canvas);
    const most = Math.max(1, ...m.refused), step = canvas.width / frames;
    const own = getComputedStyle(root).getPropertyValue("--" + m.class);
    ctx.fillStyle = own;
    m.refused.forEach((n, f) => {
      if (n > 0) ctx.fillRect(f * step, 0, Math.max(1, step * 0.6), canvas.height * (0.35 + 0.65 * n / most));
    });
  }
  function paintMoment(map) {
    const image = new ImageData(columns, rows);
    for (let c = 0; c < cells; c++) dot(image, c, palette.levels[level(map, c, now)]);
    put(moments[map], image);
  }
  function show() {
    if (packed.length) data.maps.forEach((_, i) => paintMoment(i));
    data.maps.forEach((m, i) => {
      captions[i].textContent = m.captions[now];
      if (!whys.length) return;
      const why = m.which[now];
      whys[i].querySelector("b").innerHTML = why < 0 ? "" : m.why[why][0];
      whys[i].querySelector("span").innerHTML = why < 0 ? "" : m.why[why][1];
    });
    const share = frames > 1 ? 100 * now / (frames - 1) : 0;
    cursors.forEach((c) => { c.style.left = share + "%"; });
    const text = "operation " + number.format(data.at[now]) + " of " + number.format(data.ops);
    shown.textContent = text;
    slider.value = now;
    slider.setAttribute("aria-valuetext", text);
  }
  function go(frame) {
    now = Math.max(0, Math.min(frames - 1, frame));
    show(); // two small images: quicker than the next frame of the screen
  }
  function paint() {
    readPalette();
    if (!packed.length) return;
    data.maps.forEach((_, i) => { paintHistory(i); paintRefusals(i); });
    show();
  }
  repaints.push(paint);
  let resizing;
  addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(paint, 80); });

  slider.max = frames - 1;
  slider.addEventListener("input", () => { stop(); go(+slider.value); });

  const play = document.getElementById("play");
  let timer = 0;
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", "false");
    play.textContent = "Play";
  }
  play.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (now === frames - 1) go(0);
    // Who asked for less motion gets a slide show of two dozen moments.
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const by = calm ? Math.max(1, Math.round(frames / 24)) : 1;
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
    timer = setInterval(() => { if (now >= frames - 1) stop(); else go(now + by); }, calm ? 900 : 40);
  });
  const firsts = data.maps.map((m) => m.first).filter((f) => f >= 0);
  const first = document.getElementById("first");
  first.disabled = !firsts.length;
  if (!firsts.length) first.textContent = data.maps.some((m) => m.refused.some((n) => n > 0)) ? "Only invalid requests refused" : "Nothing refused";
  first.addEventListener("click", () => { stop(); go(Math.min(...firsts)); });
  const jump = (id, frame) => document.getElementById(id).addEventListener("click", () => { stop(); go(frame); });
  jump("worst", data.start); // where the map opens
  jump("end", frames - 1);

  // Pointing at a map marks the same address in all of them.
  const hex = (n) => "0x" + BigInt(n).toString(16);
  function states(cell) {
    return data.maps.map((m, i) => {
      const l = level(i, cell, now);
      return m.name + " " + (l === 0 ? "free" : l === 15 ? "full" : "part used, about " + Math.round(100 * l / 15) + "\u00a0%");
    }).join(", ");
  }
  function point(cell) {
    const inside = cell >= 0 && cell < cells;
    const x = cell % columns, y = Math.floor(cell / columns);
    box.querySelectorAll(".spot").forEach((s) => {
      s.style.cssText = inside ? `display:block;left:calc(${100 * x / columns}% - 3px);top:calc(${100 * y / rows}% - 3px);width:calc(${100 / columns}% + 6px);height:calc(${100 / rows}% + 6px)` : "";
    });
    box.querySelectorAll(".level").forEach((s) => {
      s.style.cssText = inside ? `display:block;top:${100 * (cell + 0.5) / (rows * columns)}%` : "";
    });
    address.textContent = inside ? "Address " + hex(BigInt(cell) * BigInt(data.cell)) + ": " + states(cell) + "." : "Point at a map for the address.";
  }
  const place = (canvas, e) => {
    const r = canvas.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
  };
  moments.forEach((c) => {
    c.addEventListener("pointermove", (e) => {
      const [x, y] = place(c, e);
      point(Math.floor(y * rows) * columns + Math.floor(x * columns));
    });
    c.addEventListener("pointerleave", () => point(-1));
  });
  histories.forEach((c) => {
    const scrub = (e) => { stop(); go(Math.round(place(c, e)[0] * (frames - 1))); };
    c.addEventListener("pointerdown", (e) => { c.setPointerCapture(e.pointerId); scrub(e); });
    c.addEventListener("pointermove", (e) => {
      if (e.buttons & 1) scrub(e);
      point(Math.floor(place(c, e)[1] * rows * columns));
    });
    c.addEventListener("pointerleave", () => point(-1));
  });

  show();
  Promise.all(data.maps.map((m) => inflate(m.data))).then((all) => { packed = all; paint(); });
})();
