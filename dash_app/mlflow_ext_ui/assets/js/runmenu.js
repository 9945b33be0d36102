// What one run of the list can be given: a colour that stays, and a place on top; and where it leads.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useLayoutEffect, useRef, useSyncExternalStore } = React;
  const PER_ROW = 5;
  const listeners = new Set();
  let open = null;

  function tell(next) {
    open = next;
    listeners.forEach((listener) => listener());
  }
  const pinned = () => (mx.view.get("pinned") || "").split(",").filter(Boolean);
  mx.pinned = pinned;
  mx.runmenu = {
    // ``back``: what has the focus when the menu closes.
    open(run, at, back) {
      tell({ run, at, back });
    },
  };
  function close() {
    const back = open && open.back;
    tell(null);
    if (back && back.isConnected) back.focus();
  }
  function pin(run) {
    const now = pinned();
    const next = now.includes(run) ? now.filter((one) => one !== run) : [...now, run];
    mx.view.change({ pinned: next.length ? next.join(",") : null }, { replace: true });
    close();
  }
  async function paint(address, run, color) {
    close();
    try {
      const answer = await mx.fetch(address + encodeURIComponent(run.id), { method: "PATCH", body: JSON.stringify({ color }) });
      const told = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(told.detail || `The server answered ${answer.status}.`);
      mx.view.refresh();
    } catch (error) {
      mx.toast(`The colour stays. ${error.message}`, "bad");
    }
  }

  // Beside the best other run, with why they differ.
  async function compareWithBest(address, run) {
    close();
    const experiment = (mx.screen.view.experiment || {}).id || "";
    try {
      const question = { path: location.pathname, search: location.search, experiment, what: "top", count: 2 };
      const answer = await mx.fetch(address, { method: "POST", body: JSON.stringify(question) });
      const told = await answer.json();
      if (!answer.ok || told.error) throw new Error(told.error || told.detail);
      const best = told.runs.find((one) => one !== run.id);
      if (!best) return void mx.toast("No other run has a number to be the best by.");
      const query = mx.view.params();
      for (const name of ["run", "experiments", "tables", "ref", "against"]) query.delete(name);
      query.set("runs", `${best},${run.id}`);
      mx.view.visit(`${mx.prefix}tables?${query}`);
    } catch (error) {
      mx.toast(`The best run was not found. ${error.message}`, "bad");
    }
  }
  function visit(href) {
    close();
    mx.view.visit(href);
  }

  function Swatches({ address, run, colors }) {
    const shown = [...mx.screen.runs.values()];
    const own = mx.screen.runs.get(run.id);
    const move = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: PER_ROW, ArrowUp: -PER_ROW }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      const all = [...event.currentTarget.children];
      const next = all[all.indexOf(document.activeElement) + step];
      if (next) next.focus();
    };
    return h(
      "div",
      { className: "x-swatches", role: "group", "aria-label": "Colour", onKeyDown: move },
      colors.map((color, slot) => {
        const other = shown.find((one) => one.slot === slot && one.id !== run.id);
        const label = `Colour ${slot + 1}` + (other ? `, worn by ${other.name}` : "");
        const mine = Boolean(own && own.slot === slot);
        return h("button", { key: slot, type: "button", className: "x-swatch", style: { background: color }, title: label, "aria-label": label, "aria-pressed": mine, "aria-disabled": Boolean(other), onClick: () => !other && paint(address, run, slot) });
      }),
    );
  }

  function Panel({ address, pick, colors, run, at }) {
    const panel = useRef(null);
    useLayoutEffect(() => {
      const { offsetHeight } = panel.current;
      panel.current.style.left = `${at.left}px`;
      panel.current.style.top = `${Math.max(8, Math.min(at.top, innerHeight - offsetHeight - 8))}px`;
      panel.current.querySelector("[aria-pressed=true], button").focus();
    }, [run.id]);
    useEffect(() => {
      const outside = ({ target }) => panel.current && !panel.current.contains(target) && tell(null);
      document.addEventListener("pointerdown", outside);
      return () => document.removeEventListener("pointerdown", outside);
    }, []);
    const keys = (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
      } else mx.walk(event, [...panel.current.querySelectorAll("[role=menuitem]")]);
    };
    const archived = mx.view.get("stage") === "archived";
    const isPinned = pinned().includes(run.id);
    const on = mx.screen.runs.has(run.id);
    return h(
      "div",
      { ref: panel, className: "x-pop x-panel x-run-menu", role: "dialog", "aria-label": `Colour and place of ${run.name}`, onKeyDown: keys },
      h("div", { className: "x-menu-head x-name" }, run.name),
      on ? h(Swatches, { address, run, colors }) : null,
      h(
        "div",
        { role: "menu", "aria-label": `What to do with ${run.name}` },
        mx.menuItem(isPinned ? "Unpin" : "Pin to the top", () => pin(run.id)),
        mx.menuItem("Open", () => visit(mx.pageOf(run.id))),
        archived ? null : mx.menuItem("Compare with the best", () => compareWithBest(pick, run)),
        mx.menuItem("Copy id", () => {
          close();
          mx.copy(run.id, "Run id copied");
        }),
      ),
    );
  }

  mx.RunMenu = function RunMenu({ address, pick, colors }) {
    const now = useSyncExternalStore((listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    }, () => open);
    return now ? h(Panel, { key: now.run.id, address, pick, colors, ...now }) : null;
  };

  // The list's cells are the grid's: the button, the right mouse button and the menu key are heard here.
  function asked(target) {
    const cell = target.closest && target.closest(".x-runs .ag-row");
    const row = cell && cell.querySelector("[data-run]");
    if (!row) return false;
    const at = row.getBoundingClientRect();
    mx.runmenu.open({ id: row.dataset.run, name: row.title }, { left: at.left + 16, top: at.bottom }, cell.querySelector(".ag-cell"));
    return true;
  }
  document.addEventListener("contextmenu", (event) => {
    if (asked(event.target)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "." && asked(event.target)) event.preventDefault();
  });
  document.addEventListener(
    "click",
    (event) => {
      if (!event.target.closest || !event.target.closest(".x-run-more")) return;
      event.stopPropagation();
      asked(event.target);
    },
    true,
  );
})();
