// The filter for those who don't type: rows of field, comparison and value, which write the same expression.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useState } = React;

  const HEADINGS = { attributes: "Run", metrics: "Metrics", params: "Params", tags: "Tags" };
  const DEFAULTS = [
    { expression: "run_name", title: "Name", kind: "attributes", type: "text" },
    { expression: "status", title: "Status", kind: "attributes", type: "status" },
    { expression: "start_time", title: "Started", kind: "attributes", type: "time" },
    { expression: "duration", title: "Duration, minutes", kind: "attributes", type: "minutes" },
    { expression: "user_id", title: "User", kind: "attributes", type: "text" },
    { expression: "note", title: "Note", kind: "attributes", type: "text" },
    { expression: "dataset.name", title: "Dataset", kind: "attributes", type: "text" },
  ];
  const STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
  const AGGREGATES = [["last", "last"], ["min", "minimum"], ["max", "maximum"], ["mean", "mean"], ["count", "count"]];
  const NUMBER = [["<", "<"], ["<=", "≤"], [">", ">"], [">=", "≥"], ["=", "="], ["!=", "≠"]];
  const HELD = [["IS NOT NULL", "is there"], ["IS NULL", "is missing"]];
  const OPERATORS = {
    number: [...NUMBER, ...HELD],
    minutes: NUMBER.slice(0, 4),
    time: [[">=", "since"], ["<", "before"]],
    status: [["=", "is"], ["!=", "is not"]],
    text: [["=", "is"], ["!=", "is not"], ["has", "contains"], ["starts", "starts with"], ...HELD],
  };
  const typeOf = (field) => field.type || (field.number ? "number" : "text");
  const quoted = (text) => (text.includes("'") ? `\`${text.replaceAll("`", "``")}\`` : `'${text}'`);

  function written({ field, aggregate, sign, value }) {
    const type = typeOf(field);
    const name = aggregate === "last" ? field.expression : `metrics.\`${field.title.replaceAll("`", "``")}\`.${aggregate}`;
    if (sign.startsWith("IS")) return `${name} ${sign}`;
    if (sign === "has" || sign === "starts") return `${name} ILIKE ${quoted(`${sign === "has" ? "%" : ""}${value}%`)}`;
    if (type === "minutes") return `${name} ${sign} ${Math.round(Number(value) * 60000)}`;
    return `${name} ${sign} ${type === "number" || type === "status" ? value.trim() : quoted(value)}`;
  }
  const whole = (row) => row.sign.startsWith("IS") || (row.value.trim() !== "" && (typeOf(row.field) !== "minutes" || Number.isFinite(Number(row.value))));
  const begun = (field, row = {}) => ({ field, aggregate: "last", sign: OPERATORS[typeOf(field)][0][0], value: typeOf(field) === "status" ? "RUNNING" : "", ...row });

  // What the newest runs hold, asked for once for each opening.
  const asked = new Map();
  mx.fields = async (address) => {
    const experiment = ((mx.screen.view || {}).experiment || {}).id || "";
    const now = Date.now();
    const known = asked.get(experiment);
    if (known && now - known.at < 20000) return known.fields;
    const answer = await mx.fetch(`${address}?experiment=${encodeURIComponent(experiment)}`);
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const { fields } = await answer.json();
    asked.set(experiment, { at: now, fields });
    return fields;
  };
  mx.useFields = (address) => {
    const [found, setFound] = useState({ fields: [], wait: true });
    useEffect(() => {
      let here = true;
      mx.fields(address).then((fields) => here && setFound({ fields }), (error) => here && setFound({ fields: [], error: error.message }));
      return () => {
        here = false;
      };
    }, []);
    return found;
  };

  const options = (list) => list.map(([value, label]) => h("option", { key: value, value }, label));
  const select = (label, value, list, onChange, className = "") => h("select", { "aria-label": label, className: `x-select ${className}`, value, onChange: (event) => onChange(event.target.value) }, list);

  function Row({ row, fields, at, change, remove }) {
    const type = typeOf(row.field);
    const groups = Object.entries(HEADINGS).map(([kind, heading]) => {
      const mine = fields.filter((field) => field.kind === kind);
      return mine.length ? h("optgroup", { key: kind, label: heading }, mine.map((field) => h("option", { key: field.expression, value: field.expression }, field.title))) : null;
    });
    const pick = (expression) => change(begun(fields.find((field) => field.expression === expression)));
    let value = null;
    if (type === "status") value = select(`Value ${at}`, row.value, options(STATUSES.map((status) => [status, status.toLowerCase()])), (next) => change({ ...row, value: next }));
    else if (!row.sign.startsWith("IS")) {
      value = h("input", { "aria-label": `Value ${at}`, className: "x-input", type: type === "time" ? "date" : "text", inputMode: type === "number" || type === "minutes" ? "decimal" : undefined, value: row.value, onChange: (event) => change({ ...row, value: event.target.value }) });
    }
    return h(
      "div",
      { className: "x-build-row" },
      select(`Field ${at}`, row.field.expression, groups, pick, "x-build-field"),
      row.field.kind === "metrics" ? select(`Value of the metric ${at}`, row.aggregate, options(AGGREGATES), (aggregate) => change({ ...row, aggregate })) : null,
      select(`Comparison ${at}`, row.sign, options(OPERATORS[type]), (sign) => change({ ...row, sign })),
      value,
      h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": `Remove condition ${at}`, onClick: remove }, mx.icon("x", "x-s12")),
    );
  }

  function Builder({ address, close }) {
    const { fields, wait, error } = mx.useFields(address);
    const every = [...DEFAULTS, ...fields];
    const [rows, setRows] = useState([begun(DEFAULTS[0])]);
    const [complaint, setComplaint] = useState("");
    const text = rows.filter(whole).map(written).join(" AND ");
    const change = (i) => (row) => setRows(rows.map((old, at) => (at === i ? row : old)));
    const apply = async (event) => {
      event.preventDefault();
      if (!text) return;
      const wrong = await mx.filter.add(text);
      if (wrong) setComplaint(wrong);
      else close();
    };
    return h(
      "form",
      { className: "x-build", onSubmit: apply },
      h("div", { className: "x-panel-head" }, h("strong", null, "Show runs where"), wait ? h("span", { className: "x-caption" }, "Looking up what runs hold…") : null),
      error ? h("p", { className: "x-filter-error", role: "alert" }, `What runs hold could not be read. ${error}`) : null,
      rows.map((row, i) => h(Row, { key: i, row, fields: every, at: i + 1, change: change(i), remove: () => setRows(rows.length > 1 ? rows.filter((_, at) => at !== i) : [begun(DEFAULTS[0])]) })),
      h("button", { type: "button", className: "x-btn x-quiet x-small x-build-more", onClick: () => setRows([...rows, begun(DEFAULTS[0])]) }, mx.icon("plus", "x-s12"), "And"),
      h("code", { className: "x-build-text" + (text ? "" : " x-t3") }, text || "Fill in a value to see the filter as text."),
      complaint ? h("pre", { className: "x-filter-error", role: "alert" }, complaint) : null,
      h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: close }, "Cancel"), h("button", { type: "submit", className: "x-btn x-small x-primary", disabled: !text }, "Filter")),
    );
  }

  mx.FilterBuilder = function FilterBuilder({ fields }) {
    const on = Boolean(mx.view.get("where"));
    return h(mx.Popover, { label: "Build a filter", glyph: "funnel", on, children: (close) => h(Builder, { address: fields, close }) });
  };
})();
