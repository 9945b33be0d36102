// One rule at the same step on all step plots, and one tip beside the cursor; names are only ever set as text.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const MOST = 15;
  const DIM_FROM = 8;
  let box = null;

  function element(className, text) {
    const made = document.createElement("div");
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  const graphs = () => [...document.querySelectorAll(".x-plot.js-plotly-plot")].filter(mx.isStep);

  function rule(x, unit) {
    graphs().forEach((graph) => {
      const holder = graph.querySelector(".svg-container");
      let line = holder.querySelector(".x-rule");
      if (!line) holder.appendChild((line = element("x-rule")));
      const { xaxis, yaxis, meta } = graph._fullLayout;
      const at = x === null || meta.x !== unit ? NaN : xaxis.d2p(x);
      line.hidden = !(at >= 0 && at <= xaxis._length);
      if (line.hidden) return;
      line.style.left = `${xaxis._offset + at}px`;
      line.style.top = `${yaxis._offset}px`;
      line.style.height = `${yaxis._length}px`;
    });
  }

  // The point of a line nearest to x, by its value on the axis.
  function nearest(trace, axis, x) {
    const xs = trace.x;
    const at = axis.d2c(x);
    let low = 0;
    let high = xs.length - 1;
    if (high < 0) return -1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (axis.d2c(xs[middle]) <= at) low = middle;
      else high = middle;
    }
    return Math.abs(axis.d2c(xs[high]) - at) < Math.abs(axis.d2c(xs[low]) - at) ? high : low;
  }
  const lines = (graph) => graph._fullData.filter((trace) => trace.meta && trace.meta.run && trace.meta.role === "line");

  function rows(graph, x, mouse) {
    const { xaxis, yaxis } = graph._fullLayout;
    const found = [];
    lines(graph).forEach((trace) => {
      const i = nearest(trace, xaxis, x);
      if (i < 0) return;
      // A run that ended long before this step has no value here.
      if (Math.abs(xaxis.d2p(trace.x[i]) - xaxis.d2p(x)) > 24) return;
      const value = Number(trace.y[i]);
      if (!Number.isFinite(value)) return;
      const color = trace.meta.color;
      found.push({ run: trace.meta.run, name: trace.meta.name, value, color, far: Math.abs(yaxis.d2p(value) - mouse) });
    });
    found.sort((a, b) => a.far - b.far);
    const near = found[0];
    return { near, rows: found.slice(0, MOST).sort((a, b) => b.value - a.value), hidden: Math.max(0, found.length - MOST) };
  }

  function words(graph, x) {
    const { meta } = graph._fullLayout;
    if (meta.x === "relative") return span(Number(x));
    if (meta.x === "wall") return String(x).replace("T", " ").slice(0, 19) + " UTC";
    const index = String(meta.index || "step");
    const text = typeof x === "number" ? (Number.isInteger(x) ? mx.whole(x) : mx.number(x)) : String(x);
    return `${index.charAt(0).toUpperCase()}${index.slice(1)} ${text}`;
  }
  function span(seconds) {
    if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  function show(graph, event) {
    const point = event.points.find((one) => one.data.meta && one.data.meta.role === "line") || event.points[0];
    if (!point) return;
    const area = graph.getBoundingClientRect();
    const mouse = event.event.clientY - area.top - graph._fullLayout.yaxis._offset;
    const found = rows(graph, point.x, mouse);
    rule(point.x, graph._fullLayout.meta.x);
    if (!found.near) return;
    emphasize(graph, found.near.run);
    if (!box) document.body.appendChild((box = element("x-tip")));
    const list = found.rows.map((row) => {
      const line = element("x-tip-row" + (row === found.near ? " x-on" : ""));
      const dot = document.createElement("span");
      dot.className = "x-dot";
      dot.style.background = row.color;
      const name = document.createElement("span");
      name.className = "x-name";
      name.textContent = row.name;
      const value = document.createElement("b");
      value.textContent = mx.number(row.value);
      line.append(dot, name, value);
      return line;
    });
    if (found.hidden) list.push(element("x-tip-head", `${mx.whole(found.hidden)} more`));
    box.replaceChildren(element("x-tip-head", words(graph, point.x)), ...list);
    place(event.event);
  }
  function place(mouse) {
    const width = box.offsetWidth;
    const left = mouse.clientX + 14 + width > innerWidth - 8 ? mouse.clientX - width - 14 : mouse.clientX + 14;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${Math.max(8, Math.min(mouse.clientY - 20, innerHeight - box.offsetHeight - 8))}px`;
  }
  function hide() {
    if (box) box.remove();
    box = null;
    rule(null);
    mx.emphasis(null);
  }

  // With many lines the others step back while one is pointed at, in its plot or in the run list.
  function emphasize(graph, run) {
    const many = lines(graph).length > DIM_FROM;
    graph.querySelectorAll(".scatterlayer .trace").forEach((group) => {
      const datum = group.__data__ && group.__data__[0] && group.__data__[0].trace;
      const own = datum && datum.meta && datum.meta.run;
      group.classList.toggle("x-faint", Boolean(run && many && own && own !== run));
    });
  }
  mx.emphasis = (run) => graphs().forEach((graph) => emphasize(graph, run));

  mx.tip = {
    bind(graph) {
      graph.on("plotly_hover", (event) => mx.isStep(graph) && show(graph, event));
      graph.on("plotly_unhover", hide);
    },
    hide,
  };
  document.addEventListener("scroll", () => box && hide(), true);
})();
