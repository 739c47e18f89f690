// say writes numbers as the page does elsewhere. It repeats package text of the report; a
// test compares the two.
const say = (function () {
  const space = "\u00a0", minus = "\u2212";
  const commas = (s) => s.replace(/\B(?=(\d{3})+$)/g, ",");
  const sign = (v) => (v < 0 ? minus : "");
  const before = (v) => Math.floor(Math.log10(v));

  // fixed has so many digits behind the point, and of two that are as near the even one.
  function fixed(v, digits) {
    const s = v.toFixed(digits), scaled = v * 10 ** digits;
    const tie = (v * 2 ** (digits + 1)) % 1 === 0 && Math.abs(scaled % 1) === 0.5;
    return tie ? (2 * Math.round(scaled / 2) / 10 ** digits).toFixed(digits) : s;
  }

  // digits3 has three significant digits.
  function digits3(v) {
    const a = Math.abs(v);
    if (a === 0) return "0";
    const decimals = 2 - before(a);
    if (decimals < 0) return sign(v) + commas((Math.round(a / 10 ** -decimals) * 10 ** -decimals).toFixed(0));
    if (a >= 999.5) return sign(v) + "1,000";
    let s = fixed(a, decimals);
    if (decimals > 0 && before(+s) > before(a)) s = fixed(a, decimals - 1);
    return sign(v) + s;
  }

  // trimmed is digits3 without zeros at its end.
  function trimmed(v) {
    const s = digits3(v);
    return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
  }

  // short3 has all digits before the point.
  function short3(v) {
    const a = Math.abs(v);
    if (!(a >= 99.95 && a < 1e15)) return trimmed(v);
    const [whole, part] = String(a < 99999.95 ? Math.round(a * 10) / 10 : Math.round(a)).split(".");
    return sign(v) + commas(whole) + (part ? "." + part : "");
  }

  function time(v) {
    const a = Math.abs(v);
    const [unit, per] = a < 999.5e-9 ? ["ns", 1e9] : a < 999.5e-6 ? ["µs", 1e6] : a < 0.9995 ? ["ms", 1e3] : ["s", 1];
    return trimmed(v * per) + space + unit;
  }

  function size(v) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let i = 0;
    for (v = Math.trunc(v); v >= 1024 && i < 6; i++) v /= 1024;
    return (v >= 1000 ? commas(fixed(v, 0)) : trimmed(v)) + space + units[i];
  }

  // What is no number comes as null.
  return function (v, unit) {
    if (v === null || v === undefined) return "–";
    switch (unit) {
      case "s": return time(v);
      case "B": return size(v);
      case "%": return short3(v) + space + "%";
      case "±%": return (v > 0 ? "+" : "") + short3(v) + space + "%";
    }
    return short3(v);
  };
})();
lab.say = say;
