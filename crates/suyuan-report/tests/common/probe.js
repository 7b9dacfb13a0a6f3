// What a page is asked when it has loaded. Each list must be empty.
(() => {
  const out = { looked: 0, wide: [], overlaps: [], outside: [], spilled: [], faint: [], headings: [], tables: [], nameless: [] };
  const over = document.documentElement.scrollWidth - WIDTH;
  if (over > 0) out.wide.push(over);
  // Drawings: no text on another, none outside the frame.
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].slice(0, 300)
      .map((t) => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    texts.forEach(([name, a], at) => {
      out.looked += 1;
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.bottom > frame.bottom + 1) out.outside.push(name);
      for (const [other, b] of texts.slice(0, at)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 4) out.overlaps.push(name + " | " + other);
      }
    });
  }
  // Boxes: no text reaches beyond its own.
  const some = (list, most) => list.filter((_, at) => at % Math.ceil(list.length / most) === 0);
  for (const el of some([...document.querySelectorAll("td,th,dd,dt,summary,p,li,figcaption,h1,h2")], 2000)) {
    if (el.offsetParent && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).display !== "inline" && out.spilled.length < 5) {
      out.spilled.push(el.tagName + " " + el.textContent.slice(0, 40));
    }
  }
  // Contrast of texts, those of drawings too.
  const parse = (c) => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (el) => {
    for (; el; el = el.parentElement) {
      const c = parse(getComputedStyle(el).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const inks = [...document.querySelectorAll("h1,h2,p,td,th,dt,dd,a,summary,figcaption,li,caption,small,span")]
    .filter((el) => !el.closest("svg") && !el.closest(".skip") && el.offsetParent).map((el) => [el, "color"])
    .concat([...document.querySelectorAll("svg text")].map((el) => [el, "fill"]));
  for (const [el, ink] of some(inks, 1500)) {
    out.looked += 1;
    const [a, b] = [light(parse(getComputedStyle(el)[ink])), light(ground(el))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5 && out.faint.length < 5) out.faint.push(el.tagName + " " + ratio.toFixed(2));
  }
  // What readers of a screen go by.
  const heads = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((h) => Number(h.tagName[1]));
  if (heads.filter((level) => level === 1).length !== 1 || heads[0] !== 1) out.headings.push("h1");
  heads.forEach((level, at) => { if (at && level > heads[at - 1] + 1) out.headings.push("h" + level); });
  if (!document.documentElement.lang || !document.title.trim()) out.headings.push("lang or title");
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) out.tables.push("no caption");
    for (const th of table.tHead.rows[0].cells) if (th.scope !== "col" || !th.textContent.trim()) out.tables.push("no header");
    for (const row of [...table.tBodies[0].rows].slice(0, 50)) {
      if (row.cells.length !== table.tHead.rows[0].cells.length) out.tables.push("a row of another width");
    }
  }
  const named = (el) => (el.getAttribute("aria-label") || el.getAttribute("alt") || el.textContent).trim().length > 0;
  for (const el of document.querySelectorAll("a,button,summary,[role=button],[role=img],[role=group],img,[tabindex]")) {
    if (!named(el) && out.nameless.length < 5) out.nameless.push(el.outerHTML.slice(0, 80));
  }
  for (const el of document.querySelectorAll("[role=img]")) {
    if (el.querySelector("a,button,[tabindex]")) out.nameless.push("something to choose within a picture");
  }
  const marks = [...document.querySelectorAll("main,nav,section[aria-labelledby],[role=region]")].map((el) =>
    (el.getAttribute("aria-label") || document.getElementById(el.getAttribute("aria-labelledby"))?.textContent || el.tagName).trim());
  if (new Set(marks).size !== marks.length) out.nameless.push("two parts of one name: " + marks.filter((mark, at) => marks.indexOf(mark) !== at)[0]);
  const ids = [...document.querySelectorAll("[id]")].map((el) => el.id);
  if (new Set(ids).size !== ids.length) out.nameless.push("an id is used twice");
  return JSON.stringify(out);
})()
