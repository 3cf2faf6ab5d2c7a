// Follows the page's stream of changes and brings each changed part up to date, by its id. The page works without it:
// it is then as it was when it was asked for.
const main = document.querySelector("main[data-live]");
let stream;
if (main) follow(main.dataset.live);

// Whoever signs out in one window has left the others too.
const windows = new BroadcastChannel("console");
if (!document.querySelector("nav")) windows.postMessage("signed out");
windows.addEventListener("message", () => {
  if (!main) return;
  stream.close();
  followAgain(main.dataset.live);
});

function follow(address) {
  stream = new EventSource(address);
  stream.addEventListener("open", () => tell(""));
  stream.addEventListener("parts", event => {
    update(JSON.parse(event.data));
    announce();
  });
  stream.addEventListener("error", () => {
    tell("No connection to the server. What is shown may be out of date.");
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => followAgain(address), 3000);
  });
}

// Browsers give a stream up that is refused: the session is over, or something on the way is out of order.
async function followAgain(address) {
  const page = await fetch(location.href).catch(() => null);
  if (!page?.redirected && page?.status !== 403) return follow(address);
  tell("You are no longer signed in. What is shown may be out of date. ");
  const link = document.createElement("a");
  link.href = location.href;
  link.textContent = "Sign in again";
  document.getElementById("told").append(link);
}

function tell(words) {
  const told = document.getElementById("told");
  if (told.textContent !== words) told.textContent = words;
}

// What those who do not see the page are told of its changes: the one sentence that sums it up, when that changes.
function announce() {
  const words = document.querySelector("[data-said]")?.dataset.said;
  const news = document.getElementById("news");
  if (words && news.textContent !== words) news.textContent = words;
}

function update(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of fresh.body.querySelectorAll("[id]")) {
    if (part.parentElement.closest("[id]")) continue;
    const old = document.getElementById(part.id);
    if (old) morph(old, document.importNode(part, true));
  }
}

// Changes what differs and leaves the rest as it is, so that nobody loses their focus, their place in a wide table,
// what they have selected, or a table that they have unfolded.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!(old instanceof Element)) {
    old.data = fresh.data;
    return;
  }

  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);

  const waiting = new Map();
  for (const child of old.childNodes) {
    const key = keyOf(child);
    if (!waiting.has(key)) waiting.set(key, []);
    waiting.get(key).push(child);
  }

  for (const same of waiting.values()) same.reverse();
  const pairs = [...fresh.childNodes].map(child => [child, waiting.get(keyOf(child))?.pop()]);
  for (const gone of [...waiting.values()].flat()) gone.remove();
  let place = old.firstChild;
  for (const [child, twin] of pairs) {
    if (twin) morph(twin, child);
    if (twin && twin === place) place = place.nextSibling;
    else old.insertBefore(twin ?? child, place);
  }
}

// By what a thing is known again: its id, or what its row is about.
function keyOf(node) {
  const about = node.nodeName === "TR" ? node.querySelector("th a")?.getAttribute("href") : null;
  return `${node.nodeName} ${node.id || about || ""}`;
}

// A form that is judged while it is filled in: its fields are sent as they stand, and what the server says of them
// takes the place of what it said before.
for (const form of document.querySelectorAll("form[data-check]")) check(form);

function check(form) {
  let timer, asking;
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
    asking?.abort();
    const mine = asking = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.check, { method: "POST", body, signal: mine.signal }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const html = await answer.text().catch(() => null);
    if (html === null || mine !== asking) return;
    update(html);
    for (const problem of form.querySelectorAll("[data-of]")) {
      document.getElementById(problem.dataset.of).setAttribute("aria-invalid", problem.textContent !== "");
    }
  }
}
