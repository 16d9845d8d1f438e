"use strict";
(() => {
  const root = document.documentElement;

  // Tabs: without scripts every panel is shown under its name.
  for (const box of document.querySelectorAll(".listing")) {
    const bar = box.querySelector(".tabs");
    const tabs = [...bar.children];
    const panels = [...box.querySelectorAll(".panel")];
    const select = (chosen) => tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", index === chosen);
      tab.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
    bar.hidden = tabs.length < 2;
    tabs.forEach((tab, index) => tab.addEventListener("click", () => select(index)));
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
      select(next);
      tabs[next].focus();
    });
    select(0);
  }

  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
  }

  // Figures: colours are names of CSS variables, resolved for the scheme in force.
  const packed = document.getElementById("plotly");
  if (!packed) return;
  const plots = [...document.querySelectorAll(".plot")].map((element) => {
    const spec = JSON.parse(element.querySelector("script").textContent);
    return { element, spec };
  });

  const resolve = (value) => {
    if (typeof value === "string" && value.startsWith("var(")) {
      return getComputedStyle(root).getPropertyValue(value.slice(4, -1)).trim();
    }
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
    }
    return value;
  };

  const draw = (width) => plots.forEach(({ element, spec }) => {
    const { data, layout } = resolve(spec);
    if (width) layout.width = width;
    Plotly.react(element, data, layout, { displayModeBar: false, responsive: !width });
  });

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());
    addEventListener("beforeprint", () => { root.dataset.printing = ""; draw(640); });
    addEventListener("afterprint", () => { delete root.dataset.printing; draw(); });
  };

  unpack().catch(() => {
    for (const details of document.querySelectorAll("figure details")) details.open = true;
  });
})();
