// Marks on step plots where a finding begins: hollow signs over the line, placed anew whenever the plot is drawn.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } = React;
  const MOST = 6;
  const NEAR = 12; // pixels within which two are one
  const SIZE = 16;
  const drawn = new Map();

  // Where a finding stands on the axis; null where the picture's x cannot tell.
  function x(finding, kind) {
    if (finding.step === null) return null;
    if (kind === "wall") return finding.time;
    if (kind === "relative") {
      const run = mx.screen.runs.get(finding.run);
      return run && run.start && finding.time !== null ? (finding.time - run.start) / 1000 : null;
    }
    return finding.step;
  }

  // The line's height there in pixels: between its neighbours, or where it broke off.
  function height(trace, { xaxis, yaxis }, at) {
    const xs = trace.x;
    const place = xaxis.d2c(at);
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xaxis.d2c(xs[middle]) <= place) low = middle;
      else high = middle;
    }
    const y = (i) => (trace.y[i] === null ? NaN : yaxis.d2p(Number(trace.y[i])));
    const [first, last] = [xaxis.d2c(xs[low]), xaxis.d2c(xs[high])];
    const share = last > first ? Math.min(1, Math.max(0, (place - first) / (last - first))) : 0;
    const between = y(low) + share * (y(high) - y(low));
    if (Number.isFinite(between)) return between;
    if (share >= 1 && Number.isFinite(y(high))) return y(high);
    while (low > 0 && !Number.isFinite(y(low))) low -= 1;
    return y(low);
  }
  const counted = (graph, trace) => {
    const { meta, xaxis } = graph._fullLayout;
    if (meta.x !== "step") return true;
    // Steps of an index that is no whole number count its points, which a thinned line does not tell.
    return xaxis.type !== "date" && Array.prototype.every.call(trace.x, Number.isInteger);
  };

  function spots(graph, key) {
    const layout = graph && graph._fullLayout;
    if (!layout || !mx.isStep(graph) || layout.meta.compared || layout.meta.grouped) return [];
    const lines = new Map(graph._fullData.filter((trace) => trace.meta && trace.meta.role === "line").map((trace) => [trace.meta.run, trace]));
    const focus = mx.insight.focused();
    const found = [];
    [...mx.insight.of(key)].sort((a, b) => (b === focus) - (a === focus)).forEach((finding) => {
      const trace = lines.get(finding.run);
      const at = trace && trace.x.length && counted(graph, trace) ? x(finding, layout.meta.x) : null;
      if (at === null) return;
      const { xaxis, yaxis } = layout;
      const left = xaxis.d2p(at);
      if (!(left >= -1 && left <= xaxis._length + 1)) return;
      const down = height(trace, layout, at);
      const top = Number.isFinite(down) ? Math.min(yaxis._length, Math.max(0, down)) : yaxis._length;
      const near = found.find((one) => Math.hypot(one.left - left - xaxis._offset, one.top - top - yaxis._offset) < NEAR);
      if (near) near.findings.push(finding);
      else if (found.length < MOST) found.push({ left: left + xaxis._offset, top: top + yaxis._offset, findings: [finding] });
    });
    return found;
  }

  // Beside its mark, and never beyond the window.
  function Tip({ findings, anchor }) {
    const box = useRef(null);
    useLayoutEffect(() => {
      const at = anchor();
      if (at) mx.place(box.current, at);
    });
    const rows = findings.map((one, i) => {
      const { name, color } = mx.screen.runs.get(one.run) || { name: one.run, color: "transparent" };
      return h(
        "div",
        { key: i, className: "x-mark-row" },
        h("span", { className: "x-finding-run" }, mx.levelSign(one.level), h("b", null, one.name), h("span", { className: "x-dot", style: { background: color } }), h("span", { className: "x-name" }, mx.oneLine(name))),
        h("span", null, one.sentence),
      );
    });
    return h("div", { ref: box, className: "x-mark-tip", role: "tooltip" }, rows);
  }

  mx.Marks = function Marks({ id }) {
    const told = useSyncExternalStore(mx.insight.subscribe, mx.insight.get);
    const focus = useSyncExternalStore(mx.insight.subscribe, mx.insight.focused);
    const [, draw] = useState(0);
    const [open, setOpen] = useState(null);
    const box = useRef(null);
    useEffect(() => {
      const redraw = () => draw((n) => n + 1);
      drawn.set(id, redraw);
      return () => drawn.get(id) === redraw && drawn.delete(id);
    }, [id]);
    if (!told.findings.length) return null;
    const graph = mx.graph(id);
    const list = spots(graph, id);
    return h(
      "div",
      { className: "x-marks", ref: box },
      list.map(({ left, top, findings }) => {
        const [first] = findings;
        const name = `${first.run} ${first.kind} ${first.step}`;
        const words = findings.map((one) => `${(mx.screen.runs.get(one.run) || { name: one.run }).name}: ${one.sentence}`).join("\n");
        const show = () => {
          setOpen(name);
          mx.emphasis(first.run);
        };
        const hide = () => {
          setOpen(null);
          mx.emphasis(null);
        };
        return h(
          React.Fragment,
          { key: name },
          h(
            "button",
            {
              type: "button",
              className: "x-mark" + (findings.includes(focus) ? " x-on" : ""),
              style: { left: `${left}px`, top: `${top}px` },
              "aria-label": words,
              "data-open": open === name || undefined,
              "data-run": first.run,
              "data-kind": first.kind,
              "data-step": first.step,
              onPointerEnter: show,
              onPointerLeave: hide,
              onFocus: show,
              onBlur: hide,
              onKeyDown: (event) => event.key === "Escape" && hide(),
            },
            mx.levelSign(first.level, SIZE),
            findings.length > 1 ? h("span", { className: "x-mark-n", "aria-hidden": true }, findings.length) : null,
          ),
          open === name ? h(Tip, { findings, anchor: () => box.current && box.current.querySelector(".x-mark[data-open]") }) : null,
        );
      }),
    );
  };
  mx.marks = { MOST, x, drawn: (key) => drawn.has(key) && drawn.get(key)() };
})();
