// Follows the page's stream of changes and puts each changed part in the place of the old one, by its id. The page
// works without it: it is then as it was when it was asked for.
const main = document.querySelector("main[data-live]");
if (main) follow(main.dataset.live);

function follow(address) {
  const stream = new EventSource(address);
  stream.addEventListener("parts", event => replace(JSON.parse(event.data)));
  stream.addEventListener("open", () => main.removeAttribute("data-cut-off"));
  stream.addEventListener("error", () => main.setAttribute("data-cut-off", ""));
}

function replace(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.body.querySelectorAll("[id]")) {
    if (part.parentElement.closest("[id]")) continue;
    const old = document.getElementById(part.id);
    keepOpen(old, part);
    if (!old || old.outerHTML === part.outerHTML || isInUse(old)) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id || null : null;
    old.replaceWith(document.importNode(part, true));
    if (focused) document.getElementById(focused)?.focus();
  }
}

// Tables that somebody has unfolded stay unfolded.
function keepOpen(old, part) {
  for (const open of old?.querySelectorAll("details[open][id]") ?? [])
    part.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
}

// What somebody is typing into is not taken away under their hands.
function isInUse(part) {
  const active = document.activeElement;
  return part.contains(active) && ["INPUT", "SELECT", "TEXTAREA"].includes(active.tagName);
}

// A form that is judged while it is filled in: its fields are sent as they stand, and what the server says of them
// takes the place of what it said before.
for (const form of document.querySelectorAll("form[data-check]")) check(form);

function check(form) {
  let timer, asked = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 400);
  };
  form.addEventListener("input", later);
  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  for (const file of form.querySelectorAll("[data-fills]")) {
    file.addEventListener("change", async () => {
      if (!file.files[0]) return;
      document.getElementById(file.dataset.fills).value = await file.files[0].text();
      later();
    });
  }

  async function ask() {
    const mine = ++asked;
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.check, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text();
    if (mine !== asked) return;
    replace(html);
    for (const problem of form.querySelectorAll("[data-of]")) {
      document.getElementById(problem.dataset.of).setAttribute("aria-invalid", problem.textContent !== "");
    }
  }
}
