// What to try next: configurations with what is expected of them, and the space that they come from.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const h = React.createElement;
  const { useRef, useState } = React;
  const MORE = 3;
  const MOST = 30;
  const MOST_PARAMS = 8;

  function edits() {
    try {
      return JSON.parse(mx.view.get("space") || "{}") || {};
    } catch (error) {
      return {};
    }
  }
  const write = (changes) => mx.view.change({ space: Object.keys(changes).length ? JSON.stringify(changes) : null });
  const icon = (glyph, label, onClick) => h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": label, title: label, onClick }, mx.icon(glyph));

  // The params that matter most first.
  function Item({ one, at, order }) {
    const place = (name) => (order.has(name) ? order.get(name) : order.size);
    const params = [...one.params].sort(([a], [b]) => place(a) - place(b));
    const more = params.length - MOST_PARAMS;
    return h(
      "li",
      { className: "x-suggestion" },
      h(
        "div",
        { className: "x-suggestion-head" },
        h("span", { className: "x-chip" + (one.tag === "Exploit" ? " x-exploit" : "") }, one.tag),
        h("span", { className: "x-suggestion-value x-num" }, (one.forecasts.length === 1 ? one.forecasts : []).map(([metric, value, spread]) => h("span", { key: metric, title: `${metric}: about 68 of 100 such runs lie within ± ${spread}` }, value, h("span", { className: "x-t3" }, ` ± ${spread}`)))),
        icon("copy", `Copy suggestion ${at + 1} as a Python dict`, () => mx.copy(one.python, "Python dict copied")),
        icon("terminal", one.whole ? `Copy the command of suggestion ${at + 1}` : `Copy the flags of suggestion ${at + 1}`, () => mx.copy(one.command, one.whole ? "Command copied" : "Flags copied")),
      ),
      one.forecasts.length > 1 ? h("div", { className: "x-suggestion-several x-num" }, one.forecasts.map(([metric, value, spread]) => h("span", { key: metric }, `${mx.oneLine(metric)} `, h("b", null, value), h("span", { className: "x-t3" }, ` ± ${spread}`)))) : null,
      h("dl", { className: "x-suggestion-params" }, params.slice(0, MOST_PARAMS).map(([name, value]) => h("div", { key: name }, h("dt", { title: name }, mx.oneLine(name)), h("dd", { title: value }, mx.oneLine(value)))), more > 0 ? h("div", { className: "x-t3" }, `and ${more} more`) : null),
      h("p", null, one.reason),
    );
  }

  function text(value) {
    if (value === null || value === undefined) return "";
    return typeof value === "number" && value && Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
  }
  // One param of the space: as it was found, with other ends, fixed, or left out.
  function Dimension({ name, one, change, set }) {
    const found = one.fixed !== null && one.fixed !== undefined; // the same in all runs
    const now = { ...one, ...(change || {}) };
    const mode = change === null ? "out" : (change ? "fixed" in change : found) ? "fixed" : "free";
    const put = (fields) => set({ ...(change && !("fixed" in change) ? change : {}), ...fields });
    const number = one.kind === "number";
    // What is no number stays as it was written, and is marked until it is one.
    const field = (key, label) => {
      const read = (event) => {
        const written = event.target.value.trim();
        if (written === text(now[key])) return event.target.setCustomValidity("");
        const wrong = !written || !Number.isFinite(Number(written));
        event.target.setCustomValidity(wrong ? `${label} of ${name} takes a number` : "");
        if (!wrong) put({ [key]: Number(written) });
      };
      return h("input", { className: "x-input", inputMode: "decimal", "aria-label": `${name}: ${label}`, placeholder: label, defaultValue: text(now[key]), onBlur: read });
    };
    const modes = [["free", number ? "range" : "choices"], ["fixed", "fixed"], ["out", "left out"]];
    const choose = (value) => set(value === "out" ? null : value === "fixed" ? { fixed: found ? one.fixed : text(number ? one.low : (one.choices || [])[0]) } : found ? {} : undefined);
    return h(
      "div",
      { className: "x-space-row" },
      h("span", { className: "x-name", title: name }, mx.oneLine(name)),
      h("select", { className: "x-select", "aria-label": `${name}: how it is searched`, value: mode, onChange: (event) => choose(event.target.value) }, modes.map(([value, word]) => h("option", { key: value, value }, word))),
      mode === "free" && number ? h("span", { className: "x-space-fields" }, field("low", "low"), field("high", "high"), h("label", { className: "x-row x-label" }, h("input", { type: "checkbox", checked: Boolean(now.log), onChange: (event) => put({ log: event.target.checked }) }), "log")) : null,
      mode === "free" && !number ? h("input", { className: "x-input", "aria-label": `${name}: choices, apart by commas`, defaultValue: (now.choices || []).join(", "), onBlur: (event) => event.target.value !== (now.choices || []).join(", ") && put({ choices: event.target.value.split(",").map((part) => part.trim()).filter(Boolean) }) }) : null,
      mode === "fixed" ? h("input", { className: "x-input", "aria-label": `${name}: its value`, defaultValue: text(now.fixed), onBlur: (event) => event.target.value !== text(now.fixed) && set({ fixed: event.target.value }) }) : null,
    );
  }
  function Space({ space, leftOut, close }) {
    const [draft, setDraft] = useState(edits);
    // What was left out has no range of its own any more, but can come back.
    const names = [...new Set([...Object.keys(space), ...Object.keys(draft)])];
    const box = useRef(null);
    const apply = () => {
      const wrong = box.current.querySelector("input:invalid");
      if (wrong) return wrong.reportValidity();
      close();
      write(draft);
    };
    const set = (name) => (change) => {
      const next = { ...draft };
      if (change === undefined) delete next[name];
      else next[name] = change;
      setDraft(next);
    };
    const others = Object.entries(leftOut).filter(([name]) => !(name in draft));
    return h(
      "div",
      { ref: box, className: "x-space" },
      h("div", { className: "x-panel-head" }, h("strong", null, "Search space"), h("span", { className: "x-caption" }, "as the runs tell, and as you change it")),
      h("div", { className: "x-space-list" }, names.map((name) => h(Dimension, { key: `${name} ${JSON.stringify(draft[name])}`, name, one: space[name] || { kind: "category" }, change: draft[name], set: set(name) }))),
      others.length ? h("p", { className: "x-range-words" }, `Not searched: ${others.map(([name, why]) => `${mx.oneLine(name)} (${why})`).join(", ")}.`) : null,
      h("div", { className: "x-panel-foot" }, Object.keys(draft).length ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => setDraft({}) }, "As found") : null, h("button", { type: "button", className: "x-btn x-small x-primary", onClick: apply }, "Search here")),
    );
  }
  // The name does not tell which values are good, or the change of the space can't be.
  function Stuck({ failure, again }) {
    const way = failure.field === "direction";
    const space = (failure.field || "").startsWith("space");
    if (!way && !space) return h(tab.Trouble, { failure, again });
    const button = (words, onClick) => h("button", { type: "button", className: "x-btn x-small", onClick }, words);
    return h(
      "div",
      { className: "x-trouble", role: "alert" },
      h("strong", null, way ? "Which values are better?" : "This space can't be searched"),
      h("p", null, way ? "The metric's name does not tell." : failure.why),
      h("div", { className: "x-row" }, way ? [h(React.Fragment, { key: "low" }, button("Lower", () => mx.view.change({ good: "lower" }))), h(React.Fragment, { key: "high" }, button("Higher", () => mx.view.change({ good: "higher" })))] : button("As found", () => write({}))),
    );
  }

  tab.Suggestions = function Suggestions({ suggested, n, setN, report }) {
    const order = new Map(report.params.map((param, i) => [param.name, i]));
    const { data, failure, old, again } = suggested;
    const ready = data && !failure && data.items;
    const tools = h("button", { type: "button", className: "x-btn x-quiet x-small", disabled: !ready || n >= MOST, onClick: () => setN(Math.min(MOST, n + MORE)) }, mx.icon("plus"), "More");
    const all = () => mx.copy(data.items.map((one) => one.command).join("\n"), data.items[0].whole ? "Commands copied" : "Flags copied");
    const copyWords = ready && data.items.length && !data.items[0].whole ? "Copy flags" : data && data.items && data.items.length > 1 ? "Copy commands" : "Copy command";
    return h(
      tab.Card,
      { name: "suggestions", title: "What to try next", caption: ready ? data.caption : "", tools, old: old && ready },
      failure ? h(Stuck, { failure, again }) : null,
      !data && !failure ? h("div", { className: "x-trouble" }, h("p", { role: "status" }, "Asking the model of your runs.")) : null,
      ready ? h("ol", { className: "x-suggestions", tabIndex: 0, "aria-label": "Suggested configurations" }, data.items.map((one, at) => h(Item, { key: at, one, at, order })), data.notes.map((note) => h("li", { key: note, className: "x-suggestion x-t3" }, note))) : null,
      ready
        ? h(
            "footer",
            { className: "x-suggest-foot" },
            h(mx.Popover, { label: "Edit the search space", text: `Search space: ${mx.count(data.varying, "param")}${Object.keys(edits()).length ? ", edited" : ""}`, glyph: "chevron-down", look: "x-quiet x-small", children: (close) => h(Space, { space: data.space, leftOut: data.left_out, close }) }),
            data.items.length ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: all }, mx.icon("terminal"), copyWords) : null,
          )
        : null,
    );
  };
})();
