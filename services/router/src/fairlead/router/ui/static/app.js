// What every page does: the theme's button, times in the reader's own zone, and whether the page is live.
(() => {
  const WORDS = { open: "live", waiting: "connecting", lost: "not connected" };

  // Theme
  const name = () => {
    const dark = fairleadTheme.current() === "dark";
    for (const one of document.querySelectorAll("[data-theme-name]")) one.textContent = dark ? "Light" : "Dark";
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) fairleadTheme.toggle();
  });
  addEventListener("fairlead:theme", name);
  name();

  // Times
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const local = (root) => {
    for (const one of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(one.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const near = moment.toDateString() === new Date().toDateString();
      const text = (near ? clock : date).format(moment);
      if (one.textContent !== text) one.textContent = text;
      one.title = date.format(moment);
    }
  };
  local(document);
  document.addEventListener("htmx:after:swap", () => local(document));

  // Live
  const live = document.querySelector("[data-live]");
  const say = (state) => {
    if (!live) return;
    live.dataset.state = state;
    live.querySelector("[data-live-word]").textContent = WORDS[state];
  };
  say("waiting");
  document.addEventListener("htmx:sse:after:connection", () => say("open"));
  document.addEventListener("htmx:sse:before:connection", () => say("waiting"));
  document.addEventListener("htmx:sse:error", (event) => {
    say("lost");
    if (event.detail?.status === 401) location.reload();
  });
})();
