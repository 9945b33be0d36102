// The filter of the run list: text in its box is part of a name, a comparison becomes a chip on Enter.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useSyncExternalStore } = React;
  const listeners = new Set();
  let state = { listing: null, complaint: "", waits: false, checked: new Set() };

  let complained = "";

  function tell(changes) {
    state = { ...state, ...changes };
    if (state.listing && !state.listing.error) mx.runlist.infinite = state.listing.infinite;
    listeners.forEach((listener) => listener());
  }
  const box = () => document.getElementById("x-run-search");

  const KEYED = /^(?:metrics?|params?|parameters?|tags?|attributes?|attr|run|datasets?)\./i;
  const KNOWN = /^(?:run_id|run_name|name|status|user_id|user|start_time|end_time|created|duration|note|alias|command|dataset_id|experiment_id|experiment_name|experiment|project)\s*(?:[=<>!]|not\b|i?like\b|in\b|between\b|is\b)/i;
  const COMPARED = /^[\w.]+\s*(?:<=|>=|!=|<>|==|<|>|\s=\s|\b(?:not\s+)?(?:i?like\s*['"]|in\s*\(|between\s+\S)|\bis\s+(?:not\s+)?null)/i;
  // "lr=0.1" may well be part of a name, "params.lr = 0.1" and "duration > 9" are not.
  function isExpression(text) {
    const start = text.replace(/^(?:\s|\(|not\b)*/i, "");
    return KEYED.test(start) || KNOWN.test(start) || COMPARED.test(start);
  }

  const either = (part) => (/\bor\b/i.test(part) && !/^\([^()]*\)$/.test(part) ? `(${part})` : part);
  const joined = (parts) => (parts.length > 1 ? parts.map(either) : parts).join(" AND ");

  // Why the server can't read a filter, or "": one run that meets it is looked for.
  async function complaintOf(where) {
    const experiment = ((mx.screen.view || {}).experiment || {}).id || "";
    const body = { search: `?${new URLSearchParams({ where })}`, experiment, what: "all", count: 1 };
    const answer = await mx.fetch(`${mx.prefix}_pick`, { method: "POST", body: JSON.stringify(body) });
    return answer.ok ? (await answer.json()).error || "" : `The server answered ${answer.status}.`;
  }
  // Adds a comparison to the filter; gives why not, or "".
  async function add(text) {
    const complaint = await complaintOf(text).catch((error) => error.message);
    if (!complaint) mx.view.change({ where: joined([mx.view.get("where"), text].filter(Boolean)) });
    return complaint;
  }
  const parts = () => (state.listing ? state.listing.parts : []);
  const without = (place) => mx.view.change({ where: joined(parts().filter((_, i) => i !== place).map((part) => part.text)) || null });

  mx.filter = { add, isExpression };
  mx.runlist = {
    infinite: false,
    tell,
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // What the box holds that is not in the address yet.
    typed: () => (state.waits && box() ? box().value : ""),
    nothing({ error, where, search, stage }) {
      if (error) return "The filter can't be read.";
      if (where) return "No run meets the filter.";
      if (search) return "No run has this in its name or id.";
      return stage === "archived" ? "No run is archived." : "";
    },
    async enter(input) {
      const text = input.value.trim();
      if (!isExpression(text)) return;
      const complaint = await add(text);
      complained = complaint ? text : "";
      if (complaint) return tell({ complaint, waits: true });
      mx.clearSearch(input);
      tell({ complaint: "", waits: false });
    },
  };
  document.addEventListener("input", ({ target }) => {
    if (target.id === "x-run-search" && state.complaint && target.value.trim() !== complained) tell({ complaint: "", waits: isExpression(target.value) });
  });
  mx.told["x-run-search"] = (text) => {
    if (!mx.screen.view) return;
    const waits = isExpression(text || "");
    // The box tells what was typed a moment after Enter has asked about it.
    tell(text && text.trim() === complained ? { waits } : { waits, complaint: "" });
    const search = waits ? null : text || null;
    if ((mx.view.get("search") || null) !== search) mx.view.change({ search }, { replace: true });
  };

  function Chips() {
    const bad = state.listing && state.listing.error;
    return parts().map((part, i) =>
      h(
        "span",
        { key: `${i} ${part.text}`, className: "x-chip x-filter-chip" + (bad ? " x-wrong" : ""), title: part.text },
        h("span", { className: "x-name" }, part.brief),
        h("button", { type: "button", "aria-label": `Remove the filter ${part.text}`, onClick: () => without(i) }, mx.icon("x", "x-s12")),
      ),
    );
  }
  function Words() {
    const complaint = state.complaint || (state.listing && state.listing.error) || "";
    if (complaint) return h("pre", { className: "x-filter-error", role: "alert" }, complaint);
    return state.waits && !state.complaint ? h("p", { className: "x-filter-hint", role: "status" }, "Press ", h("kbd", { className: "x-kbd" }, "Enter"), " to filter by this.") : null;
  }

  mx.RunTools = function RunTools({ fields }) {
    useSyncExternalStore(mx.runlist.subscribe, mx.runlist.get);
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    return h(
      "div",
      { className: "x-runtools" },
      h(
        "div",
        { className: "x-filter-row" },
        h("div", { className: "x-filter-chips" }, h(Chips), h(mx.FilterBuilder, { fields })),
        h(mx.ColumnChooser, { fields }),
      ),
      h(Words),
      state.listing && state.listing.infinite && mx.view.get("group")
        ? h("p", { className: "x-filter-hint", role: "status" }, "Groups are shown up to 2,000 runs. Narrow the list by a filter to see them.")
        : null,
      mx.view.get("stage") === "archived"
        ? h("p", { className: "x-archived-note", role: "status" }, "Archived runs. A click checks one.", h("button", { type: "button", className: "x-btn x-small", onClick: () => mx.view.change({ stage: null }) }, "Back"))
        : null,
    );
  };
})();
