// The ranges of a card's axes, for those who type them; and the way back from a zoom.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useState, useSyncExternalStore } = React;

  const isTime = (axis) => axis.type === "date";
  const words = (axis, end) => {
    if (end === null) return "";
    if (isTime(axis)) return new Date(end).toISOString().slice(0, 19).replace("T", " ");
    return String(Number(end.toPrecision(6)));
  };
  // An end as typed: null for an empty one, NaN for what is none.
  function read(axis, text) {
    const plain = text.trim().replaceAll("−", "-");
    if (!plain) return null;
    if (isTime(axis)) return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain.replace(" ", "T")}Z`);
    return Number(/^-?\d{1,3}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replaceAll(",", "") : plain);
  }
  function complaint(axis, name, texts, range) {
    const wrong = range.findIndex((end) => Number.isNaN(end) || Math.abs(end) > 1e300);
    if (wrong >= 0) return `“${texts[wrong].trim()}” is no ${isTime(axis) ? "time such as 2026-01-31 09:30" : "number"}.`;
    if (range.every((end) => end !== null) && range[0] >= range[1]) return "From must be below To.";
    if (name === "y" && axis.type === "log" && range.some((end) => end !== null && end <= 0)) return "This axis is logarithmic: its ends must be above 0.";
    return "";
  }
  const shown = (axis) => axis.range.map((end) => (axis.type === "log" ? 10 ** end : axis.r2l(end)));
  const UNITS = { relative: "seconds since start", wall: "UTC" };

  mx.RangeForm = function RangeForm({ card, picture, axis: name, close }) {
    const graph = mx.graph(card.key);
    const axis = graph._fullLayout[`${name}axis`];
    const chosen = name === "y" ? mx.zoom.y(card.key) : mx.zoom.range(card.key, picture);
    const [texts, setTexts] = useState(() => (chosen || [null, null]).map((end) => words(axis, end)));
    const [wrong, setWrong] = useState("");
    const present = shown(axis).map((end) => words(axis, end));
    const meta = graph._fullLayout.meta || {};
    const unit = name === "y" ? "" : isTime(axis) ? "UTC" : UNITS[meta.x] || meta.index || "";
    const set = (i) => (event) => {
      setTexts(texts.map((text, at) => (at === i ? event.target.value : text)));
      setWrong("");
    };
    const apply = (event) => {
      event.preventDefault();
      let range = texts.map((text) => read(axis, text));
      const found = complaint(axis, name, texts, range);
      if (found) return setWrong(found);
      close();
      if (range.every((end) => end === null)) return clear();
      if (name === "y") return mx.zoom.setY(card.key, range);
      range = range.map((end, i) => end ?? shown(axis)[i]);
      return mx.zoom.zoom(card.key, picture, range);
    };
    const clear = () => (name === "y" ? mx.zoom.setY(card.key, null) : mx.zoom.reset(card.key, picture));
    const field = (label, i) =>
      h("label", { className: "x-range-field" }, label, h("input", { className: "x-input x-num", type: "text", inputMode: isTime(axis) ? "text" : "decimal", value: texts[i], placeholder: present[i], "aria-invalid": Boolean(wrong), "aria-describedby": "x-range-words", onChange: set(i) }));
    const together = name === "x" && mx.zoom.synced() ? "All plots with this x axis follow." : "";
    return h(
      "form",
      { className: `x-range${isTime(axis) ? " x-wide" : ""}`, onSubmit: apply, noValidate: true },
      h("div", { className: "x-panel-head" }, h("strong", null, name === "y" ? "Y range" : "X range"), unit ? h("span", { className: "x-caption" }, unit) : null),
      h("div", { className: "x-range-fields" }, field("From", 0), field("To", 1)),
      h("p", { id: "x-range-words", className: "x-range-words" }, name === "y" ? "The values decide an end that is empty." : together),
      wrong ? h("p", { className: "x-filter-error x-refused", role: "alert" }, wrong) : null,
      h(
        "div",
        { className: "x-panel-foot" },
        chosen ? h("button", { type: "button", className: "x-btn x-quiet x-small x-range-clear", onClick: () => (close(), clear()) }, name === "y" ? "Remove" : "Reset zoom") : null,
        h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: close }, "Cancel"),
        h("button", { type: "submit", className: "x-btn x-small x-primary" }, "Apply"),
      ),
    );
  };

  // What a card's menu offers besides; ``item`` makes one entry of it.
  mx.ranges = {
    items(card, picture, item) {
      const layout = picture && picture.figure && picture.figure.layout;
      const graph = mx.graph(card.key);
      if (!layout || !graph || !graph._fullLayout || mx.compare.on(card)) return null;
      const { step, own } = layout.meta;
      const numbers = step || own === "bar" || (own === "scatter" && layout.yaxis.tickmode !== "array");
      return [
        step ? item("X range…", "arrow-left-right", () => mx.cardPanel.open(card.key, "x")) : null,
        numbers || (own === "scatter" && layout.yaxis.type === "log") ? item("Y range…", "chevrons-up-down", () => mx.cardPanel.open(card.key, "y")) : null,
      ].map((one, i) => one && React.cloneElement(one, { key: `range ${i}` }));
    },
  };

  // In a card's head while it is zoomed.
  mx.ZoomReset = function ZoomReset({ card, picture }) {
    const zoomed = useSyncExternalStore(mx.view.subscribe, () => mx.zoom.is(card.key, picture));
    if (!zoomed) return null;
    return h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": "Reset zoom", title: "Reset zoom", onClick: () => mx.zoom.reset(card.key, picture) }, mx.icon("rotate-ccw"));
  };
})();
