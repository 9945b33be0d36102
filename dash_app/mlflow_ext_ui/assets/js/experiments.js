// All experiments: found by name, tag, time and metric; made, renamed, described, tagged, archived and restored.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState } = React;
  const PAGE = 100;
  const DAY = 86400000;
  const FILTERS = [
    ["search", "Name", "text", 160],
    ["tag", "Tag or tag=value", "text", 130],
    ["metric_name", "Metric", "text", 120],
    ["metric_min", "at least", "number", 84],
    ["metric_max", "at most", "number", 84],
  ];
  const STAGES = [["active", "Active"], ["archived", "Archived"], ["all", "All"]];

  const control = (content, props) => h("button", { type: "button", ...props, className: `x-btn x-small ${props.className || ""}` }, content);
  const address = (path = "") => `${mx.prefix}api/experiments${path}`;
  // Of an address that somebody wrote by hand, what the form can show.
  const KNOWN = [...FILTERS.map(([name]) => name), "from_timestamp", "stage"];
  const known = (text) => new URLSearchParams([...new URLSearchParams(text)].filter(([name, value]) => value && KNOWN.includes(name)));
  const asked = () => known(mx.view.get("experiments") || "");

  async function ask(path, options = {}) {
    const answer = await mx.fetch(address(path), options);
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    return { body, total: Number(answer.headers.get("X-Total-Count")) };
  }
  function ago(time) {
    if (!time) return "–";
    const seconds = Math.max(0, Date.now() - time) / 1000;
    const span = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([size]) => seconds >= size);
    if (!span) return "now";
    if (seconds > (7 * DAY) / 1000) return new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
    return `${Math.floor(seconds / span[0])} ${span[1]} ago`;
  }
  function place(one) {
    const query = new URLSearchParams({ experiment: one.experiment_id });
    if (mx.view.get("workspace")) query.set("workspace", mx.view.get("workspace"));
    return `${mx.prefix}plots?${query}`;
  }
  const tagLines = (tags) => Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.")).map(([key, value]) => `${key}=${value}`).join("\n");
  function parsed(lines) {
    const found = {};
    lines.split("\n").map((line) => line.trim()).filter(Boolean).forEach((line) => {
      const at = line.indexOf("=");
      if (at < 1) throw new Error(`Tags: "${line}" is no key=value.`);
      found[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    });
    return found;
  }
  // A tag whose line is gone is taken away.
  function changedTags(before, now) {
    const gone = Object.keys(before).filter((key) => !key.startsWith("mlflow.") && !(key in now));
    return { ...now, ...Object.fromEntries(gone.map((key) => [key, null])) };
  }

  function Form({ one, onDone }) {
    const box = useRef(null);
    const [name, setName] = useState(one ? one.name : "");
    const [description, setDescription] = useState((one && one.description) || "");
    const [tags, setTags] = useState(one ? tagLines(one.tags) : "");
    const [trouble, setTrouble] = useState("");
    useEffect(() => box.current.showModal(), []);
    async function keep(event) {
      event.preventDefault();
      try {
        const now = parsed(tags);
        const body = one ? { name, description, tags: changedTags(one.tags, now) } : { name, description: description || null, tags: now };
        await ask(one ? `/${encodeURIComponent(one.experiment_id)}` : "", { method: one ? "PATCH" : "POST", body: JSON.stringify(body) });
        onDone(true);
      } catch (error) {
        setTrouble(error.message);
      }
    }
    const field = (label, element) => h("label", { className: "x-field" }, h("span", { className: "x-label" }, label), element);
    const heading = one ? `Change ${one.name}` : "New experiment";
    return h(
      "dialog",
      { ref: box, className: "x-dialog", "aria-label": heading, onClose: () => onDone(false) },
      h(
        "form",
        { onSubmit: keep, className: "x-form" },
        h("strong", null, heading),
        field("Name", h("input", { value: name, required: true, maxLength: 250, autoFocus: true, onChange: (event) => setName(event.target.value) })),
        field("Description", h("textarea", { value: description, rows: 3, onChange: (event) => setDescription(event.target.value) })),
        field("Tags, one key=value a line", h("textarea", { value: tags, rows: 3, onChange: (event) => setTags(event.target.value) })),
        trouble ? h("p", { className: "x-bad", role: "alert" }, trouble) : null,
        h(
          "div",
          { className: "x-row" },
          h("button", { type: "submit", className: "x-btn x-small x-primary" }, one ? "Save" : "Make experiment"),
          control("Cancel", { className: "x-quiet", onClick: () => box.current.close() }),
        ),
      ),
    );
  }

  function Row({ one, onEdit, onStage }) {
    const tags = Object.entries(one.tags).filter(([key]) => !key.startsWith("mlflow."));
    const archived = one.stage === "archived";
    return h(
      "tr",
      null,
      h("td", null, archived ? h("span", { className: "x-t3" }, one.name) : h("a", { className: "x-link", href: place(one) }, one.name), one.description ? h("div", { className: "x-caption x-name", title: one.description }, one.description) : null),
      h("td", null, h("div", { className: "x-tags" }, tags.slice(0, 4).map(([key, value]) => h("span", { key, className: "x-chip", title: `${key} = ${value}` }, h("span", { className: "x-name" }, value ? `${key} = ${value}` : key))), tags.length > 4 ? h("span", { className: "x-caption" }, `and ${tags.length - 4} more`) : null)),
      h("td", { className: "x-num" }, mx.whole(one.runs)),
      h("td", { className: "x-num", title: one.last_activity ? new Date(one.last_activity).toISOString() : "" }, ago(one.last_activity)),
      h("td", { className: "x-num", title: one.creation_time ? new Date(one.creation_time).toISOString() : "" }, ago(one.creation_time)),
      h(
        "td",
        null,
        control("Change", { className: "x-quiet", "aria-label": `Change ${one.name}`, onClick: onEdit }),
        control(archived ? "Restore" : "Archive", { className: "x-quiet", "aria-label": `${archived ? "Restore" : "Archive"} ${one.name}`, onClick: onStage }),
      ),
    );
  }

  function Filters({ query, onChange }) {
    return h(
      "div",
      { className: "x-experiment-filters", role: "search" },
      FILTERS.map(([name, label, type, width]) =>
        h("input", { key: name, type, step: "any", placeholder: label, "aria-label": label, style: { width }, defaultValue: query.get(name) || "", onChange: (event) => onChange(name, event.target.value) }),
      ),
      h("label", { className: "x-row x-label" }, "Active since", h("input", { type: "date", defaultValue: (query.get("from_timestamp") || "").slice(0, 10), onChange: (event) => onChange("from_timestamp", event.target.value && `${event.target.value}T00:00:00Z`) })),
      h("select", { "aria-label": "Stage", value: query.get("stage") || "active", onChange: (event) => onChange("stage", event.target.value === "active" ? "" : event.target.value) }, STAGES.map(([value, label]) => h("option", { key: value, value }, label))),
    );
  }

  mx.Experiments = function Experiments() {
    const [found, setFound] = useState({ rows: [], total: null, trouble: "" });
    const [editing, setEditing] = useState(null);
    const [limit, setLimit] = useState(PAGE);
    const [news, setNews] = useState(0);
    const text = React.useSyncExternalStore(mx.view.subscribe, () => mx.view.get("experiments") || "");
    const waiting = useRef(0);
    useEffect(() => {
      let left = false;
      const query = known(text);
      // Half a question: bounds without their metric are not asked yet.
      if (!query.get("metric_name")) ["metric_min", "metric_max"].forEach((name) => query.delete(name));
      query.set("limit", limit);
      ask(`?${query}`).then(
        ({ body, total }) => left || setFound({ rows: body, total, trouble: "" }),
        (error) => left || setFound({ rows: [], total: null, trouble: error.message }),
      );
      return () => {
        left = true;
      };
    }, [text, limit, news]);
    const pending = useRef({});
    const change = (name, value) => {
      pending.current[name] = value;
      clearTimeout(waiting.current);
      waiting.current = setTimeout(() => {
        const next = asked();
        Object.entries(pending.current).forEach(([key, one]) => (one ? next.set(key, one) : next.delete(key)));
        pending.current = {};
        mx.view.change({ experiments: next.toString() }, { replace: true });
      }, 200);
    };
    async function stage(one) {
      const next = one.stage === "archived" ? "active" : "archived";
      try {
        await ask(`/${encodeURIComponent(one.experiment_id)}`, { method: "PATCH", body: JSON.stringify({ stage: next }) });
        mx.toast(next === "archived" ? `${one.name} is archived. It stands under "Archived" and can be restored.` : `${one.name} is restored.`);
        setNews(news + 1);
      } catch (error) {
        mx.toast(error.message, "bad");
      }
    }
    const done = (changed) => {
      setEditing(null);
      if (changed) setNews(news + 1);
    };
    const head = ["Experiment", "Tags", "Runs", "Last run", "Made", ""].map((label, i) => h("th", { key: i, scope: "col" }, label || h("span", { className: "x-unseen" }, "Actions")));
    const rows = found.rows.map((one) => h(Row, { key: one.experiment_id, one, onEdit: () => setEditing(one), onStage: () => stage(one) }));
    const words = found.trouble || (found.total === 0 ? "No experiment fits. Take a filter away, or make a new one." : "");
    return h(
      "div",
      { className: "x-experiments-page" },
      h(
        "header",
        { className: "x-row" },
        h("h1", { className: "x-grow" }, "Experiments"),
        h("span", { className: "x-caption", role: "status" }, found.total === null ? "" : mx.count(found.total, "experiment")),
        control("New experiment", { className: "x-primary", onClick: () => setEditing("new") }),
      ),
      h(Filters, { query: asked(), onChange: change }),
      words ? h("p", { className: found.trouble ? "x-bad" : "x-none", role: found.trouble ? "alert" : undefined }, words) : null,
      rows.length ? h("div", { className: "x-overview-scroll" }, h("table", { className: "x-experiment-table" }, h("thead", null, h("tr", null, head)), h("tbody", null, rows))) : null,
      found.total > found.rows.length ? control(`Show ${Math.min(PAGE, found.total - found.rows.length)} more`, { onClick: () => setLimit(limit + PAGE) }) : null,
      editing ? h(Form, { key: editing === "new" ? "new" : editing.experiment_id, one: editing === "new" ? null : editing, onDone: done }) : null,
    );
  };
})();
