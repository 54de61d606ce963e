// Calls of the API with the viewer's token, which lives in this tab only.

const tokenKey = "sparc.session";
const deviceKey = "sparc.device"; // what says that this browser has logged in before; no right
const refreshMargin = 60_000;      // ms before the end of a token at which it is renewed

export class Problem extends Error {
  // The text of an RFC 9457 problem document, one line per wrong field.
  constructor(status, body) {
    const fields = (body?.errors ?? []).map((one) =>
      `${one.field}: ${one.problem}` + (one.example ? ` (for example ${one.example})` : ""));
    super([body?.detail ?? body?.title ?? `The server answered ${status}.`, ...fields].join("\n"));
    this.status = status;
    this.type = body?.type ?? "";
  }
}

let session = JSON.parse(sessionStorage.getItem(tokenKey) ?? "null");

// A duplicated tab has the same refresh token, which is good once: whoever renews tells the others.
const tabs = new BroadcastChannel(tokenKey);
tabs.addEventListener("message", ({ data }) => {
  if (session?.home && data.old === session.home.refresh) session.home = data.session;
  else if (session && data.old === session.refresh) session = data.session;
  else return;
  sessionStorage.setItem(tokenKey, JSON.stringify(session));
});

export const isLoggedIn = () => session !== null;

// Whether a second factor must be enrolled before anything else.
export const mustEnrol = () => session?.enrols === true;

const tokens = (answer) => ({
  access: answer.access_token, refresh: answer.refresh_token,
  until: Date.now() + answer.expires_in * 1000, enrols: answer.enrolment_needed === true,
});

function store() {
  if (session) sessionStorage.setItem(tokenKey, JSON.stringify(session));
  else sessionStorage.removeItem(tokenKey);
}

function keep(answer) {
  session = answer && tokens(answer);
  store();
}

async function read(answer) {
  const text = await answer.text();
  let body = null;
  try { body = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says enough */ }
  if (!answer.ok) throw new Problem(answer.status, body);
  return body;
}

const post = (path, body) => fetch(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

export async function logIn(email, password, tenant, code) {
  const wanted = { email, password, tenant };
  if (code) wanted.code = code;
  const device = localStorage.getItem(deviceKey);
  if (device) wanted.device_token = device;
  const answer = await read(await post("/api/v1/auth/login", wanted));
  localStorage.setItem(deviceKey, answer.device_token);
  keep(answer);
}

// The session has ended on the server.
export function forget() {
  keep(null);
  window.dispatchEvent(new Event("sparc-logged-out"));
}

// Goes to the provider of an organisation. Every organisation has this address: whether there is one,
// and a provider, shows only where it leads.
export function goToProvider(tenant) {
  location.assign("/api/v1/auth/oidc/authorize?tenant=" + encodeURIComponent(tenant));
}

// The tokens of a login that came back from a provider to this browser.
export async function finishLogin(login) {
  keep(await read(await post("/api/v1/auth/oidc/token", { login })));
}

export const setUp = async (wanted) => read(await post("/api/v1/setup", wanted));

export async function acceptInvitation(wanted) {
  const answer = await read(await post("/api/v1/invitations/accept", wanted));
  localStorage.setItem(deviceKey, answer.device_token);
  return answer;
}

// What goes on as a visit to a client: its id, the client's name and its end; null at home.
export const visit = () => session?.visit ?? null;

// Goes on as a visitor of a client, with what `POST /api/v1/tenants/{id}/visits` answered.
export function beginVisit(begun, name) {
  session = {
    access: begun.access_token, refresh: null, until: Date.now() + begun.expires_in * 1000,
    visit: { id: begun.visit.id, name, until: begun.visit.expires_at }, home: session,
  };
  store();
}

// Ends the visit and goes on at home.
export async function leaveVisit() {
  const answer = await load(`/api/v1/visits/${session.visit.id}`, { method: "DELETE" });
  // It has ended already, or ends now; with anything else it goes on, and is said to.
  if (answer.status !== 404 && answer.status !== 401) await read(answer);
  if (session?.visit) goHome();
}

function goHome() {
  session = session.home;
  store();
}

export async function logOut() {
  if (session?.visit) { await leaveVisit().catch(() => {}); if (session?.visit) goHome(); }
  const refresh = session?.refresh;
  if (refresh) await load("/api/v1/auth/logout", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token: refresh }),
  }).catch(() => {});
  keep(null);
}

let renewal = null;

// New tokens for those of the login at home.
// Whether there are: an answer that says nothing of the token (429, 503) leaves it for another try.
export async function renew() {
  const old = session.refresh;
  renewal ??= (async () => {
    // The login may have ended, and another one begun, while the answer was under way.
    const isStill = () => old === (session?.home ?? session)?.refresh;
    try {
      const answer = tokens(await read(await post("/api/v1/auth/refresh", { refresh_token: old })));
      if (!isStill()) return false;
      // A visit that began meanwhile goes on, and has the new tokens to come home to.
      if (session.home) session.home = answer; else session = answer;
      store();
      tabs.postMessage({ old, session: answer });
      return true;
    } catch (error) {
      if (error instanceof Problem && [401, 403].includes(error.status) && isStill()) {
        if (session.home) { session.home = null; store(); } else forget();
      }
      return false;
    } finally { renewal = null; }
  })();
  return renewal;
}

// `fetch` of our own origin with the token. Media is signed in its URL and needs none.
export async function load(url, init = {}) {
  if (session?.refresh && Date.now() > session.until - refreshMargin) await renew();
  const headers = new Headers(init.headers ?? {});
  if (session && !new URL(url, location.href).pathname.startsWith("/media/")) {
    headers.set("Authorization", `Bearer ${session.access}`);
  }
  const used = session?.access;
  // With a token that could not be renewed 401 is no news, and the refresh token may be good still.
  const isStale = session?.refresh && Date.now() > session.until;
  const answer = await fetch(url, { ...init, headers });
  // An answer to a token that is not the one of now says nothing of this login.
  if (answer.status !== 401 || isStale || session?.access !== used) return answer;
  if (session?.visit) {
    goHome();
    window.dispatchEvent(new Event("sparc-visit-over"));
  } else if (session) forget();
  return answer;
}

export const get = async (path) => read(await load(path));

export const send = async (method, path, body) => read(await load(path, {
  method,
  headers: body === undefined ? {} : { "Content-Type": "application/json" },
  body: body === undefined ? undefined : JSON.stringify(body),
}));
