// The editor of the configuration: line numbers that follow, problems that lead to their line, a warning before what was
// typed is left behind, and what was typed back after a login that was over.

// What was typed and not saved is kept for this tab until a page of the editor comes: a form that is sent when the login
// is over is answered by the login page, and so is the check of what is being typed.
const typed = {
  KEY: "fairlead-typed",
  keep(text) {
    try { sessionStorage.setItem(this.KEY, text); } catch { /* nothing is kept, then */ }
  },
  take() {
    try {
      const kept = sessionStorage.getItem(this.KEY);
      sessionStorage.removeItem(this.KEY);
      return kept;
    } catch { return null; }
  },
};
const taken = typed.take();
for (const text of document.querySelectorAll("textarea[name=text]")) {
  text.form.addEventListener("submit", () => typed.keep(text.value));
}

(() => {
  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const text = form.querySelector("textarea");
  const gutter = form.querySelector("[data-gutter]");
  const asSaved = form.dataset.editor === "edited" ? null : text.defaultValue;
  let numbered = gutter.childElementCount;
  let leaving = false;

  const number = () => {
    const lines = text.value.split("\n").length;
    for (; numbered < lines; numbered += 1) {
      const one = document.createElement("span");
      one.id = `line-${numbered + 1}`;
      one.textContent = numbered + 1;
      gutter.append(one, "\n");
    }
    for (; numbered > lines; numbered -= 1) {
      gutter.lastElementChild.nextSibling?.remove();
      gutter.lastElementChild.remove();
    }
    text.rows = lines;
  };

  const mark = () => {
    for (const one of gutter.querySelectorAll("[class]")) one.removeAttribute("class");
    for (const link of form.querySelectorAll("#problems [data-line]")) {
      const kind = link.closest(".notice").classList.contains("bad") ? "bad" : "warn";
      document.getElementById(`line-${link.dataset.line}`)?.setAttribute("class", kind);
    }
    const wrong = form.querySelector("#problems .notice.bad") !== null;
    if (wrong) text.setAttribute("aria-invalid", "true");
    else text.removeAttribute("aria-invalid");
  };

  const select = (line, column) => {
    const lines = text.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const start = column ? before + column - 1 : before + (lines[line - 1] ?? "").search(/\S|$/);
    text.focus({ preventScroll: true });
    text.setSelectionRange(start, before + (lines[line - 1] ?? "").length);
    document.getElementById(`line-${line}`)?.scrollIntoView({ block: "center" });
  };

  text.addEventListener("input", number);
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-leaves]")) leaving = true;
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    select(Number(link.dataset.line), Number(link.dataset.column || 0));
  });
  document.addEventListener("htmx:after:swap", mark);

  // A new line begins as deep as the one before it; typed as a person would, so that undo knows it.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || text.readOnly) return;
    const line = text.value.slice(text.value.lastIndexOf("\n", text.selectionStart - 1) + 1, text.selectionStart);
    const deep = line.match(/^[ \t]*/)[0];
    if (!deep || !document.execCommand("insertText", false, `\n${deep}`)) return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    form.querySelector('[name="do"][value="review"]')?.click();
  });
  for (const hint of form.querySelectorAll("[data-hint-keys]")) hint.hidden = false;

  const offer = document.querySelector("[data-typed]");
  if (offer && taken !== null && taken !== text.value) {
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      offer.hidden = true;
      text.value = taken;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    });
  }

  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; number(); });
  addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== asSaved) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (!leaving && text.value !== asSaved) typed.keep(text.value);
  });
  number();
})();
