// The prices of what a driver pays, to change: totals, bars and picks follow by the rules of
// package judge (take.go). A number that is not known is -1.
const form = document.getElementById("prices"), data = JSON.parse(document.getElementById("paysdata")?.textContent || "null");
if (form && data) start();

function start() {
  const bodies = document.getElementById("paystable").tBodies;
  const given = data.parts.map((p, i) => i).filter((i) => data.parts[i].given);
  const input = (i) => form.elements[data.parts[i].name];
  const report = data.parts.map((p) => p.price);
  let prices = report.slice();

  // ns is an amount of a part in nanoseconds.
  const ns = (part, amount) => !data.parts[part].given ? amount : data.parts[part].rate ? amount / prices[part] : amount * prices[part];
  const known = (a) => a[0] >= 0;
  const left = (row, part) => row.out.includes(part);

  // total is the sum of the parts that are not left out: middle, lowest, highest.
  function total(row, s) {
    if (row.out.length === data.parts.length) return [-1, -1, -1];
    return [0, 1, 2].map((k) => row.amounts.reduce((sum, by, part) => left(row, part) ? sum : sum + ns(part, by[s][k]), 0));
  }
  const PTE = data.parts.findIndex((p) => p.name === "pte");

  // trifle: two differ in a part by less than a trifle of what the cheaper one costs.
  const trifle = (row, part, a, b) => Math.abs(ns(part, row.amounts[part][a][0]) - ns(part, row.amounts[part][b][0])) <
    data.trifle * Math.min(total(row, a)[0], total(row, b)[0]);
  const needsFarFewer = (row, a, b) => !left(row, PTE) && row.entries[a] * data.far <= row.entries[b] && !(row.reach[a] >= 0 && row.reach[a] < row.reach[b]) && !trifle(row, PTE, a, b);
  function paysLess(row, a, b) {
    const less = total(row, a), more = total(row, b);
    return row.out.length === 0 && less[2] < more[1] && more[0] - less[0] >= data.trifle * less[0];
  }

  // split keeps those of whom each is better than each left out; all if that cannot be.
  function split(of, better) {
    let leave = of.filter((s) => of.some((o) => better(o, s)));
    for (let moved = true; moved;) {
      moved = false;
      const kept = of.filter((s) => !leave.includes(s));
      const back = leave.find((l) => kept.some((k) => !better(k, l)));
      if (back !== undefined) { leave = leave.filter((l) => l !== back); moved = true; }
    }
    return leave.length === of.length ? of : of.filter((s) => !leave.includes(s));
  }
  function picks(row) {
    let p = split(row.among, (a, b) => needsFarFewer(row, a, b));
    if (row.same) p = split(p, (a, b) => paysLess(row, a, b));
    return p;
  }

  // shown is a number of nanoseconds as the report writes it.
  function shown(v) {
    if (v < 0) return "–";
    if (v >= 99.95) return lab.number.format(Math.round(v));
    return String(Number(v.toPrecision(3)));
  }
  const bracketed = (row, s, text) => text !== "–" && row.full.length > 0 && !row.full.includes(s) ? "(" + text + ")" : text;

  // take writes what to take into a cell, each strategy in its colour.
  function take(cell, row) {
    const p = row.fixed ? [] : picks(row);
    if (row.fixed || p.length === data.names.length) {
      cell.textContent = row.fixed || data.either;
      return;
    }
    cell.replaceChildren(...p.flatMap((s, i) => {
      const b = document.createElement("b");
      b.className = data.classes[s];
      b.textContent = data.names[s];
      return i ? [" or ", b] : [b];
    }));
  }

  function render() {
    data.rows.forEach((row, i) => {
      const lines = [...bodies[i].rows];
      const most = Math.max(0, ...lines.map((l) => total(row, +l.dataset.s)[0]));
      lines.forEach((line, k) => {
        const s = +line.dataset.s, sum = total(row, s);
        line.querySelectorAll(".part").forEach((cell, part) => {
          const a = row.amounts[part][s];
          cell.textContent = bracketed(row, s, known(a) ? shown(ns(part, a[0])) : "–");
        });
        line.querySelectorAll(".split i").forEach((bar, part) => {
          bar.style.width = (known(row.amounts[part][s]) && !left(row, part) && most > 0 ? 100 * ns(part, row.amounts[part][s][0]) / most : 0) + "%";
        });
        const text = shown(sum[0]);
        line.querySelector(".total").textContent = bracketed(row, s, row.out.length && text !== "–" ? "≥" + text : text);
        line.querySelector(".bounds").textContent = sum[0] < 0 || shown(sum[1]) === shown(sum[2]) ? "" : shown(sum[1]) + "–" + shown(sum[2]);
        if (k === 0) take(line.querySelector(".taken"), row);
      });
    });
    mark();
  }

  // mark says on the first screen, and in the table of decisions, what other prices would have
  // taken: all else there keeps the prices of the report.
  const names = (p) => p.length === data.names.length ? data.either : p.map((s) => data.names[s]).join(" or ");
  const asked = data.rows.map((row) => row.fixed ? "" : names(picks(row))); // at the prices of the report
  function mark() {
    const changed = given.some((i) => prices[i] !== report[i]);
    document.getElementById("pricesaid").textContent = changed ? "The first screen, the figure and other policies keep the prices of the report." : "";
    let other = 0;
    data.rows.forEach((row, i) => {
      const now = row.fixed ? "" : names(picks(row)), cell = document.getElementById(row.anchor)?.querySelector(".pick");
      cell?.querySelector(".priced")?.remove();
      if (now === asked[i]) return;
      other++;
      cell?.append(Object.assign(document.createElement("small"), { className: "priced", textContent: "at your prices " + now }));
    });
    const said = document.getElementById("priced");
    if (!said) return;
    said.hidden = !changed;
    const link = Object.assign(document.createElement("a"), { href: "#pays", textContent: "your prices" });
    said.replaceChildren("All here is at the prices of the report. At ", link, other ? `, ${other} of ${data.rows.length} picks would differ.` : ", the picks are the same.");
  }

  // read takes the prices from the view, write puts them there.
  function read() {
    for (const i of given) {
      const text = lab.state.get("cost." + data.parts[i].name);
      const v = Number(text);
      prices[i] = text !== "" && fits(i, v) ? v : report[i];
      input(i).value = prices[i];
    }
    render();
  }
  const fits = (i, v) => Number.isFinite(v) && v >= (data.parts[i].rate ? 1e-6 : 0) && v <= 1e6;
  function write() {
    const values = {};
    for (const i of given) values["cost." + data.parts[i].name] = prices[i] === report[i] ? "" : prices[i];
    lab.state.set(values);
  }
  form.addEventListener("input", () => {
    for (const i of given) {
      const v = input(i).valueAsNumber;
      input(i).setCustomValidity(fits(i, v) ? "" : "a number up to 1,000,000" + (data.parts[i].rate ? ", more than 0" : ""));
      if (fits(i, v)) prices[i] = v;
    }
    write();
    render();
  });
  form.addEventListener("reset", (e) => {
    e.preventDefault();
    prices = report.slice();
    given.forEach((i) => { input(i).value = prices[i]; input(i).setCustomValidity(""); });
    write();
    render();
  });
  form.addEventListener("submit", (e) => e.preventDefault());
  form.hidden = false;
  lab.state.changed(read);
  if (given.some((i) => lab.state.get("cost." + data.parts[i].name))) read();
}
