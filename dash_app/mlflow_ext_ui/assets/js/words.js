// Numbers as people read them, and short messages.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;

  // A browser takes tens of milliseconds to make its first formatter, which would be part of the page's start.
  mx.whole = (n) => (Number.isSafeInteger(n) ? String(n).replace(/\B(?=(\d{3})+$)/g, ",") : n.toLocaleString("en-US"));
  mx.number = (value) => {
    if (value === null || value === undefined) return "–";
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e9 || size < 1e-4) return Number(value.toPrecision(4)).toExponential().replaceAll("-", "−").replace("e+", "e");
    if (Number.isInteger(value)) return mx.whole(value).replace("-", "−");
    const decimals = Math.max(0, 3 - Math.floor(Math.log10(size)));
    return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−");
  };
  mx.count = (n, noun) => `${mx.whole(n)} ${noun}${n === 1 ? "" : "s"}`;
  mx.badge = (n) => (n < 100000 ? mx.whole(n) : n < 999500 ? `${Math.round(n / 1000)}k` : `${(n / 1e6).toPrecision(3)}M`);

  let timer = 0;
  // ``action``: {text, run} of a button beside the words, which stays longer.
  mx.toast = (text, kind, action) => {
    let box = document.querySelector(".x-toast");
    if (!box) {
      box = document.createElement("div");
      box.className = "x-toast";
      box.setAttribute("role", "status");
      document.body.appendChild(box);
    }
    const glyph = document.createElement("span");
    glyph.className = kind === "bad" ? "x-ic x-i-circle-x x-bad" : "x-ic x-i-check";
    box.replaceChildren(glyph, document.createTextNode(text));
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "x-btn x-small";
      button.textContent = action.text;
      button.addEventListener("click", () => {
        box.remove();
        action.run();
      });
      box.append(button);
    }
    clearTimeout(timer);
    timer = setTimeout(() => box.remove(), action ? 12000 : 4000);
  };

  mx.copy = async (text, done) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      // Browsers keep the clipboard from pages that came by plain http from another machine: the old way works there.
      const area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      document.body.appendChild(area);
      area.select();
      const copied = document.execCommand("copy");
      area.remove();
      if (!copied) return mx.toast("The browser did not let us copy: " + error.message, "bad");
    }
    mx.toast(done || "Copied");
  };
})();
