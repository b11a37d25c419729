// Before anything is drawn: the theme that was chosen here, if one was.
(() => {
  const KEY = "fairlead-theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const current = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const told = () => dispatchEvent(new CustomEvent("fairlead:theme", { detail: current() }));

  const choice = stored();
  if (choice === "dark" || choice === "light") root.dataset.theme = choice;
  dark.addEventListener("change", told);

  window.fairleadTheme = {
    current,
    toggle() {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      try { localStorage.setItem(KEY, root.dataset.theme); } catch { /* it lasts as long as the page, then */ }
      told();
    },
  };
})();
