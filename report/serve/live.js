"use strict";
// A page with data-live asks every two seconds how far its runs are and puts that into the
// elements with a data-field. Where a run begins or ends the page is loaded again, so there
// is one place that says how a page looks: the server.
(() => {
  const main = document.querySelector("[data-live]");
  if (!main) return;
  const often = 2000, seldom = 10000;

  // rows are the elements of runs by name.
  const rows = () => new Map([...main.querySelectorAll("[data-run]")].map((e) => [e.dataset.run, e]));
  const field = (of, name) => of.querySelector(`[data-field="${name}"]`);
  const put = (of, name, text) => {
    const e = field(of, name);
    if (e && e.textContent !== text) e.textContent = text;
  };

  // chosen reports whether the reader has begun to choose: then nothing is taken away.
  const chosen = () => [...main.querySelectorAll("input")].some((e) => e.checked !== e.defaultChecked);

  // show puts what is told of a run into its element, and says whether the page is out of date.
  const show = (row, run) => {
    if (!row) return true;
    const old = row.dataset.phase !== run.phase || (row.dataset.reading && !run.reading);
    put(row, "words", run.words);
    put(row, "eta", run.eta);
    const bar = field(row, "bar");
    if (bar && run.total > 0) {
      bar.max = run.total;
      bar.value = run.done;
    }
    if (run.headline) put(row, "headline", run.headline);
    put(row, "asof", run.asof || "");
    const list = field(row, "verdicts");
    if (list && run.verdicts && [...list.children].map((e) => e.textContent).join("\n") !== run.verdicts.join("\n")) {
      list.replaceChildren(...run.verdicts.map((v) => Object.assign(document.createElement("li"), { textContent: v })));
    }
    return old;
  };

  const ask = async () => {
    let wait = seldom;
    try {
      const answer = await fetch(main.dataset.live, { cache: "no-store" });
      const { runs } = await answer.json();
      const known = rows();
      const old = runs.map((run) => show(known.get(run.name), run));
      if ((old.includes(true) || runs.length !== known.size) && !chosen()) {
        location.reload();
        return;
      }
      if (runs.some((run) => run.phase === "running" || run.reading)) wait = often;
      field(main, "lost").hidden = true;
    } catch {
      field(main, "lost").hidden = false;
    }
    setTimeout(ask, wait);
  };
  setTimeout(ask, often);
})();
