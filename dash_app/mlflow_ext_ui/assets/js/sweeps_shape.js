// What of a figure depends on its size: which names have room on its axes, and how much of each. Also which runs it
// shows in full colour.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const ROW = 14; // pixels of a name beside an axis
  const LEAST = 64; // of one below it
  const LEFT = 42;
  const SHARE = 0.48; // of the width that names beside an axis take at most
  const BAR = 190; // the colour bar above a surface

  // plotly reads HTML, templates and formulas in its texts, but turns entities back last.
  const literal = (text) => text.replace(/[&<>$%"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

  // Names shortened in the middle; where that makes two alike, what all of them share gives way first.
  tab.apart = (names, room) => {
    const short = names.map((name) => tab.fit(name, room));
    if (new Set(short).size === new Set(names).size) return short;
    const least = Math.min(...names.map((name) => name.length));
    const same = (n, of) => names.every((name) => of(name, n) === of(names[0], n));
    let head = 0;
    while (head < least && same(head + 1, (name, n) => name.slice(0, n))) head += 1;
    let tail = 0;
    while (tail < least - head && same(tail + 1, (name, n) => name.slice(name.length - n))) tail += 1;
    return names.map((name, i) => {
      if (short[i] === name) return name;
      const core = name.slice(head, name.length - tail);
      const inner = (n) => `${head > n ? `${name.slice(0, n)}…` : name.slice(0, head)}${core}${tail > n ? `…${n ? name.slice(-n) : ""}` : name.slice(name.length - tail)}`;
      for (let n = 12; n >= 0; n -= 1) if (tab.width(inner(n)) <= room) return inner(n);
      return tab.fit(`${head ? "…" : ""}${core}${tail ? "…" : ""}`, room);
    });
  };

  function upright(layout, names, box) {
    const rows = Math.max(1, Math.min(names.length, Math.floor((box.height - layout.margin.t - layout.margin.b) / ROW)));
    const shown = names.slice(names.length - rows);
    const texts = tab.apart(shown, Math.max(LEFT, box.width * SHARE - 14));
    layout.margin.l = Math.max(LEFT, Math.ceil(Math.max(...texts.map((text) => tab.width(text)))) + 12);
    const at = shown.map((_, i) => names.length - rows + i);
    layout.yaxis = { ...layout.yaxis, tickmode: "array", tickvals: at, ticktext: texts.map(literal), range: [names.length - rows - 0.5, names.length - 0.5] };
    return names.length - rows;
  }
  function lying(layout, names, across) {
    const least = Math.min(LEAST, 8 + Math.max(...names.map((name) => tab.width(name))));
    const stride = Math.max(1, Math.ceil((names.length * least) / Math.max(across, least)));
    const at = names.map((_, i) => i).filter((i) => i % stride === 0);
    const texts = tab.apart(at.map((i) => names[i]), Math.max(24, (across * stride) / names.length - 8));
    layout.xaxis = { ...layout.xaxis, tickmode: "array", tickvals: at, ticktext: texts.map(literal) };
  }

  // The figure for a box of this size; ``hidden``: how many rows have no room.
  tab.shaped = (figure, box) => {
    const { titles, names, bar } = figure.layout.meta || {};
    if (!titles || !box.width || !box.height) return { figure, hidden: 0 };
    const layout = { ...figure.layout, margin: { ...figure.layout.margin } };
    const hidden = names.y.length ? upright(layout, names.y, box) : 0;
    const across = box.width - layout.margin.l - layout.margin.r;
    if (names.x.length) lying(layout, names.x, across);
    const put = {
      x: (one) => ({ ...one, text: literal(tab.fit(titles.x, across)) }),
      y: (one) => ({ ...one, xshift: 8 - layout.margin.l, text: literal(tab.fit(titles.y, box.width - 16 - (bar ? BAR : 0))) }),
    };
    layout.annotations = (figure.layout.annotations || []).map((one) => (put[one.name] ? put[one.name](one) : one));
    return { figure: { data: figure.data, layout }, hidden };
  };

  // The figure with these runs in full colour and the others dim; ``runs``: a set of ids, null for all alike.
  tab.lit = (figure, runs) => {
    if (!figure || !runs) return figure;
    const dim = (trace) => (trace.meta && trace.meta.role === "runs" ? { ...trace, selectedpoints: trace.customdata.flatMap((run, i) => (runs.has(run) ? [i] : [])) } : trace);
    return { ...figure, data: figure.data.map(dim) };
  };
})();
