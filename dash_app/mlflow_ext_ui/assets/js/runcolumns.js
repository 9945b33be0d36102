// Which metrics, params, tags and attributes stand beside the name of a run.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useState } = React;
  const MOST = 30;
  const NAME = "attributes.run_name";
  const HEADINGS = { attributes: "Run", metrics: "Metrics", params: "Params", tags: "Tags" };
  const ATTRIBUTES = [["status", "Status"], ["start_time", "Started"], ["duration", "Duration"], ["user_id", "User"]].map(([key, title]) => ({ text: `attributes.${key}`, title, kind: "attributes" }));

  function usual() {
    const { listing } = mx.runlist.get();
    return listing && listing.metric ? [`metrics.${listing.metric}`] : [];
  }
  function chosen() {
    const named = mx.view.params().getAll("columns");
    return named.length ? named : usual();
  }
  function choose(columns) {
    const same = columns.join("\n") === usual().join("\n");
    const sort = mx.view.get("sort");
    const sorted = [NAME, ...(columns.length ? columns : usual())].includes((sort || "").replace(/^-/, ""));
    mx.view.change({ columns: same || !columns.length ? null : columns, sort: sorted ? sort : null }, { replace: true });
  }

  function GroupBy({ fields }) {
    const now = mx.view.get("group") || "";
    const held = (kind, heading) => {
      const mine = fields.filter((field) => field.kind === kind && field.text !== "tags.mlflow.parentRunId");
      return mine.length ? h("optgroup", { label: heading }, mine.map((field) => h("option", { key: field.text, value: field.text }, field.title))) : null;
    };
    const known = !now || now === "parent" || fields.some((field) => field.text === now);
    return h(
      "div",
      { className: "x-group-by" },
      h("span", { "aria-hidden": true }, "Group by"),
      h(
        "select",
        { className: "x-select", "aria-label": "Group by", value: now, onChange: (event) => mx.view.change({ group: event.target.value || null }, { replace: true }) },
        h("option", { value: "" }, "Nothing"),
        h("option", { value: "parent" }, "Parent run"),
        known ? null : h("option", { value: now }, now.replace(/^\w+\./, "")),
        held("params", "Params"),
        held("tags", "Tags"),
      ),
    );
  }

  function Chooser({ address, close }) {
    const { fields, wait, error } = mx.useFields(address);
    const [search, setSearch] = useState("");
    const now = chosen();
    // Counted among the newest runs: what all of them hold needs no number, and the rest is told out of those.
    const most = Math.max(0, ...fields.map((field) => field.runs || 0));
    const every = [...ATTRIBUTES, ...fields];
    const gone = now.filter((text) => !every.some((field) => field.text === text)).map((text) => ({ text, title: text.replace(/^\w+\./, ""), kind: text.split(".")[0] }));
    const shown = [...every, ...(wait ? [] : gone)].filter((field) => field.title.toLowerCase().includes(search.toLowerCase()));
    const flip = (text) => choose(now.includes(text) ? now.filter((one) => one !== text) : [...now, text].slice(-MOST));
    return h(
      "div",
      { className: "x-columns" },
      h("div", { className: "x-panel-head" }, h("strong", null, "Columns"), h("span", { className: "x-caption" }, wait ? "Looking up what runs hold…" : `${now.length} of ${every.length}`)),
      h(GroupBy, { fields }),
      h("input", { "data-first": true, className: "x-input", "aria-label": "Search columns", placeholder: "Search columns", value: search, onChange: (event) => setSearch(event.target.value) }),
      error ? h("p", { className: "x-filter-error", role: "alert" }, `What runs hold could not be read. ${error}`) : null,
      h(
        "div",
        { className: "x-columns-list" },
        Object.entries(HEADINGS).map(([kind, heading]) => {
          const mine = shown.filter((field) => field.kind === kind);
          if (!mine.length) return null;
          return h(
            "fieldset",
            { key: kind },
            h("legend", null, heading),
            mine.map((field) =>
              h(
                "label",
                { key: field.text, title: field.title },
                h("input", { type: "checkbox", checked: now.includes(field.text), onChange: () => flip(field.text) }),
                h("span", { className: "x-name" }, field.title),
                field.runs && field.runs < most ? h("span", { className: "x-count" }, `${mx.badge(field.runs)} of ${mx.count(most, "run")}`) : null,
              ),
            ),
          );
        }),
        shown.length ? null : h("p", { className: "x-none" }, "No column has this in its name."),
      ),
      h("div", { className: "x-panel-foot" }, h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => choose([]) }, "Reset"), h("button", { type: "button", className: "x-btn x-small", onClick: close }, "Done")),
    );
  }

  mx.ColumnChooser = function ColumnChooser({ fields }) {
    const on = mx.view.params().has("columns") || mx.view.params().has("group");
    return h(mx.Popover, { label: "Columns of the run list", glyph: "sliders", on, children: (close) => h(Chooser, { address: fields, close }) });
  };
})();
