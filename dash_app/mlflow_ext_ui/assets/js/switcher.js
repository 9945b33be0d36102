// The button that names the experiment, and the panel it opens.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useLayoutEffect, useRef } = React;
  const STOPS = "a[href], button:not([disabled]), input";

  // Tab walks round in it while it is open.
  function walkRound(event) {
    if (event.key !== "Tab") return;
    const stops = [...event.currentTarget.querySelectorAll(STOPS)];
    const [from, to] = event.shiftKey ? [stops[0], stops[stops.length - 1]] : [stops[stops.length - 1], stops[0]];
    if (document.activeElement !== from) return;
    event.preventDefault();
    to.focus();
  }

  mx.Switcher = function Switcher({ id, name, opened, children, setProps }) {
    const button = useRef(null);
    useLayoutEffect(() => {
      if (!opened) return undefined;
      // Whatever closed it took the focus away with what held it.
      return () => document.activeElement === document.body && button.current && button.current.focus();
    }, [opened]);
    return h(
      React.Fragment,
      null,
      h(
        "button",
        { ref: button, id, type: "button", className: "x-experiment", "aria-label": "Switch experiment", "aria-haspopup": "dialog", "aria-expanded": Boolean(opened), onClick: () => setProps({ opened: !opened }) },
        h("span", { className: "x-logo", "aria-hidden": true }),
        h("span", { className: "x-experiment-text" }, h("span", { id: "x-experiment-name", className: "x-name" }, name || "…"), h("span", { className: "x-kind" }, "Experiment")),
        mx.icon("chevrons-up-down", "x-t2"),
      ),
      opened
        ? h(mx.Panel, { anchor: () => button.current, label: "Experiments", onClose: () => setProps({ opened: false }) }, h("div", { className: "x-switcher", onKeyDown: walkRound }, children))
        : null,
    );
  };
})();
