// The rules of the experiment that raise alerts: a list, and a form that adds one.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useId, useRef, useState } = React;
  const WAYS = [["either", "either way"], ["up", "up"], ["down", "down"]];
  const UNITS = [["60", "minutes"], ["3600", "hours"], ["86400", "days"]];
  // Each kind: what it is called, and its fields with what stands there first.
  const KINDS = {
    threshold: { word: "Metric above or below a value", metric: true, first: { side: "above", value: "", points: "1" } },
    change: { word: "Metric changes by a part", metric: true, first: { way: "either", percent: "20", window: "1" } },
    z_score: { word: "Metric stands out (z-score)", metric: true, first: { way: "either", z: "4", window: "50" } },
    not_finite: { word: "Metric is NaN or infinite", metric: true, first: {} },
    no_progress: { word: "Metric makes no progress", metric: true, first: { span: "30", unit: "60", better: "" } },
    run_failed: { word: "Run failed", first: {} },
    run_silent: { word: "Run went silent", first: { span: "30", unit: "60" } },
  };
  const NUMBERS = ["value", "points", "percent", "window", "z"];

  function condition(kind, metric, fields) {
    const made = { kind, ...(KINDS[kind].metric ? { metric: metric.trim() } : {}) };
    for (const [name, value] of Object.entries(fields)) {
      if (NUMBERS.includes(name)) made[name] = Number(value);
      else if (name === "span") made.seconds = Math.round(Number(value) * Number(fields.unit));
      else if (name !== "unit") made[name] = value || null;
    }
    return made;
  }
  function wrongIn(kind, metric, fields) {
    if (KINDS[kind].metric && !metric.trim()) return "Choose a metric.";
    const numbers = [...NUMBERS, "span"].filter((name) => name in fields);
    return numbers.every((name) => String(fields[name]).trim() && Number.isFinite(Number(fields[name]))) ? "" : "Give a number in each field.";
  }

  const row = (label, ...controls) => h("div", { className: "x-arule-row" }, h("span", { className: "x-label" }, label), h("div", { className: "x-arule-fields" }, controls));
  const select = (label, options, value, set) => h("select", { key: label, className: "x-select", "aria-label": label, value, onChange: (event) => set(event.target.value) }, options.map(([one, word]) => h("option", { key: one, value: one }, word)));
  const numeric = (label, value, set) => h("input", { key: label, className: "x-input x-arule-number", type: "text", inputMode: "decimal", "aria-label": label, value, onChange: (event) => set(event.target.value) });
  const word = (text) => h("span", { key: text, className: "x-caption" }, text);

  function Values({ kind, fields, set }) {
    const put = (name) => (value) => set({ ...fields, [name]: value });
    const span = () => [numeric("How long", fields.span, put("span")), select("Unit", UNITS, fields.unit, put("unit"))];
    const rows = {
      threshold: () => [row("Is", select("Side", [["above", "above"], ["below", "below"]], fields.side, put("side")), numeric("Value", fields.value, put("value"))), row("For", numeric("Points in a row", fields.points, put("points")), word("points in a row"))],
      change: () => [row("Goes", select("Way", WAYS, fields.way, put("way")), word("by more than"), numeric("Percent", fields.percent, put("percent")), word("%")), row("Against", word("the mean of the"), numeric("Points before", fields.window, put("window")), word("points before"))],
      z_score: () => [row("Goes", select("Way", WAYS, fields.way, put("way")), word("by more than"), numeric("Standard deviations", fields.z, put("z")), word("σ")), row("Of", word("the"), numeric("Points before", fields.window, put("window")), word("points before"))],
      no_progress: () => [row("For", span()), row("Better is", select("Better is", [["", "as its name says"], ["lower", "lower"], ["higher", "higher"]], fields.better, put("better")))],
      run_silent: () => [row("For", span())],
    };
    return rows[kind] ? h(React.Fragment, null, ...rows[kind]()) : null;
  }

  function Form({ experiment, webhooks, done, cancel }) {
    const [kind, setKind] = useState("threshold");
    const [metric, setMetric] = useState("");
    const [fields, setFields] = useState(KINDS.threshold.first);
    const [level, setLevel] = useState("warning");
    const [hook, setHook] = useState("");
    const [wrong, setWrong] = useState("");
    const [busy, setBusy] = useState(false);
    const id = useId();
    const first = useRef(null);
    useEffect(() => first.current.focus(), []);
    const { fields: known } = mx.useFields(`${mx.prefix}_fields`);
    const metrics = known.filter((one) => one.kind === "metrics").map((one) => one.title);
    const choose = (next) => {
      setKind(next);
      setFields(KINDS[next].first);
      setWrong("");
    };
    const submit = async (event) => {
      event.preventDefault();
      const found = wrongIn(kind, metric, fields);
      setWrong(found);
      if (found || busy) return;
      setBusy(true);
      try {
        await mx.rest("POST", "alert-rules", { experiment_id: experiment, condition: condition(kind, metric, fields), level, webhook_id: hook || null });
        done();
      } catch (error) {
        setWrong(error.message);
        setBusy(false);
      }
    };
    const kinds = Object.entries(KINDS).map(([one, { word: said }]) => [one, said]);
    return h(
      "form",
      { className: "x-arule-form", onSubmit: submit, "aria-label": "New rule" },
      row("When", h("select", { key: "kind", ref: first, className: "x-select", "aria-label": "Kind", value: kind, onChange: (event) => choose(event.target.value) }, kinds.map(([one, said]) => h("option", { key: one, value: one }, said)))),
      KINDS[kind].metric ? row("Metric", h("input", { key: "metric", className: "x-input", type: "text", list: id, autoComplete: "off", spellCheck: false, maxLength: 250, "aria-label": "Metric", placeholder: "Type to find", value: metric, onChange: (event) => setMetric(event.target.value) }), h("datalist", { key: "names", id }, metrics.map((name) => h("option", { key: name, value: name })))) : null,
      h(Values, { kind, fields, set: setFields }),
      row("Level", select("Level", [["info", "Info"], ["warning", "Warning"], ["error", "Error"]], level, setLevel)),
      webhooks.length ? row("Send to", select("Webhook", [["", "nobody, only show it here"], ...webhooks.map((one) => [one.id, one.name])], hook, setHook)) : null,
      wrong ? h("p", { className: "x-filter-error", role: "alert" }, wrong) : null,
      h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: cancel }, "Cancel"), h("button", { type: "submit", className: "x-btn x-small x-primary", disabled: busy }, "Add rule")),
    );
  }

  function Rule({ rule, editable, webhooks, act }) {
    const [asked, setAsked] = useState(false);
    const hook = webhooks.find((one) => one.id === rule.webhook_id);
    const facts = [rule.paused ? "paused" : null, hook ? `sent to ${hook.name}` : null].filter(Boolean).join(" · ");
    const button = (label, onClick, look = "") => h("button", { key: label, type: "button", className: `x-btn x-quiet x-small ${look}`, "aria-label": `${label} ${rule.name}`, onClick }, label);
    const path = `alert-rules/${encodeURIComponent(rule.id)}`;
    const choices = asked
      ? [button("Keep", () => setAsked(false)), button("Delete for good", () => act(() => mx.rest("DELETE", path)), "x-danger")]
      : [button(rule.paused ? "Go on" : "Pause", () => act(() => mx.rest("PATCH", path, { paused: !rule.paused }))), button("Delete", () => setAsked(true))];
    return h(
      "li",
      { className: `x-arule${rule.paused ? " x-arule-paused" : ""}` },
      h("span", { className: "x-arule-name" }, mx.level(rule.level), h("span", { className: "x-alert-title" }, rule.name), facts ? h("span", { className: "x-caption" }, facts) : null),
      editable ? h("span", { className: "x-arule-acts" }, choices) : null,
    );
  }

  mx.AlertRules = function AlertRules({ experiment }) {
    const [found, setFound] = useState(null);
    const [trouble, setTrouble] = useState("");
    const [adding, setAdding] = useState(false);
    const adder = useRef(null);
    const act = async (work) => {
      setTrouble("");
      try {
        if (work) await work();
        setFound((await mx.rest("GET", `alert-rules?${new URLSearchParams({ experiment_id: experiment })}`)).found);
      } catch (error) {
        setTrouble(error.message);
      }
    };
    useEffect(() => void act(), []);
    const back = () => {
      setAdding(false);
      requestAnimationFrame(() => adder.current && adder.current.focus());
    };
    const told = trouble ? h("p", { className: "x-filter-error", role: "alert" }, trouble) : null;
    if (!found) return told || h("p", { className: "x-none" }, "Reading the rules…");
    const { rules, editable, webhooks } = found;
    const none = h("div", { className: "x-alert-none" }, h("strong", null, "No rules yet"), h("p", null, "A rule looks at every run of this experiment from now on, and raises an alert once for each time that it holds."));
    return h(
      React.Fragment,
      null,
      told,
      rules.length ? h("ul", { className: "x-arule-list", "aria-label": "Rules" }, rules.map((rule) => h(Rule, { key: rule.id, rule, editable, webhooks, act }))) : adding ? null : none,
      adding ? h(Form, { experiment, webhooks, cancel: back, done: () => act().then(back) }) : null,
      editable && !adding ? h("div", { className: "x-panel-foot" }, h("button", { ref: adder, type: "button", className: "x-btn x-small", onClick: () => setAdding(true) }, mx.icon("plus", "x-s12"), "Add rule")) : null,
      editable ? null : h("p", { className: "x-none" }, "You may read the rules of this experiment, but not change them; its owner can let you."),
    );
  };
})();
