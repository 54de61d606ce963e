// The viewer's logins and password; and, for those who may, people, clients, visits and the audit log.
import * as api from "/console/api.js";
import { button, dated, row, showPages } from "/console/table.js";

const element = (id) => document.getElementById(id);
const states = { active: "", invited: "invited", disabled: "disabled" };
let roles = [];

const roleName = (role) => roles.find((one) => one.role === role)?.name ?? role;

function showLogins() {
  return showPages(element("logins"), "/api/v1/sessions", (one) => row([
    dated(one.created_at), dated(one.used_at), one.address, one.user_agent,
    one.current ? "this one" : button("End", async () => {
      await api.send("DELETE", `/api/v1/sessions/${one.id}`);
      await showLogins();
    }),
  ], one.id));
}

function showLink(path) {
  const link = element("invite").querySelector(".link");
  link.hidden = !path;
  link.querySelector("code").textContent = path ? location.origin + path : "";
}

function roleChoice(selected) {
  return roles.map((one) => new Option(one.name, one.role, false, one.role === selected));
}

function personRow(person) {
  const path = `/api/v1/users/${person.id}`;
  const change = async (wanted) => {
    try { await api.send("PATCH", path, wanted); } finally { await showPeople(); }
  };
  const choice = document.createElement("select");
  choice.setAttribute("aria-label", `Role of ${person.email}`);
  choice.append(...roleChoice(person.role));
  choice.addEventListener("change", () =>
    change({ role: choice.value }).catch((error) => alert(error.message)));
  const acts = [person.state === "disabled"
    ? button("Enable", () => change({ disabled: false }))
    : button("Disable", () => change({ disabled: true }))];
  if (person.state === "invited") acts.push(button("New link", async () => {
    showLink((await api.send("POST", `${path}/invitation`)).invitation_path);
  }));
  if (person.second_factor) acts.push(button("Remove second factor", async () => {
    if (!confirm(`Let ${person.email} log in without the second factor?`)) return;
    await api.send("DELETE", `${path}/second-factor`);
    await showPeople();
  }));
  return row([person.email, choice, states[person.state] ?? person.state,
    person.second_factor ? "yes" : "", acts], person.id);
}

const showPeople = () => showPages(element("people"), "/api/v1/users", personRow);

function clientRow(client) {
  const visit = button("Visit", async () => {
    const reason = prompt(`Why do you visit ${client.name}? They see the reason at once.`);
    if (!reason) return;
    api.beginVisit(await api.send("POST", `/api/v1/tenants/${client.id}/visits`, { reason }), client.name);
    window.dispatchEvent(new Event("sparc-visit"));
  });
  const mayVisit = client.state === "active" && client.allows_visits;
  return row([client.name, client.plan, client.state + (client.state_reason ? `: ${client.state_reason}` : ""),
    mayVisit ? visit : ""], client.id);
}

const showClients = () => showPages(element("clients"), "/api/v1/tenants", clientRow);

const showVisits = () => showPages(element("visits"), "/api/v1/visits", (one) => {
  const isOver = one.ended_at || new Date(one.expires_at) < new Date();
  const end = button("End", async () => {
    await api.send("DELETE", `/api/v1/visits/${one.id}`);
    await showVisits();
  });
  return row([one.email, roleName(one.role), one.reason, dated(one.began_at),
    dated(one.ended_at ?? one.expires_at), isOver ? "" : end], one.id);
});

const short = (value) => (value === undefined ? "" : JSON.stringify(value));

function showAudit() {
  const action = element("audit-action").value.trim();
  const query = action ? `?action=${encodeURIComponent(action)}` : "";
  return showPages(element("audit"), `/api/v1/audit${query}`, (one) => {
    const change = [short(one.before), short(one.after)].filter(Boolean).join(" → ");
    const secrets = one.changed_secrets?.length ? ` (changed: ${one.changed_secrets.join(", ")})` : "";
    return row([dated(one.at), one.actor_email ?? one.actor.name ?? one.actor.kind, one.action,
      `${one.subject.kind} ${one.subject.id ?? ""}`, one.actor.address,
      change + secrets || short(one.details)], String(one.position));
  });
}

// Shows what `who`, the answer of /api/v1/me, may see; the API refuses the rest anyway.
export async function openOrganisation(who) {
  const may = (permission) => who.permissions.includes(permission);
  const isVisitor = api.visit() !== null;
  roles = may("users.manage") ? (await api.get("/api/v1/roles")).items : [];
  const inviting = element("invite");
  inviting.hidden = !may("users.manage") || isVisitor;
  inviting.elements.role.replaceChildren(...roleChoice("viewer"));
  showLink(null);
  element("password").hidden = isVisitor;
  for (const id of ["logins", "people", "clients", "visits", "audit"]) element(id).hidden = true;
  const parts = isVisitor ? [] : [showLogins];
  if (may("users.manage") && !isVisitor) parts.push(showPeople);
  if (may("clients.manage") && !isVisitor) parts.push(showClients);
  const own = may("cameras.read") ? await api.get("/api/v1/organisation") : null;
  if (may("audit.read")) {
    if (own?.client) parts.push(showVisits);
    parts.push(showAudit);
  }
  element("visits-allowed").checked = own?.allows_visits === true;
  element("visits-allowed").disabled = !may("tenant.manage") || isVisitor;
  for (const part of parts) await part();
}

// Forgets what was on the page.
export function closeOrganisation() {
  for (const body of element("organisation").querySelectorAll("tbody")) body.replaceChildren();
  for (const form of [element("password"), element("invite")]) form.reset();
  showLink(null);
}

function onSubmit(form, action) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    problem.textContent = "";
    try { await action(Object.fromEntries(new FormData(form))); } catch (error) { problem.textContent = error.message; }
  });
}

// Called once, when the page has loaded.
export function prepareOrganisation() {
  onSubmit(element("password"), async (fields) => {
    await api.send("POST", "/api/v1/me/password", { current_password: fields.current, new_password: fields.new });
    element("password").reset();
    element("password").querySelector(".problem").textContent = "Changed. Your other logins have ended.";
    await showLogins();
  });
  onSubmit(element("invite"), async (fields) => {
    const invited = await api.send("POST", "/api/v1/users", fields);
    element("invite").reset();
    showLink(invited.invitation_path);
    await showPeople();
  });
  element("visits-allowed").addEventListener("change", async (event) => {
    try {
      await api.send("PATCH", "/api/v1/organisation", { allows_visits: event.target.checked });
    } catch (error) {
      event.target.checked = !event.target.checked;
      alert(error.message);
    }
    await showVisits();
  });
  element("audit-action").addEventListener("change", () => showAudit().catch((error) => alert(error.message)));
}
