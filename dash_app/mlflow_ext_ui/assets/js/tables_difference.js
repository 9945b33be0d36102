// Why two of the runs on screen differ: what differs, what other runs tell of it, and the texts behind it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.tables;
  const h = React.createElement;
  const { Fragment, useState } = React;
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const dot = (run) => h("span", { className: "x-dot", style: { background: (run && run.color) || "transparent" } });
  const FEW = 12;
  const GROUPS = [
    ["same", "Other runs go the same way"],
    ["told", "Other runs show an effect"],
    ["unsure", "Not told from chance by other runs"],
    ["nothing", "No such pair among other runs"],
    ["other", "Other runs go the other way"],
  ];

  // The same two as the plots compare: the reference and the other one, else the first two.
  function pair(runs) {
    const one = runs.find((run) => run.id === mx.view.get("ref")) || runs[0];
    const others = runs.filter((run) => run !== one);
    return [one, others.find((run) => run.id === mx.view.get("against")) || others[0]];
  }
  const choose = (one, other) => mx.view.change({ ref: one, against: other }, { replace: true });
  const swap = (one, other) => choose(other.id, one.id);

  function Named({ runs, pair: [one, other] }) {
    const option = (run) => [run.id, run.name];
    const pick = (label, run, options, act) =>
      h("span", { className: "x-row x-why-run" }, dot(run), runs.length > 2 ? h(tab.Select, { bare: true, label, value: run.id, options: options.map(option), onChange: act }) : h("span", { className: "x-name" }, run.name));
    return h(
      Fragment,
      null,
      pick("First run", one, runs, (id) => choose(id, id === other.id ? one.id : other.id)),
      h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": "Swap the two runs", title: "Swap the two runs", onClick: () => swap(one, other) }, icon("arrow-left-right")),
      pick("Second run", other, runs.filter((run) => run !== one), (id) => choose(one.id, id)),
    );
  }

  function Target({ data }) {
    if (!data.metric.key) return null;
    const keys = data.metrics.includes(data.metric.key) ? data.metrics : [data.metric.key, ...data.metrics];
    return h(
      "span",
      { className: "x-terms" },
      h(tab.Select, { bare: true, label: "Metric to explain", value: data.metric.key, options: keys.map((key) => [key, key]), onChange: (metric) => mx.view.change({ metric }) }),
      h(tab.Way, { row: data.metric }),
      h("span", { className: "x-num" }, ` ${data.a.value} → ${data.b.value} (${data.apart})`),
    );
  }

  const words = (data) =>
    [
      `${data.a.name} (A) and ${data.b.name} (B)`,
      data.sentence,
      ...data.things.map((one) => `${one.kind} ${one.name}: ${one.texts[0]} → ${one.texts[1]}. ${one.sentence}`),
      ...data.unknown,
    ].join("\n");

  function Thing({ one, wide }) {
    const [open, setOpen] = useState(false);
    const value = (i) => h("td", { key: i, className: one.values[i] === null ? "x-dim" : undefined, title: one.texts[i] }, one.texts[i]);
    return h(
      Fragment,
      null,
      h(
        "tr",
        { "data-tells": one.tells },
        h("th", { scope: "row" }, h("button", { type: "button", className: "x-opener x-why-name", "aria-expanded": open, title: one.name, onClick: () => setOpen(!open) }, icon(open ? "chevron-down" : "chevron-right", "x-s12 x-t3"), h("span", { className: "x-caption" }, one.kind), h("span", { className: "x-name" }, one.name))),
        value(0),
        value(1),
        h("td", { className: "x-why-told" + (one.tells === "nothing" ? " x-dim" : "") }, one.evidence),
      ),
      open
        ? h(
            "tr",
            { className: "x-why-more" },
            h("td", { colSpan: wide }, h("p", null, one.sentence), h("dl", null, ["A", "B"].map((side, i) => h(Fragment, { key: side }, h("dt", null, side), h("dd", null, one.values[i] === null ? one.texts[i] : one.values[i]))))),
          )
        : null,
    );
  }

  function Things({ data, pair: runs }) {
    const all = tab.hidden().includes("o:why");
    const order = GROUPS.flatMap(([tells, title]) => data.things.filter((one) => one.tells === tells).map((one) => ({ ...one, title })));
    const shown = all || order.length <= FEW + 1 ? order : order.slice(0, FEW);
    const head = ({ name, archived }, run, i) => h("th", { key: i, scope: "col", title: name }, h("span", { className: "x-run-head" }, dot(run), h("span", { className: "x-caption" }, "AB"[i] + (archived ? ", archived" : "")), mx.shortened(name)));
    const of = data.history ? `Change in pairs of ${mx.count(data.history, "other run")}` : "No other finished run to pair";
    const rows = shown.flatMap((one, i) => [
      i && shown[i - 1].title === one.title ? null : h("tr", { key: `# ${one.title}`, className: "x-group" }, h("th", { colSpan: 4, scope: "rowgroup" }, one.title)),
      h(Thing, { key: `${one.part} ${one.name}`, one, wide: 4 }),
    ]);
    const left = order.length - FEW;
    return h(
      "table",
      { className: "x-tt x-why" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "What differs"), head(data.a, runs[0], 0), head(data.b, runs[1], 1), h("th", { scope: "col", className: "x-why-told", title: "The mean of how much the metric changes in pairs of other runs, with its interval of 95%" }, of))),
      h(
        "tbody",
        null,
        rows,
        left > 1 ? h("tr", { className: "x-group" }, h("th", { colSpan: 4, scope: "rowgroup" }, h("button", { type: "button", className: "x-opener", "aria-expanded": all, onClick: () => tab.flip("o:why") }, icon(all ? "chevron-down" : "chevron-right", "x-s12 x-t3"), all ? "Fewer" : `${mx.whole(left)} more that differ`))) : null,
      ),
    );
  }

  const KINDS = { "+": "x-added", "-": "x-removed", "@": "x-hunk" };
  const look = (line) => (/^(\+\+\+|---|diff |index )/.test(line) ? "x-hunk" : KINDS[line[0]]);
  // What a run's script held is text, and stays it.
  function Patch({ text, sides }) {
    const name = `o:${text.name} ${text.of}`;
    const open = tab.hidden().includes(name);
    const whose = { a: ` of ${sides[0].name}`, b: ` of ${sides[1].name}`, both: `: ${sides[0].name} → ${sides[1].name}` }[text.of];
    const title = `${text.name}${whose}`;
    return h(
      "div",
      { className: "x-why-text" },
      h(
        "div",
        { className: "x-row" },
        h("button", { type: "button", className: "x-opener", "aria-expanded": open, onClick: () => tab.flip(name) }, icon(open ? "chevron-down" : "chevron-right", "x-s12 x-t3"), h("span", { className: "x-name" }, title)),
        h("span", { className: "x-caption" }, mx.count(text.lines.length + text.cut, "line")),
        h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": `Copy ${title}`, title: `Copy ${title}`, onClick: () => mx.copy(text.lines.join("\n")) }, icon("copy")),
      ),
      open
        ? h(
            "pre",
            { className: "x-code x-patch", tabIndex: 0, "aria-label": title },
            text.lines.map((line, i) => h("span", { key: i, className: look(line) }, line + "\n")),
            text.cut ? h("span", { className: "x-caption" }, `${mx.count(text.cut, "more line")} not shown`) : null,
          )
        : null,
    );
  }

  function Same({ data }) {
    const open = tab.hidden().includes("o:same");
    if (!data.same.length) return null;
    return h(
      "div",
      { className: "x-why-text" },
      h("button", { type: "button", className: "x-opener", "aria-expanded": open, onClick: () => tab.flip("o:same") }, icon(open ? "chevron-down" : "chevron-right", "x-s12 x-t3"), `Same in both: ${data.same.map((one) => one.count).join(", ")}`),
      open ? h("dl", { className: "x-why-same" }, data.same.map((one) => h(Fragment, { key: one.part }, h("dt", null, one.count), h("dd", null, one.names.join(", "))))) : null,
    );
  }

  function Found({ data, pair: runs }) {
    return h(
      "div",
      { className: "x-card x-why-box" },
      h("p", { className: "x-why-sum" }, data.sentence),
      data.things.length ? h("div", { className: "x-why-scroll", tabIndex: 0, role: "region", "aria-label": "What differs" }, h(Things, { data, pair: runs })) : null,
      data.texts.map((text) => h(Patch, { key: `${text.name} ${text.of}`, text, sides: [data.a, data.b] })),
      h(Same, { data }),
      data.unknown.length ? h("ul", { className: "x-why-unknown", "aria-label": "Not known" }, data.unknown.map((text) => h("li", { key: text }, icon("circle-help", "x-s12 x-t3"), h("span", null, text)))) : null,
    );
  }

  function Open({ screen, url, two }) {
    const asked = { ...screen, runs: two };
    const { data, failure, old, again } = tab.usePart("difference", asked, url);
    const ready = data && !failure && !data.missing.length && data.a;
    const here = ready && data.a.id === two[0].id && data.b.id === two[1].id;
    return h(
      Fragment,
      null,
      h(
        "div",
        { className: "x-why-terms" },
        h(Named, { runs: screen.runs, pair: two }),
        ready ? h(Target, { data }) : null,
        h("span", { className: "x-grow" }),
        ready ? h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: () => mx.copy(words(data)) }, icon("copy"), "Copy") : null,
        ready ? h(tab.File, { url, part: "difference", label: "What differs as CSV", small: true }) : null,
      ),
      failure ? h(tab.Trouble, { failure, again }) : null,
      data && !failure && !ready ? h("div", { className: "x-card x-nothing-here" }, h("p", null, data.sentence || "One of the two runs is not here.")) : null,
      ready ? h("div", { className: old || !here ? "x-old-part" : undefined }, h(Found, { data, pair: two })) : null,
    );
  }

  tab.Difference = function Difference({ screen, url }) {
    const many = screen.runs.length > 2;
    const open = many ? Boolean(mx.view.get("against")) : !tab.hidden().includes("s:why");
    const two = pair(screen.runs);
    const flip = () => (many ? choose(open ? null : two[0].id, open ? null : two[1].id) : tab.flip("s:why"));
    const title = many ? "Why two of them differ" : "Why they differ";
    return h(
      "section",
      { className: "x-section", "aria-label": title },
      h("div", { className: "x-tables-head" }, h("h2", null, h("button", { type: "button", className: "x-section-head", "aria-expanded": open, onClick: flip }, icon(open ? "chevron-down" : "chevron-right", "x-t3"), title)), open ? null : h("div", { className: "x-note-line" }, many ? "params, code, packages, data and hardware of two runs, and what other runs tell of them" : "")),
      open ? h(Open, { screen, url, two }) : null,
    );
  };
})();
