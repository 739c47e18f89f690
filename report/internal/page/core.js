"use strict";
// lab is what the scripts of the sections share.
const lab = (function () {
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

  // Paper is white. What is folded and holds figures is shown on it; tables of raw rows stay
  // folded, and a line says so.
  let folded = [], theme;
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details.print:not([open])")];
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

  // inflate turns the base64 of a deflate stream into bytes.
  async function inflate(text) {
    const chars = atob(text), raw = new Uint8Array(chars.length);
    for (let i = 0; i < raw.length; i++) raw[i] = chars.charCodeAt(i);
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // A canvas cannot see custom properties: colour asks the page for a token as [r, g, b].
  // Ask again when the theme changes.
  function colour(name) {
    const v = getComputedStyle(root).getPropertyValue("--" + name).trim();
    return [1, 3, 5].map((i) => parseInt(v.slice(i, i + 2), 16));
  }

  // The view stands in the fragment, behind the id of the section that the reader went to:
  // #map=gfx&op=74826&s=buddy,tlsf, or #times, or #times&map=gfx. A key belongs to one script.
  // set replaces the entry of the history, so that going back leaves the page or returns to
  // the link that was followed, and not to each moment of a scrub; an empty value takes the
  // key away.
  const watchers = [];
  const owners = [["map", ["map", "op", "s", "colour", "zoom", "diff"]], ["pays", ["cost."]], ["cpu", ["flame"]]]; // key, or its beginning
  const parts = () => location.hash.slice(1).split("&").filter(Boolean);
  const place = () => decode(parts().find((p) => !p.includes("=")) || "");
  const pairs = () => new URLSearchParams(parts().filter((p) => p.includes("=")).join("&"));
  function decode(text) { try { return decodeURIComponent(text); } catch { return ""; } }
  const written = (id, keys) => {
    const text = [encodeURIComponent(id), keys.toString().replaceAll("%2C", ",")].filter(Boolean).join("&");
    return text ? "#" + text : location.pathname + location.search;
  };
  const state = {
    get: (key) => pairs().get(key) || "",
    set(values) {
      const p = pairs();
      for (const [key, value] of Object.entries(values)) {
        if (value === "") p.delete(key); else p.set(key, String(value));
      }
      history.replaceState(history.state, "", written(place(), p));
    },
    // changed calls f when somebody else changes the fragment: a link, or the reader.
    changed(f) { watchers.push(f); },
  };

  // reveal unfolds what an element is folded in.
  function reveal(e) { for (let d = e.closest("details"); d; d = d.parentElement.closest("details")) if (d !== e) d.open = true; }
  // arrive goes to the place that the fragment names, or to the section whose keys it has.
  function arrive(focus) {
    let id = place();
    if (!id) {
      const keys = [...pairs().keys()];
      const owner = owners.find(([, own]) => keys.some((k) => own.some((o) => o.endsWith(".") ? k.startsWith(o) : k === o)));
      id = owner ? owner[0] : "";
    }
    const e = id && document.getElementById(id);
    if (!e) return;
    reveal(e);
    e.scrollIntoView();
    if (!focus) return;
    if (!e.matches("a,button,input,select,summary,[tabindex]")) e.tabIndex = -1;
    e.focus({ preventScroll: true });
  }
  // A link within the page keeps the keys of the view that it does not set itself.
  addEventListener("click", (event) => {
    const a = event.target.closest && event.target.closest("a[href^='#']");
    if (!a || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const to = a.getAttribute("href").slice(1).split("&").filter(Boolean), view = pairs();
    const set = new URLSearchParams(to.filter((p) => p.includes("=")).join("&"));
    if (set.has("map")) ["op", "s", "zoom", "diff"].forEach((k) => view.delete(k)); // of another map
    set.forEach((value, key) => view.set(key, value));
    const url = written(decode(to.find((p) => !p.includes("=")) || ""), view);
    if (url !== location.hash) history.pushState(null, "", url);
    if ([...set.keys()].length) watchers.forEach((f) => f());
    arrive(true);
  });
  addEventListener("popstate", () => { watchers.forEach((f) => f()); });
  addEventListener("hashchange", () => arrive(false)); // popstate came first
  addEventListener("load", () => { if (location.hash) arrive(false); });

  // download hands the reader a file: data is a text, a Blob, or the data: address of one.
  function download(name, type, data) {
    const link = document.createElement("a");
    const ready = typeof data === "string" && /^data:[\w/+.-]+[;,]/.test(data);
    link.href = ready ? data : URL.createObjectURL(new Blob([data], { type }));
    link.download = name;
    link.click();
    if (!ready) setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  // fileName joins parts, some of which may be empty, to a name that every system takes.
  const fileName = (parts) => parts.map((p) => p.replace(/[^\w.-]+/g, "-").replace(/^[-.]+|[-.]+$/g, "").slice(0, 60)).filter(Boolean).join("-") || "vramlab";

  return {
    root, isDark, inflate, colour, state, download, fileName,
    repainted: (f) => { repaints.push(f); }, // f paints again: another theme, or paper
    number: new Intl.NumberFormat("en"),
  };
})();
