// The viewer's own second factor: set up with an authenticator, new recovery codes, removed.
import * as api from "/console/api.js";
import { clearQR, drawQR } from "/console/qr.js";

const path = "/api/v1/me/second-factor";
const renewalPause = 2_000; // ms between tries of new tokens

const element = (id) => document.getElementById(id);
const parts = ["factor-begin", "factor-confirm", "factor-change", "factor-codes"];

// One part is shown at a time, with its fields empty.
function show(part) {
  for (const id of parts) {
    element(id).hidden = id !== part;
    for (const input of element(id).querySelectorAll("input")) input.value = "";
    const problem = element(id).querySelector(".problem");
    if (problem) problem.textContent = "";
  }
}

function showCodes(codes) {
  element("factor-list").replaceChildren(...codes.map((code) => {
    const item = document.createElement("li");
    item.textContent = code;
    return item;
  }));
  show("factor-codes");
}

function onSubmit(id, action) {
  const form = element(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector(".problem").textContent = "";
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    try {
      await action(Object.fromEntries(new FormData(form)), event.submitter?.value);
    } catch (error) {
      form.querySelector(".problem").textContent = error.message;
    } finally {
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
  });
}

// Shows what there is.
export async function openFactor() {
  const factor = await api.get(path);
  element("factor-state").textContent = factor.state === "confirmed"
    ? `Logins need a code of your authenticator. Recovery codes left: ${factor.recovery_codes}.`
    : factor.required
      ? "Your organisation requires a second factor. Set it up with an authenticator to go on."
      : "Logins need your password alone. With an authenticator they need a code of it too.";
  show(factor.state === "confirmed" ? "factor-change" : "factor-begin");
}

// Forgets what was on the page.
export function closeFactor() {
  show(null);
  element("factor-list").replaceChildren();
  element("factor-secret").textContent = "";
  element("factor-uri").removeAttribute("href");
  clearQR(element("factor-qr"));
}

// `done` is called when the recovery codes were seen.
export function prepareFactor({ done }) {
  onSubmit("factor-begin", async ({ password }) => {
    const begun = await api.send("POST", path, { password });
    element("factor-secret").textContent = begun.secret.match(/.{1,4}/g).join(" ");
    element("factor-uri").href = begun.uri;
    drawQR(element("factor-qr"), begun.uri);
    show("factor-confirm");
  });
  onSubmit("factor-confirm", async ({ code }) => {
    const confirmed = await api.send("POST", `${path}/confirm`, { code });
    showCodes(confirmed.recovery_codes);
    // A login that was good for this alone is good for everything from here on.
    while (!(await api.renew()) && api.isLoggedIn()) {
      await new Promise((done) => setTimeout(done, renewalPause));
    }
  });
  onSubmit("factor-change", async ({ password, code }, action) => {
    if (action === "remove") {
      await api.send("POST", `${path}/remove`, { password, code });
      api.forget();
      return;
    }
    showCodes((await api.send("POST", `${path}/recovery-codes`, { password, code })).recovery_codes);
  });
  element("factor-done").addEventListener("click", () => { closeFactor(); done(); });
}
