// Light or dark before the first paint, as the app keeps it; then search, copying, and where in the page one is.
// Without it the page is whole: the system's theme, all operations, the browser's own search.
(() => {
  "use strict";
  const ATTRIBUTE = "data-theme";
  const KEY = "mlflow-ext-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const valid = (name) => (name === "light" || name === "dark" ? name : null);
  const system = () => (dark.matches ? "dark" : "light");
  let named = valid(new URLSearchParams(location.search).get("theme"));

  function stored() {
    try {
      return valid(localStorage.getItem(KEY));
    } catch (error) {
      console.info("The theme is not kept: " + error.message);
      return null;
    }
  }
  function apply() {
    root.setAttribute(ATTRIBUTE, named || stored() || system());
  }
  function keep(name) {
    named = name;
    try {
      if (name === system()) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, name);
    } catch (error) {
      console.info("The theme is not kept: " + error.message);
    }
    apply();
  }

  function themeButton() {
    const button = document.getElementById("theme");
    const show = () => {
      const other = root.getAttribute(ATTRIBUTE) === "dark" ? "light" : "dark";
      button.title = "Switch to " + other;
      button.setAttribute("aria-label", button.title);
      button.firstElementChild.className = "x-ic x-i-" + (other === "dark" ? "moon" : "sun");
      button.dataset.other = other;
    };
    new MutationObserver(show).observe(root, { attributes: true, attributeFilter: [ATTRIBUTE] });
    button.addEventListener("click", () => keep(button.dataset.other));
    button.hidden = false;
    show();
  }

  function search() {
    const form = document.getElementById("search");
    const input = document.getElementById("find");
    const found = document.getElementById("found");
    const entries = [...document.querySelectorAll("[data-find]")].map((section) => ({
      section,
      text: section.dataset.find.toLowerCase(),
      row: document.querySelector(`.x-index a[href="#${CSS.escape(section.id)}"]`).parentElement,
    }));
    const groups = [...document.querySelectorAll(".x-index > ul, .x-area")];
    const guide = [document.querySelector(".x-guide"), groups[0]];

    function filter() {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let count = 0;
      for (const { section, text, row } of entries) {
        const hit = words.every((word) => text.includes(word));
        section.hidden = row.hidden = !hit;
        count += hit;
      }
      guide.forEach((one) => (one.hidden = words.length > 0));
      for (const group of groups.slice(1)) {
        group.hidden = !group.querySelector("li:not([hidden]), [data-find]:not([hidden])");
      }
      for (const list of document.querySelectorAll(".x-index > ul")) list.previousElementSibling.hidden = list.hidden;
      found.textContent = words.length === 0 ? "" : count ? `${count} of ${entries.length}` : "Nothing goes by that name";
      root.classList.toggle("x-searching", words.length > 0);
    }
    input.addEventListener("input", () => {
      filter();
      window.scrollTo(0, 0);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      input.value = "";
      filter();
      input.blur();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target === input || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.focus();
    });
    // A link to what the search hides shows everything again.
    document.addEventListener("click", (event) => {
      const link = event.target.closest('a[href^="#"]');
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target || !target.closest("[hidden]")) return;
      input.value = "";
      filter();
    });
    form.hidden = false;
    filter();
  }

  function copying() {
    for (const figure of document.querySelectorAll(".x-example")) {
      const code = figure.querySelector("code");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "x-copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(code.textContent);
          button.textContent = "Copied";
        } catch (error) {
          // no clipboard but on a secure page: leave it selected
          getSelection().selectAllChildren(code);
          button.textContent = "Selected";
          console.info("Nothing was copied: " + error.message);
        }
        setTimeout(() => (button.textContent = "Copy"), 1500);
      });
      figure.querySelector("figcaption").append(button);
    }
  }

  function whereabouts() {
    const side = document.getElementById("side");
    const links = new Map([...document.querySelectorAll(".x-index a")].map((link) => [link.hash.slice(1), link]));
    const targets = [...links.keys()].map((id) => document.getElementById(id));
    let current = null;
    let asked = false;

    function show() {
      asked = false;
      const visible = targets.filter((one) => one.offsetParent && one.getBoundingClientRect().top < 120);
      const next = links.get((visible.at(-1) || targets[0]).id);
      if (next === current) return;
      current?.removeAttribute("aria-current");
      next.setAttribute("aria-current", "true");
      current = next;
      const [box, place] = [side.getBoundingClientRect(), next.getBoundingClientRect()];
      if (place.top < box.top + 80 || place.bottom > box.bottom - 24) {
        side.scrollTop += place.top - box.top - box.height / 3;
      }
    }
    addEventListener("scroll", () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(show);
    }, { passive: true });
    show();
  }

  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", () => {
    themeButton();
    search();
    copying();
    whereabouts();
  });
})();
