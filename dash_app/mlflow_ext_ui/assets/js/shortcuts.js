// The dialog that lists the keys.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;

  mx.Shortcuts = function Shortcuts({ keys }) {
    const rows = keys.map(([pressed, what]) =>
      h(
        React.Fragment,
        { key: pressed },
        h("span", null, pressed.split(" ").map((one) => h("kbd", { key: one, className: "x-kbd" }, one))),
        h("span", null, what),
      ),
    );
    return h(
      "dialog",
      { id: "x-shortcuts", className: "x-dialog", "aria-label": "Keyboard shortcuts" },
      h(
        "div",
        { className: "x-dialog-head" },
        h("strong", null, "Keyboard shortcuts"),
        h("button", { type: "button", className: "x-btn x-quiet x-small x-btn-icon", "aria-label": "Close", title: "Close", "data-act": "close-dialog" }, mx.icon("x")),
      ),
      h("div", { className: "x-keys" }, rows),
    );
  };
})();
