// What every page does: the theme's button, times in the reader's own zone, panels, messages, and whether it is live.
(() => {
  const WORDS = { open: "Live", waiting: "Connecting", lost: "Not connected" };
  const MESSAGES = 5;

  // Theme
  const name = () => {
    const dark = fairleadTheme.current() === "dark";
    for (const one of document.querySelectorAll("[data-theme-name]")) one.textContent = dark ? "Light" : "Dark";
  };
  addEventListener("fairlead:theme", name);
  name();

  // Times
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const local = () => {
    const today = new Date().toDateString();
    for (const one of document.querySelectorAll("time[datetime]")) {
      const moment = new Date(one.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const text = (moment.toDateString() === today ? clock : date).format(moment);
      if (one.textContent !== text) one.textContent = text;
    }
  };
  local();
  document.addEventListener("htmx:after:swap", local);

  // What buttons and fields ask for by an attribute
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) fairleadTheme.toggle();
    const closes = event.target.closest("[data-closes]");
    if (closes) document.getElementById(closes.dataset.closes).close();
    if (event.target instanceof HTMLDialogElement) event.target.close();  // beside the panel
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // The navigation is wider than a phone
  document.querySelector(".side nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // A panel opens when what it shows has come
  document.addEventListener("htmx:after:swap", (event) => {
    const opens = event.target.closest?.("[data-opens]");
    const panel = opens && document.getElementById(opens.dataset.opens);
    if (panel && !panel.open) panel.showModal();
    panel?.querySelector("[tabindex='-1']")?.focus();
    if (panel) panel.scrollTop = 0;
  });

  // Messages go by themselves, the good ones
  const toasts = document.getElementById("toasts");
  document.addEventListener("htmx:after:swap", () => {
    while (toasts.childElementCount > MESSAGES) toasts.firstElementChild.remove();
    for (const one of toasts.querySelectorAll("[data-toast]:not([data-told])")) {
      one.dataset.told = "";
      setTimeout(() => one.remove(), one.classList.contains("bad") ? 30_000 : 8_000);
    }
  });

  // Live
  const live = document.querySelector("[data-live]");
  const say = (state) => {
    if (!live) return;
    live.dataset.state = state;
    live.querySelector("[data-live-word]").textContent = WORDS[state];
  };
  say("waiting");
  document.addEventListener("htmx:sse:after:connection", () => say("open"));
  document.addEventListener("htmx:sse:before:connection", () => live?.dataset.state !== "lost" && say("waiting"));
  document.addEventListener("htmx:sse:error", (event) => {
    say("lost");
    if (event.detail?.status === 303 || event.detail?.status === 401) location.reload();
  });
})();
