// The bar marks the section that is read, and its menu closes when it has served.
(function () {
  const menu = document.querySelector(".menu");
  if (!menu) return;
  const links = [...document.querySelectorAll(".home,nav a[href]")];
  const sections = [...document.querySelectorAll("main section[id]")];
  const groups = [document.querySelector(".home"), ...document.querySelectorAll(".groups a")]; // the first group is the top
  const groupOf = new Map(); // id of a section: the link of its group
  [...menu.querySelectorAll(".sheet > div")].forEach((d, i) => d.querySelectorAll("a").forEach((a) => groupOf.set(a.hash.slice(1), groups[i])));
  let current = "";
  function mark(id) {
    if (id === current) return;
    current = id;
    links.forEach((a) => {
      const here = a.closest(".sheet") ? a.hash === "#" + id : groupOf.get(id) === a;
      if (here) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
    });
  }
  // The section read is the last whose top is above the upper third of the window.
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    entries.forEach((e) => { if (e.isIntersecting) seen.add(e.target); else seen.delete(e.target); });
    const read = sections.filter((s) => seen.has(s)).pop();
    if (read) mark(read.id);
  }, { rootMargin: "-44px 0px -66% 0px" });
  sections.forEach((s) => watch.observe(s));

  const close = () => { menu.open = false; };
  menu.querySelector(".sheet").addEventListener("click", (e) => { if (e.target.closest("a")) close(); });
  addEventListener("click", (e) => { if (menu.open && !menu.contains(e.target)) close(); });
  addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !menu.open) return;
    close();
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (e) => { if (e.relatedTarget && !menu.contains(e.relatedTarget)) close(); });
})();
