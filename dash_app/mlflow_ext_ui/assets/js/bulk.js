// One action on all runs that are on screen, or checked among the archived ones; each run is answered by itself.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useState } = React;
  const MOST = 1000;

  const archived = () => mx.view.get("stage") === "archived";
  const words = { tag: "tagged", note: "noted", archive: "archived", restore: "restored", delete: "deleted for good" };

  // Gives what was refused: [{id, detail}].
  async function send(address, action, ids, fields = {}) {
    const refused = [];
    for (let at = 0; at < ids.length; at += MOST) {
      const body = JSON.stringify({ action, ids: ids.slice(at, at + MOST), ...fields });
      const answer = await mx.fetch(address, { method: "POST", body });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(told.detail || `The server answered ${answer.status}.`);
      refused.push(...told.results.filter((one) => !one.ok).map((one) => ({ id: one.run_id, detail: one.detail })));
    }
    return refused;
  }
  async function undo(address, ids, shown) {
    try {
      const refused = await send(address, "restore", ids);
      mx.toast(refused.length ? refused[0].detail : `${mx.count(ids.length, "run")} restored`, refused.length ? "bad" : undefined);
      mx.show(shown);
      mx.view.refresh();
    } catch (error) {
      mx.toast(`Nothing was restored. ${error.message}`, "bad");
    }
  }
  function done(address, action, targets, refused) {
    const left = new Set(refused.map((one) => one.id));
    const ids = targets.map((run) => run.id).filter((id) => !left.has(id));
    if (!ids.length) return;
    const shown = mx.onScreen();
    const moved = ["archive", "restore", "delete"].includes(action);
    if (moved) mx.select.put(ids, false);
    const back = action === "archive" ? { text: "Undo", run: () => undo(address, ids, shown) } : undefined;
    mx.toast(`${mx.count(ids.length, "run")} ${words[action]}`, undefined, back);
    mx.view.refresh();
  }

  function Refusals({ refused, targets }) {
    const names = new Map(targets.map((run) => [run.id, run.name]));
    return h(
      "div",
      { className: "x-filter-error x-refused", role: "alert" },
      h("strong", null, `${refused.length} of ${mx.count(targets.length, "run")} refused`),
      h("ul", { className: "x-plain" }, refused.map(({ id, detail }) => h("li", { key: id }, h("b", null, names.get(id) || id), " ", detail))),
    );
  }

  // What an action asks for before it is done.
  const FORMS = {
    tag: {
      title: "Tag",
      verb: "Set tag",
      start: { key: "", value: "" },
      fields: [["key", "Key"], ["value", "Value, empty takes the tag away"]],
      ready: ({ key }) => key.trim() !== "",
      body: ({ key, value }) => ({ tags: { [key.trim()]: value === "" ? null : value } }),
    },
    note: {
      title: "Note",
      verb: "Set note",
      start: { note: "" },
      fields: [["note", "Note, empty takes it away"]],
      ready: () => true,
      body: ({ note }) => ({ note: note.trim() || null }),
    },
    delete: {
      title: "Delete for good",
      verb: "Delete for good",
      start: { count: "" },
      fields: [["count", "Type the number of runs"]],
      ready: ({ count }, runs) => count.trim() === String(runs),
      body: () => ({ confirm: true }),
      warning: "Their metrics, params and files are gone then. This can't be undone.",
    },
  };

  function Form({ action, targets, run, busy, children }) {
    const form = FORMS[action];
    const [values, setValues] = useState(form.start);
    const submit = (event) => {
      event.preventDefault();
      if (form.ready(values, targets.length) && !busy) run(action, form.body(values));
    };
    return h(
      "form",
      { className: "x-bulk-form", onSubmit: submit },
      h("div", { className: "x-panel-head" }, h("strong", null, form.title), h("span", { className: "x-caption" }, mx.count(targets.length, "run"))),
      form.warning ? h("p", { className: "x-bulk-warning" }, form.warning) : null,
      form.fields.map(([name, label], i) =>
        h("label", { key: name, className: "x-bulk-field" }, label, h("input", { className: "x-input", value: values[name], autoFocus: i === 0, maxLength: 4000, onChange: (event) => setValues({ ...values, [name]: event.target.value }) })),
      ),
      children,
      h("div", { className: "x-panel-foot" }, h("button", { type: "submit", className: "x-btn x-small x-primary" + (action === "delete" ? " x-danger" : ""), disabled: busy || !form.ready(values, targets.length) }, form.verb)),
    );
  }

  function Menu({ address, close }) {
    const [form, setForm] = useState(null);
    const [told, setTold] = useState(null);
    const [busy, setBusy] = useState(false);
    // Those that were chosen when the menu opened: the list moves on meanwhile.
    const [targets] = useState(mx.select.targets);
    const run = async (action, fields) => {
      setBusy(true);
      try {
        const refused = await send(address, action, targets.map((one) => one.id), fields);
        done(address, action, targets, refused);
        if (refused.length) setTold(h(Refusals, { refused, targets }));
        else close();
      } catch (error) {
        setTold(h("p", { className: "x-filter-error", role: "alert" }, `Nothing was changed. ${error.message}`));
      }
      setBusy(false);
    };
    if (form) return h(Form, { action: form, targets, run, busy }, told);
    const off = { disabled: busy || !targets.length };
    const stage = () => {
      close();
      mx.runlist.tell({ checked: new Set() });
      mx.view.change({ stage: archived() ? null : "archived" });
    };
    const heading = targets.length ? `${mx.count(targets.length, "run")} ${archived() ? "checked" : "on screen"}` : archived() ? "No run is checked" : "No run is on screen";
    const items = archived()
      ? [mx.menuItem("Restore", () => run("restore"), off), mx.menuItem("Delete for good…", () => setForm("delete"), { ...off, bad: true })]
      : [mx.menuItem("Tag…", () => setForm("tag"), off), mx.menuItem("Note…", () => setForm("note"), off), mx.menuItem("Archive", () => run("archive"), off)];
    return [
      h("div", { key: "head", className: "x-menu-head" }, heading),
      ...items,
      h("hr", { key: "line", className: "x-menu-line" }),
      mx.menuItem(archived() ? "Back to active runs" : "Show archived runs", stage),
      told ? h(React.Fragment, { key: "told" }, told) : null,
    ];
  }

  mx.BulkMenu = function BulkMenu({ address }) {
    return h(mx.Popover, { label: "Actions on runs", glyph: "ellipsis", menu: true, children: (close) => h(Menu, { address, close }) });
  };
})();
