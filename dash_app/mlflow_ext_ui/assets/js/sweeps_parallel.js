// Parallel coordinates: lines on a canvas, axes over them. An axis is brushed by dragging along it, moved by dragging
// its name, and both by the panel that its name opens.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const h = React.createElement;
  const { useEffect, useLayoutEffect, useMemo, useRef, useState } = React;
  const FONT = '11px "Inter Variable", system-ui, sans-serif';
  const TOP = 44;
  const BOTTOM = 16;
  const LANE = 34; // for the runs that lack a param
  const GRAB = 11;
  const LEAST = 46; // pixels between two axes
  const LINE = 13;
  const JITTER = 6;
  const NEAR = 7;
  const LONGEST = 300;
  const EDGE = 6; // of the card
  const MOST_NAME = 320;
  const NAME_FONT = '500 12px "Inter Variable", system-ui, sans-serif';

  const pen = document.createElement("canvas").getContext("2d");
  function width(text, font = FONT) {
    pen.font = font;
    return pen.measureText(text).width;
  }
  // Shortened in its middle until it fits.
  function fit(text, room, font) {
    if (width(text, font) <= room) return text;
    const letters = [...text];
    let [low, high] = [1, letters.length];
    const cut = (n) => {
      const tail = (n - 1) >> 1;
      return `${letters.slice(0, n - 1 - tail).join("")}…${tail ? letters.slice(-tail).join("") : ""}`;
    };
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (width(cut(middle), font) <= room) low = middle;
      else high = middle - 1;
    }
    return cut(low);
  }
  Object.assign(tab, { width, fit });
  // Room left of each axis as its texts ask; the widest give way first, and what is left over goes to all alike.
  function spread(wishes, room) {
    const sum = (cap) => wishes.reduce((all, wish) => all + Math.min(wish, cap), 0);
    let cap = Math.max(...wishes);
    if (sum(cap) > room) {
      let [low, high] = [LEAST, cap];
      for (let i = 0; i < 30; i += 1) {
        const middle = (low + high) / 2;
        if (sum(middle) > room) high = middle;
        else low = middle;
      }
      cap = low;
    }
    const gaps = wishes.map((wish) => Math.min(wish, cap));
    const over = Math.max(0, room - gaps.reduce((all, gap) => all + gap, 0));
    // The first gap is only a margin.
    return gaps.map((gap, i) => (i && gaps.length > 1 ? gap + over / (gaps.length - 1) : gap));
  }

  function placer(axis) {
    const unit = axis.log ? Math.log10 : (value) => value;
    const [low, high] = [unit(axis.low), unit(axis.high)];
    return { of: (value) => (unit(value) - low) / (high - low), at: (place) => (axis.log ? 10 ** (low + place * (high - low)) : low + place * (high - low)) };
  }
  // Always the same for a run and an axis, −1 to 1.
  const noise = (run, axis) => ((Math.imul(run + 1, 2654435761) ^ Math.imul(axis + 7, 40503)) >>> 8) / (1 << 23) - 1;

  // Where everything stands, for a box of this size.
  function layout(report, box) {
    const { axes } = report;
    const lane = axes.some((axis) => axis.missing);
    const height = Math.max(160, box.height);
    const [top, bottom] = [TOP, height - BOTTOM - (lane ? LANE : 0)];
    const texts = axes.map((axis) => Math.min(LONGEST, Math.max(...axis.ticks.map(([, text]) => width(text)), axis.missing ? width(axis.lane) : 0)));
    const right = 22;
    const needs = axes.map((axis) => Math.min(MOST_NAME, width(mx.oneLine(axis.name), NAME_FONT) + 12));
    const names = (i) => needs[i - 1] / 2 + (i === axes.length - 1 ? Math.max(needs[i] / 2, needs[i] - right + EDGE) : needs[i] / 2) + 4;
    const wishes = texts.map((text, i) => (i ? Math.max(60, text + 22, names(i)) : text + 16));
    const inner = Math.max(box.width, right + axes.length * LEAST);
    const gaps = spread(wishes, inner - right);
    let x = 0;
    const made = axes.map((axis, i) => {
      x += gaps[i];
      const place = placer(axis);
      const y = (value) => (value === null ? bottom + LANE - 4 : bottom - place.of(value) * (bottom - top));
      const step = axis.levels.length ? (bottom - top) / axis.levels.length : Infinity;
      const shake = axis.spread ? Math.min(JITTER, step * 0.32) : 0;
      const ys = axis.values.map((value, run) => y(value) + (shake || value === null ? noise(run, i) * (value === null ? 4 : shake) : 0));
      let last = Infinity;
      const ticks = axis.ticks
        .map(([value, text]) => ({ y: y(value), text: fit(text, gaps[i] - 12), whole: text }))
        .filter((tick) => {
          if (last - tick.y < LINE) return false;
          last = tick.y;
          return true;
        });
      return { axis, at: i, x, y, ys, place, ticks, gap: gaps[i] };
    });
    // A name takes the room that its neighbours leave: half of the way, or more where theirs are short.
    const half = (i, gap) => Math.min(needs[i] / 2, gap / 2);
    made.forEach((one, i) => {
      const before = i ? one.gap - half(i - 1, one.gap) : one.x - EDGE;
      const next = i + 1 < made.length ? made[i + 1].gap : 0;
      const after = next ? next - half(i + 1, next) : inner - EDGE - one.x;
      const centred = Math.min(needs[i], 2 * Math.min(before, after));
      const whole = Math.min(needs[i], before + after);
      one.room = i && i < made.length - 1 ? centred : whole;
      const middle = one.x - one.room / 2;
      one.left = Math.max(one.x - before, Math.min(middle, one.x + after - one.room));
    });
    return { axes: made, top, bottom, height, width: inner, lane };
  }

  const channels = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  function colorer(colors) {
    const stops = colors.slice(1).map(channels); // the palest is no line on this ground
    return (share) => {
      const at = Math.max(0, Math.min(1, share)) * (stops.length - 1);
      const i = Math.min(stops.length - 2, Math.floor(at));
      return `rgb(${stops[i].map((one, channel) => Math.round(one + (stops[i + 1][channel] - one) * (at - i))).join()})`;
    };
  }
  const good = (report, share) => (report.way === "lower" ? 1 - share : share);
  tab.gradient = (report, colors) => {
    const stops = colors.slice(1);
    return `linear-gradient(to right, ${(report.way === "lower" ? [...stops].reverse() : stops).join()})`;
  };

  function trace(context, axes, run) {
    context.beginPath();
    axes.forEach((one, i) => (i ? context.lineTo(one.x, one.ys[run]) : context.moveTo(one.x, one.ys[run])));
    if (axes.length === 1) context.lineTo(axes[0].x - 30, axes[0].ys[run]);
    context.stroke();
  }
  function clear(canvas, { width: w, height }) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, w, height);
    return context;
  }
  function draw(canvas, plan, report, on, colors, order) {
    const context = clear(canvas, plan);
    const { axes } = plan;
    const target = axes[axes.length - report.targets.length];
    const shade = colorer(colors);
    const faint = getComputedStyle(canvas).getPropertyValue("--x-text-3");
    const many = order.length;
    if (on) {
      context.strokeStyle = faint;
      context.lineWidth = 1;
      context.globalAlpha = Math.max(0.03, Math.min(0.12, 12 / many));
      order.forEach((run) => on.has(run) || trace(context, axes, run));
    }
    const shown = on ? order.filter((run) => on.has(run)) : order;
    context.lineWidth = 1.1;
    context.globalAlpha = Math.min(0.85, Math.max(0.12, 0.85 * (100 / Math.max(1, shown.length)) ** 0.75));
    shown.forEach((run) => {
      const value = target.axis.values[run];
      context.strokeStyle = value === null ? faint : shade(good(report, target.place.of(value)));
      trace(context, axes, run);
    });
    canvas.dataset.lines = shown.length;
  }

  // The run whose line is nearest to a point, null where none is near.
  function nearest(plan, on, count, x, y) {
    const { axes } = plan;
    const after = axes.findIndex((one) => one.x >= x);
    if (after < 1) return null;
    const [a, b] = [axes[after - 1], axes[after]];
    const share = (x - a.x) / (b.x - a.x);
    let [best, distance] = [null, NEAR];
    for (let run = 0; run < count; run += 1) {
      if (on && !on.has(run)) continue;
      const off = Math.abs(a.ys[run] + (b.ys[run] - a.ys[run]) * share - y) / Math.hypot(1, (b.ys[run] - a.ys[run]) / (b.x - a.x));
      if (off < distance) [best, distance] = [run, off];
    }
    return best;
  }
  const stated = (axis, run) => (axis.logged.find(([at]) => at === run) || [])[1];
  const without = (axis) => {
    const rest = axis.missing - axis.logged.length;
    const name = mx.oneLine(axis.name);
    return [axis.logged.length ? `${mx.count(axis.logged.length, "run")} whose ${name} is no number` : "", rest ? `${mx.count(rest, "run")} without ${name}` : ""].filter(Boolean).join(", ");
  };
  const words = (axis, value, run) => (value === null ? (stated(axis, run) === undefined ? "not logged" : mx.oneLine(stated(axis, run))) : axis.levels.length ? mx.oneLine(axis.levels[value]) : mx.number(value));

  function Tip({ report, hover }) {
    const [id, name] = report.runs[hover.run];
    const shown = report.axes.length > 16 ? [...report.axes.slice(0, 15), report.axes[report.axes.length - 1]] : report.axes;
    const left = Math.min(hover.x + 14, innerWidth - 300);
    const top = Math.max(8, Math.min(hover.y + 14, innerHeight - 50 - shown.length * 18));
    return h(
      "div",
      { className: "x-tip x-sweep-tip", style: { left, top } },
      h("div", { className: "x-tip-row x-on" }, h("span", { className: "x-name" }, mx.oneLine(name)), h("b", null, mx.screen.runs.has(id) ? "on screen" : "")),
      shown.map((axis) => h("div", { key: `${axis.role} ${axis.name}`, className: "x-tip-row" }, h("span", { className: "x-name" }, mx.oneLine(axis.name)), h("b", { className: "x-name" }, words(axis, axis.values[hover.run], hover.run)))),
    );
  }

  // A drag along an axis, from one place to another, as ends that the address can hold; null for nothing.
  function endsOf(one, from, to) {
    const { axis, place } = one;
    const [low, high] = [Math.min(from, to), Math.max(from, to)].map((share) => Math.max(0, Math.min(1, share)));
    if (axis.levels.length) {
      const levels = [Math.ceil(place.at(low) - 0.25), Math.floor(place.at(high) + 0.25)].map((at) => Math.max(0, Math.min(axis.levels.length - 1, at)));
      return levels[0] <= levels[1] ? levels.map((at) => axis.levels[at]) : null;
    }
    const unit = (share) => {
      if (share <= 0) return axis.low;
      if (share >= 1) return axis.high;
      const value = place.at(share);
      if (axis.log) return Number(value.toPrecision(4));
      const step = 10 ** (Math.floor(Math.log10(axis.high - axis.low)) - 3);
      return Number((Math.round(value / step) * step).toPrecision(12));
    };
    return [unit(low), unit(high)].map(String);
  }
  // The brushed stretch of an axis as places from below; null where none is.
  function stretch(one, ends) {
    if (!ends || (ends[0] === "" && ends[1] === "") || !tab.test(one.axis, ends)) return null;
    const at = one.axis.levels.length ? ends.map((level) => one.axis.levels.indexOf(level)).sort((a, b) => a - b) : ends.map(Number).sort((a, b) => a - b);
    const half = one.axis.levels.length ? 0.42 : 0;
    return [one.place.of(at[0] - half), one.place.of(at[1] + half)].map((share) => Math.max(-0.01, Math.min(1.01, share)));
  }

  // The runs that have no place on an axis, named when asked for.
  const MOST_NAMED = 200;
  function Without({ axis, report }) {
    const [open, setOpen] = useState(false);
    const runs = open ? report.runs.flatMap(([id, name], i) => (axis.values[i] === null ? [[id, name, stated(axis, i)]] : [])) : [];
    return h(
      "div",
      null,
      h("button", { type: "button", className: "x-btn x-quiet x-small x-without", "aria-expanded": open, onClick: () => setOpen(!open) }, h("span", { className: "x-name" }, without(axis)), mx.icon("chevron-down", "x-s12")),
      open ? h("div", { className: "x-names-list x-without-list" }, runs.slice(0, MOST_NAMED).map(([id, name, text]) => h("a", { key: id, className: "x-menu-item x-link", href: mx.pageOf(id) }, h("span", { className: "x-name" }, mx.oneLine(name)), text === undefined ? null : h("span", { className: "x-t3" }, mx.oneLine(text)))), runs.length > MOST_NAMED ? h("div", { className: "x-none" }, `The first ${MOST_NAMED} of ${mx.whole(runs.length)}.`) : null) : null,
    );
  }

  function AxisPanel({ one, report, names, onClose }) {
    const { axis } = one;
    const ends = tab.brushes().get(axis.name);
    const category = axis.levels.length > 0;
    const first = ends && (ends[0] || ends[1]) ? ends : category ? [axis.levels[0], axis.levels[axis.levels.length - 1]] : ["", ""];
    const [low, setLow] = useState(first[0]);
    const [high, setHigh] = useState(first[1]);
    const at = names.indexOf(axis.name);
    const move = (by) => {
      const next = names.filter((name) => name !== axis.name);
      next.splice(at + by, 0, axis.name);
      onClose(true);
      mx.view.change({ axes: next });
    };
    const apply = (event) => {
      event.preventDefault();
      onClose(true);
      const given = category ? [low, high] : [low === "" ? String(axis.low) : low, high === "" ? String(axis.high) : high];
      tab.brush(report, axis.name, given);
    };
    const button = (text, onClick, disabled) => h("button", { type: "button", className: "x-btn x-quiet x-small", onClick, disabled }, text);
    const end = (label, value, set, hint) =>
      h("label", { className: "x-range-field" }, label, category
        ? h("select", { className: "x-select", value, onChange: (event) => set(event.target.value) }, axis.levels.map((level) => h("option", { key: level, value: level }, mx.oneLine(level))))
        : h("input", { className: "x-input", inputMode: "decimal", value, placeholder: mx.number(hint), onChange: (event) => set(event.target.value) }));
    const bad = !category && [low, high].some((text) => text !== "" && !Number.isFinite(Number(text)));
    const kinds = { number: "number", log: "number, logarithmic axis", boolean: "yes or no", category: mx.count(axis.levels.length, "value") };
    return h(
      "form",
      { className: "x-range x-axis-panel", onSubmit: apply },
      h("div", { className: "x-panel-head" }, h("strong", null, mx.oneLine(axis.name)), h("span", { className: "x-caption" }, axis.role === "target" ? "target" : kinds[axis.kind])),
      h("div", { className: "x-range-fields" }, end("From", low, setLow, axis.low), end("To", high, setHigh, axis.high)),
      axis.missing && axis.role === "param" ? h(Without, { axis, report }) : null,
      h(
        "div",
        { className: "x-axis-acts" },
        axis.role === "param" ? [button("Move left", () => move(-1), at <= 0), button("Move right", () => move(1), at < 0 || at >= names.length - 1), button("Hide", () => (onClose(false), mx.view.change({ axes: names.length > 1 ? names.filter((name) => name !== axis.name) : "" }))), button("Plot it", () => (onClose(true), mx.view.change({ param: axis.name })))].map((one_, i) => React.cloneElement(one_, { key: i })) : null,
        axis.missing && axis.role === "param" ? button(axis.logged.length ? "Brush runs without a number" : "Brush runs without it", () => (onClose(true), tab.brush(report, axis.name, ["", ""]))) : null,
      ),
      h("div", { className: "x-panel-foot" }, ends ? button("Clear", () => (onClose(true), tab.brush(report, axis.name, null))) : null, h("button", { type: "submit", className: "x-btn x-small x-primary", disabled: bad }, "Brush")),
    );
  }

  function Axis({ one, plan, ends, draft, report, names, onDraft, dragging, onDrag }) {
    const { axis, x } = one;
    const [open, setOpen] = useState(false);
    const button = useRef(null);
    const start = useRef(null);
    const part = draft || stretch(one, ends);
    const { top, bottom } = plan;
    const y = (share) => bottom - share * (bottom - top);
    const share = (event, target) => (bottom - (event.clientY - target.ownerSVGElement.getBoundingClientRect().top)) / (bottom - top);

    const grab = (event) => {
      if (event.button) return;
      event.preventDefault();
      const at = share(event, event.currentTarget);
      const near = 6 / (bottom - top);
      const held = stretch(one, ends);
      const mode = !held ? "new" : Math.abs(at - held[0]) < near ? "low" : Math.abs(at - held[1]) < near ? "high" : at > held[0] && at < held[1] ? "move" : "new";
      start.current = { at, mode, held, y: event.clientY, moved: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    };
    const drag = (event) => {
      const from = start.current;
      if (!from) return;
      const at = share(event, event.currentTarget);
      if (!from.moved && Math.abs(event.clientY - from.y) < 3) return;
      from.moved = true;
      const shift = at - from.at;
      from.now = { new: [from.at, at], low: [at, from.held && from.held[1]], high: [from.held && from.held[0], at], move: from.held && from.held.map((end) => end + shift) }[from.mode];
      onDraft(axis.name, endsOf(one, ...from.now), [Math.min(...from.now), Math.max(...from.now)]);
    };
    const drop = () => {
      const from = start.current;
      start.current = null;
      if (!from) return;
      onDraft(null);
      if (from.moved) tab.brush(report, axis.name, endsOf(one, ...from.now) || null);
      else if (ends) tab.brush(report, axis.name, null);
    };

    const pull = useRef(null);
    const hold = (event) => {
      if (event.button || axis.role !== "param") return;
      pull.current = { x: event.clientX, moved: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    };
    const carry = (event) => {
      if (!pull.current || (!pull.current.moved && Math.abs(event.clientX - pull.current.x) < 5)) return;
      pull.current.moved = true;
      onDrag({ name: axis.name, by: event.clientX - pull.current.x, x: x + event.clientX - pull.current.x });
    };
    const put = () => {
      const was = pull.current;
      pull.current = null;
      if (was && was.moved) onDrag(null, axis.name);
      start.dragged = Boolean(was && was.moved);
    };
    const shown = dragging && dragging.name === axis.name ? { transform: `translateX(${dragging.by}px)` } : undefined;
    const label = fit(mx.oneLine(axis.name), one.room - 11, NAME_FONT);
    const brushed = part ? ", brushed" : ends ? ", brushed" : "";
    return {
      svg: h(
        "g",
        { key: `axis ${axis.role} ${axis.name}`, className: "x-axis" },
        h("line", { x1: x, x2: x, y1: top, y2: bottom, className: "x-axis-line" }),
        axis.missing ? h("line", { x1: x - 3, x2: x + 3, y1: bottom + LANE - 4, y2: bottom + LANE - 4, className: "x-axis-line" }) : null,
        one.ticks.map((tick) => h("text", { key: tick.y, x: x - 6, y: tick.y, className: "x-axis-tick" }, tick.text, tick.text === tick.whole ? null : h("title", null, tick.whole))),
        axis.missing ? h("text", { x: x - 6, y: bottom + LANE - 4, className: "x-axis-tick" }, fit(axis.lane, one.gap - 12)) : null,
        part ? h("rect", { x: x - 2.5, width: 5, y: y(part[1]), height: Math.max(3, y(part[0]) - y(part[1])), rx: 1, className: "x-axis-brush" }) : null,
        !part && ends && ends[0] === "" && axis.missing ? h("rect", { x: x - 2.5, width: 5, y: bottom + LANE - 11, height: 14, rx: 1, className: "x-axis-brush" }) : null,
        h("rect", { x: x - GRAB, width: 2 * GRAB, y: top - 6, height: bottom - top + 12, className: "x-axis-grab", "data-axis": axis.name, onPointerDown: grab, onPointerMove: drag, onPointerUp: drop, onPointerCancel: drop }),
        axis.missing && axis.role === "param" ? h("rect", { x: x - 40, width: 46, y: bottom + LANE - 14, height: 18, className: "x-axis-lane", onClick: () => tab.brush(report, axis.name, ends && ends[0] === "" ? null : ["", ""]) }, h("title", null, `${without(axis)}: brush`)) : null,
      ),
      head: h(
        "div",
        { key: `name ${axis.role} ${axis.name}`, className: "x-axis-head", style: { left: one.left, width: one.room, ...shown } },
        h(
          "button",
          {
            ref: button, type: "button", className: "x-axis-name", title: axis.role === "param" ? `${axis.name}: drag to move, click for more` : axis.name, "aria-label": `Axis ${axis.name}${brushed}`, "aria-haspopup": "dialog", "aria-expanded": open,
            onPointerDown: hold, onPointerMove: carry, onPointerUp: put, onPointerCancel: put,
            onClick: () => {
              if (start.dragged) start.dragged = false;
              else setOpen(!open);
            },
          },
          label,
        ),
        open ? h(mx.Panel, { anchor: () => button.current, label: `Axis ${axis.name}`, onClose: (back) => (setOpen(false), back && button.current && button.current.focus()) }, h(AxisPanel, { one, report, names, onClose: (back) => (setOpen(false), back && button.current && button.current.focus()) })) : null,
      ),
    };
  }
  // Two places of one component: the axis in the drawing, its name above.
  const AxisParts = (props) => {
    const { svg, head } = Axis(props);
    return h(React.Fragment, null, ReactDOM.createPortal(svg, props.into), head);
  };

  tab.Parallel = function Parallel({ report, colors, brushes, on, onPreview }) {
    const box = useRef(null);
    const lines = useRef(null);
    const above = useRef(null);
    const [svg, setSvg] = useState(null);
    const [size, setSize] = useState(null);
    const [draft, setDraft] = useState(null);
    const [hover, setHover] = useState(null);
    const [dragging, setDragging] = useState(null);
    useLayoutEffect(() => {
      const measure = () => {
        if (!box.current) return;
        const { clientWidth, clientHeight } = box.current;
        // Texts are measured by the fonts that are there.
        const fonts = document.fonts.status;
        setSize((now) => (now && now.width === clientWidth && now.height === clientHeight && now.fonts === fonts ? now : { width: clientWidth, height: clientHeight, fonts }));
      };
      const sizes = new ResizeObserver(measure);
      sizes.observe(box.current);
      measure();
      document.fonts.ready.then(measure);
      return () => sizes.disconnect();
    }, []);
    const plan = useMemo(() => (size ? layout(report, size) : null), [report, size]);
    // The best are drawn last.
    const order = useMemo(() => {
      const target = report.axes[report.axes.length - report.targets.length];
      const sign = report.way === "lower" ? -1 : 1;
      return report.runs.map((_, i) => i).sort((a, b) => sign * (target.values[a] - target.values[b]));
    }, [report]);
    const now = useMemo(() => (draft ? tab.brushed(report, new Map([...brushes, [draft.name, draft.ends]])) : on), [draft, on, report]);
    useLayoutEffect(() => {
      if (plan) draw(lines.current, plan, report, now, colors, order);
    }, [plan, now, colors, order]);
    useEffect(() => onPreview(draft ? now : null), [draft, now]);
    useLayoutEffect(() => {
      if (!plan) return;
      const context = clear(above.current, plan);
      if (!hover || hover.run >= report.runs.length) return;
      context.strokeStyle = getComputedStyle(above.current).getPropertyValue("--x-accent");
      context.lineWidth = 2.5;
      trace(context, plan.axes, hover.run);
    }, [plan, hover]);

    const params = report.axes.filter((axis) => axis.role === "param");
    const names = params.map((axis) => axis.name);
    const point = (event) => {
      if (!plan || draft || dragging || event.buttons) return hover && setHover(null);
      const at = box.current.getBoundingClientRect();
      const run = event.target.closest(".x-axis-head") ? null : nearest(plan, now, report.runs.length, event.clientX - at.left + box.current.scrollLeft, event.clientY - at.top);
      return setHover(run === null ? null : { run, x: event.clientX, y: event.clientY });
    };
    const onDrag = (moved, done) => {
      if (moved) return setDragging(moved);
      const last = dragging;
      setDragging(null);
      if (!last) return undefined;
      const others = plan.axes.filter((one) => one.axis.role === "param" && one.axis.name !== done);
      const next = others.map((one) => one.axis.name);
      next.splice(others.filter((one) => one.x < last.x).length, 0, done);
      return next.join("\n") === names.join("\n") ? undefined : mx.view.change({ axes: next });
    };
    const said = `Parallel coordinates of ${mx.count(report.runs.length, "run")}: ${report.axes.map((axis) => axis.name).join(", ")}`;
    return h(
      "div",
      { className: "x-card x-parallel", "data-ready": plan ? "1" : undefined },
      h(
        "div",
        { ref: box, className: "x-parallel-box" + (hover ? " x-over" : ""), tabIndex: 0, role: "group", "aria-label": said, onPointerMove: point, onPointerLeave: () => setHover(null), onClick: (event) => hover && !event.target.closest(".x-axis-head, .x-axis-grab, .x-axis-lane") && mx.toggle(report.runs[hover.run][0]) },
        h("canvas", { ref: lines, "aria-hidden": true, style: plan ? { width: plan.width, height: plan.height } : undefined }),
        h("canvas", { ref: above, "aria-hidden": true, style: plan ? { width: plan.width, height: plan.height } : undefined }),
        h("svg", { ref: setSvg, "aria-hidden": true, width: plan ? plan.width : 0, height: plan ? plan.height : 0 }, dragging ? h("line", { x1: dragging.x, x2: dragging.x, y1: TOP, y2: plan.bottom, className: "x-axis-move" }) : null),
        plan && svg
          ? plan.axes.map((one) => h(AxisParts, { key: `${one.axis.role} ${one.axis.name}`, into: svg, one, plan, report, names, ends: brushes.get(one.axis.name), draft: draft && draft.name === one.axis.name ? draft.part : null, dragging, onDrag, onDraft: (name, ends, part) => setDraft(name && ends ? { name, ends, part } : null) }))
          : null,
      ),
      hover && hover.run < report.runs.length && !dragging ? h(Tip, { report, hover }) : null,
    );
  };
})();
