// The menu of saved views in the top bar.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const button = (label, props) => h("button", { type: "button", className: "x-btn x-small", ...props }, label);
  const who = (view) => view.updated_by || "Somebody";
  const READ_ONLY = "You may open the views of this experiment, but not change them; its owner can let you.";

  function Item({ glyph, label, note, checked, onClick }) {
    const role = checked === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": checked };
    return h(
      "button",
      { type: "button", tabIndex: -1, className: "x-menu-item", onClick, ...role },
      glyph ? icon(glyph, "x-t3") : h("span", { className: "x-view-blank" }),
      h("span", { className: "x-name", title: label }, label),
      note ? h("span", { className: "x-count" }, note) : null,
    );
  }

  function List({ now, failed, go, act }) {
    const { open, changed, listed } = now;
    if (!listed) return failed ? null : h("p", { className: "x-none" }, "Reading the views…");
    const { views, editable } = listed;
    const there = (open && views.find((one) => one.id === open.id)) || open;
    const rows = views.map((view) =>
      h(Item, {
        key: view.id, label: mx.oneLine(view.name), note: view.updated_by, checked: Boolean(open) && view.id === open.id,
        glyph: open && view.id === open.id ? "check" : null, onClick: () => act(() => mx.views.visit(view.id)),
      }),
    );
    const changes = [
      open && changed ? h(Item, { key: "save", glyph: "save", label: "Save changes", onClick: () => go.save() }) : null,
      h(Item, { key: "as", glyph: "plus", label: "Save as…", onClick: () => go.to({ mode: "as" }) }),
      open ? h(Item, { key: "rename", glyph: "pen-line", label: "Rename…", onClick: () => go.to({ mode: "rename" }) }) : null,
      open ? h(Item, { key: "delete", glyph: "trash-2", label: "Delete…", onClick: () => go.to({ mode: "delete", seen: there }) }) : null,
    ];
    const list = rows.length ? h("div", { className: "x-view-list", role: "group", "aria-label": "Views" }, rows) : null;
    const line = h("div", { className: "x-view-line", role: "separator" });
    return h(
      React.Fragment,
      null,
      list ? null : h("p", { className: "x-none" }, "No views are saved in this experiment yet."),
      list || editable ? h("div", { role: "menu", "aria-label": "Saved views" }, list, line, editable ? changes : null) : line,
      editable ? null : h("p", { className: "x-none x-view-why" }, READ_ONLY),
    );
  }

  function Name({ label, verb, first, onDone, onClose }) {
    const [name, setName] = useState(first);
    const field = useRef(null);
    useEffect(() => field.current.select(), []);
    const submit = (event) => {
      event.preventDefault();
      if (name.trim()) onDone(name.trim());
    };
    return h(
      "form",
      { onSubmit: submit },
      h("label", { className: "x-view-label" }, label, h("input", { ref: field, className: "x-view-name", value: name, maxLength: 120, autoFocus: true, onChange: (event) => setName(event.target.value) })),
      h("div", { className: "x-view-choices" }, button("Cancel", { onClick: onClose, className: "x-btn x-quiet x-small" }), button(verb, { type: "submit", className: "x-btn x-small x-primary", disabled: !name.trim() })),
    );
  }

  // A question with its answers; ``choices`` are label, what it does and further properties.
  function Question({ heading, sentence, choices }) {
    const box = useRef(null);
    useEffect(() => box.current.querySelector("button").focus(), []);
    return h(
      "div",
      { ref: box },
      h("strong", { className: "x-view-heading" }, heading),
      h("p", null, sentence),
      h("div", { className: "x-view-choices" }, choices.map(([label, onClick, props]) => button(label, { key: label, onClick, ...props }))),
    );
  }

  function Panel({ now, onClose }) {
    const [step, setStep] = useState({ mode: "menu" });
    const [trouble, setTrouble] = useState(null);
    const busy = useRef(false);
    const box = useRef(null);
    const alive = useRef(true);
    const stops = () => [...box.current.querySelectorAll("[role^=menuitem]")];

    const fail = (error) => {
      console.info(error.message);
      if (alive.current) setTrouble(error);
    };
    const attempt = async (work) => {
      if (busy.current) return;
      busy.current = true;
      setTrouble(null);
      try {
        await work();
      } catch (error) {
        fail(error);
      } finally {
        busy.current = false;
      }
    };
    const finish = (work, words) =>
      attempt(async () => {
        await work();
        if (words) mx.toast(words);
        onClose();
      });
    const named = (name, send, words) =>
      finish(async () => {
        try {
          await send(name);
        } catch (error) {
          const taken = error.status === 409 && error.current && error.current.name === name;
          throw taken ? new Error(`There is a view “${name}” in this experiment already. Choose another name.`) : error;
        }
      }, words);
    const save = () =>
      attempt(async () => {
        const theirs = await mx.views.save();
        if (theirs) return setStep({ mode: "conflict", theirs });
        mx.toast("View saved");
        return onClose();
      });
    const remove = (seen) =>
      attempt(async () => {
        try {
          await mx.views.remove(seen);
        } catch (error) {
          if (error.status !== 409 || !error.current) throw error;
          return setStep({ mode: "delete", seen: error.current });
        }
        mx.toast("View deleted");
        return onClose();
      });

    useEffect(() => {
      const outside = (event) => !box.current.parentElement.contains(event.target) && onClose(false);
      document.addEventListener("pointerdown", outside);
      mx.views.list().catch(fail);
      return () => {
        alive.current = false;
        document.removeEventListener("pointerdown", outside);
      };
    }, []);
    const menu = step.mode === "menu";
    const count = menu && now.listed ? now.listed.views.length : -1;
    useEffect(() => {
      if (!menu) return;
      const at = stops();
      (at.find((one) => one.getAttribute("aria-checked") === "true") || at[0] || box.current).focus();
    }, [menu, count >= 0]);
    const keys = (event) => {
      if (event.key === "Escape" || (menu && event.key === "Tab")) {
        event.stopPropagation();
        onClose();
      } else if (menu) mx.walk(event, stops());
    };

    const { open } = now;
    const theirs = step.theirs;
    const body = {
      menu: () => h(List, { now, failed: Boolean(trouble), go: { to: (next) => (setTrouble(null), setStep(next)), save }, act: (work) => finish(work) }),
      as: () => h(Name, { key: "as", label: "Name of the new view", verb: "Save", first: "", onClose, onDone: (name) => named(name, mx.views.saveAs, "View saved") }),
      rename: () => h(Name, { key: "rename", label: "New name", verb: "Rename", first: open.name, onClose, onDone: (name) => named(name, mx.views.rename, "View renamed") }),
      delete: () =>
        h(Question, {
          key: step.seen.version,
          heading: `Delete “${step.seen.name}”?`,
          sentence: step.seen.version !== open.version
            ? `${who(step.seen)} changed this view meanwhile. It goes for all who see this experiment; runs and plots stay.`
            : "It goes for all who see this experiment; runs and plots stay.",
          choices: [["Cancel", onClose, { className: "x-btn x-quiet x-small" }], [step.seen.version !== open.version ? "Delete anyway" : "Delete view", () => remove(step.seen), { className: "x-btn x-small x-danger" }]],
        }),
      conflict: () =>
        h(Question, {
          heading: `${who(theirs)} changed this view meanwhile`,
          sentence: "Nothing is lost: your changes are on the page, theirs are in the view.",
          choices: [
            ["Save mine as a copy", () => finish(() => mx.views.saveCopy(theirs.name), "Copy saved")],
            ["Take theirs", () => finish(async () => mx.views.show(theirs))],
          ],
        }),
    };
    const labels = { as: "Save as a new view", rename: "Rename the view", delete: "Delete the view", conflict: "Two changes of one view" };
    return h(
      "div",
      { ref: box, className: "x-pop x-views", ...(menu ? {} : { role: "dialog", "aria-label": labels[step.mode] }), tabIndex: -1, onKeyDown: keys },
      body[open || !["rename", "delete"].includes(step.mode) ? step.mode : "menu"](),
      trouble ? h("p", { className: "x-view-trouble", role: "alert" }, trouble.message) : null,
    );
  }

  mx.Views = function Views() {
    const now = useSyncExternalStore(mx.views.subscribe, mx.views.get);
    const [shown, setShown] = useState(false);
    const opener = useRef(null);
    const close = (refocus = true) => {
      setShown(false);
      if (refocus) opener.current.focus();
    };
    const name = now.open ? mx.oneLine(now.open.name) : "Views";
    const label = now.open ? `Saved views: ${name}${now.changed ? ", changed" : ""}` : "Saved views";
    return h(
      "div",
      { className: "x-view-menu" },
      h(
        "button",
        { ref: opener, id: "x-views", type: "button", className: "x-btn x-quiet", "aria-haspopup": "menu", "aria-expanded": shown, "aria-label": label, title: label, onClick: () => setShown(!shown) },
        icon("bookmark"),
        h("span", { className: "x-name" }, name),
        now.changed ? h("span", { className: "x-view-dot", "aria-hidden": true }) : null,
        icon("chevron-down", "x-s12"),
      ),
      shown ? h(Panel, { now, onClose: close }) : null,
    );
  };
})();
